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

/// File, name and value of each constant of the rules, as the documentation spells it.
fn constants() -> Vec<[String; 3]> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../analyze/src/kinds");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines().map(|line| line.trim_start_matches("pub ")) {
            let Some((name, value)) = line.strip_prefix("const ").and_then(|rest| rest.split_once(": "))
            else {
                continue;
            };
            let (_, value) = value.split_once(" = ").unwrap();
            let value = value.trim_end_matches(';');
            let share = value.strip_prefix("share").map(|value| value.replace(", ", "/"));
            let value = share.unwrap_or(value.to_owned()).trim_matches(['(', ')']).to_owned();
            found.push([file.to_owned(), name.to_owned(), value]);
        }
    }
    found.sort();
    found
}

#[test]
fn the_documentation_has_the_thresholds_of_the_rules() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/registers.md")).unwrap();
    let (_, table) = text.split_once("## Thresholds").unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells.get(2)?.strip_prefix('`')?.strip_suffix('`')?;
        Some([cells[1].to_owned(), name.to_owned(), cells[3].to_owned()])
    };
    let mut rows: Vec<[String; 3]> = table.lines().filter_map(row).collect();
    rows.sort();
    assert_eq!(rows, constants());
}
