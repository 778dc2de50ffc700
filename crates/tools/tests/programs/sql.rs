//! `mmio-analyze query` and `export`, in a build with the feature `sql`.

use std::fs;
use std::process::Output;

use mmio_format::{Block, Columns, Devices, Filter, Kind, Op, Trace};
use mmio_sql::engine::polars::prelude::{AnyValue, DataFrame};
use mmio_sql::engine::polars_io::SerReader;
use mmio_sql::engine::polars_io::parquet::read::ParquetReader;
use mmio_sql::{Table, Traces, query};
use mmio_testkit::{assert_snapshot, sample, stderr};
use serde_json::Value;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");

fn run(args: &[&str], stdin: &[u8]) -> Output {
    mmio_testkit::run(ANALYZE, args, stdin)
}

/// What `query SAMPLE… SQL` prints.
fn answer(samples: &[&str], options: &[&str], sql: &str) -> String {
    let files: Vec<String> = samples.iter().map(|name| sample(name).display().to_string()).collect();
    let mut args = vec!["query"];
    args.extend(files.iter().map(String::as_str));
    args.extend(options);
    args.push(sql);
    String::from_utf8(mmio_testkit::stdout(ANALYZE, &args, b"")).unwrap()
}

/// The only number of an answer with one row and one column.
fn number(samples: &[&str], options: &[&str], sql: &str) -> u64 {
    let text = answer(samples, options, sql);
    text.lines().nth(1).unwrap_or_else(|| panic!("{text}")).trim().parse().unwrap()
}

const REGISTERS: &str = "SELECT device, bar, offset, width, COUNT(*) AS accesses, MIN(value) AS value_min, \
     MAX(value) AS value_max, FIRST(value) AS value_first, LAST(value) AS value_last, COUNT(DISTINCT value) AS n \
     FROM accesses GROUP BY device, bar, offset, width ORDER BY accesses DESC, device, bar, offset, width LIMIT 8";
const ROWS: &str = "SELECT * EXCLUDE trace FROM accesses ORDER BY index LIMIT 12";
const MAPS: &str = "SELECT * EXCLUDE trace FROM maps ORDER BY time";
const MARKS: &str = "SELECT * EXCLUDE trace FROM marks";
const LATENCY: &str = "SELECT offset, COUNT(*) AS pairs, MIN(latency) AS shortest, MAX(latency) AS longest FROM \
     (SELECT offset, op, LEAD(op) OVER (PARTITION BY device, bar, offset ORDER BY index) AS next_op, LEAD(time) OVER \
     (PARTITION BY device, bar, offset ORDER BY index) - time AS latency FROM accesses) \
     WHERE op = 'W' AND next_op = 'R' GROUP BY offset ORDER BY pairs DESC, offset LIMIT 6";

#[test]
fn answers_are_as_they_were() {
    for name in ["e1000e.txt", "edu_odd.txt", "edu_lost.txt", "nvme.txt.zst"] {
        let mut text = String::new();
        for sql in [REGISTERS, ROWS, MAPS, MARKS, LATENCY] {
            text += &format!("{sql}\n{}\n", answer(&[name], &[], sql));
        }
        assert_snapshot(&format!("{}.query", name.split('.').next().unwrap()), &text);
    }
    for format in ["csv", "json"] {
        let sql = "SELECT index, time, offset, value, MAX(value) OVER () AS highest, mark, 'a, \"b\"' AS text \
             FROM accesses ORDER BY index LIMIT 3";
        assert_snapshot(
            &format!("edu_odd.query.{format}"),
            &answer(&["edu_odd.txt"], &["--format", format], sql),
        );
    }
}

/// The table `accesses` once more, row by row from the blocks.
fn rows_of(trace: &mut Trace) -> Vec<Vec<AnyValue<'static>>> {
    let devices: Devices = trace.devices().clone();
    let mut resolver = devices.resolver();
    let (mut rows, mut mark) = (Vec::new(), AnyValue::Null);
    let each = |part: &mmio_format::trace::Part<'_>| {
        let mut index = part.first_access as i64;
        for record in part.block.records() {
            let place = resolver.place(part.first_record + u64::from(record.row()), record.address());
            if record.kind() == Kind::MARKER {
                let text = String::from_utf8_lossy(record.text().unwrap_or_default());
                mark = AnyValue::StringOwned(text.as_ref().into());
            }
            let Some(op) = record.kind().op() else { continue };
            let known = |value: u64| if op == Op::Unknown { AnyValue::Null } else { AnyValue::UInt64(value) };
            let pc = if record.pc() == 0 { AnyValue::Null } else { AnyValue::UInt64(record.pc()) };
            rows.push(vec![
                AnyValue::Int64(index),
                AnyValue::Float64(record.time() as f64 / 1e9),
                AnyValue::StringOwned(devices.get(place.device).name.as_str().into()),
                AnyValue::UInt64(place.bar().into()),
                AnyValue::UInt64(place.offset),
                AnyValue::StringOwned(op.to_string().into()),
                known(record.width().into()),
                known(record.value() & mmio_format::width::bits(record.width())),
                pc,
                AnyValue::Null,
                AnyValue::Null,
                mark.clone(),
            ]);
            index += 1;
        }
        Ok(())
    };
    trace.for_each(Columns::ALL, |_| true, each).unwrap();
    rows
}

