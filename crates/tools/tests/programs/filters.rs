//! Filters: the same in every program, what outputs print goes in, and nothing is selected in silence.

use std::fs;
use std::path::Path;

use mmio_format::filter::parse_registers;
use mmio_testkit::{run, sample, stderr, stdout};
use serde_json::Value;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");
const CONVERT: &str = env!("CARGO_BIN_EXE_mmio-convert");
const PLOT: &str = env!("CARGO_BIN_EXE_mmio-plot");

fn path(name: &str) -> String {
    sample(name).to_str().unwrap().to_owned()
}

/// The accesses that `filter` leaves, as lines of CSV, by the program that prints one for each.
fn passing(file: &str, filter: &[&str]) -> Vec<String> {
    let output = run(CONVERT, &[&["-q", file, "--to", "csv"], filter].concat(), b"");
    assert!(output.status.code() < Some(2), "{filter:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap().lines().skip(1).map(str::to_owned).collect()
}

fn json(command: &str, file: &str, filter: &[&str]) -> Value {
    let args = [&[command, "-q", "--format", "json", file], filter].concat();
    let output = run(ANALYZE, &args, b"");
    assert!(output.status.code() < Some(2), "{args:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs each program with a filter that selects nothing; every one says `sentence` and leaves `folder` empty.
fn in_vain(file: &str, filter: &[&str], sentence: &str, folder: &Path) {
    let out = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let mut commands: Vec<(&str, Vec<String>)> = Vec::new();
    for command in ["info", "dump", "seqs", "pairs", "regs", "patterns"] {
        commands.push((ANALYZE, vec![command.into()]));
    }
    for name in ["a.vcd", "a.perfetto-trace"] {
        commands.push((ANALYZE, vec!["export".into(), "-o".into(), out(name)]));
    }
    for plot in ["timeline", "heatmap", "values", "latency", "graph", "map"] {
        commands.push((PLOT, vec![plot.into(), "-o".into(), out("a.svg")]));
        commands.push((PLOT, vec![plot.into(), "-o".into(), "-".into()]));
    }
    commands.push((PLOT, vec!["timeline".into(), "--by-mark".into(), "-o".into(), out("a.png")]));
    commands.push((PLOT, vec!["report".into(), "-o".into(), out("a.html")]));
    for name in ["a.txt", "a.mmio.zst", "a.csv"] {
        commands.push((CONVERT, vec!["-o".into(), out(name)]));
    }
    commands.push((CONVERT, vec!["--to".into(), "mmio".into()]));
    for (program, command) in commands {
        let args: Vec<&str> =
            command.iter().map(String::as_str).chain([file]).chain(filter.iter().copied()).collect();
        let output = run(program, &args, b"");
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert_eq!(said.matches(sentence).count(), 1, "{args:?}: {said}");
        assert!(program == ANALYZE || output.stdout.is_empty(), "{args:?}");
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "{args:?}");
    }
}

#[test]
fn every_program_says_that_nothing_passes() {
    let folder = tempfile::tempdir().unwrap();
    let file = path("e1000e.txt");
    in_vain(&file, &["--reg", "+0x9999"], "0 of 4,808 accesses pass --reg +0x9999\n", folder.path());
    in_vain(&file, &["--time", "500..600"], "; the trace goes from 4.887434 to 10.370700 s\n", folder.path());
}

#[test]
fn the_sentence_names_what_there_is() {
    let said = |file: &str, filter: &[&str]| {
        let output = run(ANALYZE, &[&["regs", file], filter].concat(), b"");
        assert_eq!(output.status.code(), Some(1), "{filter:?}");
        stderr(&output)
    };
    let file = path("e1000e.txt");
    let markers = r#"; the markers are "e1000e: start", "e1000e: loaded", "e1000e: worked", "e1000e: end""#;
    assert!(said(&file, &["--mark", "no such"]).contains(&format!("pass --mark 'no such'{markers}\n")));
    assert!(
        said(&file, &["--bar", "1,4"]).ends_with("--bar 1,4; accesses go to 00:02.0 bar 0, 00:02.0 bar 3\n")
    );
    // A device that only has mappings.
    let unused = "PCIDEV 0010 80865845 10 fe000000 0 0 0 0 0 0 4000 0 0 0 0 0 0 idle\n\
                  PCIDEV 0018 80865846 11 fe100000 0 0 0 0 0 0 4000 0 0 0 0 0 0 busy\n\
                  R 4 1.000000 1 0xfe100000 0x1 0x0 0\n";
    let output = run(ANALYZE, &["dump", "-", "--device", "idle"], unused.as_bytes());
    let ends = "0 of 1 access pass --device idle; the devices with accesses are 00:03.0\n";
    assert!(stderr(&output).ends_with(ends), "{}", stderr(&output));
    let markers: String = (0..50).map(|n| format!("MARK 2.000000 step {}\n", n / 2)).collect();
    let output = run(ANALYZE, &["dump", "-", "--mark", "nosuch"], (unused.to_owned() + &markers).as_bytes());
    let said = stderr(&output);
    assert!(
        said.contains("\"step 0\", \"step 1\",") && said.ends_with("\"step 19\" and 10 more\n"),
        "{said}"
    );
    let output = run(ANALYZE, &["dump", "-", "--mark", "nosuch"], unused.as_bytes());
    assert!(stderr(&output).ends_with("; the trace has no marker\n"), "{}", stderr(&output));
}

#[test]
fn a_device_that_is_not_there_is_an_error() {
    for (program, command) in [(ANALYZE, "regs"), (PLOT, "report")] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("a.html");
        let mut args = vec![command, "--device", "nosuch"];
        let file = path("e1000e.txt");
        args.push(&file);
        args.extend((program == PLOT).then_some(["-o", out.to_str().unwrap()]).into_iter().flatten());
        let output = run(program, &args, b"");
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!(said.contains("no device nosuch in the trace; it has 00:00.0, "), "{said}");
    }
}

#[test]
fn every_command_counts_what_passes() {
    let file = path("e1000e.txt");
    for filter in [
        &["--op", "write"][..],
        &["--op", "r", "--bar", "0"],
        &["--reg", "+0x20,+0x5200…+0x53fc by 4", "--width", "4"],
        &["--time", "5.026688..+0.4"],
        &["--mark", "e1000e: loaded..e1000e: end", "--op", "W"],
        &["--device", "00:02.0", "--bar", "3,0", "--reg", "0:+0x8,3:+0x0"],
        &["--width", "4"],
    ] {
        let count = passing(&file, filter).len();
        assert!(count > 0, "{filter:?}");
        for command in ["info", "seqs", "pairs", "regs", "patterns"] {
            let trace = &json(command, &file, filter)["trace"];
            assert_eq!(
                (&trace["selected"], &trace["accesses"]),
                (&count.into(), &4808.into()),
                "{command} {filter:?}"
            );
        }
        let args = [&["info", &file], filter].concat();
        let text = String::from_utf8(stdout(ANALYZE, &args, b"")).unwrap();
        let first = text.lines().next().unwrap().replace(',', "");
        assert!(first.starts_with(&format!("{count} of 4808 accesses 0 lost")), "{first}");
        let args = [&["timeline", "-o", "-", &file], filter].concat();
        let picture = String::from_utf8(stdout(PLOT, &args, b"")).unwrap().replace(',', "");
        assert!(picture.contains(&format!(">{count} of 4808 accesses")), "{filter:?}");
    }
    assert!(json("regs", &file, &[])["trace"].get("selected").is_none());
}

#[test]
fn a_stretch_goes_from_marker_to_marker_over_others() {
    let file = path("cases/nested_marks.txt");
    let count = |mark: &str, more: &[&str]| passing(&file, &[&["--mark", mark], more].concat()).len();
    assert_eq!(count("video stream begin..video stream end", &[]), 80);
    assert_eq!(count("video stream begin", &[]), 0, "another marker follows at once");
    // Both ends come twice, and end with the shorter name.
    assert_eq!(count("* begin..* end", &[]), 85);
    assert_eq!(count("video*..", &[]), 81);
    assert_eq!(count("..modprobe camera end", &[]), 5);
    assert_eq!(count("In function interrupt", &[]) + count("In function firmware_answer", &[]), 80);
    assert_eq!(count("video stream begin..video stream end", &["--op", "w"]), 40);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a.svg");
    let args =
        ["timeline", &file, "--by-mark", "--mark", "video*begin..video*end", "-o", out.to_str().unwrap()];
    stdout(PLOT, &args, b"");
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        40,
        "a picture a phase inside, and none of the others"
    );
}

