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
    assert!(csv.lines().nth(1).unwrap().contains(",0x20,4,,,0x20,4,R,command → data,223,223,223,"), "{csv}");
    assert_eq!(stdout(&["--format", "csv", "--top", "1"], &log).lines().count(), 2);
    assert!(all > 3);
    assert!(!stdout(&["--min-count", "300"], &log).contains("+0x20 "));
}

/// A pair as `0x2c0=0x1 0x184 200/200`: what is written, with its values where only these are answered, what is read,
/// answers and writes.
fn told(pairs: &[Value]) -> Vec<String> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let one = |p: &Value| {
        let values = p["values"].as_array().map_or(String::new(), |values| {
            format!("={}", values.iter().map(text).collect::<Vec<_>>().join("|"))
        });
        format!("{}{values} {} {}/{}", text(&p["write"]), text(&p["read"]), p["count"], p["writes"])
    };
    let mut all: Vec<String> = pairs.iter().map(one).collect();
    all.sort();
    all
}

/// The words of a message, of which the second counts up, and its doorbell.
fn message(i: u64, doorbell: (u64, u64)) -> Vec<(char, u64, u64)> {
    let words = [0xa000_0031, 0xc | i << 16, 0, 0, 0x33 + i / 50, 1];
    let words = words.into_iter().enumerate().map(|(place, word)| ('W', 0x5000 + 4 * place as u64, word));
    words.chain([('W', doorbell.0, doorbell.1)]).collect()
}

/// The answer to a message, which `taken` says to the device.
fn answer(taken: u64) -> Vec<(char, u64, u64)> {
    let look = |state| [('R', 0x184, 0x0400_0000), ('R', 0x1c4, 0), ('R', 0x1a4, state), ('R', 0x344, 0x7f)];
    [look(1).to_vec(), look(2).to_vec(), vec![('W', 0x2c0, taken)]].concat()
}

#[test]
fn a_doorbell_is_paired_by_the_value_that_is_answered_wherever_the_trace_begins() {
    let whole: Vec<_> = (0..200).flat_map(|i| [message(i, (0x2c0, 1)), answer(2)].concat()).collect();
    let first = message(0, (0x2c0, 1)).len() + answer(2).len();
    for accesses in [&whole, &whole[first - 5..], &[answer(2), whole.clone()].concat()] {
        let found = pairs(&made(accesses));
        let n = accesses.iter().filter(|&&access| access == ('W', 0x2c0, 1)).count();
        assert_eq!(told(&found), [format!("0x2c0=0x1 0x184 {n}/{n}")]);
        assert_eq!(found[0]["latency_us"]["median"], 10.0);
    }
    assert!(stdout(&[], &made(&whole)).contains("W +0x2c0 = 0x1  → R +0x184"));
    assert!(stdout(&["--format", "csv"], &made(&whole)).contains(",0x2c0,4,0x1,,0x184,4,R,"));
    assert_eq!(pairs(&made(&whole)), pairs(&stdout_of_filter(&whole)));
}

/// The same log, looked at through filters that both registers pass.
fn stdout_of_filter(accesses: &[(char, u64, u64)]) -> String {
    let log = made(accesses);
    for filter in ["+0x2c0", "+0x184"] {
        assert_eq!(stdout(&["--format", "csv", "--reg", filter], &log).lines().count(), 2, "{filter}");
    }
    assert_eq!(stdout(&["--format", "csv", "--reg", "+0x5014"], &log).lines().count(), 1);
    log
}

#[test]
fn several_values_may_ask_and_doorbells_may_share_arguments() {
    // Two kinds of go, and one that takes the answer.
    let three = (0..200).flat_map(|i| [message(i, (0x2c0, 1 + i % 2 * 2)), answer(8)].concat());
    assert_eq!(told(&pairs(&made(&three.collect::<Vec<_>>()))), ["0x2c0=0x1|0x3 0x184 200/200"]);
    let random = &mut Random(11);
    let mut both = Vec::new();
    for i in 0..200 {
        let other = 4 * random.below(2);
        both.extend(message(i, (0x2c0 + other, 1)));
        both.extend([('R', 0x180 + other, random.below(4)), ('R', 0x60, 0), ('R', 0x64, 0)]);
    }
    let found = pairs(&made(&both));
    let questions: Vec<u64> =
        [0x2c0, 0x2c4].map(|at| both.iter().filter(|a| a.1 == at).count() as u64).into();
    let wanted = [format!("0x2c0 0x180 {0}/{0}", questions[0]), format!("0x2c4 0x184 {0}/{0}", questions[1])];
    assert!(wanted.iter().all(|pair| told(&found).contains(pair)), "{:?}", told(&found));
    assert!(found.iter().all(|p| !p["write"].as_str().unwrap().starts_with("0x50")), "{:?}", told(&found));
}

