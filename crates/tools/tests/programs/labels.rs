//! The kinds that `regs` finds, against labels of real devices.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mmio_testkit::sample;
use serde_json::Value;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");

/// Share of the registers that can be known which must be found right, tables as one register. Measured:
/// 0.94.
const RIGHT: f64 = 0.92;

fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn number(hex: &str) -> u64 {
    u64::from_str_radix(hex.trim_start_matches("0x"), 16).unwrap()
}

/// The kind of the register at `offset`; where widths differ, of the one with `width`.
fn kind(registers: &[Value], bar: u64, offset: u64, width: u64) -> Option<&str> {
    let covers = |r: &&Value| {
        let start = number(r["offset"].as_str().unwrap());
        let (elements, stride) = (r["elements"].as_u64().unwrap(), r["stride"].as_u64().unwrap_or(1));
        let last = start + (elements - 1) * stride;
        r["bar"] == bar && (start..=last).contains(&offset) && (offset - start).is_multiple_of(stride)
    };
    let best = registers.iter().filter(covers).max_by_key(|r| r["width"] == width)?;
    best["kind"].as_str()
}

#[test]
fn most_registers_are_what_the_labels_say() {
    let folder = sample("labelled");
    let mut groups: BTreeMap<(String, String, String), Vec<bool>> = BTreeMap::new();
    for device in rows(&folder.join("devices.tsv")) {
        let [name, device] = &device[..] else { panic!("{device:?}") };
        let trace = if name == "vga_win" { "vga_mod" } else { name };
        let path: PathBuf = folder.join(format!("{trace}.txt.zst"));
        let args = ["regs", "--format", "json", path.to_str().unwrap()];
        let report: Value = serde_json::from_slice(&mmio_testkit::stdout(ANALYZE, &args, b"")).unwrap();
        let direct = |r: &&Value| r["device"] == device.as_str() && r.get("space").is_none_or(Value::is_null);
        let registers: Vec<Value> =
            report["registers"].as_array().unwrap().iter().filter(direct).cloned().collect();
        for label in rows(&folder.join(format!("{name}.tsv"))).iter().filter(|label| label[6] == "yes") {
            let (bar, width) = (label[0].parse().unwrap(), label[2].parse().unwrap());
            let told = kind(&registers, bar, number(&label[1]), width);
            let right = told.is_some_and(|told| told == label[4] || label[5].split(',').any(|l| l == told));
            let table: String = label[3].chars().filter(|c| !c.is_ascii_digit()).collect();
            groups.entry((name.clone(), label[0].clone(), table)).or_default().push(right);
        }
    }
    let share = |votes: &Vec<bool>| votes.iter().filter(|&&v| v).count() as f64 / votes.len() as f64;
    let right = groups.values().map(share).sum::<f64>() / groups.len() as f64;
    println!("{right:.3} of {} right", groups.len());
    assert!(groups.len() > 100, "{} registers and tables have labels", groups.len());
    assert!(right >= RIGHT, "{right:.3} of {} are right", groups.len());
}
