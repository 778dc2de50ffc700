//! Bytes are one truth, whichever access they came by: values wider than their access, numbers of mappings where no MAP
//! line names the devices, ports whose index and data come in one write, and registers that share bytes.

use mmio_testkit::{sample, stdout};
use serde_json::Value;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");
const CONVERT: &str = env!("CARGO_BIN_EXE_mmio-convert");

fn case(name: &str) -> String {
    std::fs::read_to_string(sample(&format!("cases/{name}.txt"))).unwrap()
}

/// What a command prints of a log.
fn text(command: &[&str], log: &str) -> String {
    String::from_utf8(stdout(ANALYZE, &[command, &["-q", "-"]].concat(), log.as_bytes())).unwrap()
}

fn report(command: &[&str], log: &str) -> Value {
    serde_json::from_str(&text(&[command, &["--format", "json"]].concat(), log)).unwrap()
}

fn convert(args: &[&str], input: &[u8]) -> Vec<u8> {
    stdout(CONVERT, &[args, &["-q", "-"]].concat(), input)
}

fn list<'v>(report: &'v Value, name: &str) -> &'v [Value] {
    report[name].as_array().unwrap()
}

const COMMANDS: [&str; 5] = ["info", "regs", "patterns", "pairs", "seqs"];

/// The log with every value cut to the width of its access.
fn masked(log: &str) -> String {
    let line = |line: &str| {
        let mut fields: Vec<String> = line.split(' ').map(str::to_owned).collect();
        if fields[0] == "R" || fields[0] == "W" {
            let width: u32 = fields[1].parse().unwrap();
            let value = u64::from_str_radix(&fields[5][2..], 16).unwrap();
            let bits = if width < 8 { (1 << (8 * width)) - 1 } else { u64::MAX };
            fields[5] = format!("{:#x}", value & bits);
        }
        fields.join(" ") + "\n"
    };
    log.lines().map(line).collect()
}

/// A log of a device at 0xf8000000: op and width, offset, value.
fn log(accesses: &[(&str, u64, u64)]) -> String {
    let mut log = String::from("VERSION 20070824\nMAP 0.5 1 0xf8000000 0xffff0000 0x1000000 0x0 0\n");
    for (i, (op, offset, value)) in accesses.iter().enumerate() {
        let (op, width) = op.split_at(1);
        log += &format!(
            "{op} {width} {:.6} 1 {:#x} {value:#x} 0x0 0\n",
            1.0 + i as f64 / 1e5,
            0xf800_0000 + offset
        );
    }
    log
}

#[test]
fn values_wider_than_their_access_are_cut_and_counted() {
    let log = case("wide_values");
    let cut = masked(&log);
    assert_ne!(log, cut);
    for command in COMMANDS {
        let (mut wide, narrow) = (report(&[command], &log), report(&[command], &cut));
        assert_eq!(wide["trace"]["wide"], 24, "{command}");
        assert_eq!(narrow["trace"]["wide"], Value::Null);
        wide["trace"].as_object_mut().unwrap().remove("wide");
        assert_eq!(wide, narrow, "{command}");
        assert!(
            text(&[command], &log).starts_with("48 accesses, 0 lost, 0 unparsed lines, 24 values wider than")
        );
    }
    assert_eq!(text(&["dump"], &log), text(&["dump"], &cut));
}

#[test]
fn exports_speak_of_values_and_logs_come_back_as_they_are() {
    let log = case("wide_values");
    let cut = masked(&log);
    for format in ["qemu", "csv"] {
        let of = |log: &str| String::from_utf8(convert(&["--to", format], log.as_bytes())).unwrap();
        assert_eq!(of(&log), of(&cut), "{format}");
    }
    let container = convert(&["--to", "mmio"], log.as_bytes());
    assert_eq!(convert(&["--to", "text"], &container), log.as_bytes());
    let jsonl = String::from_utf8(convert(&["--to", "jsonl"], log.as_bytes())).unwrap();
    assert!(jsonl.contains("\"value\":\"0xf7a31c00\""), "JSON lines leave nothing out");
    // The container says the same of itself.
    let info = stdout(ANALYZE, &["info", "-q", "--format", "json", "-"], &container);
    assert_eq!(serde_json::from_slice::<Value>(&info).unwrap()["trace"]["wide"], 24);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.vcd");
    stdout(ANALYZE, &["export", "-q", "-", "-o", path.to_str().unwrap()], log.as_bytes());
    let vcd = std::fs::read_to_string(path).unwrap();
    assert_eq!(vcd.matches("$var reg 8 ").count(), 2, "{vcd}");
    assert!(!vcd.contains("$var reg 64 "), "{vcd}");
    assert!(vcd.contains("24 values wider than their access"), "{vcd}");
}

