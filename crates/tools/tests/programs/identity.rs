//! Two devices of one address stay two, in every output.

use std::collections::BTreeSet;

use mmio_testkit::{run, sample, stderr};
use serde_json::Value;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");
const CONVERT: &str = env!("CARGO_BIN_EXE_mmio-convert");
const PLOT: &str = env!("CARGO_BIN_EXE_mmio-plot");

/// A log of a machine with a PCI host and an Intel VMD: two disks at 01:00.0, in domains that the log does not tell.
const DOMAINS: &str = "VERSION 20070824
PCIDEV 0000 80869a14 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 \n\
PCIDEV 0030 80869a09 1f 0 0 0 0 0 0 0 0 0 0 0 0 0 0 pcieport\n\
PCIDEV 0070 80869a0b 0 6052000004 0 7e000000 0 6050000004 0 0 2000000 0 2000000 0 100000 0 0 vmd\n\
PCIDEV 0100 8086f1a8 1f a1200004 0 0 0 0 0 0 4000 0 0 0 0 0 0 nvme\n\
PCIDEV 0030 80869a09 1f 0 0 0 0 0 0 0 0 0 0 0 0 0 0 pcieport\n\
PCIDEV 0100 144da808 1f 7e000004 0 0 0 0 0 0 4000 0 0 0 0 0 0 nvme\n";

/// A log of two recordings of a machine with another chip in the same slot in the second one.
fn recordings() -> String {
    let of = |id: &str, base: u64, second: u64| {
        let mut log =
            format!("VERSION 20070824\nPCIDEV 0010 {id} a {base:x} 0 0 0 0 0 0 1000 0 0 0 0 0 0 chip\n");
        log += &accesses(base, second, 1);
        log
    };
    of("808610d3", 0xfeb8_0000, 1) + &of("10de0640", 0xf600_0000, 20)
}

/// A register that is polled until it answers, again and again, each time after a write.
fn accesses(base: u64, second: u64, map: u32) -> String {
    let mut log = format!("MAP {second}.000000 {map} {base:#x} 0xffffc90000100000 0x4000 0x0 0\n");
    for round in 0..60 {
        let at = |step: u64| format!("{second}.{:06}", round * 100 + step);
        log += &format!("W 4 {} {map} {:#x} {:#x} 0x0 0\n", at(10), base + 0x14, round);
        for step in 0..3 {
            log += &format!(
                "R 4 {} {map} {:#x} {:#x} 0x0 0\n",
                at(20 + step),
                base + 0x1c,
                u64::from(step == 2)
            );
        }
        log += &format!("R 4 {} {map} {:#x} {:#x} 0x0 0\n", at(40), base + 0x20, round * 7);
    }
    log
}

fn domains() -> String {
    format!("{DOMAINS}{}{}", accesses(0xa120_0000, 1, 1), accesses(0x7e00_0000, 2, 2))
}

/// Standard output of a run that must succeed without a word on standard error.
fn stdout(program: &str, args: &[&str], log: &str) -> Vec<u8> {
    let output = run(program, args, log.as_bytes());
    assert!(output.status.success() && output.stderr.is_empty(), "{args:?}: {}", stderr(&output));
    output.stdout
}

/// All values of the key `device` in a JSON.
fn devices(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("device").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| devices(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| devices(value, found)),
        _ => {}
    }
}

#[test]
fn every_report_has_both() {
    for (log, names) in [(domains(), ["01:00.0#1", "01:00.0#2"]), (recordings(), ["00:02.0#1", "00:02.0#2"])]
    {
        for command in ["info", "regs", "patterns", "pairs", "seqs"] {
            let text = stdout(ANALYZE, &[command, "-", "--format", "json"], &log);
            let mut found = BTreeSet::new();
            devices(&serde_json::from_slice(&text).unwrap(), &mut found);
            assert_eq!(found, BTreeSet::from(names.map(str::to_owned)), "{command}");
            let table = String::from_utf8(stdout(ANALYZE, &[command, "-"], &log)).unwrap();
            assert!(names.iter().all(|name| table.contains(name)), "{command}: {table}");
        }
        let lines = run(CONVERT, &["-q", "-", "--to", "csv"], log.as_bytes());
        let lines = String::from_utf8(lines.stdout).unwrap();
        for name in names {
            assert_eq!(
                lines.lines().filter(|line| line.split(',').nth(2) == Some(name)).count(),
                300,
                "{name}"
            );
        }
        let dump = String::from_utf8(stdout(ANALYZE, &["dump", "-", "--no-fold"], &log)).unwrap();
        assert!(names.iter().all(|name| dump.matches(name).count() >= 300), "{dump}");
    }
}

