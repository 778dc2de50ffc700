//! mmio-analyze as a user runs it.

use std::fs;
use std::process::{Command, Output, Stdio};

use mmio_testkit::{assert_snapshot, container, sample, sample_log as log, stderr};
use serde_json::Value;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");

fn analyze(args: &[&str], stdin: &[u8]) -> Output {
    mmio_testkit::run(ANALYZE, args, stdin)
}

fn stdout(args: &[&str], stdin: &[u8]) -> String {
    String::from_utf8(mmio_testkit::stdout(ANALYZE, args, stdin)).unwrap()
}

const SAMPLES: [&str; 6] =
    ["e1000e.txt", "nvme.txt.zst", "megasas.txt.zst", "i6300esb.txt", "edu_odd.txt", "edu_lost.txt"];

#[test]
fn outputs_are_as_they_were() {
    for name in SAMPLES {
        let path = sample(name);
        let (path, stem) = (path.to_str().unwrap(), name.split('.').next().unwrap());
        assert_snapshot(&format!("{stem}.info"), &stdout(&["info", path], b""));
        assert_snapshot(&format!("{stem}.seqs"), &stdout(&["seqs", path, "--top", "8"], b""));
        assert_snapshot(&format!("{stem}.patterns"), &stdout(&["patterns", path], b""));
        if name == "megasas.txt.zst" {
            assert_snapshot("megasas.patterns.json", &stdout(&["patterns", path, "--format", "json"], b""));
        }
        let dump = stdout(&["dump", path], b"");
        assert_snapshot(
            &format!("{stem}.dump"),
            &dump.lines().take(60).map(|l| l.to_owned() + "\n").collect::<String>(),
        );
    }
}

#[test]
fn text_container_file_and_stdin_give_one_answer() {
    for name in SAMPLES {
        let (path, text) = (sample(name), log(name));
        let packed = container(&text);
        for command in [
            &["info", "--format", "json"][..],
            &["dump"],
            &["seqs", "--format", "json", "--occurrences"],
            &["patterns", "--format", "json"],
        ] {
            let run = |file: &str, stdin: &[u8]| stdout(&[command, &[file]].concat(), stdin);
            let expected = run(path.to_str().unwrap(), b"");
            assert!(expected == run("-", &text), "{name} {command:?} from stdin");
            assert!(expected == run("-", &packed), "{name} {command:?} from a container on stdin");
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(file.path(), &packed).unwrap();
            assert!(
                expected == run(file.path().to_str().unwrap(), b""),
                "{name} {command:?} from a container"
            );
        }
    }
}

#[test]
fn a_loss_counts_once() {
    let info: Value =
        serde_json::from_str(&stdout(&["info", "-", "--format", "json"], &log("edu_lost.txt"))).unwrap();
    assert_eq!(info["trace"]["lost"], 76268);
    assert_eq!(info["losses"].as_array().unwrap().len(), 1);
}

#[test]
fn seqs_follow_their_schema() {
    let report: Value = serde_json::from_str(&stdout(
        &["seqs", "-", "--format", "json", "--occurrences"],
        &log("e1000e.txt"),
    ))
    .unwrap();
    assert_eq!((&report["schema"], &report["version"]), (&"mmio-analyze.seqs".into(), &1.into()));
    let (accesses, explained) = (&report["trace"]["accesses"], &report["trace"]["explained"]);
    assert!(explained.as_u64().unwrap() <= accesses.as_u64().unwrap());
    let sequences = report["sequences"].as_array().unwrap();
    assert!(sequences.len() > 3);
    for (i, s) in sequences.iter().enumerate() {
        assert_eq!(s["id"], i + 1);
        let occurrences = s["occurrences"].as_array().unwrap();
        assert_eq!(s["count"], occurrences.len());
        let covered: u64 = occurrences.iter().map(|o| o["length"].as_u64().unwrap()).sum();
        assert_eq!(s["accesses"], covered);
        for step in s["steps"].as_array().unwrap() {
            check_step(step);
        }
    }
}

fn check_step(step: &Value) {
    if let Some(body) = step.get("loop") {
        assert!(step["repeat"].is_array());
        body.as_array().unwrap().iter().for_each(check_step);
        return;
    }
    assert!(["R", "W", "?"].contains(&step["op"].as_str().unwrap()), "{step}");
    assert!(step["offset"].as_str().unwrap().starts_with("0x"), "{step}");
    assert!(step["bar"].is_u64(), "{step}");
    if let Some(repeat) = step.get("repeat") {
        assert!(repeat[0].as_u64() <= repeat[1].as_u64() && repeat[0].as_u64() >= Some(1), "{step}");
    }
}

#[test]
fn patterns_follow_their_schema() {
    let json = stdout(&["patterns", "-", "--format", "json"], &log("e1000e.txt"));
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&report["schema"], &report["version"]), (&"mmio-analyze.patterns".into(), &1.into()));
    assert_eq!(report["trace"]["accesses"], 4808);
    assert!(report.get("incomplete").is_none());
    let patterns = report["patterns"].as_array().unwrap();
    for p in patterns {
        assert!(p["count"].as_u64().unwrap() > 0, "{p}");
        assert_eq!(p["elements"].as_u64().unwrap() > 1, p.get("stride").is_some(), "{p}");
        assert!((0.0..=1.0).contains(&p["confidence"].as_f64().unwrap()), "{p}");
        assert!(
            p["offset"].as_str().unwrap().starts_with("0x") && !p["evidence"].as_str().unwrap().is_empty()
        );
    }
    let lock = patterns.iter().find(|p| p["kind"] == "rmw" && p["offset"] == "0xf00").unwrap();
    assert_eq!((&lock["count"], &lock["toggled"]), (&384.into(), &"0x20".into()));
    let csv = stdout(&["patterns", "-", "--format", "csv"], &log("e1000e.txt"));
    assert_eq!(csv.lines().count(), patterns.len() + 1);
    let shown = stdout(&["patterns", "-", "--format", "csv", "--reg", "+0xf00"], &log("e1000e.txt"));
    assert!(shown.lines().count() > 1 && shown.lines().skip(1).all(|line| line.contains("0xf00")), "{shown}");
}