#[test]
fn numbers_of_mappings_part_devices_that_no_map_line_names() {
    let log = case("map_ids");
    let container = convert(&["--to", "mmio"], log.as_bytes());
    let of_container = stdout(ANALYZE, &["seqs", "-q", "--format", "json", "-"], &container);
    assert_eq!(serde_json::from_slice::<Value>(&of_container).unwrap(), report(&["seqs"], &log));
    let info = report(&["info"], &log);
    let names: Vec<&str> = list(&info, "devices").iter().map(|d| d["device"].as_str().unwrap()).collect();
    assert_eq!(names, ["map:2", "map:5"]);
    let pairs = report(&["pairs"], &log);
    assert_eq!(list(&pairs, "pairs").len(), 1, "{pairs}");
    assert!(list(&pairs, "pairs").iter().all(|p| p["device"] == "map:2"), "{pairs}");
    let patterns = report(&["patterns"], &log);
    assert!(list(&patterns, "patterns").iter().all(|p| p["device"] == "map:2" || p["device"] == "map:5"));
    let seqs = report(&["seqs"], &log);
    assert_eq!(seqs["sequences"][0]["accesses"], 120, "{seqs}");
    assert_eq!(report(&["seqs", "--interleaved"], &log)["sequences"][0]["accesses"], 150);
    let chosen = report(&["regs", "--device", "map:5"], &log);
    assert_eq!(list(&chosen, "registers").len(), 1, "{chosen}");
    assert_eq!(chosen["registers"][0]["offset"], "0xfed00010");
}

#[test]
fn where_map_lines_are_numbers_of_mappings_say_nothing() {
    let maps = "MAP 1.0 2 0xf7800000 0xffff0000 0x1000 0x0 0\nMAP 1.0 5 0xfed00000 0xffff0000 0x1000 0x0 0\n";
    let right = format!("{maps}{}", case("map_ids"));
    let wrong = right.replace(" 5 0xfed00010", " 2 0xfed00010").replace("2 0xf7800008", "77 0xf7800008");
    for command in COMMANDS {
        assert_eq!(report(&[command], &right), report(&[command], &wrong), "{command}");
    }
    let info = report(&["info"], &right);
    assert_eq!(info["devices"][0]["device"], "mem:f7800000");
    // One recording has them, the next has not.
    let both = format!("VERSION 20070824\n{right}VERSION 20070824\n{}", case("map_ids"));
    let info = report(&["info"], &both);
    let names: Vec<&str> = list(&info, "devices").iter().map(|d| d["device"].as_str().unwrap()).collect();
    assert_eq!(names, ["mem:f7800000", "mem:fed00000", "map:2", "map:5"]);
}

#[test]
fn thousands_of_mappings_are_as_many_devices() {
    let mut log = String::new();
    for id in 0..5000 {
        let address = 0xf000_0000_u64 + id * 0x1000;
        log += &format!(
            "W 4 1.{id:06} {id} {address:#x} 0x1 0x0 0\nR 4 1.{id:06} {id} {:#x} 0x1 0x0 0\n",
            address + 4
        );
    }
    let info = report(&["info"], &log);
    assert_eq!(list(&info, "devices").len(), 5000);
    assert_eq!(report(&["pairs"], &log)["pairs"], Value::Array(Vec::new()));
}

/// Offset, reads, writes and kind of the registers behind a port.
fn behind(report: &Value) -> Vec<(String, u64, u64, String)> {
    let behind = list(report, "registers").iter().filter(|r| r["space"] != Value::Null);
    let row = |r: &Value| {
        let word = |name: &str| r[name].as_str().unwrap().to_owned();
        (word("offset"), r["reads"].as_u64().unwrap(), r["writes"].as_u64().unwrap(), word("kind"))
    };
    behind.map(row).collect()
}

