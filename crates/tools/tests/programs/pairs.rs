//! mmio-analyze pairs: what is planted is found, and chance is not.

use std::fmt::Write;

use serde_json::Value;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");
const SAMPLES: [&str; 6] =
    ["e1000e.txt", "nvme.txt.zst", "megasas.txt.zst", "i6300esb.txt", "edu_odd.txt", "edu_lost.txt"];

fn log(name: &str) -> String {
    String::from_utf8(mmio_testkit::sample_log(name)).unwrap()
}

fn stdout(args: &[&str], log: &str) -> String {
    String::from_utf8(mmio_testkit::stdout(ANALYZE, &[&["pairs", "-"], args].concat(), log.as_bytes()))
        .unwrap()
}

fn pairs(log: &str) -> Vec<Value> {
    let report: Value = serde_json::from_str(&stdout(&["--format", "json"], log)).unwrap();
    assert_eq!((&report["schema"], &report["version"]), (&"mmio-analyze.pairs".into(), &1.into()));
    report["pairs"].as_array().unwrap().clone()
}

fn names(pairs: &[Value]) -> Vec<String> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    pairs.iter().map(|p| format!("{} {}", text(&p["write"]), text(&p["read"]))).collect()
}

/// The random number generator SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A log of accesses `(op, offset, value)`, ten microseconds apart.
fn made(accesses: &[(char, u64, u64)]) -> String {
    let mut log = String::from("VERSION 20070824\nMAP 1.0 1 0xfe000000 0xffff 0x10000 0x0 0\n");
    for (i, (op, offset, value)) in accesses.iter().enumerate() {
        let time = 2_000_000 + i * 10;
        let (s, us, at) = (time / 1_000_000, time % 1_000_000, 0xfe00_0000 + offset);
        writeln!(log, "{op} 4 {s}.{us:06} 1 0x{at:x} 0x{value:x} 0x0 0").unwrap();
    }
    log
}

/// The accesses of a log of one device in random order, the times where they were.
fn shuffled(log: &str, random: &mut Random) -> String {
    let is_access = |l: &&str| ["R ", "W ", "UNKNOWN "].iter().any(|op| l.starts_with(op));
    let time = |line: &str| if line.starts_with('U') { 1 } else { 2 };
    let mut accesses: Vec<&str> = log.lines().filter(is_access).collect();
    for i in (1..accesses.len()).rev() {
        accesses.swap(i, random.below(i as u64 + 1) as usize);
    }
    let mut next = accesses.into_iter();
    let mut out = String::new();
    for line in log.lines() {
        if is_access(&line) {
            let now = line.split(' ').nth(time(line)).unwrap();
            let access = next.next().unwrap();
            let mut fields: Vec<&str> = access.split(' ').collect();
            fields[time(access)] = now;
            out += &fields.join(" ");
        } else {
            out += line;
        }
        out.push('\n');
    }
    out
}

#[test]
fn a_shuffled_trace_has_no_pairs() {
    let mut random = Random(7);
    for name in SAMPLES {
        let log = log(name);
        for _ in 0..4 {
            let shuffled = shuffled(&log, &mut random);
            assert_eq!(names(&pairs(&shuffled)), [""; 0], "{name}");
        }
    }
}

#[test]
fn a_busy_background_hides_nothing_and_is_not_a_pair() {
    for seed in 0..5 {
        let random = &mut Random(seed);
        let mut accesses = Vec::new();
        for _ in 0..300 {
            let (command, value) = (random.below(256) << 16, random.below(1 << 16));
            let planted = match random.below(4) {
                0 => vec![('W', 0x20, command), ('R', 0x20, command | value | 1 << 31)],
                1 => vec![('W', 0x40, value % 16), ('R', 0x44, random.below(1 << 16))],
                _ => (0..3)
                    .map(|_| (['R', 'W'][random.below(2) as usize], 0x100 + 4 * random.below(20), 0))
                    .collect(),
            };
            for access in planted {
                accesses.push(access);
                while random.below(10) < 7 {
                    accesses.push(('R', 8, 1));
                }
            }
        }
        let found = pairs(&made(&accesses));
        let mut names = names(&found);
        names.sort();
        assert_eq!(names, ["0x20 0x20", "0x40 0x44"], "seed {seed}");
        let command = found.iter().find(|p| p["write"] == "0x20").unwrap();
        assert_eq!((&command["value_relation"], &command["mask"]), (&"masked".into(), &"0xff0000".into()));
        assert_eq!((&command["class"], &command["count"]), (&"command → data".into(), &command["writes"]));
    }
}