/// The patterns of a labelled recording that are of this kind.
fn patterns_of(name: &str, kind: &str, more: &[&str]) -> Vec<Value> {
    let path = sample(&format!("labelled/{name}.txt.zst"));
    let args = [&["patterns", "--format", "json", path.to_str().unwrap()], more].concat();
    let report: Value = serde_json::from_str(&stdout(&args, b"")).unwrap();
    let patterns = report["patterns"].as_array().unwrap();
    patterns.iter().filter(|p| p["kind"] == kind).cloned().collect()
}

#[test]
fn a_window_may_belong_to_another_device() {
    let found = patterns_of("vga_mod", "window", &[]);
    let [window] = &found[..] else { panic!("{found:?}") };
    let place = ["device", "offset", "device2", "offset2"].map(|key| window[key].as_str().unwrap());
    assert_eq!(place, ["00:03.0", "0x50a", "mem:a0000", "0x0"]);
    assert_eq!((&window["length"], &window["bases"]), (&0x260.into(), &16.into()));
    assert!(patterns_of("vga_mod", "doorbell", &[]).is_empty());
}

#[test]
fn the_words_of_a_memory_are_read_from_its_lines() {
    let found = patterns_of("tulip", "bitbang", &[]);
    let memory = found.iter().find(|p| p.get("select").is_some()).unwrap();
    let lines = ["mask", "data", "input", "select"].map(|key| memory[key].as_str().unwrap());
    assert_eq!(lines, ["0x2", "0x4", "0x8", "0x1"]);
    // Read, then six bits of address; sixteen bits come back, the lower byte last.
    let frames = memory["frames"].as_array().unwrap();
    assert_eq!((frames.len(), &memory["frames_total"]), (16, &64.into()));
    let word = |address: &str| {
        let out = format!("0110{address}");
        let said = |f: &&Value| f["out"].as_str().unwrap().trim_start_matches('0').starts_with(&out[1..]);
        let input = frames.iter().find(said).unwrap()["in"].as_str().unwrap();
        u16::from_str_radix(&input[input.len() - 16..], 2).unwrap()
    };
    let mac = ["001010", "001011", "001100"].map(word).map(u16::to_le_bytes).concat();
    assert_eq!(mac, [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]);
}

#[test]
fn registers_behind_a_port_are_shown_with_their_space() {
    let behind = |more: &[&str]| {
        let found = patterns_of("cirrus_mod", "rmw", more);
        found.iter().map(|p| (p["space"].clone(), p["offset"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(behind(&[]), [("1:0xf".into(), "0x9".into())]);
    assert_eq!(behind(&["--reg", "+0x9", "--bar", "1"]), behind(&[]));
    assert_eq!(behind(&["--reg", "+0xa"]), []);
    let path = sample("labelled/cirrus_mod.txt.zst");
    let table = stdout(&["patterns", path.to_str().unwrap()], b"");
    assert!(table.contains("\n00:03.0  BAR 1, behind the data port 1:0xf\n"), "{table}");
}

#[test]
fn an_input_without_a_record_is_an_error() {
    let noise: Vec<u8> = (0..5000u32).map(|i| (i.wrapping_mul(2654435761) >> 24) as u8).collect();
    for input in [&b""[..], b"hello\n", &noise] {
        for command in ["info", "dump", "seqs"] {
            let output = analyze(&[command, "-"], input);
            assert_eq!(output.status.code(), Some(2));
            let message = stderr(&output);
            assert_eq!(message.lines().count(), 1, "{message}");
        }
    }
}

#[test]
fn a_cut_container_is_analysed_as_far_as_it_goes() {
    let text = log("e1000e.txt").repeat(30);
    let mut packed = Vec::new();
    let mut writer = mmio_format::container::Writer::new(&mut packed, "test", 3).unwrap();
    for part in text.chunks(1 << 20) {
        let mut block = mmio_format::Block::default();
        mmio_format::text::parse(part, &mut block);
        writer.write_block(&block).unwrap();
    }
    writer.finish().unwrap();
    let output = analyze(&["seqs", "-"], &packed[..packed.len() / 2]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("truncated"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("explain"));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let mut child = Command::new(ANALYZE)
        .args(["dump", sample("e1000e.txt").to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
}

#[test]
fn commands_that_need_a_feature_are_listed() {
    let help = stdout(&["--help"], b"");
    let lines: Vec<&str> = help.lines().map(str::trim_start).collect();
    for command in ["query", "export"] {
        let at = lines.iter().position(|line| line.starts_with(command)).expect("it is listed");
        let line = lines[at..].iter().take(2).copied().collect::<Vec<_>>().join(" ");
        assert!(line.contains("the feature sql"), "{line}");
    }
}

#[cfg(not(feature = "sql"))]
#[test]
fn a_command_that_is_not_built_says_how_to_get_it() {
    for args in [&["query", "-", "SELECT 1"][..], &["export", "-", "-o", "x.parquet"]] {
        let output = analyze(args, b"");
        assert_eq!(output.status.code(), Some(2));
        let message = stderr(&output);
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(message.contains("cargo install") && message.contains("--features sql"), "{message}");
    }
}
