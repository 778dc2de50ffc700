use std::fmt::Write;

use mmio_format::{Filter, Trace};

use super::{Report, Trouble, check};

/// What is found in a log of `R20=1 W40=0`, all of one device.
fn report(words: &str) -> Report {
    let mut log = String::from("MAP 1.0 1 0xfe000000 0xffff0000 0x1000 0x0 0\n");
    for (i, word) in words.split_whitespace().enumerate() {
        let (access, value) = word.split_once('=').unwrap();
        let (op, offset) = access.split_at(1);
        let offset = u64::from_str_radix(offset, 16).unwrap();
        writeln!(log, "{op} 4 1.{:06} 1 {:#x} 0x{value} 0x0 0", i * 2, 0xfe00_0000_u64 + offset).unwrap();
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), log).unwrap();
    check(&mut Trace::open(file.path()).unwrap(), &Filter::default()).unwrap()
}

fn found(log: &str) -> Vec<String> {
    let words =
        |f: &super::Finding| format!("{} {}", f.trouble.name(), f.moment.map_or(0, |moment| moment.index));
    report(log).findings.iter().map(words).collect()
}

/// `round` so often, with `{}` the number of the round.
fn rounds(round: &str, times: u64) -> String {
    (0..times).map(|n| round.replace("{}", &format!("{n:x}"))).collect()
}

const ROUND: &str = "W10={} W14=1 R18=1 R1c={} W20=0 ";

#[test]
fn an_exception_among_equal_rounds_is_found() {
    let other = ROUND.replace("R18=1", "R18=41").replace("{}", "8");
    let log = [rounds(ROUND, 8), other, rounds(ROUND, 3)].concat();
    let report = report(&log);
    let Trouble::Divergence(d) = &report.findings[0].trouble else { panic!("{report:?}") };
    assert_eq!((d.value, d.usual.as_slice(), d.rounds, d.later), (0x41, &[1][..], 8, 3));
    assert_eq!(d.usual_next.map(|done| done.register.offset), Some(0x1c));
    assert_eq!(found(&log), ["divergence 42"]);
}

#[test]
fn too_short_a_history_says_nothing() {
    let other = ROUND.replace("R18=1", "R18=41").replace("{}", "8");
    assert_eq!(found(&[rounds(ROUND, 7), other.clone(), rounds(ROUND, 3)].concat()), [""; 0]);
    assert_eq!(found(&[rounds(ROUND, 8), other, rounds(ROUND, 2)].concat()), [""; 0]);
}

#[test]
fn rounds_that_end_in_another_way_are_found() {
    let fails = "W10=20 W14=1 R18=80000001 W0=80 W0=0 ";
    assert_eq!(found(&[&rounds(ROUND, 12), fails].concat()), ["divergence 62"]);
    // The same answer, and the driver goes on as ever.
    assert_eq!(found(&[&rounds(ROUND, 12), "W10=20 W14=1 R18=3 R1c=0 "].concat()), [""; 0]);
}

#[test]
fn one_of_a_small_set_is_usual() {
    let two = "W14=1 R18=1 W20=0 W14=1 R18=3 W20=0 ";
    let log = |value: &str| [&rounds(two, 10), "W14=1 R18=", value, " W20=0 ", &rounds(two, 3)].concat();
    assert_eq!(found(&log("1")), [""; 0]);
    assert_eq!(found(&log("81")), ["divergence 61"]);
}

#[test]
fn what_varies_by_itself_is_left_alone() {
    // A counter, data, and a status that is something else now and then.
    assert_eq!(found(&rounds("W14=1 R18={} W20=0 ", 40)), [""; 0]);
    let status = |value: &str| ROUND.replace("R18=1", &format!("R18={value}"));
    let once = |value: &str| status(value).replace("{}", "8");
    let log = [rounds(ROUND, 9), once("5"), rounds(ROUND, 9), once("5"), rounds(ROUND, 9)].concat();
    assert_eq!(found(&log), [""; 0]);
    // A change for good is how a link comes up.
    assert_eq!(found(&[rounds(ROUND, 20), rounds(&status("2"), 20)].concat()), [""; 0]);
    // Without a write between, a driver looks again until it sees what it wants.
    let poll = ["W14=1 ", &"R18=0 R1c=0 ".repeat(12), "R18=1 W20=0 W24=1 "].concat();
    assert_eq!(found(&poll), [""; 0]);
}

#[test]
fn what_follows_from_a_divergence_is_not_listed() {
    let round = "W10=1 R18=1 W14=1 R1c=2 W20=0 ";
    let other = "W10=1 R18=41 W14=1 R1c=42 W20=0 ";
    assert_eq!(found(&[&rounds(round, 10), other, &rounds(round, 5)].concat()), ["divergence 51"]);
}

const ALIVE: &str = "R0=12 R4=34 R8=56 Rc=78 W10=1 ";

#[test]
fn a_device_of_which_every_read_gives_ones_is_dead() {
    let gone = "R0=ffffffff R4=ffffffff W10=1 R8=ffffffff Rc=ffffffff ";
    assert_eq!(found(&[ALIVE, gone].concat()), ["dead 5"]);
    let back = report(&[ALIVE, gone, ALIVE].concat());
    let Trouble::Dead(dead) = &back.findings[0].trouble else { panic!("{back:?}") };
    assert!(dead.recovered && dead.end.index == 9, "{dead:?}");
    assert_eq!(dead.writes.iter().map(|(moment, _)| moment.index).collect::<Vec<_>>(), [4]);
}

#[test]
fn ones_that_are_no_proof() {
    // One register; registers that never gave anything else; registers that were written so.
    let one = found(&[ALIVE, &"R0=ffffffff ".repeat(40), "W10=1"].concat());
    assert!(!one.iter().any(|found| found.starts_with("dead")), "{one:?}");
    assert_eq!(
        found(&["R0=12 ", &rounds("R4=ffffffff R8=ffffffff Rc=ffffffff R14=ffffffff ", 4)].concat()),
        [""; 0]
    );
    let written =
        "W0=ffffffff W4=ffffffff W8=ffffffff Wc=ffffffff R0=ffffffff R4=ffffffff R8=ffffffff Rc=ffffffff ";
    assert_eq!(found(&[ALIVE, written].concat()), [""; 0]);
    // A driver that writes, and then nothing.
    assert_eq!(found(&[ALIVE, "W10=0 W10=1 "].concat()), [""; 0]);
}

#[test]
fn another_value_takes_more_to_be_dead() {
    let many = |value: &dyn Fn(u64) -> u64| -> String {
        (0..9).map(|i| format!("R{:x}={:x} ", 4 * i, value(i))).collect()
    };
    let alive = many(&|i| i + 1).repeat(2);
    assert_eq!(found(&[&alive, "W40=1 ", &*many(&|_| 0)].concat()), ["dead 19"]);
    // A reset: they read zero for a while.
    assert_eq!(found(&[&alive, "W40=1 ", &*many(&|_| 0), &alive].concat()), [""; 0]);
    // All of them varied before.
    let varied = [many(&|i| i + 1), many(&|i| i + 2)].concat();
    assert_eq!(found(&[&varied, "W40=1 ", &*many(&|_| 0)].concat()), [""; 0]);
}
