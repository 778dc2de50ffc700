//! mmio-convert as a user runs it.

use mmio_testkit::{sample, stderr};
use std::fs;
use std::io::Write;
use std::process::Output;

const CONVERT: &str = env!("CARGO_BIN_EXE_mmio-convert");

fn convert(args: &[&str], stdin: &[u8]) -> Output {
    mmio_testkit::run(CONVERT, args, stdin)
}

fn stdout(args: &[&str], stdin: &[u8]) -> Vec<u8> {
    mmio_testkit::stdout(CONVERT, args, stdin)
}

/// Some blocks of accesses that do not compress to nothing.
fn long_log() -> Vec<u8> {
    let mut log = Vec::new();
    for i in 0..200_000u64 {
        let (sec, usec, address) = (i / 1000, i % 1000 * 7, 0xf000 + i % 64 * 4);
        writeln!(log, "R 4 {sec}.{usec:06} 1 0x{address:x} 0x{:x} 0x0 0", i * i % 9973).unwrap();
    }
    log
}

fn container(text: &[u8]) -> Vec<u8> {
    stdout(&["-q", "-", "--to", "mmio"], text)
}

#[test]
fn every_sample_comes_back_byte_for_byte() {
    for entry in fs::read_dir(sample("")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !name.contains(".txt") {
            continue;
        }
        let log = fs::read(&path).unwrap();
        let plain = if name.ends_with(".zst") { zstd::decode_all(&log[..]).unwrap() } else { log.clone() };
        let packed = container(&log);
        assert!(packed.len() < plain.len(), "{name}: {} bytes", packed.len());
        assert_eq!(stdout(&["-q", "-"], &packed), plain, "{name}");
        assert_eq!(stdout(&["-q", path.to_str().unwrap()], b""), plain, "{name} from its file");
        let stream = zstd::decode_all(&packed[..]).unwrap();
        assert_eq!(stdout(&["-q", "-"], &stream), plain, "{name} through the plain stream");
    }
}

#[test]
fn odd_bytes_come_back() {
    let mut long_line = b"R 4 1.000000 1 0x0 0x0 0x0 0 ".to_vec();
    long_line.resize(10 << 20, b'x');
    let logs: [&[u8]; 7] = [
        b"\n",
        b"no newline",
        b"R 4 1.000000 1 0x10 0x2 0x0 0\r\nW 4 1.000001 1 0x10 0x2 0x0 0\r\n",
        b"\0\0\n\xff\xfe\n\n\n",
        b"R 4 1.0 1 0x10 0x2 0x0 0R 4 1.0 1 0x10\nrw what?\n",
        b"MARK 1.000000 two\nlines\nMARK 0.000000 Lost 3 events.\n",
        &long_line,
    ];
    for log in logs {
        // A record, so that it is a log.
        let log = [b"VERSION 20070824\n", log].concat();
        let shown = String::from_utf8_lossy(&log[..log.len().min(60)]);
        assert_eq!(stdout(&["-q", "-"], &container(&log)), log, "{shown}");
    }
}

#[test]
fn an_output_is_never_replaced_unless_forced() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("x.mmio.zst");
    let (input, output) = (sample("i6300esb.txt"), target.to_str().unwrap());
    let args = [input.to_str().unwrap(), "-o", output];
    assert!(convert(&args, b"").status.success());
    let first = fs::read(&target).unwrap();
    let again = convert(&args, b"");
    assert_eq!(again.status.code(), Some(2));
    assert!(
        stderr(&again).contains("x.mmio.zst") && stderr(&again).contains("--force"),
        "{}",
        stderr(&again)
    );
    assert_eq!(fs::read(&target).unwrap(), first);
    assert!(convert(&[args[0], args[1], args[2], "--force"], b"").status.success());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn a_cut_container_gives_its_whole_blocks_and_says_so() {
    let log = long_log();
    let packed = container(&log);
    let cut = convert(&["-q", "-"], &packed[..packed.len() * 2 / 3]);
    assert_eq!(cut.status.code(), Some(2));
    assert!(stderr(&cut).contains("truncated"), "{}", stderr(&cut));
    assert!(!cut.stdout.is_empty() && log.starts_with(&cut.stdout) && cut.stdout.ends_with(b"\n"));
    let lines = cut.stdout.iter().filter(|&&b| b == b'\n').count();
    assert_eq!(lines % 65_536, 0, "whole blocks only");
}

