//! Windows in short logs.

use crate::patterns::testing::{none, of};

/// Eight registers, written or read under value `bank` of the base.
fn bank(op: char, bank: u64, value: impl Fn(u64, u64) -> u64) -> String {
    let word = |i: u64| format!("{op}{:x}={:x} ", 0x100 + 4 * i, value(bank, i));
    format!("W40={bank:x} ") + &(0..8).map(word).collect::<String>()
}

/// All of `banks`, filled and then read twice.
fn banked(banks: u64, value: impl Fn(u64, u64) -> u64) -> String {
    let all = |op| (0..banks).map(|b| bank(op, b, &value)).collect::<String>();
    all('W') + &all('R') + &all('R')
}

#[test]
fn a_window_shows_what_was_seen_under_the_same_base() {
    let value = |bank: u64, i: u64| (bank * 31 + i * 7 + 1) * 0x1001;
    assert_eq!(of("window", &banked(4, value)), ["window 40>100 x12 20 bytes in 4"]);
    assert_eq!(of("doorbell", &banked(16, value)), none());
    // Read and written back under each base.
    let change = |b: u64| {
        let word = |i: u64| format!("R{0:x}={1:x} W{0:x}={1:x} ", 0x100 + 4 * i, value(b, i));
        format!("W40={b:x} ") + &(0..8).map(word).collect::<String>()
    };
    let log: String = (0..32).map(|n| change(n * 3 % 4)).collect();
    assert_eq!(of("window", &log), ["window 40>100 x32 20 bytes in 4"]);
}

#[test]
fn what_does_not_depend_on_the_base_is_no_window() {
    // The same in all banks, and what was last seen whatever the base is.
    assert_eq!(of("window", &banked(4, |_, i| i * 7 + 1)), none());
    let fill: String = (0..4).map(|b| bank('W', b, |b, i| b * 31 + i)).collect();
    let last: String = (0..8).map(|b| bank('R', b % 4, |_, i| 3 * 31 + i)).collect();
    assert_eq!(of("window", &(fill + &last)), none());
    // A state that changes by itself.
    let noise = |b: u64, i: u64| (b * 8 + i).wrapping_mul(0x9e37_79b9) & 0xffff_ffff;
    let log: String = (0..32).map(|n| bank('R', n % 4, |_, i| noise(n, i))).collect();
    assert_eq!(of("window", &log), none());
    // Two registers are data behind an index.
    let few = banked(4, |b, i| b * 31 + i)
        .split_inclusive(' ')
        .filter(|w| !w[1..].starts_with("11"))
        .collect::<String>();
    let two = few
        .split_inclusive(' ')
        .filter(|w| w.contains("40=") || w[1..].starts_with("100") || w[1..].starts_with("104"));
    assert_eq!(of("window", &two.collect::<String>()), none());
}

#[test]
fn a_window_may_only_be_filled() {
    let log: String = (0..6).map(|b| bank('W', b * 0x20, |b, i| b * 31 + i)).collect();
    assert_eq!(of("window", &log), ["window 40>100 x6 20 bytes in 6"]);
    // The base is written last, and tells that all is there.
    let handed: String = (0..6).map(|b| bank('W', b, |b, i| b * 31 + i).replacen(' ', " ~ ", 1)).collect();
    assert_eq!(of("window", &handed), none());
    // It is at any value.
    let any: String = (0..6).map(|b| bank('W', b * b * 77 % 13, |b, i| b * 31 + i)).collect();
    assert_eq!(of("window", &any), none());
}

#[test]
fn no_window_is_claimed_across_a_gap() {
    let walks: String = (0..6).map(|b| bank('W', b, |b, i| b * 31 + i)).collect();
    for log in [banked(4, |b, i| b * 31 + i), walks] {
        assert_ne!(of("window", &log), none());
        assert_eq!(of("window", &log.replace(' ', " | ")), none());
    }
}
