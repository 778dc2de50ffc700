//! What a trace says of itself is shown: devices without an access, recordings' data, markers, origins of accesses.

use super::*;
use mmio_format::container::{Recording, Writer};
use serde_json::Value;

fn text(args: &[&str], stdin: &[u8]) -> String {
    String::from_utf8(mmio_testkit::stdout(ANALYZE, args, stdin)).unwrap()
}

fn json(args: &[&str], stdin: &[u8]) -> Value {
    serde_json::from_str(&text(&[args, &["--format", "json"]].concat(), stdin)).unwrap()
}

#[test]
fn a_log_without_an_access_names_its_devices_and_says_why() {
    let path = sample("cases/header_only.txt");
    let path = path.to_str().unwrap();
    mmio_testkit::assert_snapshot("header_only.info", &text(&["info", path], b""));
    let info = json(&["info", path], b"");
    assert_eq!(info["empty"], "no_mapping");
    let names: Vec<&str> =
        info["devices"].as_array().unwrap().iter().map(|d| d["device"].as_str().unwrap()).collect();
    assert_eq!(names, ["00:00.0", "00:02.0", "01:00.0"]);
    let bars: Vec<String> = info["devices"][1]["bars"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bar| format!("{} {} {} {}", bar["bar"], bar["kind"], bar["start"], bar["length"]))
        .collect();
    let expected = [
        r#"0 "memory" "0xd0000000" "0x400000""#,
        r#"2 "memory" "0xc0000000" "0x10000000""#,
        r#"4 "io" "0xf000" "0x40""#,
        r#"6 "rom" "0xc0000" "0x20000""#,
    ];
    assert_eq!(bars, expected);
    assert_eq!(info["devices"][1]["driver"], "gpu_drv");
    let mapped = b"MAP 1.000000 1 0xfe000000 0xffffc90000000000 0x1000 0x0 0\n";
    assert_eq!(json(&["info", "-"], mapped)["empty"], "no_access");
    assert!(text(&["info", "-"], mapped).contains("\nno access: the driver mapped its device"));
    assert_eq!(json(&["info", sample("i6300esb.txt").to_str().unwrap()], b"")["empty"], Value::Null);
}

#[test]
fn full_shows_what_is_stored_about_a_recording() {
    let path = sample("e1000e.mmio.zst");
    let path = path.to_str().unwrap();
    let plain = text(&["info", path], b"");
    let full = text(&["info", path, "--full"], b"");
    let rest = full.strip_prefix(&plain).unwrap();
    for part in [
        "data of recording 1\n",
        "\n  tracer",
        "\n  kernel",
        "6.1.0",
        "\n  modules\n    ",
        "\n  pci_device\n    0000 ",
        " UTC\n",
    ] {
        assert!(rest.contains(part) && !plain.contains(part), "{part} in {rest}");
    }
    let facts = &json(&["info", path, "--full"], b"")["facts"];
    let entries = facts[0]["entries"].as_array().unwrap();
    let value =
        |key: &str| entries.iter().find(|e| e["key"] == key).map(|e| e["value"].as_str().unwrap().to_owned());
    assert_eq!(value("tracer").unwrap(), "mmiotrace");
    assert!(value("modules").unwrap().lines().count() > 1);
    assert!(json(&["info", path], b"").get("facts").is_none());
    let none = text(&["info", sample("i6300esb.txt").to_str().unwrap(), "--full"], b"");
    assert!(none.ends_with("\nno data of a recording is stored: only a container has it\n"));
}