#[test]
fn parquet_holds_what_the_trace_holds() {
    for name in ["e1000e.txt", "megasas.txt.zst", "edu_odd.txt", "edu_lost.txt"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let log = sample(name);
        mmio_testkit::stdout(ANALYZE, &["export", log.to_str().unwrap(), "-o", path.to_str().unwrap()], b"");
        let frame = ParquetReader::new(fs::File::open(&path).unwrap()).finish().unwrap();
        let expected = rows_of(&mut Trace::open(&log).unwrap());
        assert_eq!(frame.height(), expected.len(), "{name}");
        for (at, row) in expected.iter().enumerate() {
            for (column, value) in frame.columns().iter().zip(row) {
                assert_eq!(
                    &column.get(at).unwrap().into_static(),
                    value,
                    "{name} row {at} {}",
                    column.name()
                );
            }
        }
        let trace = frame.column("trace").unwrap().get(0).unwrap().into_static();
        assert_eq!(trace, AnyValue::StringOwned(log.to_str().unwrap().into()));
    }
}

#[test]
fn all_forms_of_an_export_hold_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let log = sample("edu_odd.txt");
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for table in Table::ALL {
        let mut counts = Vec::new();
        for form in ["csv", "jsonl", "json", "parquet"] {
            let (to, table) = (file(&format!("{}.{form}", table.name())), table.name());
            mmio_testkit::stdout(
                ANALYZE,
                &["export", log.to_str().unwrap(), "--table", table, "-o", &to],
                b"",
            );
            let bytes = fs::read(&to).unwrap();
            let lines = bytes.iter().filter(|&&b| b == b'\n').count();
            counts.push(match form {
                "csv" => lines - 1,
                "jsonl" => lines,
                "json" => {
                    let document: Value = serde_json::from_slice(&bytes).unwrap();
                    assert_eq!(document["schema"], "mmio-analyze.export");
                    document["rows"].as_array().unwrap().len()
                }
                _ => ParquetReader::new(fs::File::open(&to).unwrap()).finish().unwrap().height(),
            });
        }
        assert!(counts[0] > 0 && counts.iter().all(|&n| n == counts[0]), "{} {counts:?}", table.name());
    }
}

#[test]
fn filters_are_conditions() {
    const COUNT: &str = "SELECT COUNT(*) FROM accesses";
    for (filter, condition) in [
        (&["--op", "W"][..], "op = 'W'"),
        (&["--reg", "+0x20,+0x5200..+0x5210"], "offset = 0x20 OR offset BETWEEN 0x5200 AND 0x5210"),
        (&["--bar", "3"], "bar = 3"),
        (&["--width", "4"], "width = 4"),
        (&["--device", "0000:00:02.0"], "device = '00:02.0'"),
        (&["--mark", "worked"], "mark LIKE '%worked'"),
        (&["--mark", "loaded", "--op", "R"], "mark = 'e1000e: loaded' AND op = 'R'"),
        // The first record is at 4.887434 s.
        (&["--time", "+0.2..+0.4"], "time BETWEEN 5.087434 AND 5.287434"),
        (&["--time", "5.087434..5.287434"], "time BETWEEN 5.087434 AND 5.287434"),
    ] {
        let filtered = number(&["e1000e.txt"], filter, COUNT);
        assert_eq!(
            filtered,
            number(&["e1000e.txt"], &[], &format!("{COUNT} WHERE {condition}")),
            "{filter:?}"
        );
        assert!(filtered < 4808 || ["--width", "--device"].contains(&filter[0]), "{filter:?}");
    }
    assert_eq!(number(&["e1000e.txt"], &["--bar", "3"], "SELECT COUNT(*) FROM maps"), 1);
    assert_eq!(number(&["e1000e.txt"], &["--time", "+1.."], "SELECT COUNT(*) FROM marks"), 2);
}