#[test]
fn the_closing_line_counts() {
    let output = convert(
        &["-", "--to", "mmio"],
        b"R 4 1.000000 1 0x10 0x2 0x0 0\nrw what?\nCPU:0 [LOST 5 EVENTS]\nMARK 0.000000 Lost 5 events.\n",
    );
    let line = stderr(&output);
    for part in ["4 records", "1 access", "5 lost", "1 unparsed"] {
        assert!(line.contains(part), "{part} in {line}");
    }
}

#[test]
fn line_formats_of_other_tools() {
    let log = b"VERSION 20070824\nPCIDEV 0010 808610d3 b feb40000 0 0 0 0 0 0 20000 0 0 0 0 0 0 e1000e\n\
        MAP 1.000000 1 0xfeb40000 0xffffc90000000000 0x20000 0x0 0\n\
        R 4 1.000001 1 0xfeb40008 0x80080783 0x0 0\nW 2 1.000002 1 0xfeb43818 0x7 0x0 0\n\
        UNKNOWN 1.000003 1 0xfeb40000 f3,a5,8b 0x0 0\nMARK 1.500000 up\nUNMAP 2.000000 1 0x0 0\nwhat\n";
    let qemu = convert(&["-", "--to", "qemu"], log);
    assert_eq!(
        String::from_utf8_lossy(&qemu.stdout),
        "0@1.000001:vfio_region_read  (0000:00:02.0:region0+0x8, 4) = 0x80080783\n\
         0@1.000002:vfio_region_write  (0000:00:02.0:region0+0x3818, 0x7, 2)\n"
    );
    for part in ["1 unknown", "1 map", "1 unmap", "1 marker", "1 raw"] {
        assert!(stderr(&qemu).contains(part), "{part} in {}", stderr(&qemu));
    }
    let ftrace = String::from_utf8(stdout(&["-q", "-", "--to", "ftrace"], log)).unwrap();
    let events: Vec<&str> =
        ftrace.lines().filter(|l| !l.starts_with('#')).map(|l| l.split_once(": ").unwrap().1).collect();
    assert_eq!(
        events,
        [
            "mmiotrace_map: feb40000 ffffc90000000000 20000 1 3",
            "mmiotrace_rw: feb40008 80080783 0 1 1 4",
            "mmiotrace_rw: feb43818 7 0 1 2 2",
            "mmiotrace_rw: feb40000 f3a58b 0 1 5 0",
            "tracing_mark_write: up",
            "mmiotrace_map: 0 0 0 1 4",
        ]
    );
    let csv = String::from_utf8(stdout(&["-q", "-", "--to", "csv"], log)).unwrap();
    assert_eq!(
        csv,
        "index,time,device,bar,offset,op,width,value,map_id,address,pc,cpu,pid\n\
         0,1.000001,00:02.0,0,0x8,R,4,0x80080783,1,0xfeb40008,0x0,0,0\n\
         1,1.000002,00:02.0,0,0x3818,W,2,0x7,1,0xfeb43818,0x0,0,0\n\
         2,1.000003,00:02.0,0,0x0,?,,,1,0xfeb40000,0x0,0,0\n"
    );
}

#[test]
fn json_lines_hold_every_record() {
    let log = fs::read(sample("edu_odd.txt")).unwrap();
    let json = String::from_utf8(stdout(&["-q", "-", "--to", "jsonl"], &log)).unwrap();
    let records: Vec<serde_json::Value> = json.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(records.len(), log.iter().filter(|&&b| b == b'\n').count());
    let unknown = records.iter().find(|r| r["op"] == "?").unwrap();
    assert_eq!(unknown["opcode"], "f3a58b");
    assert!(unknown.get("value").is_none());
}

#[test]
fn filters_choose_accesses_and_keep_what_resolves_them() {
    let path = sample("e1000e.txt");
    let path = path.to_str().unwrap();
    let reads =
        String::from_utf8(stdout(&["-q", path, "--to", "csv", "--reg", "+0x20", "--op", "R"], b"")).unwrap();
    let rows: Vec<&str> = reads.lines().skip(1).collect();
    assert!(rows.len() > 100 && rows.iter().all(|r| r.contains(",00:02.0,0,0x20,R,")));
    let text = stdout(&["-q", path, "--reg", "+0x20", "--op", "R"], b"");
    let again = String::from_utf8(stdout(&["-q", "-", "--to", "csv"], &text)).unwrap();
    assert_eq!(again.lines().count(), reads.lines().count(), "the filtered log still resolves");
    let none = convert(&["-q", path, "--device", "ff:1f.7"], b"");
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("no device ff:1f.7"), "{}", stderr(&none));
}

