//! A second way to make traces, simpler and with other constants: more sequences, shorter ones,
//! noise by its share, from registers of its own or from those of the sequences.

use crate::generate::{Device, NEVER, Part, Plan, Planted, Random, append, at, free, moved, play, symbol};
use mmio_analyze::stream::{Stream, Symbol};
use mmio_format::Op;

/// Registers, each read or written, `base` bytes up.
fn registers(device: u16, count: u64, base: u64, random: &mut Random) -> Vec<Symbol> {
    let mut one = |i: u64| {
        let op = if random.chance(50) { Op::Read } else { Op::Write };
        at((device, 0, base + 8 * i, 4), op)
    };
    (0..count).map(&mut one).collect()
}

fn any(registers: &[Symbol], random: &mut Random) -> Symbol {
    registers[random.below(registers.len() as u64) as usize]
}

fn step(registers: &[Symbol], random: &mut Random) -> Part {
    let symbol = any(registers, random);
    match random.below(20) {
        0..=1 => {
            let busy = random.below(64) << 1;
            let symbol = Symbol { op: Op::Read, ..symbol };
            Part::Step { symbol, plan: Plan::Until(busy, busy | 1), least: 1, most: 20, seen: NEVER }
        }
        2 => {
            let symbol = moved(symbol, 0x10000 + 0x200 * random.below(8));
            let plan = if random.chance(50) { Plan::Fixed(0) } else { Plan::Free };
            Part::Table { symbol, plan, stride: 4, length: random.range(8, 64) }
        }
        n => {
            let plan = if n % 2 == 0 { Plan::Fixed(random.below(0x1_0000)) } else { Plan::Free };
            Part::Step { symbol, plan, least: 1, most: 1, seen: NEVER }
        }
    }
}

/// Two registers written or read by turns, so often or at random.
fn repetition(registers: &[Symbol], random: &mut Random) -> Part {
    let mut body = Vec::new();
    while body.len() < 2 {
        append(&mut body, step(registers, random));
    }
    let least = random.range(2, 6);
    let most = if random.chance(50) { least } else { least + random.range(1, 6) };
    Part::Loop { body, least, most, seen: NEVER }
}

fn sequence(device: u16, registers: &[Symbol], random: &mut Random) -> Planted {
    let length = if random.chance(5) { 40 } else { random.range(3, 12) };
    let looped = random.chance(20).then(|| random.below(length));
    let mut parts = Vec::new();
    while parts.len() < length as usize {
        let here = looped == Some(parts.len() as u64);
        let part = if here { repetition(registers, random) } else { step(registers, random) };
        // A loop next to a register that it ends or starts with can be written in two ways.
        let beside = |p: &Part| matches!(p, Part::Loop { body, .. } if body.iter().any(|b| symbol(b) == symbol(&part)));
        let inside = |p: &Part| matches!(&part, Part::Loop { body, .. } if body.iter().any(|b| symbol(b) == symbol(p)));
        if !parts.last().is_some_and(|p| beside(p) || inside(p)) {
            append(&mut parts, part);
        }
    }
    Planted { device, parts, count: random.range(10, 200), extends: false }
}

/// A trace: streams, and what was planted in them.
pub(crate) fn trace(seed: u64) -> (Vec<Stream>, Vec<Planted>) {
    let mut random = Random(seed ^ 0x706c_6169_6e00);
    let devices = random.range(1, 4);
    let mut left = random.range(5, 20);
    let (mut streams, mut planted) = (Vec::new(), Vec::new());
    for number in 0..devices as u16 {
        let here = if number as u64 + 1 == devices { left } else { left / 2 };
        left -= here;
        let (stream, more) = of_device(number, here, &mut random);
        streams.push(stream);
        planted.extend(more);
    }
    (streams, planted)
}

fn of_device(number: u16, sequences: u64, random: &mut Random) -> (Stream, Vec<Planted>) {
    let count = random.range(50, 200);
    let own = registers(number, count, 0, random);
    let noise = if random.chance(50) { own.clone() } else { registers(number, count, 0x4000, random) };
    // Percent of all accesses, percent of sequences without any before them.
    let (share, close) = (random.range(20, 60), random.below(50));
    let mut here: Vec<Planted> = (0..sequences).map(|_| sequence(number, &own, random)).collect();
    let mut order: Vec<usize> = (0..here.len()).flat_map(|i| vec![i; here[i].count as usize]).collect();
    for i in (1..order.len()).rev() {
        order.swap(i, random.below(i as u64 + 1) as usize);
    }
    let mut device = Device::new(number, random);
    let mut owed = 0;
    for i in order {
        let before = device.stream.len() as u64;
        play(&mut device, &mut here[i].parts, random);
        owed += (device.stream.len() as u64 - before) * share;
        if !random.chance(close) {
            for _ in 0..owed / (100 - share) {
                device.access(any(&noise, random), free(random));
            }
            owed %= 100 - share;
        }
    }
    (device.stream, here)
}