#[test]
fn every_picture_and_view_has_both() {
    for (log, names) in [(domains(), ["01:00.0#1", "01:00.0#2"]), (recordings(), ["00:02.0#1", "00:02.0#2"])]
    {
        for plot in ["timeline", "latency", "heatmap", "map", "report"] {
            let picture = String::from_utf8(stdout(PLOT, &[plot, "-", "-o", "-"], &log)).unwrap();
            let missing: Vec<&str> = names.into_iter().filter(|name| !picture.contains(name)).collect();
            // A map and a heatmap are of one device each, and say which.
            let most = if matches!(plot, "map" | "heatmap") { 1 } else { 0 };
            assert!(missing.len() <= most, "{plot} lacks {missing:?}");
        }
        let vcd =
            String::from_utf8(stdout(ANALYZE, &["export", "-", "--format", "vcd", "-o", "-"], &log)).unwrap();
        let scopes = names.map(|name| name.replace([':', '.', '#'], "_"));
        assert!(scopes.iter().all(|scope| vcd.contains(&format!("$scope module {scope} "))), "{scopes:?}");
        let tracks = stdout(ANALYZE, &["export", "-", "--format", "perfetto", "--force", "-o", "-"], &log);
        let tracks = String::from_utf8_lossy(&tracks);
        assert!(names.iter().all(|name| tracks.contains(name)));
        // Polls and answers of both: each device has tracks of its own for them.
        for kind in ["until", "→"] {
            assert!(tracks.matches(kind).count() >= 2, "{kind}");
        }
    }
}

#[test]
fn answers_and_polls_of_both_devices_are_drawn() {
    for (log, slot) in [(domains(), "01:00.0"), (recordings(), "00:02.0")] {
        let picture = String::from_utf8(stdout(PLOT, &["latency", "-", "-o", "-"], &log)).unwrap();
        for number in [1, 2] {
            for row in ["W +0x14 → R +0x1c", "poll R +0x1c"] {
                assert!(
                    picture.contains(&format!(">{slot}#{number} {row}<")),
                    "{slot}#{number} {row}: {picture}"
                );
            }
        }
    }
}

#[test]
fn a_name_that_several_have_takes_all_of_them_and_says_so() {
    let log = domains();
    for (name, count) in
        [("nvme", 600), ("01:00.0", 600), ("0000:01:00.0", 600), ("01:00.0#1", 300), ("01:00.0#2", 300)]
    {
        let output = run(CONVERT, &["-q", "-", "--to", "csv", "--device", name], log.as_bytes());
        let lines = String::from_utf8(output.stdout.clone()).unwrap();
        assert_eq!(lines.lines().count() - 1, count, "{name}");
        let said = stderr(&output);
        if count > 300 {
            let words = format!("mmio-convert: -: 2 devices are called {name}: 01:00.0#1, 01:00.0#2\n");
            assert!(said.starts_with(&words), "{said}");
        } else {
            assert!(!said.contains("are called"), "{said}");
        }
    }
    let said = stderr(&run(ANALYZE, &["regs", "-", "--device", "nvme"], log.as_bytes()));
    assert_eq!(said, "mmio-analyze: -: 2 devices are called nvme: 01:00.0#1, 01:00.0#2\n");
}

#[test]
fn a_recording_that_was_captured_has_the_number_of_the_domain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mmio.zst");
    let mut recording = mmio_format::container::Recording::default();
    for (domain, line) in
        ["0000", "0000", "0000", "0000", "10000", "10000"].into_iter().zip(DOMAINS.lines().skip(1))
    {
        let line = line.strip_prefix("PCIDEV ").unwrap();
        recording.push(mmio_format::container::key::PCI_DEVICE, format!("{domain} 00000000 {line}"));
    }
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = mmio_format::container::Writer::new(file, &path, 3).unwrap();
    writer.write_recording(&recording).unwrap();
    let mut block = mmio_format::Block::default();
    mmio_format::text::parse(domains().as_bytes(), &mut block);
    writer.write_block(&block).unwrap();
    writer.finish().unwrap();
    let path = path.to_str().unwrap();
    let table = String::from_utf8(stdout(ANALYZE, &["info", path], "")).unwrap();
    assert!(table.contains("  01:00.0 ") && table.contains("  10000:01:00.0 "), "{table}");
    let vmd = String::from_utf8(stdout(ANALYZE, &["regs", path, "--device", "10000:01:00.0"], "")).unwrap();
    assert!(vmd.contains("10000:01:00.0 bar 0") && !vmd.contains("\n01:00.0"), "{vmd}");
}

#[test]
fn a_device_that_is_alone_keeps_its_plain_name() {
    let path = sample("e1000e.txt");
    let output = run(ANALYZE, &["info", path.to_str().unwrap(), "--device", "00:02.0"], b"");
    assert!(output.stderr.is_empty() && String::from_utf8_lossy(&output.stdout).contains("  00:02.0 "));
}