#[test]
fn loops_and_phases_of_unrelated_registers_are_not_pairs() {
    let random = &mut Random(3);
    let mut accesses: Vec<_> = (0..64).map(|i| ('W', 0x1000 + 4 * i, 0)).collect();
    accesses.extend([('R', 8, 1); 64]);
    for phase in 0..4 {
        for _ in 0..300 {
            let write = random.below(4) == 0;
            let value = random.below(4);
            accesses.push(if write {
                ('W', 0x200 + 4 * phase, value)
            } else {
                ('R', 0x300 + 4 * phase, value)
            });
        }
        for _ in 0..1000 {
            accesses.push((
                ['R', 'W'][random.below(2) as usize],
                0x400 + 4 * random.below(100),
                random.below(256),
            ));
        }
    }
    assert_eq!(names(&pairs(&made(&accesses))), [""; 0]);
}

#[test]
fn a_read_after_every_write_is_one_entry() {
    let random = &mut Random(5);
    let mut accesses = Vec::new();
    for _ in 0..200 {
        accesses.extend([('W', 0x100 + 4 * random.below(8), random.below(256)), ('R', 8, 0x80)]);
        accesses.extend((0..random.below(6)).map(|_| ('R', 0x200 + 4 * random.below(8), 0)));
    }
    let found = pairs(&made(&accesses));
    assert_eq!(names(&found), ["any 0x8"]);
    assert_eq!((&found[0]["class"], &found[0]["count"]), (&"posting flush".into(), &200.into()));
    let members = found[0]["members"].as_array().unwrap();
    assert_eq!((members.len(), &members[0]["elements"], &members[0]["stride"]), (1, &8.into(), &4.into()));
}

#[test]
fn an_index_is_paired_with_what_is_read_and_what_is_written() {
    let mut accesses = Vec::new();
    for round in 0..6 {
        for index in 0..16 {
            let op = if round % 3 == 0 { 'W' } else { 'R' };
            accesses.extend([('W', 0, index), (op, 0x10, index * 77 % 31), ('R', 0x40 + 4 * (index % 5), 1)]);
        }
    }
    let found = pairs(&made(&accesses));
    let ports: Vec<_> = found.iter().filter(|p| p["class"] == "index → data").collect();
    let counts: Vec<_> =
        ports.iter().map(|p| (p["answer"].as_str().unwrap(), p["count"].as_u64().unwrap())).collect();
    assert_eq!(counts, [("R", 64), ("W", 32)]);
    assert!(ports.iter().all(|p| p["write"] == "0x0" && p["read"] == "0x10"));
}

#[test]
fn nothing_is_paired_across_a_loss() {
    let random = &mut Random(9);
    let mut accesses = Vec::new();
    for _ in 0..60 {
        accesses.extend([('W', 0x20, random.below(1 << 16)), ('R', 0x24, random.below(1 << 16))]);
        accesses.extend((0..4).map(|_| ('R', 0x200 + 4 * random.below(8), 0)));
    }
    let whole = made(&accesses);
    assert_eq!(names(&pairs(&whole)), ["0x20 0x24"]);
    let mut lossy = String::new();
    for line in whole.lines() {
        if line.contains("0xfe000024") {
            lossy += "CPU:0 [LOST 3 EVENTS]\n";
        }
        lossy += line;
        lossy.push('\n');
    }
    assert_eq!(names(&pairs(&lossy)), [""; 0]);
}

#[test]
fn tables_are_as_they_were() {
    for name in SAMPLES {
        let stem = name.split('.').next().unwrap();
        let log = log(name);
        for (kind, args) in [("pairs", &[][..]), ("pairs.json", &["--format", "json"][..])] {
            let text = stdout(args, &log);
            mmio_testkit::assert_snapshot(&format!("{stem}.{kind}"), &text);
        }
    }
}

#[test]
fn filters_choose_what_is_listed_and_csv_has_a_row_each() {
    let log = log("e1000e.txt");
    let all = pairs(&log).len();
    let csv = stdout(&["--format", "csv", "--reg", "+0x20"], &log);
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.lines().nth(1).unwrap().contains(",0x20,4,,0x20,4,R,command → data,223,223,223,"), "{csv}");
    assert_eq!(stdout(&["--format", "csv", "--top", "1"], &log).lines().count(), 2);
    assert!(all > 3);
    assert!(!stdout(&["--min-count", "300"], &log).contains("+0x20 "));
}