fn kinds(report: &Value) -> Vec<(String, u64, String)> {
    let direct = list(report, "registers").iter().filter(|r| r["space"] == Value::Null);
    let word = |r: &Value, name: &str| r[name].as_str().unwrap().to_owned();
    direct.map(|r| (word(r, "offset"), r["width"].as_u64().unwrap(), word(r, "kind"))).collect()
}

fn owned(rows: &[(&str, u64, &str)]) -> Vec<(String, u64, String)> {
    rows.iter().map(|&(offset, width, kind)| (offset.into(), width, kind.into())).collect()
}

#[test]
fn a_write_of_index_and_data_reaches_what_is_behind() {
    let log = case("index_and_data_in_one_write");
    let regs = report(&["regs", "--expand"], &log);
    let right = [
        ("0x1", 9, 17),
        ("0x9", 7, 11),
        ("0x24", 5, 11),
        ("0xb0", 8, 15),
        ("0x1ce", 12, 5),
        ("0x1cf", 8, 12),
    ];
    let right = right.map(|(offset, reads, writes)| (offset.to_owned(), reads, writes, "config".to_owned()));
    assert_eq!(behind(&regs), right);
    assert_eq!(kinds(&regs), owned(&[("0x3fc", 2, "index"), ("0x3fc", 4, "index"), ("0x3fe", 2, "data")]));
    let patterns = report(&["patterns"], &log);
    let found: Vec<(&Value, &Value)> =
        list(&patterns, "patterns").iter().map(|p| (&p["kind"], &p["count"])).collect();
    assert_eq!(found, [(&"index_data".into(), &120.into())]);
    let pairs = report(&["pairs"], &log);
    assert!(list(&pairs, "pairs").iter().all(|p| p["class"] == "index → data"), "{pairs}");
}

/// Six registers behind a port at `at`, of `width` bytes each for index and data. They are written with their index in
/// one access, some of them also `alone`, and read by an index of its own.
fn port(at: u64, width: u64, alone: bool) -> String {
    let [read, write, both] = [format!("R{width}"), format!("W{width}"), format!("W{}", 2 * width)];
    let mut accesses: Vec<(&str, u64, u64)> = Vec::new();
    let mut held = [0_u64; 6];
    for round in 0..48_usize {
        let [index, other] = [round * 5 % 6, (round * 7 + 3) % 6];
        let [place, other_place] = [index, other].map(|index| 0x10 + index as u64 * 7);
        held[index] = (round as u64 * 37 + 11) % 251;
        if alone && round % 3 == 0 {
            accesses.extend([(&*write, at, place), (&*write, at + width, held[index])]);
        } else {
            accesses.push((&both, at, place | held[index] << (8 * width)));
        }
        accesses.extend([(&*write, at, other_place), (&*read, at + width, held[other])]);
    }
    log(&accesses)
}

#[test]
fn ports_of_all_widths_are_written_in_one() {
    // VGA's CRTC, words, double words by a store of eight bytes; far out in the BAR too.
    for (at, width) in [(0x3d4, 1), (0x6013d4, 1), (0x3fc, 2), (0xf_fff8, 4)] {
        for alone in [true, false] {
            let regs = report(&["regs", "--expand"], &port(at, width, alone));
            let behind = behind(&regs);
            assert_eq!(behind.len(), 6, "{at:#x} {width} {alone}: {regs:#}");
            assert!(behind.iter().all(|r| r.3 == "config"), "{at:#x} {width} {alone}: {behind:?}");
            assert_eq!(behind.iter().map(|r| r.1).sum::<u64>(), 48, "{at:#x} {width} {alone}");
            assert_eq!(behind.iter().map(|r| r.2).sum::<u64>(), 48, "{at:#x} {width} {alone}");
            assert!(!kinds(&regs).iter().any(|k| k.2 == "trigger"), "{at:#x} {width} {alone}: {regs:#}");
        }
    }
}

