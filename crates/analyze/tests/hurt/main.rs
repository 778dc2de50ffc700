//! Healthy recordings of real drivers, hurt in one place: a check finds the hurt, where it is, and nothing else.

mod log;

use std::collections::{HashMap, HashSet};

use log::{Access, Chance, Log};
use mmio_analyze::check::Trouble;

/// Recordings in which nothing went wrong.
const HEALTHY: [&str; 13] = [
    "e1000e.txt",
    "nvme.txt.zst",
    "megasas.txt.zst",
    "labelled/ahci.txt.zst",
    "labelled/ctucan.txt.zst",
    "labelled/ehci.txt.zst",
    "labelled/ipoctal.txt.zst",
    "labelled/ohci.txt.zst",
    "labelled/rtl8139cp.txt.zst",
    "labelled/xhci.txt.zst",
    "labelled/sdhci_pio.txt.zst",
    "labelled/shpc.txt.zst",
    "labelled/tulip.txt.zst",
];
const SEEDS: u64 = 8;

/// What is found in a log: kind, and number of the access.
fn found(log: &Log) -> Vec<(&'static str, Option<u64>)> {
    let index = |f: &mmio_analyze::check::Finding| f.moment.map(|moment| moment.index);
    log.check().findings.iter().map(|f| (f.trouble.name(), index(f))).collect()
}

#[test]
fn nothing_is_found_in_what_is_healthy() {
    for name in HEALTHY {
        assert_eq!(found(&Log::sample(name)), [], "{name}");
    }
}

/// Places from which on a device can be dead: reads that are not all ones, with reads of at least three registers
/// after them that gave something else before, and to which all ones were not written.
fn places_of_death(accesses: &[Access]) -> Vec<usize> {
    let mut places = Vec::new();
    for step in 0..40 {
        let at = accesses.len() * step / 40;
        let Some(at) = (at..accesses.len()).find(|&i| accesses[i].is_read) else { break };
        let before = accesses[..at].iter().rev().find(|a| a.is_read);
        let good: HashMap<_, _> =
            accesses[..at].iter().filter(|a| a.is_read).map(|a| (a.register(), a)).collect();
        let written: HashSet<_> =
            accesses.iter().filter(|a| !a.is_read && a.value == a.ones()).map(Access::register).collect();
        let mut changed: HashSet<_> =
            accesses[at..].iter().filter(|a| a.is_read).map(Access::register).collect();
        changed.retain(|r| good.get(r).is_some_and(|a| a.value != a.ones()) && !written.contains(r));
        if changed.len() >= 3 && before.is_none_or(|a| a.value != a.ones()) {
            places.push(at);
        }
    }
    places
}