#[test]
fn conditions_on_whole_columns_see_whole_columns() {
    let count = |condition: &str| {
        number(&["e1000e.txt"], &[], &format!("SELECT COUNT(*) FROM accesses WHERE {condition}"))
    };
    assert_eq!(count("index IN (SELECT index FROM marks)"), 3);
    assert_eq!(count("index > AVG(index)"), 2404);
    assert_eq!(count("index = MAX(index) AND op = 'R'"), count("index = 4807 AND op = 'R'"));
    assert_eq!(count("MAX(value) > 5"), 4808);
    let latest = "SELECT index FROM accesses WHERE op = 'R' ORDER BY time DESC LIMIT 2 OFFSET 1";
    let mut all = answer(&["e1000e.txt"], &[], "SELECT index FROM accesses WHERE op = 'R' ORDER BY time");
    all = all.lines().rev().skip(1).take(2).collect::<Vec<_>>().join("\n");
    assert_eq!(answer(&["e1000e.txt"], &[], latest).lines().skip(1).collect::<Vec<_>>().join("\n"), all);
    let limited = "SELECT COUNT(*) FROM (SELECT op FROM accesses LIMIT 100) WHERE op = 'W'";
    assert_eq!(number(&["e1000e.txt"], &[], limited), 44);
    let limited = "SELECT COUNT(*) FROM (SELECT op FROM accesses WHERE op = 'W' LIMIT 100)";
    assert_eq!(number(&["e1000e.txt"], &[], limited), 100);
}

#[test]
fn several_traces_are_one_table() {
    let files = ["e1000e.txt", "nvme.txt.zst", "e1000e.txt"];
    assert_eq!(number(&files, &[], "SELECT COUNT(*) FROM accesses"), 2 * 4808 + 1263);
    assert_eq!(number(&files, &[], "SELECT COUNT(*) FROM (SELECT 1 FROM accesses LIMIT 5000)"), 5000);
    assert_eq!(number(&files, &[], "SELECT COUNT(DISTINCT trace) FROM marks"), 2);
    // The sides of a join read a trace at the same time.
    let joined = "SELECT COUNT(*) FROM (SELECT * FROM accesses WHERE trace LIKE '%nvme%') AS a \
         JOIN (SELECT * FROM accesses WHERE op = 'W') AS b ON a.trace = b.trace AND a.index = b.index \
         JOIN accesses AS c ON b.trace = c.trace AND b.index = c.index";
    assert_eq!(
        number(&files, &[], joined),
        number(&["nvme.txt.zst"], &[], "SELECT COUNT(*) FROM accesses WHERE op = 'W'")
    );
}

/// A container of `blocks` blocks of a hundred accesses, a millisecond each; every tenth begins with a marker.
fn many_blocks(blocks: u64) -> Vec<u8> {
    let mut writer = mmio_format::container::Writer::new(Vec::new(), "test", 3).unwrap();
    for block in 0..blocks {
        let mut log = String::new();
        if block == 0 {
            log += "VERSION 20070824\nMAP 0.000001 1 0x1000 0xffff0000 0x1000 0x0 0\n";
        }
        if block % 10 == 0 {
            log += &format!("MARK {}.000000 mark {block}\n", block + 1);
        }
        for i in 0..100 {
            let op = if block % 2 == 0 { 'R' } else { 'W' };
            log += &format!("{op} 4 {}.{i:03}000 1 0x{:x} 0x{i:x} 0x0 0\n", block + 1, 0x1000 + i * 4);
        }
        let mut records = Block::default();
        mmio_format::text::parse(log.as_bytes(), &mut records);
        writer.write_block(&records).unwrap();
    }
    writer.finish().unwrap().0
}