#[test]
fn an_index_that_is_hardly_ever_set_alone_is_that_of_the_wide_writes() {
    let (mut accesses, mut held) = (Vec::new(), [0; 8]);
    for round in 0..80_u64 {
        let index = round * 3 % 8;
        held[index as usize] = round * 17 % 251;
        accesses.push(("W2", 0x3d4, index | held[index as usize] << 8));
        accesses.push(("R1", 0x3d5, held[index as usize]));
        if round % 8 == 7 {
            let other = (round / 8) % 3;
            accesses.extend([("W1", 0x3d4, other), ("R1", 0x3d5, held[other as usize])]);
        }
    }
    let regs = report(&["regs", "--expand"], &log(&accesses));
    let behind = behind(&regs);
    assert_eq!(behind.len(), 8, "{regs:#}");
    assert!(behind.iter().all(|r| (r.2, &*r.3) == (10, "config")), "{behind:?}");
    assert_eq!(behind.iter().map(|r| r.1).sum::<u64>(), 90);
    let right = [("0x3d4", 1, "index"), ("0x3d4", 2, "index"), ("0x3d5", 1, "data")];
    assert_eq!(kinds(&regs), owned(&right));
}

/// What the evidence of a register says.
fn evidence<'v>(regs: &'v Value, offset: &str, width: u64) -> &'v str {
    let register = list(regs, "registers").iter().find(|r| r["offset"] == offset && r["width"] == width);
    register.unwrap_or_else(|| panic!("{offset} {width}: {regs:#}"))["evidence"].as_str().unwrap()
}

#[test]
fn storage_is_storage_by_all_widths() {
    let log = case("mixed_widths");
    let regs = report(&["regs"], &log);
    let right = [("0x34", 2, "config"), ("0x34", 4, "config"), ("0x36", 1, "config"), ("0x37", 1, "config")];
    assert_eq!(kinds(&regs), owned(&right));
    assert!(evidence(&regs, "0x37", 1).ends_with(", written through +0x34 as 4 bytes"), "{regs:#}");
    let counts: Vec<(&Value, &Value)> =
        list(&regs, "registers").iter().map(|r| (&r["reads"], &r["writes"])).collect();
    let counts: Vec<(u64, u64)> =
        counts.iter().map(|(r, w)| (r.as_u64().unwrap(), w.as_u64().unwrap())).collect();
    assert_eq!(counts, [(40, 0), (40, 40), (0, 40), (40, 0)], "those of accesses of that width");
    assert_eq!(report(&["patterns"], &log)["patterns"], Value::Array(Vec::new()));
    let pairs = report(&["pairs"], &log);
    assert_eq!(list(&pairs, "pairs").len(), 4);
    assert!(list(&pairs, "pairs").iter().all(|p| p["class"] == "read-back"), "{pairs:#}");
}

#[test]
fn halves_and_whole_are_one_truth_in_all_widths_and_far_out() {
    for (at, half) in [(0x40, 1), (0x6013d4, 1), (0x42, 2), (0x80_0000, 4)] {
        let [read, write] = ["R", "W"].map(|op| format!("{op}{half}"));
        let [read_all, write_all] = ["R", "W"].map(|op| format!("{op}{}", 2 * half));
        let bits = |value: u64| value & (u64::MAX >> (64 - 8 * half));
        let mut accesses = Vec::new();
        for round in 0..12_u64 {
            let [low, high, next] =
                [7, 11, 13].map(|by| bits(round.wrapping_mul(0x9e37_79b9_7f4a_7c15 >> by)));
            accesses.push((&*write_all, at, low | high << (8 * half)));
            accesses.push((&*read, at + half, high));
            accesses.push((&*write, at + half, next));
            accesses.push((&*read_all, at, low | next << (8 * half)));
            accesses.push((&*read, at, low));
        }
        let regs = report(&["regs"], &log(&accesses));
        assert!(kinds(&regs).iter().all(|(_, _, kind)| kind == "config"), "{at:#x} {half}: {regs:#}");
        assert_eq!(kinds(&regs).len(), 3);
        // A read that differs is seen by all that have the byte: nothing is config that is not.
        let broken: Vec<(&str, u64, u64)> = accesses
            .iter()
            .enumerate()
            .map(|(i, &(op, at, value))| (op, at, if i % 5 == 3 { value ^ 1 << (8 * half) } else { value }))
            .collect();
        let regs = report(&["regs"], &log(&broken));
        let config: Vec<_> = kinds(&regs).into_iter().filter(|k| k.2 == "config").collect();
        assert_eq!(
            config,
            [(format!("{at:#x}"), half, "config".to_owned())],
            "the lower half alone: {regs:#}"
        );
    }
}