/// A container whose data and lines name the machine in every way that there is.
fn telling() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), "test", 3).unwrap();
    let mut facts = Recording::default();
    for (key, value) in [
        ("tracer", "mmiotrace"),
        ("clock", "local"),
        ("fields", "cpu pid"),
        ("start_clock", "12"),
        ("kernel", "SECRET"),
        ("machine", "SECRET"),
        ("command_line", "root=SECRET"),
        ("modules", "SECRET 1 0"),
        ("iomem", "0-1 : SECRET"),
        ("options", "-o /home/SECRET"),
        ("start", "1700000000123456789"),
        ("new", "SECRET"),
        (
            "pci_device",
            "10000 5ec2e711 0010\t80861234\tb\tfe000000\t0\t0\t0\t0\t0\t0\t1000\t0\t0\t0\t0\t0\t0\tdrv",
        ),
        (
            "pci_device",
            "0000 5ec2e711 0018\t5ec2e711\tb\tfd000000\t0\t0\t0\t0\t0\t0\t1000\t0\t0\t0\t0\t0\t0\tSECRET",
        ),
    ] {
        facts.push(key, value);
    }
    writer.write_recording(&facts).unwrap();
    let section = mmio_format::container::Section { tag: *b"NEW!", flags: 7, payload: b"SECRET".to_vec() };
    writer.write_section(&section).unwrap();
    let log = "VERSION 20070824\nPCIDEV 0010 80861234 b fe000000 0 0 0 0 0 0 1000 0 0 0 0 0 0 drv\n\
        PCIDEV 0018 5ec2e711 b fd000000 0 0 0 0 0 0 1000 0 0 0 0 0 0 SECRET\n# host SECRET\nLSPCI SECRET\nSECRET line\n\
        MAP 1.000000 1 0xfe000000 0xffffc90000000000 0x1000 0x0 0\nMARK 1.000010 up\n\
        R 4 1.000100 1 0xfe000004 0x1 0x0 0\nW 4 1.000200 1 0xfe000008 0x2 0x0 0\nCPU:0 [LOST 3 EVENTS]\n";
    let mut block = mmio_format::Block::default();
    mmio_format::text::parse(log.as_bytes(), &mut block);
    writer.write_block(&block).unwrap();
    writer.finish().unwrap().0
}