#[test]
fn conditions_spare_blocks() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), many_blocks(50)).unwrap();
    let blocks = |sql: &str, rows: usize| {
        let mut traces = Traces::new(Filter::default());
        traces.add("x", Trace::open(file.path()).unwrap());
        assert_eq!(query(&traces, sql).unwrap().len(), rows, "{sql}");
        traces.blocks_read()
    };
    let select = |condition: &str| format!("SELECT index, value FROM accesses WHERE {condition}");
    assert_eq!(blocks("SELECT index FROM accesses", 5000), 50);
    assert_eq!(blocks(&select("time >= 11 AND time < 12.05"), 150), 2);
    assert_eq!(blocks(&select("time BETWEEN 11 AND 12.95 AND op = 'R'"), 100), 1);
    assert_eq!(blocks(&select("time < 1.005 OR 50.995 <= time"), 5), 1);
    assert_eq!(blocks(&select("time > 1000"), 0), 0);
    assert_eq!(blocks(&select("index = 4242"), 1), 1);
    assert_eq!(blocks(&select("device = 'mem:1000' AND value = 3"), 50), 50);
    assert_eq!(blocks(&select("device = 'mem:2000'"), 0), 0);
    // Some are decoded before it is known that they are not needed.
    assert!(blocks("SELECT value FROM accesses LIMIT 150", 150) < 20);
    // Blocks with markers are read for the column `mark`.
    assert_eq!(blocks("SELECT mark FROM accesses WHERE time >= 35 AND time < 35.9", 100), 6);
    assert_eq!(blocks("SELECT text FROM marks", 5), 5);
    assert_eq!(blocks("SELECT device FROM maps", 1), 1);
}

#[test]
fn marks_follow_blocks_that_are_passed_over() {
    let answer = |sql: &str| {
        let args = ["query", "-", "--format", "csv", sql];
        String::from_utf8(mmio_testkit::stdout(ANALYZE, &args, &many_blocks(50))).unwrap()
    };
    let sql = "SELECT mark, COUNT(*) AS n FROM accesses WHERE time >= 35.05 AND time < 35.06 GROUP BY mark";
    assert_eq!(answer(sql), "mark,n\nmark 30,10\n");
}

#[test]
fn marks_without_an_access_between_leave_the_last_one() {
    let mut log = String::from("MARK 0.500000 a\nMARK 0.600000 b\nR 4 1.000000 1 0x10 0x0 0x0 0\n");
    log += "MARK 2.000000 c\nMARK 3.000000 d\nR 4 4.000000 1 0x10 0x0 0x0 0\nR 4 4.000000 1 0x10 0x0 0x0 0\nMARK 5.000000 e\n";
    let answer = |sql: &str| {
        let stdout = mmio_testkit::stdout(ANALYZE, &["query", "-", "--format", "csv", sql], log.as_bytes());
        String::from_utf8(stdout).unwrap()
    };
    assert_eq!(answer("SELECT index, mark FROM accesses"), "index,mark\n0,b\n1,d\n2,d\n");
    assert_eq!(
        answer("SELECT mark, COUNT(*) AS n FROM accesses WHERE index > 1 GROUP BY mark"),
        "mark,n\nd,1\n"
    );
    assert_eq!(answer("SELECT COUNT(*) AS n FROM marks"), "n\n5\n");
}

