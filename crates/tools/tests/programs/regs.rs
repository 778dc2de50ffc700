//! `mmio-analyze regs` as a user runs it.

use mmio_testkit::{assert_snapshot, sample};
use serde_json::Value;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");

fn regs(args: &[&str], stdin: &[u8]) -> String {
    String::from_utf8(mmio_testkit::stdout(ANALYZE, &[&["regs"], args].concat(), stdin)).unwrap()
}

fn entries(args: &[&str], stdin: &[u8]) -> Vec<Value> {
    let text = regs(&[&["--format", "json"], args].concat(), stdin);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["schema"], &report["version"]), (&"mmio-analyze.regs".into(), &1.into()));
    report["registers"].as_array().unwrap().clone()
}

fn path(name: &str) -> String {
    sample(name).to_str().unwrap().into()
}

#[test]
fn outputs_are_as_they_were() {
    for name in
        ["e1000e.txt", "nvme.txt.zst", "megasas.txt.zst", "i6300esb.txt", "edu_odd.txt", "edu_lost.txt"]
    {
        let stem = name.split('.').next().unwrap();
        assert_snapshot(&format!("{stem}.regs"), &regs(&[&path(name)], b""));
    }
    assert_snapshot("nvme.regs.json", &regs(&["--format", "json", &path("nvme.txt.zst")], b""));
    assert_snapshot("edu_odd.regs.csv", &regs(&["--format", "csv", &path("edu_odd.txt")], b""));
}

#[test]
fn counts_add_up_folded_or_not() {
    for name in ["e1000e.txt", "nvme.txt.zst", "edu_odd.txt"] {
        let info = mmio_testkit::stdout(ANALYZE, &["info", "--format", "json", &path(name)], b"");
        let info: Value = serde_json::from_slice(&info).unwrap();
        let direct = |list: &[Value]| -> u64 {
            let of =
                |e: &Value| ["reads", "writes", "unknown"].iter().filter_map(|n| e[n].as_u64()).sum::<u64>();
            list.iter().filter(|e| e["space"].is_null()).map(of).sum()
        };
        let (folded, expanded) = (entries(&[&path(name)], b""), entries(&["--expand", &path(name)], b""));
        assert_eq!(direct(&folded), info["trace"]["accesses"].as_u64().unwrap(), "{name}");
        assert_eq!(direct(&expanded), direct(&folded), "{name}");
        assert!(expanded.iter().all(|e| e["elements"] == 1 && e["stride"].is_null()));
        let elements: u64 = folded.iter().map(|e| e["elements"].as_u64().unwrap()).sum();
        assert_eq!(elements, expanded.len() as u64, "{name}");
    }
}

#[test]
fn a_filter_chooses_what_is_shown_and_not_what_is_known() {
    let all = entries(&["--expand", &path("e1000e.txt")], b"");
    let some = entries(&["--expand", "--reg", "+0x100..+0x4ff", "--op", "W", &path("e1000e.txt")], b"");
    assert!(some.len() > 2 && some.len() < all.len());
    assert!(some.iter().all(|e| all.contains(e)));
    assert!(some.iter().all(|e| e["writes"].as_u64().unwrap() > 0));
}

#[test]
fn each_stretch_between_markers_is_looked_at_by_itself() {
    let log = "VERSION 20070824\nMAP 1.000000 1 0xf0000000 0xffffc90000000000 0x1000 0x0 0\n\
        R 4 1.000001 1 0xf0000010 0x5 0x0 0\nR 4 1.000002 1 0xf0000010 0x5 0x0 0\n\
        MARK 1.000003 second\n\
        W 4 1.000004 1 0xf0000010 0x6 0x0 0\n";
    let list = entries(&["--by-mark", "-"], log.as_bytes());
    let what: Vec<(&Value, &Value, &Value)> =
        list.iter().map(|e| (&e["mark"], &e["reads"], &e["writes"])).collect();
    assert_eq!(what, [(&Value::Null, &2.into(), &0.into()), (&"second".into(), &0.into(), &1.into())]);
}

