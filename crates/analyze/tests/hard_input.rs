//! Input made to be slow must not be: work stays near linear.

use mmio_analyze::seqs::{Options, find};
use mmio_analyze::stream::{Stream, Symbol};
use mmio_format::{DeviceId, Op, Register, Space};
use std::time::Instant;

/// A stream of reads of `registers[i]`, values counting up.
fn stream(registers: impl Iterator<Item = u64>) -> Stream {
    let mut stream = Stream::default();
    let mut numbers = std::collections::HashMap::new();
    for (i, register) in registers.enumerate() {
        let next = numbers.len() as u32;
        let number = *numbers.entry(register).or_insert(next);
        if number == next {
            let offset = register * 0x1234 % 0x100_0000;
            let register = Register { device: DeviceId::default(), space: Space::Bar(0), offset, width: 4 };
            stream.symbols.push(Symbol { register, op: Op::Read });
        }
        stream.symbol.push(number);
        stream.value.push(i as u64 * 7 % 1000);
        stream.time.push(i as u64);
        stream.index.push(i as u64);
    }
    stream
}

fn fibonacci(length: usize) -> Vec<u64> {
    let (mut a, mut b) = (vec![0], vec![0, 1]);
    while b.len() < length {
        let next = [&b[..], &a[..]].concat();
        a = std::mem::replace(&mut b, next);
    }
    b.truncate(length);
    b
}

fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// The inputs, by name, with `n` accesses each.
fn hard(n: usize) -> Vec<(&'static str, Stream)> {
    let mut state = 1;
    let mut pick = |k: u64| (0..n).map(|_| random(&mut state) % k).collect::<Vec<_>>();
    let (two, thirty, many) = (pick(2), pick(30), pick(1 << 20));
    let sawtooth = (1u64..).flat_map(|top| (0..top).chain((1..top).rev())).take(n);
    let ruler = (1..=n as u64).map(|i| u64::from(i.trailing_zeros()));
    let halves = (0..n as u64).map(|i| (i % (n as u64 / 2)) * 31 % 1009);
    let broken = (0..n as u64).map(|i| if i % 997 == 0 { 9 } else { i % 2 });
    let stairs = (0u64..).flat_map(|k| (0..k % 500).flat_map(|_| [0, 1]).chain([2])).take(n);
    vec![
        ("one register", stream(std::iter::repeat_n(5, n))),
        ("two at random", stream(two.into_iter())),
        ("thirty at random", stream(thirty.into_iter())),
        ("a million at random", stream(many.into_iter())),
        ("fibonacci", stream(fibonacci(n).into_iter())),
        ("sawtooth", stream(sawtooth)),
        ("ruler", stream(ruler)),
        ("two equal halves", stream(halves)),
        ("broken loop", stream(broken)),
        ("stairs", stream(stairs)),
    ]
}

/// Quadratic work would be felt here; `MMIO_TEST_ACCESSES=1000000` with `--nocapture` measures it.
#[test]
fn hard_input_is_done_soon() {
    let asked = std::env::var("MMIO_TEST_ACCESSES").ok().and_then(|n| n.parse().ok());
    for (name, stream) in hard(asked.unwrap_or(20_000)) {
        let start = Instant::now();
        let report = find(std::slice::from_ref(&stream), &Options::default());
        println!("{name}: {:?}, {} of {} explained", start.elapsed(), report.explained, report.total);
        assert!(report.explained <= report.total, "{name}");
    }
}