/// The lines that `dump` prints, by their first word: the time.
fn dumped(file: &str, filter: &[&str]) -> Vec<String> {
    let output = run(ANALYZE, &[&["dump", "--no-fold", file], filter].concat(), b"");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn printed_times_select_what_was_printed() {
    for name in ["e1000e.txt", "edu.mmio.zst"] {
        let file = path(name);
        let all = passing(&file, &[]);
        let time = |line: &String| line.split(',').nth(1).unwrap().to_owned();
        let seconds = |line: &String| time(line).parse::<f64>().unwrap();
        for (from, to) in [(3, 3), (10, 200), (0, all.len() - 1), (all.len() / 2, all.len() / 2 + 7)] {
            let range = format!("{}..{}", time(&all[from]), time(&all[to]));
            let inside = (seconds(&all[from]), seconds(&all[to]));
            let expected = all.iter().filter(|line| (inside.0..=inside.1).contains(&seconds(line))).count();
            assert_eq!(passing(&file, &["--time", &range]).len(), expected, "{name} {range}");
            assert!(expected > to - from);
        }
    }
    let file = path("e1000e.txt");
    let found = json("seqs", &file, &[]);
    let first = &found["sequences"][0]["first"];
    let range = format!("{0}..{0}", first["time"].as_str().unwrap());
    let lines = dumped(&file, &["--time", &range]);
    assert!(
        !lines.is_empty() && lines.iter().all(|line| line.contains(first["time"].as_str().unwrap())),
        "{lines:?}"
    );
}

/// What a row of `regs` is called: `2:+0xc[0x5]`.
fn name(row: &Value) -> String {
    let (bar, offset) = (&row["bar"], row["offset"].as_str().unwrap());
    match row["space"].as_str() {
        Some(space) => format!("{}[{offset}]", space.replace(':', ":+")),
        None => format!("{bar}:+{offset}"),
    }
}

#[test]
fn printed_registers_are_selected() {
    let file = path("labelled/cirrus_mod.txt.zst");
    let all = json("regs", &file, &["--reg", "0x0..0xffffffff"]);
    let rows = all["registers"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["space"].is_string()));
    for row in rows.iter().step_by(3) {
        let found = json("regs", &file, &["--reg", &name(row)]);
        // An offset alone is an index behind every port too.
        let same = |found: &&Value| row["space"].is_string() || found["space"].is_null();
        let found_rows = found["registers"].as_array().unwrap();
        let names: Vec<String> = found_rows.iter().filter(same).map(name).collect();
        assert!(
            !names.is_empty() && names.iter().all(|found| *found == name(row)),
            "{names:?} {}",
            name(row)
        );
        assert!(found["trace"]["selected"].as_u64() > Some(0), "{}", name(row));
    }
    let behind = rows.iter().map(name).find(|name| name.contains('[')).unwrap();
    let patterns = json("patterns", &file, &["--reg", &format!("{}[*]", behind.split_once('[').unwrap().0)]);
    let patterns = patterns["patterns"].as_array().unwrap();
    assert!(!patterns.is_empty() && patterns.iter().all(|p| p["space"].is_string()), "{patterns:?}");
    for command in ["dump", "seqs", "pairs", "info"] {
        let output = run(ANALYZE, &[command, &file, "--reg", &behind], b"");
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(stderr(&output).contains("lies behind a port"), "{}", stderr(&output));
    }
}