#[test]
fn an_unknown_names_what_it_may_be() {
    for e in entries(&["--expand", &path("e1000e.txt")], b"") {
        let confidence = e["confidence"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&confidence));
        assert!(!e["evidence"].as_str().unwrap().is_empty());
        if e["kind"] == "unknown" {
            assert_eq!(confidence, 0.0);
            assert!(!e["alternatives"].as_array().unwrap().is_empty() || e["width"] == 0, "{e}");
        } else {
            assert!(confidence >= 0.4, "{e}");
        }
    }
}

/// A log of accesses `(op, width, offset, value)`, ten microseconds apart.
fn made(accesses: &[(char, u8, u64, u64)]) -> Vec<u8> {
    let mut log = String::from("VERSION 20070824\nMAP 1.0 1 0xfe000000 0xffff 0x10000 0x0 0\n");
    for (i, (op, width, offset, value)) in accesses.iter().enumerate() {
        let time = 2_000_000 + i * 10;
        let (s, us, at) = (time / 1_000_000, time % 1_000_000, 0xfe00_0000 + offset);
        log += &format!("{op} {width} {s}.{us:06} 1 0x{at:x} 0x{value:x} 0x0 0\n");
    }
    log.into_bytes()
}

/// The kinds that are given or considered for a register.
fn kinds(entries: &[Value], offset: u64) -> Vec<String> {
    let offset = format!("0x{offset:x}");
    let entry = entries.iter().find(|e| e["offset"] == offset.as_str()).unwrap();
    let others = entry["alternatives"].as_array().into_iter().flatten();
    std::iter::once(entry).chain(others).map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
}

/// Name, bytes of a word, first word, doorbell, and how many words each message has.
type Shape<'a> = (&'a str, u8, u64, u64, &'a dyn Fn(u64) -> u64);

#[test]
fn words_of_a_mailbox_are_never_triggers_and_its_doorbell_is_one() {
    // Messages of 4 to 8 words, the second of which counts up; of bytes; with the doorbell in the same row.
    let long = |i: u64| 4 + i % 5;
    let shapes: [Shape; 4] = [
        ("words", 4, 0x5000, 0x2c0, &|_| 6),
        ("lengths", 4, 0x5000, 0x2c0, &long),
        ("bytes", 1, 0x5000, 0x2c0, &|_| 6),
        ("row", 4, 0x5000, 0x5018, &|_| 6),
    ];
    for (name, width, at, doorbell, length) in shapes {
        for n in [12, 24, 200] {
            let mut accesses = Vec::new();
            for i in 0..n {
                let by = u64::from(width);
                let word = |place| {
                    (
                        'W',
                        width,
                        at + by * place,
                        [0xa1, i, 0, 0, 0x33, 1, i * 7, i / 9][place as usize] & 0xff,
                    )
                };
                accesses.extend((0..length(i)).map(word));
                accesses.extend([('W', width, doorbell, 1), ('R', 4, 0x184, 1), ('R', 4, 0x188, i % 3)]);
            }
            let found = entries(&["--expand", "-"], &made(&accesses));
            for word in 0..6 {
                let kinds = kinds(&found, at + u64::from(width) * word);
                assert!(
                    ["memory", "config", "data"].contains(&kinds[0].as_str()),
                    "{name} {n} {word}: {kinds:?}"
                );
                assert!(!kinds.contains(&"trigger".into()), "{name} {n} {word}: {kinds:?}");
            }
            assert_eq!(kinds(&found, doorbell)[0], "trigger", "{name} {n}");
        }
    }
}

#[test]
fn what_is_written_before_no_answer_is_not_a_mailbox() {
    // A ring's tail behind its settings, in the order of their offsets, and no read after it.
    let ring = |i: u64| (0..4).map(move |place| ('W', 4, 0x3800 + 4 * place, i)).chain([('W', 4, 0x3818, i)]);
    let accesses: Vec<_> = (0..40).flat_map(|i| ring(i).chain([('W', 4, 0x100, 1 - i % 2)])).collect();
    assert_eq!(kinds(&entries(&["--expand", "-"], &made(&accesses)), 0x3818)[0], "trigger");
}