#[test]
fn strip_leaves_nothing_that_names_the_machine() {
    let whole = telling();
    let before = json(&["info", "-"], &whole);
    for to in ["mmio", "text", "jsonl", "csv"] {
        let output = mmio_testkit::run(CONVERT, &["-", "--strip", "--to", to], &whole);
        assert!(output.status.success());
        let said = stderr(&output);
        for part in ["stripped: ", "1 comment", "9 facts of a recording", "1 lspci", "1 pci_device", "1 raw"]
        {
            assert!(said.contains(part), "{to}: {part} in {said}");
        }
        let plain =
            if to == "mmio" { zstd::decode_all(&output.stdout[..]).unwrap() } else { output.stdout.clone() };
        for word in ["SECRET", "5ec2e711", "1700000000"] {
            let found = plain.windows(word.len()).any(|bytes| bytes == word.as_bytes());
            assert!(!found, "{word} in {to}");
        }
        if matches!(to, "mmio" | "text") {
            let after = json(&["info", "-"], &output.stdout);
            let accesses = |trace: &Value| trace["trace"]["accesses"].clone();
            assert_eq!(
                (accesses(&after), &after["losses"], &after["markers"]),
                (accesses(&before), &before["losses"], &before["markers"])
            );
            assert_eq!(after["devices"][0]["driver"], "drv", "{to}");
        }
    }
    let packed = mmio_testkit::stdout(CONVERT, &["-q", "-", "--strip", "--to", "mmio"], &whole);
    assert_eq!(json(&["info", "-"], &packed)["devices"], before["devices"]);
    let facts = json(&["info", "-", "--full"], &packed)["facts"].clone();
    let keys: Vec<&str> =
        facts[0]["entries"].as_array().unwrap().iter().map(|e| e["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["tracer", "clock", "fields", "start_clock", "pci_device"]);
}

#[test]
fn strip_changes_no_access_of_a_real_recording() {
    let path = sample("e1000e.mmio.zst");
    let path = path.to_str().unwrap();
    let csv = |args: &[&str], stdin: &[u8]| {
        mmio_testkit::stdout(CONVERT, &[&["-q", "--to", "csv"], args].concat(), stdin)
    };
    let packed = mmio_testkit::stdout(CONVERT, &["-q", path, "--strip", "--to", "mmio"], b"");
    assert_eq!(csv(&["-"], &packed), csv(&[path], b""));
    let reads = mmio_testkit::stdout(CONVERT, &["-q", path, "--strip", "--op", "R", "--to", "text"], b"");
    assert_eq!(
        csv(&["-"], &reads).split(|&b| b == b'\n').count(),
        csv(&[path, "--op", "R"], b"").split(|&b| b == b'\n').count()
    );
}

#[test]
fn very_many_markers_are_folded() {
    let mut log = String::new();
    for i in 0..60_000 {
        let text = if i % 1000 == 7 { format!("only {i}") } else { ["frame", "irq"][i % 2].to_owned() };
        log += &format!("MARK {}.{:06} {text}\n", i / 1000, i % 1000);
    }
    log += "R 4 99.000000 1 0xfe000000 0x1 0x0 0\n";
    let shown = text(&["info", "-"], log.as_bytes());
    assert!(shown.lines().count() < 40, "{shown}");
    for part in [
        "\n60,000 markers\n",
        "   0.000000              0  frame\n",
        "  59.000999              0  irq\n",
        "59,990 more",
        "\nequal markers\n",
        "30,000  0.000000  59.000998  frame\n",
        "29,940  0.000001  59.000999  irq\n",
        "\n  … 60 other texts\n",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert_eq!(json(&["info", "-"], log.as_bytes())["markers"].as_array().unwrap().len(), 60_000);
}

const ORIGINS: &[u8] = b"MAP 1.000000 2 0xfe000000 0xffffc90000000000 0x1000 0xffffffff81000010 7\n\
    R 4 1.000100 2 0xfe000004 0x1 0xffffffff81000020 42\nW 4 1.000200 2 0xfe000008 0x2 0x0 0\n";

#[test]
fn fields_choose_what_a_dump_shows() {
    let dump = |fields: &str| text(&["dump", "-", "--fields", fields], ORIGINS);
    assert_eq!(dump("time,device,bar,offset,op,value"), text(&["dump", "-"], ORIGINS));
    assert_eq!(
        dump("offset,op,value"),
        "+0x0…+0xfff  map\n+0x4         R4  0x00000001\n+0x8         W4  0x00000002\n"
    );
    assert_eq!(
        dump("op,map,pc,pid,cpu,caller"),
        "map 2\nR4  map 2 pc 0xffffffff81000020 pid 42\nW4  map 2\n"
    );
    assert_eq!(
        dump("all").lines().nth(1).unwrap(),
        "        0            1.000100  mem:fe000000 0 +0x4         R4  0x00000001  \
         map 2 address 0xfe000004 pc 0xffffffff81000020 pid 42"
    );
}

#[test]
fn dumps_without_times_can_be_compared() {
    let later = String::from_utf8(ORIGINS.to_vec()).unwrap().replace(" 1.000", " 5.123");
    let of = |log: &[u8]| text(&["dump", "-", "--fields", "bar,offset,op,value"], log);
    assert_eq!(of(ORIGINS), of(later.as_bytes()));
    let polls = b"R 4 1.000100 2 0xfe000004 0x1 0x0 0\n".repeat(5);
    assert_eq!(of(&polls), "0 +0xfe000004  R4  0x00000001  ×5, 0 changes\n");
}

#[test]
fn what_a_dump_cannot_show_is_said() {
    for (args, words) in [
        (&["--fields", "nosuch"][..], "`nosuch` is not a field"),
        (&["--fields", "op", "--delta"], "--delta shows times"),
        (&["--format", "json"], "mmio-convert --to jsonl"),
    ] {
        let output = mmio_testkit::run(ANALYZE, &[&["dump", "-"], args].concat(), ORIGINS);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}