#[test]
fn every_register_of_a_sequence_can_be_asked_for() {
    let mut taken = 0;
    for file in ["e1000e.txt", "nvme.txt.zst", "labelled/cirrus_mod.txt.zst"] {
        let text = stdout(ANALYZE, &["seqs", "--top", "40", &path(file)], b"");
        let text = String::from_utf8(text).unwrap();
        let steps = text.lines().filter(|line| line.starts_with("    "));
        for step in steps.flat_map(|line| line.split("   ")).map(|step| step.trim().trim_start_matches('{')) {
            let Some((op, rest)) = step.split_once(' ') else { continue };
            if !op.starts_with(['R', 'W']) {
                continue;
            }
            let end =
                [" = ", " ×", " until "].iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
            let register = rest[..end].trim_end_matches('}');
            assert!(parse_registers(register).is_ok(), "{step}: {register}");
            taken += 1;
        }
    }
    assert!(taken > 100, "{taken}");
}

#[test]
fn what_may_be_meant_otherwise_is_refused() {
    let file = path("e1000e.txt");
    for (option, value, why) in [
        ("--reg", "20", "has no 0x: write +0x20"),
        ("--reg", "+0x20,+40", "has no 0x: write +0x40"),
        ("--time", "2..1", "ends before it starts"),
        ("--mark", "..", "needs the text of a marker"),
        ("--op", "x", "possible values: R, W"),
        ("--bar", "0,7", "7 is not in 0..=6"),
    ] {
        let output = run(ANALYZE, &["regs", &file, option, value], b"");
        assert_eq!(output.status.code(), Some(2), "{option} {value}");
        assert!(stderr(&output).contains(why), "{option} {value}: {}", stderr(&output));
    }
}

#[test]
fn several_devices_are_all_of_them() {
    let file = path("labelled/ahci.txt.zst");
    let devices = json("info", &file, &[]);
    let names: Vec<&str> =
        devices["devices"].as_array().unwrap().iter().map(|d| d["device"].as_str().unwrap()).collect();
    let of = |names: &[&str]| {
        let options: Vec<&str> = names.iter().flat_map(|name| ["--device", name]).collect();
        passing(&file, &options).len()
    };
    assert!(names.len() > 1 && of(&names[..1]) > 0, "{names:?}");
    assert_eq!(of(&names[..2]), of(&names[..1]) + of(&names[1..2]));
}