#[test]
fn a_status_and_its_acknowledge_may_lie_between_command_and_result() {
    let random = &mut Random(13);
    let mut accesses = Vec::new();
    for _ in 0..200 {
        let (command, done) = (random.below(64), 1 << random.below(4));
        accesses.extend([('W', 0x8, random.below(1 << 16)), ('W', 0xc, command), ('R', 0x34, done | 0x40)]);
        accesses.extend([('W', 0x38, done), ('R', 0x14, random.below(1 << 32)), ('R', 0x3c, 0x3ff)]);
        accesses.extend((0..random.below(4)).map(|_| ('R', 0x200 + 4 * random.below(8), 0)));
    }
    let found = pairs(&made(&accesses));
    let mut names = names(&found);
    names.sort();
    // That 0x38 acknowledges is known after some writes of it.
    assert_eq!(names, ["0xc 0x14", "0xc 0x34"]);
    assert!(
        found.iter().all(|p| p["count"].as_u64() >= Some(195) && p["writes"] == 200),
        "{:?}",
        told(&found)
    );
}

#[test]
fn a_posting_read_is_not_the_answer_and_answers_may_come_in_any_order() {
    let random = &mut Random(17);
    let (mut posted, mut mixed) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        posted.extend([('W', 0x20, 1), ('R', 0x20, 0), ('R', 0x24, 0), ('R', 0x24, 1 << random.below(3))]);
        posted.extend((0..random.below(6)).map(|_| ('R', 0x200 + 4 * random.below(8), 0)));
        let tag = random.below(256);
        mixed.extend([('W', 0x20, tag), ('W', 0x24, tag ^ 5), ('R', 0x34, tag ^ 5), ('R', 0x30, tag)]);
        mixed.extend((0..random.below(6)).map(|_| ('R', 0x200 + 4 * random.below(8), 0)));
    }
    assert_eq!(told(&pairs(&made(&posted))), ["0x20 0x20 200/200", "0x20 0x24 200/200"]);
    let mixed = told(&pairs(&made(&mixed)));
    assert!(
        mixed.contains(&"0x20 0x30 200/200".into()) && mixed.contains(&"0x24 0x34 200/200".into()),
        "{mixed:?}"
    );
}

#[test]
fn what_an_interrupt_loop_does_next_is_not_an_answer() {
    let random = &mut Random(19);
    let (mut accesses, mut at) = (Vec::new(), 0);
    for i in 0..200 {
        // A ring's doorbell; status and its acknowledge; a pointer of the driver's own that reads back.
        accesses.extend([('W', 0x2008, 1 + i % 3), ('R', 0x44, 8), ('W', 0x44, 8), ('R', 0x1038, at)]);
        at += 16 * (1 + random.below(3));
        accesses.push(('W', 0x1038, at));
    }
    let told = told(&pairs(&made(&accesses)));
    assert_eq!(told, ["0x1038 0x1038 199/200", "0x2008 0x44 200/200"]);
}

/// A log of 320 questions and answers: 318 answers after 10 µs, one after 500, one after 900.
fn late() -> String {
    let mut log = String::from("VERSION 20070824\nMAP 1.0 1 0xfe000000 0xffff 0x10000 0x0 0\n");
    let random = &mut Random(23);
    for i in 0..320 {
        let (start, took) = (
            2_000_000 + i * 10_000,
            match i {
                100 => 500,
                200 => 900,
                _ => 10,
            },
        );
        let mut line = |op, us: u64, offset: u64, value: u64| {
            let (s, us) = (us / 1_000_000, us % 1_000_000);
            writeln!(log, "{op} 4 {s}.{us:06} 1 0x{:x} 0x{value:x} 0x0 0", 0xfe00_0000_u64 + offset).unwrap();
        };
        line('W', start, 0x10, random.below(1 << 16));
        line('R', start + took, 0x14, random.below(1 << 16));
        line('R', start + 2000, 0x20, 0);
        line('R', start + 3000, 0x24, 0);
    }
    log
}

#[test]
fn percentiles_are_those_of_all_answers_and_the_same_in_the_picture() {
    let found = pairs(&late());
    assert_eq!(told(&found), ["0x10 0x14 320/320"]);
    assert_eq!(found[0]["latency_us"], serde_json::json!({"min": 10.0, "median": 10.0, "p99": 10.0}));
    let args = ["latency", "-", "-o", "-"];
    let picture = mmio_testkit::stdout(env!("CARGO_BIN_EXE_mmio-plot"), &args, late().as_bytes());
    let picture = String::from_utf8(picture).unwrap();
    // The columns at the right, median and 99 %.
    let columns = picture.split("W +0x10 → R +0x14").nth(1).unwrap();
    assert_eq!(columns.matches(">10 µs</text>").count(), 2, "{columns}");
}