#[test]
fn a_cut_container_is_answered_as_far_as_it_goes() {
    let packed = many_blocks(50);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("x.csv").to_str().unwrap().to_owned();
    for (args, read) in [
        (&["query", "-", "--format", "csv", "SELECT index FROM accesses"][..], None),
        (&["export", "-", "-o", &to], Some(&to)),
    ] {
        let output = run(args, &packed[..packed.len() / 2]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("truncated"), "{}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1);
        let rows = read.map_or(output.stdout, |path| fs::read(path).unwrap());
        let rows = rows.iter().filter(|&&b| b == b'\n').count() - 1;
        assert!(rows % 100 == 0 && rows > 500 && rows < 5000, "{rows}");
    }
}

#[test]
fn a_mistake_is_one_clear_line() {
    let file = sample("e1000e.txt").display().to_string();
    let error = |args: &[&str]| {
        let output = run(args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let text = stderr(&output);
        assert!(output.stdout.is_empty() && text.lines().count() == 1, "{args:?} {text}");
        text
    };
    let wrong = |sql: &str| error(&["query", &file, sql]);
    assert!(wrong("SELECT * FROM foo").contains("the tables are accesses, maps, marks, registers"));
    assert!(wrong("SELECT foo FROM marks").contains("\"text\", \"events\""));
    assert!(wrong("SELECT COUNT(* FROM accesses").contains("Line: 1"));
    assert!(wrong("SELECT 1; SELECT 2").contains("one"));
    assert!(wrong("SELECT pc = 0x11111111111111111 FROM accesses").contains("64 bits"));
    assert!(wrong("SELECT * FROM read_csv('/etc/passwd')").contains("read_csv"));
    assert!(wrong("").contains("statement"));
    assert!(wrong("SELECT tand(DATE '2020-01-01') FROM marks").contains("not supported"));
    assert!(wrong("SELECT ï¿½ 'ü").contains("sql parser error"));
    assert!(error(&["query", &file]).contains("needs a file and a query"));
    assert!(
        error(&["query", &file, "SELECT * FROM maps", "--device", "1f:00.0"]).contains("no device 1f:00.0")
    );
    assert!(error(&["query", "-", "SELECT 1"]).contains("no record"));
    assert!(error(&["export", &file, "-o", "x.xls"]).contains(".parquet"));
}

#[test]
fn a_panic_of_the_engine_is_an_error() {
    let file = sample("e1000e.txt").display().to_string();
    let output = run(&["query", &file, "SELECT CAST(NOT cpu AS TINYINT UNSIGNED) FROM accesses"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    let deep = format!("SELECT {}1", "(index+".repeat(300) + &"1)+".repeat(300));
    assert_eq!(run(&["query", &file, &deep], b"").status.code(), Some(2));
    let long = format!("SELECT {}1 FROM accesses LIMIT 1", "index+".repeat(900));
    assert_eq!(run(&["query", &file, &long], b"").status.code(), Some(0));
}

#[test]
fn outputs_are_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("x.parquet").to_str().unwrap().to_owned();
    let file = sample("e1000e.txt").display().to_string();
    let args = ["query", &file, "-o", &to, "SELECT * FROM marks"];
    assert!(run(&args, b"").status.success());
    assert!(fs::read(&to).unwrap().starts_with(b"PAR1"));
    assert!(stderr(&run(&args, b"")).contains("--force replaces it"));
    assert!(run(&[&args[..], &["--force"]].concat(), b"").status.success());
    let piped = run(&["query", &file, "SELECT * FROM marks", "--format", "parquet"], b"");
    assert!(piped.stdout.starts_with(b"PAR1") && piped.stdout.ends_with(b"PAR1"));
    let frame: DataFrame = ParquetReader::new(std::io::Cursor::new(piped.stdout)).finish().unwrap();
    assert_eq!(frame.height(), 4);
}

#[test]
fn losses_are_reported() {
    let file = sample("edu_lost.txt").display().to_string();
    let sql = "SELECT SUM(events) AS lost FROM marks";
    let table = run(&["query", &file, sql], b"");
    assert!(table.status.success() && stderr(&table).contains("76,268 lost events"));
    assert_eq!(String::from_utf8(table.stdout).unwrap(), " lost\n76268\n");
    let json = run(&["query", &file, "--format", "json", sql], b"");
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&document["schema"], &document["version"]), (&"mmio-analyze.query".into(), &1.into()));
    assert_eq!((&document["trace"]["lost"], stderr(&json).as_str()), (&76268.into(), ""));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let (log, sql) =
        (sample("e1000e.txt"), "SELECT * FROM accesses a JOIN accesses b ON a.offset = b.offset");
    for format in ["table", "csv", "json", "parquet"] {
        let mut child = std::process::Command::new(ANALYZE)
            .args(["query", log.to_str().unwrap(), "--format", format, sql])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{format} {}", stderr(&output));
    }
}

#[test]
fn registers_are_those_of_the_report() {
    for name in ["e1000e.txt", "megasas.txt.zst", "edu_odd.txt"] {
        let file = sample(name).display().to_string();
        let json = |args: &[&str]| -> Value {
            serde_json::from_slice(&mmio_testkit::stdout(ANALYZE, args, b"")).unwrap()
        };
        let report = json(&["regs", &file, "--format", "json"]);
        let table = json(&["query", &file, "--format", "json", "SELECT * FROM registers"]);
        let (report, rows) = (report["registers"].as_array().unwrap(), table["rows"].as_array().unwrap());
        assert!(report.len() > 5 && report.len() == rows.len(), "{name}");
        for (entry, row) in report.iter().zip(rows) {
            for (key, value) in row.as_object().unwrap() {
                let expected = match (key.as_str(), &entry[key]) {
                    ("trace", _) => Value::from(file.as_str()),
                    ("unknown", Value::Null) => 0.into(),
                    ("width", width) if *width == 0 => Value::Null,
                    (_, other) => other.clone(),
                };
                assert_eq!(*value, expected, "{name} {key}");
            }
        }
        let odd = "SELECT COUNT(*) FROM registers WHERE bar = 0 AND kind <> 'unknown'";
        let expected = report.iter().filter(|e| e["bar"] == 0 && e["kind"] != "unknown").count();
        assert_eq!(number(&[name], &[], odd), expected as u64, "{name}");
    }
}