#[test]
fn errors_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    for input in [path, "/does/not/exist"] {
        let output = convert(&[input, "--to", "text"], b"");
        assert_eq!(output.status.code(), Some(2), "{input}");
        assert!(stderr(&output).contains(input), "{}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    }
    let unnamed = convert(&["-", "-o", "x.unknown"], b"");
    assert_eq!(unnamed.status.code(), Some(2));
    assert!(stderr(&unnamed).contains("--to"), "{}", stderr(&unnamed));
}

#[test]
fn any_bytes_between_records_are_raw_lines() {
    let noise = (0..10_000u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8);
    let record = b"R 4 1.000000 1 0x10 0x2 0x0 0\n";
    let log = [&record.repeat(5)[..], &noise.collect::<Vec<u8>>(), b"\n", record].concat();
    let output = convert(&["-", "--to", "text"], &log);
    assert!(output.status.success());
    assert_eq!(output.stdout, log);
    assert!(stderr(&output).contains("unparsed"), "{}", stderr(&output));
}

#[test]
fn check_finds_damage_and_repair_keeps_what_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (whole, cut, fixed) = (at("whole.mmio.zst"), at("cut.mmio.zst"), at("fixed.mmio.zst"));
    let log = long_log();
    let packed = container(&log);
    fs::write(&whole, &packed).unwrap();
    let good = convert(&["--check", &whole], b"");
    assert_eq!((good.status.code(), good.stdout.iter().filter(|&&b| b == b'\n').count()), (Some(0), 1));
    fs::write(&cut, &packed[..packed.len() * 9 / 10]).unwrap();
    let bad = convert(&["--check", &cut], b"");
    assert_eq!(bad.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&bad.stdout).contains("truncated"));
    let repaired = convert(&["--repair", &cut, "-o", &fixed], b"");
    assert!(repaired.status.success(), "{}", stderr(&repaired));
    assert!(convert(&["--check", &fixed], b"").status.success());
    let text = stdout(&["-q", &fixed, "--to", "text"], b"");
    assert!(log.starts_with(&text));
    assert_eq!(text.iter().filter(|&&b| b == b'\n').count() % 65_536, 0);
}

#[test]
fn what_only_a_container_holds_is_kept_or_reported() {
    use mmio_format::container::{Item, RawBlock, Reader, Recording, Section, Writer};
    let mut writer = Writer::new(Vec::new(), "test", 3).unwrap();
    let mut facts = Recording::default();
    facts.push("kernel", "6.1.0");
    writer.write_recording(&facts).unwrap();
    let section = Section { tag: *b"NEW!", flags: 7, payload: b"from the future".to_vec() };
    writer.write_section(&section).unwrap();
    let mut block = mmio_format::Block::default();
    mmio_format::text::parse(b"R 4 1.000000 1 0x10 0x2 0x0 0\nW 4 1.000001 1 0x10 0x2 0x0 0\n", &mut block);
    writer.write_block(&block).unwrap();
    let file = writer.finish().unwrap().0;
    for filter in [&[][..], &["--op", "R"]] {
        let copy = stdout(&[&["-q", "-", "--to", "mmio"], filter].concat(), &file);
        let mut reader = Reader::new(&copy[..], "copy").unwrap();
        let (mut raw, mut seen) = (RawBlock::default(), Vec::new());
        while let Some(item) = reader.next_item(&mut raw, mmio_format::Columns::ALL).unwrap() {
            match item {
                Item::Section(s) => assert_eq!(s, section),
                Item::Recording(r) => assert_eq!(r.entries, facts.entries),
                Item::Block => seen.push(raw.head().stats.records),
            }
        }
        assert_eq!(seen, if filter.is_empty() { [2] } else { [1] });
        let text = convert(&[&["-", "--to", "text"], filter].concat(), &file);
        for part in ["1 recording's data", "1 section of a newer version"] {
            assert!(stderr(&text).contains(part), "{part} in {}", stderr(&text));
        }
    }
}

/// Both a container's recording data and many records make pieces of the output, each of which is written once.
#[test]
fn each_line_of_csv_is_written_once() {
    for name in ["e1000e.mmio.zst", "e1000e.txt"] {
        let output = mmio_testkit::run(
            CONVERT,
            &["-q", sample(name).to_str().unwrap(), "--to", "csv", "-o", "-"],
            b"",
        );
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines = text.lines();
        assert!(lines.next().unwrap().starts_with("index,time,"), "{name}");
        let numbers: Vec<usize> =
            lines.map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
        assert!(numbers.len() > 4000 && numbers.iter().copied().eq(0..numbers.len()), "{name}");
    }
}