#[test]
fn a_device_that_falls_off_the_bus_is_found() {
    let mut tried = 0;
    // Of two devices, as in this one, both would be dead.
    for name in HEALTHY.into_iter().filter(|&name| name != "labelled/ahci.txt.zst") {
        let healthy = Log::sample(name);
        let accesses = healthy.accesses();
        let places = places_of_death(&accesses);
        for seed in 0..SEEDS.min(places.len() as u64) {
            let at = places[Chance(seed).below(places.len())];
            let mut hurt = healthy.clone();
            accesses[at..].iter().filter(|a| a.is_read).for_each(|a| hurt.set(a.line, a.ones()));
            assert_eq!(found(&hurt), [("dead", Some(at as u64))], "{name} {seed}");
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
}

/// Reads whose answer the 8 or more rounds before decide, and at least 3 after: the same two accesses before, one of
/// them a write, and always the same value of a register with few values.
fn settled(accesses: &[Access]) -> Vec<Vec<usize>> {
    let mut values: HashMap<_, HashSet<u64>> = HashMap::new();
    let mut read: HashMap<_, HashSet<u64>> = HashMap::new();
    let mut written: HashMap<_, usize> = HashMap::new();
    for access in accesses {
        values.entry(access.register()).or_default().insert(access.value);
        if access.is_read {
            read.entry(access.register()).or_default().insert(access.value);
        } else {
            *written.entry(access.register()).or_default() += 1;
        }
    }
    let mut rounds: HashMap<_, Vec<usize>> = HashMap::new();
    for (i, three) in accesses.windows(3).enumerate() {
        let [earlier, last, access] = three else { continue };
        let writes = [earlier, last].map(|a| (!a.is_read).then_some(a.value));
        let again = |next: &Access| next.is_read && next.register() == access.register();
        let followed = accesses.get(i + 3).is_some_and(|next| !again(next));
        let alone = last.register() != access.register() && earlier.register() != last.register() && followed;
        let few = [earlier, last].iter().all(|a| {
            let values = values[&a.register()].len();
            a.is_read || (values <= 16 && 4 * values <= written[&a.register()])
        });
        let steady = access.is_read && read[&access.register()].len() <= 8;
        if alone && few && steady && writes.iter().any(Option::is_some) {
            let key = (access.register(), last.register(), earlier.register(), writes);
            rounds.entry(key).or_default().push(i + 2);
        }
    }
    let same = |r: &Vec<usize>| r.iter().all(|&i| accesses[i].value == accesses[r[0]].value);
    let mut all: Vec<Vec<usize>> = rounds.into_values().filter(|r| r.len() >= 12 && same(r)).collect();
    all.sort();
    all
}

#[test]
fn a_value_that_changes_in_one_round_is_found() {
    let (mut tried, mut logs) = (0, 0);
    for name in HEALTHY {
        let healthy = Log::sample(name);
        let accesses = healthy.accesses();
        let all = settled(&accesses);
        logs += usize::from(!all.is_empty());
        for seed in 0..SEEDS.min(SEEDS * all.len() as u64) {
            let mut chance = Chance(seed);
            let rounds = &all[chance.below(all.len())];
            let at = rounds[8 + chance.below(rounds.len() - 11)];
            let Access { line, value, width, .. } = accesses[at];
            let bit = 1 << chance.below(8 * width as usize);
            if accesses.iter().any(|a| a.register() == accesses[at].register() && a.value == value ^ bit) {
                continue;
            }
            let mut hurt = healthy.clone();
            hurt.set(line, value ^ bit);
            assert_eq!(found(&hurt), [("divergence", Some(at as u64))], "{name} {seed} {at} {bit:#x}");
            tried += 1;
        }
    }
    assert!(tried > 30 && logs >= 4, "{tried} in {logs}");
}

#[test]
fn lost_events_are_found() {
    for name in HEALTHY {
        let healthy = Log::sample(name);
        let accesses = healthy.accesses();
        for seed in 0..SEEDS {
            let at = Chance(seed).below(accesses.len());
            let mut hurt = healthy.clone();
            hurt.lines.insert(accesses[at].line, "CPU:0 [LOST 123 EVENTS]".to_owned());
            let report = hurt.check();
            assert_eq!(report.findings.len(), 1, "{name} {seed}");
            let Trouble::Lost(lost) = &report.findings[0].trouble else { panic!("{:?}", report.findings) };
            assert_eq!((lost.events, lost.places), (123, 1));
            assert_eq!(lost.first, [(at as u64, Some(123))], "{name} {seed}");
            assert_eq!(report.findings[0].moment.map(|m| m.index), Some(at as u64));
        }
    }
}

#[test]
fn lines_of_garbage_are_found() {
    let garbage = ["R 4 1.5", "[  123.456789] BUG: scheduling while atomic", "W x y", "\u{fffd}\u{1}", "R"];
    for name in HEALTHY {
        let healthy = Log::sample(name);
        for seed in 0..SEEDS {
            let (mut chance, mut hurt) = (Chance(seed), healthy.clone());
            let count = 1 + chance.below(12);
            let mut places: Vec<usize> = (0..count).map(|_| chance.below(hurt.lines.len())).collect();
            places.sort_unstable();
            places.dedup();
            // From the end on, so that the places before stay what they are.
            for &place in places.iter().rev() {
                hurt.lines.insert(place, garbage[chance.below(garbage.len())].to_owned());
            }
            let report = hurt.check();
            assert_eq!(report.findings.len(), 1, "{name} {seed}: {:?}", report.findings);
            let Trouble::Unparsed(unparsed) = &report.findings[0].trouble else {
                panic!("{:?}", report.findings)
            };
            let lines: Vec<u64> =
                places.iter().zip(1..).map(|(&place, before)| place as u64 + before).collect();
            assert_eq!(unparsed.lines, lines.len() as u64);
            assert_eq!(unparsed.first, lines[..lines.len().min(8)], "{name} {seed}");
        }
    }
}

/// Waits that were met: two reads or more of one register with nothing between, the last one of which alone differs,
/// for registers that have at least five which go from one value to one other.
fn met(accesses: &[Access]) -> Vec<std::ops::Range<usize>> {
    let mut runs: HashMap<_, Vec<std::ops::Range<usize>>> = HashMap::new();
    let mut start = 0;
    for run in accesses.chunk_by(|a, b| a.is_read && b.is_read && a.register() == b.register()) {
        let range = start..start + run.len();
        start = range.end;
        let [before @ .., last] = run else { continue };
        if let [first, ..] = before
            && before.iter().all(|a| a.value == first.value)
            && last.value != first.value
        {
            runs.entry((first.register(), first.value, last.value)).or_default().push(range);
        }
    }
    let mut all: Vec<_> = runs.into_values().filter(|runs| runs.len() >= 5).flatten().collect();
    all.sort_by_key(|range| range.start);
    all
}

#[test]
fn a_poll_that_never_ends_is_found() {
    let mut tried = 0;
    for name in HEALTHY {
        let healthy = Log::sample(name);
        let accesses = healthy.accesses();
        let waits = met(&accesses);
        for seed in 0..SEEDS.min(SEEDS * waits.len() as u64) {
            let mut chance = Chance(seed);
            let wait = waits[chance.below(waits.len())].clone();
            let (busy, last) = (accesses[wait.start], accesses[wait.end - 1]);
            let more = 200 + chance.below(400);
            let mut hurt = healthy.clone();
            let line = hurt.lines[busy.line].clone();
            hurt.lines.splice(last.line..=last.line, std::iter::repeat_n(line, more));
            assert_eq!(found(&hurt), [("wait_in_vain", Some(wait.start as u64))], "{name} {seed}");
            hurt.lines.truncate(last.line + more);
            let end = found(&hurt);
            assert_eq!(end[0], ("ends_in_wait", Some(wait.start as u64)), "{name} {seed}: {end:?}");
            tried += 1;
        }
    }
    assert!(tried >= SEEDS, "{tried}");
}
