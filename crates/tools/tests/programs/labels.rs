//! What `regs` and `patterns` say, against labels of real devices: `samples/labelled` and `samples/boards`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mmio_testkit::sample;
use serde_json::Value;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");

/// A label, or an idiom, as its table has it.
type Row = Vec<String>;

fn rows(path: &Path) -> Vec<Row> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn number(hex: &str) -> u64 {
    u64::from_str_radix(hex.trim_start_matches("0x"), 16).unwrap()
}

/// A labelled device.
struct Labelled {
    folder: PathBuf,
    name: String,
    device: String,
}

fn labelled(folder: &str) -> Vec<Labelled> {
    let folder = sample(folder);
    let devices = rows(&folder.join("devices.tsv")).into_iter();
    devices
        .map(|row| Labelled { folder: folder.clone(), name: row[0].clone(), device: row[1].clone() })
        .collect()
}

impl Labelled {
    /// The entries of a report that are at direct registers of the device.
    fn entries(&self, command: &str, key: &str) -> Vec<Value> {
        let trace = if self.name == "vga_win" { "vga_mod" } else { &self.name };
        let path = self.folder.join(format!("{trace}.txt.zst"));
        let args = [command, "--format", "json", path.to_str().unwrap()];
        let report: Value = serde_json::from_slice(&mmio_testkit::stdout(ANALYZE, &args, b"")).unwrap();
        let direct =
            |e: &&Value| e["device"] == self.device.as_str() && e.get("space").is_none_or(Value::is_null);
        report[key].as_array().unwrap().iter().filter(direct).cloned().collect()
    }
}

/// Whether an entry is at the offset, or an array over it.
fn covers(entry: &Value, bar: u64, offset: u64) -> bool {
    let start = number(entry["offset"].as_str().unwrap());
    let (elements, stride) = (entry["elements"].as_u64().unwrap_or(1), entry["stride"].as_u64().unwrap_or(0));
    let last = start + (elements - 1) * stride;
    entry["bar"] == bar
        && (start..=last).contains(&offset)
        && (offset == start || (stride > 0 && (offset - start).is_multiple_of(stride)))
}

/// A register that a careful reader could tell, or a table of them.
#[derive(Default)]
struct Group {
    right: Vec<bool>,
    confidence: Vec<f64>,
}

impl Group {
    fn right(&self) -> f64 {
        self.right.iter().filter(|&&v| v).count() as f64 / self.right.len() as f64
    }

    /// The mean confidence, where kinds were given.
    fn confidence(&self) -> Option<f64> {
        let n = self.confidence.len();
        (n > 0).then(|| self.confidence.iter().sum::<f64>() / n as f64)
    }
}

/// All groups of a set.
fn groups(folder: &str) -> Vec<Group> {
    let mut groups: BTreeMap<(String, String, String), Group> = BTreeMap::new();
    for device in labelled(folder) {
        let registers = device.entries("regs", "registers");
        let labels = rows(&device.folder.join(format!("{}.tsv", device.name)));
        for label in labels.iter().filter(|label| label[6] == "yes") {
            let (bar, width): (u64, u64) = (label[0].parse().unwrap(), label[2].parse().unwrap());
            let at = registers.iter().filter(|r| covers(r, bar, number(&label[1])));
            let said = at.max_by_key(|r| (r["width"] == width, r["elements"] == 1));
            let kind = said.and_then(|said| said["kind"].as_str());
            let right = kind.is_some_and(|k| k == label[4] || label[5].split(',').any(|l| l == k));
            let table: String = label[3].chars().filter(|c| !c.is_ascii_digit()).collect();
            let group = groups.entry((device.name.clone(), label[0].clone(), table)).or_default();
            group.right.push(right);
            if kind.is_some_and(|kind| kind != "unknown") {
                group.confidence.extend(said.and_then(|said| said["confidence"].as_f64()));
            }
        }
    }
    groups.into_values().collect()
}

fn mean(shares: impl Iterator<Item = f64>) -> (f64, usize) {
    let all: Vec<f64> = shares.collect();
    (all.iter().sum::<f64>() / all.len().max(1) as f64, all.len())
}

/// Prints how often a kind is right by how sure it is said to be.
fn calibration(groups: &[Group]) {
    for (from, to) in [(0.4, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.0)] {
        let within = |g: &&Group| g.confidence().is_some_and(|c| (from..to).contains(&c));
        let (right, n) = mean(groups.iter().filter(within).map(Group::right));
        let (said, _) = mean(groups.iter().filter(within).filter_map(Group::confidence));
        println!("  sure {from}–{to}: {n:3} kinds, said {said:.2}, right {right:.3}");
    }
}

/// Kinds, and those given with a confidence of 0.9 or more, of which at least these shares must be right.
fn kinds(folder: &str, least: f64, least_sure: f64) {
    let groups = groups(folder);
    let (right, n) = mean(groups.iter().map(Group::right));
    let is_sure = |g: &&Group| g.confidence().is_some_and(|c| c >= 0.9);
    let (sure, sures) = mean(groups.iter().filter(is_sure).map(Group::right));
    println!("{folder}: kinds {right:.3} of {n} right; of those that are 0.9 sure {sure:.3} of {sures}");
    calibration(&groups);
    assert!(n > 100, "{n} registers and tables have labels");
    assert!(right >= least && sure >= least_sure, "{right:.3} and {sure:.3} are right");
}

#[test]
fn most_registers_are_what_the_labels_say() {
    kinds("labelled", 0.94, 0.96);
    kinds("boards", 0.96, 0.97);
}

/// Whether a labelled idiom is listed.
fn is_listed(idiom: &Row, patterns: &[Value]) -> bool {
    let named = |cell: &str| (!cell.is_empty() && cell != "any").then(|| number(cell));
    let (bar, second) = (idiom[1].parse().unwrap(), named(&idiom[3]));
    patterns.iter().any(|p| {
        let other = p["offset2"].as_str().map(number);
        p["kind"] == idiom[0].as_str()
            && covers(p, bar, number(&idiom[2]))
            && (second.is_none() || other.is_none() || other == second)
    })
}

/// Labelled idioms, of which at least this share must be listed.
fn idioms(folder: &str, least: f64) {
    let (mut found, mut all) = (0, 0);
    for device in labelled(folder) {
        let patterns = device.entries("patterns", "patterns");
        let labels = rows(&device.folder.join(format!("{}.idioms.tsv", device.name)));
        let occurs =
            |row: &&Row| row[6] != "0" && !row[6].is_empty() && row[2] != "any" && !row[2].is_empty();
        for idiom in labels.iter().filter(occurs) {
            all += 1;
            found += usize::from(is_listed(idiom, &patterns));
        }
    }
    let share = found as f64 / f64::from(all.max(1));
    println!("{folder}: idioms {share:.3} of {all} listed");
    assert!(all > 100 && share >= least, "{share:.3} of {all} labelled idioms are listed");
}

#[test]
fn most_idioms_of_the_labels_are_listed() {
    idioms("labelled", 0.78);
    idioms("boards", 0.84);
}
