//! Streams that a miner of repetitions finds hard, by name.

use std::collections::HashMap;

use mmio_analyze::stream::{Stream, Symbol};
use mmio_format::{Op, Place, Register};

/// Bytes from one register to the next.
pub(crate) const APART: u64 = 0x1234;

/// A stream of reads of `registers[i]`, values counting up.
pub(crate) fn stream(registers: &[u64]) -> Stream {
    let mut stream = Stream::default();
    let mut numbers = HashMap::new();
    for (i, &register) in (0..).zip(registers) {
        let next = numbers.len() as u32;
        let number = *numbers.entry(register).or_insert(next);
        if number == next {
            let offset = register * APART % 0x100_0000;
            stream.symbols.push(Symbol {
                register: Register::at(Place { offset, ..Place::default() }, 4),
                op: Op::Read,
            });
        }
        stream.symbol.push(number);
        stream.value.push(i * 7 % 1000);
        stream.time.push(i);
        stream.index.push(i);
    }
    stream
}

/// 0 1 0 0 1 0 1 0 …: as many different repetitions as there can be, all inside each other.
pub(crate) fn fibonacci(n: usize) -> Vec<u64> {
    let (mut a, mut b) = (vec![0], vec![0, 1]);
    while b.len() < n {
        let next = [&b[..], &a[..]].concat();
        a = std::mem::replace(&mut b, next);
    }
    b.truncate(n);
    b
}

/// Any of `registers` at each access: what repeats, repeats by chance.
pub(crate) fn random(n: usize, registers: u64) -> Vec<u64> {
    let mut state = registers;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % registers
    };
    (0..n).map(|_| next()).collect()
}

/// Up to 1 and down, up to 2 and down, …: each tooth is one longer than the one before.
pub(crate) fn sawtooth(n: usize) -> Vec<u64> {
    (1..).flat_map(|top| (0..top).chain((1..top).rev())).take(n).collect()
}

/// 0 1 0 2 0 1 0 3 …: each repetition stands twice in one of twice the length.
pub(crate) fn ruler(n: usize) -> Vec<u64> {
    (1..=n as u64).map(|i| u64::from(i.trailing_zeros())).collect()
}

/// One sequence of n / 2 accesses, twice.
pub(crate) fn halves(n: usize) -> Vec<u64> {
    (0..n as u64).map(|i| (i % (n as u64 / 2)) * 31 % 1009).collect()
}

/// A loop with another access in its place now and then, so that it starts with either half.
pub(crate) fn broken_loop(n: usize) -> Vec<u64> {
    (0..n as u64).map(|i| if i % 997 == 0 { 9 } else { i % 2 }).collect()
}

/// A loop done once, twice, … 499 times, and a 2 after each.
pub(crate) fn stairs(n: usize) -> Vec<u64> {
    (0..).flat_map(|k| (0..k % 500).flat_map(|_| [0, 1]).chain([2])).take(n).collect()
}

/// All of them, with `n` accesses each.
pub(crate) fn all(n: usize) -> [(&'static str, Vec<u64>); 10] {
    [
        ("one register", vec![5; n]),
        ("two at random", random(n, 2)),
        ("thirty at random", random(n, 30)),
        ("a million at random", random(n, 1 << 20)),
        ("fibonacci", fibonacci(n)),
        ("sawtooth", sawtooth(n)),
        ("ruler", ruler(n)),
        ("two equal halves", halves(n)),
        ("broken loop", broken_loop(n)),
        ("stairs", stairs(n)),
    ]
}