#[test]
fn a_counter_stays_one_when_its_low_word_is_read_too() {
    let mut accesses = Vec::new();
    for round in 0..60_u64 {
        let now = 0x10_0000 + round * 900;
        accesses.extend([("R4", 0x10, now), ("R4", 0x10, now + 300), ("R2", 0x10, (now + 500) & 0xffff)]);
        accesses.push(("W4", 0x20, round % 3));
    }
    let regs = report(&["regs"], &log(&accesses));
    let kinds = kinds(&regs);
    assert!(kinds.contains(&("0x10".into(), 4, "counter".into())), "{regs:#}");
    assert!(!kinds.iter().any(|k| k.0 == "0x10" && k.2 == "config"), "{regs:#}");
    assert!(evidence(&regs, "0x10", 4).starts_with("never written"), "{regs:#}");
    assert!(evidence(&regs, "0x10", 4).ends_with(", read through +0x10 as 2 bytes"), "{regs:#}");
}

#[test]
fn byte_acknowledges_of_a_wide_status_clear_it() {
    let mut accesses = Vec::new();
    for round in 0..40_u64 {
        let (low, high) = (1 << (round % 3), 1 << (16 + round % 5));
        accesses.extend([("R4", 0x30, low | high), ("W1", 0x30, low), ("R4", 0x30, high)]);
        accesses.extend([("W1", 0x32, high >> 16), ("R4", 0x30, 0), ("W4", 0x80, round)]);
    }
    let regs = report(&["regs"], &log(&accesses));
    let right = [("0x30", 1, "w1c"), ("0x30", 4, "w1c"), ("0x32", 1, "w1c")];
    assert_eq!(kinds(&regs)[..3], owned(&right), "{regs:#}");
    assert!(evidence(&regs, "0x30", 4).contains("written through +0x30 as 1 byte"), "{regs:#}");
}

#[test]
fn a_mailbox_that_is_read_by_bytes() {
    // The driver writes a double word; the device puts its answer into two of the bytes, and leaves the others.
    let mut accesses = Vec::new();
    for round in 0..40_u64 {
        let tag = round * 3 % 250;
        let asked = (tag << 24) | ((round * 0x1357) & 0xffff);
        accesses.extend([("W4", 0x50, asked), ("W4", 0x60, 1), ("R1", 0x50, round * 7 % 256)]);
        accesses.extend([("R1", 0x51, 255 - round), ("R1", 0x52, 0), ("R1", 0x53, tag)]);
    }
    let regs = report(&["regs"], &log(&accesses));
    let kinds = kinds(&regs);
    let kind = |offset: &str, width| {
        let found = kinds.iter().find(|k| k.0 == offset && k.1 == width);
        found.unwrap_or_else(|| panic!("{offset}")).2.as_str()
    };
    assert_eq!(
        [kind("0x50", 1), kind("0x51", 1), kind("0x53", 1)],
        ["control", "control", "config"],
        "{regs:#}"
    );
    for (offset, width) in [("0x50", 1), ("0x51", 1), ("0x53", 1)] {
        let why = evidence(&regs, offset, width);
        assert!(!why.contains("never written") && !why.contains("by themselves"), "{why}");
    }
    assert_ne!(kind("0x50", 4), "trigger", "{regs:#}");
}

#[test]
fn nothing_is_shared_across_a_loss() {
    let log = log(&[("W4", 0x34, 0x1122_3344), ("R1", 0x35, 0x33), ("W4", 0x34, 0x5566_7788)].repeat(8));
    let kind = |between: &str| {
        let log = format!("{log}{between}R 1 9.000000 1 0xf8000035 0x12 0x0 0\n");
        let regs = report(&["regs"], &log);
        let register = list(&regs, "registers").iter().find(|r| r["width"] == 1).unwrap();
        register["kind"].as_str().unwrap().to_owned()
    };
    // What the double word left there is not what is read, unless something was lost between.
    assert_eq!([kind(""), kind("CPU:0 [LOST 5 EVENTS]\n")], ["control", "config"]);
}
