//! Makes streams with planted sequences in noise.

use mmio_analyze::stream::{Stream, Symbol};
use mmio_format::{DeviceId, Op, Register, Space};
use std::collections::HashMap;

/// The random number generator SplitMix64.
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn range(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A number between the bounds, small ones as likely as large ones on a logarithmic scale.
    pub(crate) fn scale(&mut self, least: u64, most: u64) -> u64 {
        let (a, b) = ((least as f64).ln(), (most as f64 + 0.99).ln());
        (a + (b - a) * (self.next() >> 11) as f64 / (1u64 << 53) as f64).exp() as u64
    }
}

/// What a planted step's value does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    Fixed(u64),
    Few(Vec<u64>),
    /// First value, step, and how often it was used.
    Moving(u64, u64, u64),
    Free,
    /// Reads the first until it reads the second.
    Until(u64, u64),
}

/// A planted element.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// One access, or a poll of so many.
    Step {
        symbol: Symbol,
        plan: Plan,
        least: u64,
        most: u64,
        seen: Seen,
    },
    /// So many accesses of a table.
    Table {
        symbol: Symbol,
        plan: Plan,
        stride: u64,
        length: u64,
    },
    Loop {
        body: Vec<Part>,
        least: u64,
        most: u64,
        seen: Seen,
    },
}

/// Fewest and most times a part was done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen(pub u64, pub u64);

pub(crate) const NEVER: Seen = Seen(u64::MAX, 0);

impl Part {
    /// Makes a moving value or one of a few a free one.
    fn stop(&mut self) {
        if let Part::Step { plan: plan @ (Plan::Moving(..) | Plan::Few(_)), symbol, .. } = self {
            *plan = if symbol.register.width == 1 { Plan::Fixed(0x55) } else { Plan::Free };
        }
    }

    /// Adds how often another one, of the same make, was done.
    fn join(&mut self, other: &Part) {
        match (self, other) {
            (Part::Step { seen, .. }, Part::Step { seen: more, .. }) => seen.join(*more),
            (Part::Loop { body, seen, .. }, Part::Loop { body: others, seen: more, .. }) => {
                seen.join(*more);
                body.iter_mut().zip(others).for_each(|(a, b)| a.join(b));
            }
            _ => {}
        }
    }
}

impl Seen {
    fn add(&mut self, times: u64) -> u64 {
        *self = Seen(self.0.min(times), self.1.max(times));
        times
    }

    fn join(&mut self, other: Seen) {
        *self = Seen(self.0.min(other.0), self.1.max(other.1));
    }
}

/// A planted sequence and how often it was played.
#[derive(Clone, Debug)]
pub(crate) struct Planted {
    pub device: u16,
    pub parts: Vec<Part>,
    /// Occurrences, those at the start of a longer sequence included.
    pub count: u64,
    /// Whether the sequence starts with the whole of the sequence planted before it.
    pub extends: bool,
}

/// A device's registers and its stream.
pub(crate) struct Device {
    number: u16,
    registers: Vec<(u8, u64, u8)>,
    numbers: HashMap<Symbol, u32>,
    pub stream: Stream,
}

impl Device {
    pub(crate) fn new(number: u16, random: &mut Random) -> Device {
        let count = random.range(8, 60);
        let dense = random.chance(50);
        let registers = (0..count)
            .map(|i| {
                let offset = if dense { i * 4 } else { random.below(0x400) * 4 };
                let width = if random.chance(90) { 4 } else { 1 };
                (if random.chance(85) { 0 } else { 2 }, offset, width)
            })
            .collect();
        Device { number, registers, numbers: HashMap::new(), stream: Stream::default() }
    }

    fn symbol(&self, random: &mut Random) -> Symbol {
        let (bar, offset, width) = self.registers[random.below(self.registers.len() as u64) as usize];
        let op = if random.chance(50) { Op::Read } else { Op::Write };
        at((self.number, bar, offset, width), op)
    }

    pub(crate) fn access(&mut self, symbol: Symbol, value: u64) {
        let next = self.numbers.len() as u32;
        let number = *self.numbers.entry(symbol).or_insert(next);
        if number == next {
            self.stream.symbols.push(symbol);
        }
        let at = self.stream.symbol.len() as u64;
        self.stream.symbol.push(number);
        self.stream.value.push(value & if symbol.register.width == 1 { 0xff } else { 0xffff_ffff });
        self.stream.time.push(at * 1000);
        self.stream.index.push(at);
    }

    fn noise(&mut self, random: &mut Random) {
        let symbol = self.symbol(random);
        let value = free(random);
        self.access(symbol, value);
    }
}

pub(crate) fn free(random: &mut Random) -> u64 {
    match random.below(4) {
        0 => random.below(256),
        1 => random.below(65536),
        _ => random.next() & 0xffff_ffff,
    }
}

fn fixed(random: &mut Random) -> u64 {
    match random.below(4) {
        0 => 0,
        1 => 1 << random.below(8),
        2 => random.below(256),
        _ => random.next() & 0xffff_ffff,
    }
}

fn plan(random: &mut Random, width: u8, count: u64) -> Plan {
    match random.below(10) {
        0..=4 => Plan::Fixed(fixed(random) & if width == 1 { 0xff } else { u64::MAX }),
        5 if count >= 24 => {
            let first = random.below(200);
            Plan::Few((0..random.range(2, 3)).map(|i| first + 3 * i).collect())
        }
        6 if count >= 4 => Plan::Moving(random.below(64), 1 << random.below(5), 0),
        _ if width == 1 => Plan::Fixed(random.below(256)),
        _ => Plan::Free,
    }
}

fn step(device: &Device, random: &mut Random, count: u64) -> Part {
    let mut symbol = device.symbol(random);
    if random.chance(12) {
        symbol.op = Op::Read;
        let busy = random.below(128) * 2;
        let least = random.range(1, 4);
        let most = least + random.scale(1, 40);
        return Part::Step { symbol, plan: Plan::Until(busy, busy | 1), least, most, seen: NEVER };
    }
    if random.chance(5) {
        let plan = if random.chance(50) { Plan::Fixed(fixed(random)) } else { Plan::Free };
        symbol.register.width = 4;
        symbol.register.offset = 0x5000 + 0x400 * random.below(4);
        return Part::Table { symbol, plan, stride: 4, length: random.scale(5, 64) };
    }
    let plan = plan(random, symbol.register.width, count);
    Part::Step { symbol, plan, least: 1, most: 1, seen: NEVER }
}

fn repetition(device: &Device, random: &mut Random, nested: bool) -> Part {
    loop {
        let mut body = Vec::new();
        let length = random.range(2, 4) as usize;
        while body.len() < length {
            if nested && !body.is_empty() && random.chance(10) {
                append(&mut body, repetition(device, random, false));
            }
            append(&mut body, step(device, random, 0));
        }
        let least = random.range(1, 5);
        if symbol(&body[0]) != symbol(&body[body.len() - 1]) {
            return Part::Loop { body, least, most: least + random.range(1, 6), seen: NEVER };
        }
    }
}

/// What is done to the register of a device with this BAR, offset and width.
pub(crate) fn at((device, bar, offset, width): (u16, u8, u64, u8), op: Op) -> Symbol {
    let device = DeviceId::new(device);
    Symbol { register: Register { device, space: Space::Bar(bar), offset, width }, op }
}

/// The same symbol at another offset.
pub(crate) fn moved(symbol: Symbol, offset: u64) -> Symbol {
    Symbol { register: Register { offset, ..symbol.register }, ..symbol }
}

pub(crate) fn symbol(part: &Part) -> Symbol {
    match part {
        Part::Step { symbol, .. } | Part::Table { symbol, .. } => *symbol,
        Part::Loop { body, .. } => symbol(&body[0]),
    }
}

/// Appends a part unless it would fold with the one before it.
pub(crate) fn append(parts: &mut Vec<Part>, part: Part) {
    let last = |p: &Part| match p {
        Part::Loop { body, .. } => symbol(&body[body.len() - 1]),
        other => symbol(other),
    };
    if parts.last().is_none_or(|p| last(p) != symbol(&part)) {
        parts.push(part);
    }
}

fn sequence(device: &Device, known: &mut [Planted], random: &mut Random) -> Planted {
    let count = random.scale(3, 500);
    let mut length = random.scale(3, 60) as usize;
    let mut parts = Vec::new();
    let mut extends = false;
    if let Some(other) = known.last_mut().filter(|_| random.chance(25)) {
        // Two counters of their own would make one free value.
        other.parts.iter_mut().for_each(Part::stop);
        parts = other.parts.clone();
        extends = true;
        length = parts.len() + random.range(2, 8) as usize;
    }
    if length > 3 && random.chance(15) {
        // Neighbours: too few for a table.
        let symbol = device.symbol(random);
        for i in 0..random.range(2, 3) {
            let register = Register { width: 4, ..moved(symbol, 0x4000 + 4 * i).register };
            let symbol = Symbol { register, ..symbol };
            append(
                &mut parts,
                Part::Step { symbol, plan: plan(random, 4, count), least: 1, most: 1, seen: NEVER },
            );
        }
    }
    while parts.len() < length {
        if random.chance(5) {
            append(&mut parts, repetition(device, random, true));
        } else {
            append(&mut parts, step(device, random, count));
        }
    }
    Planted { device: device.number, parts, count, extends }
}

pub(crate) fn play(device: &mut Device, parts: &mut [Part], random: &mut Random) {
    for part in parts {
        match part {
            Part::Step { symbol, plan: Plan::Until(busy, done), least, most, seen } => {
                for _ in 1..seen.add(random.range(*least, *most)) {
                    device.access(*symbol, *busy);
                }
                device.access(*symbol, *done);
            }
            Part::Step { symbol, plan, seen, .. } => {
                seen.add(1);
                let value = value(plan, random);
                device.access(*symbol, value);
            }
            Part::Table { symbol, plan, stride, length } => {
                for i in 0..*length {
                    let value = value(plan, random);
                    device.access(moved(*symbol, symbol.register.offset + *stride * i), value);
                }
            }
            Part::Loop { body, least, most, seen } => {
                for _ in 0..seen.add(random.range(*least, *most)) {
                    play(device, body, random);
                }
            }
        }
    }
}

fn value(plan: &mut Plan, random: &mut Random) -> u64 {
    match plan {
        Plan::Fixed(value) => *value,
        Plan::Few(values) => values[random.below(values.len() as u64) as usize],
        Plan::Moving(first, step, used) => {
            *used += 1;
            *first + *step * *used
        }
        Plan::Free | Plan::Until(..) => free(random),
    }
}

/// A trace: streams, what was planted in them, and the registers' accesses as noise.
pub(crate) fn trace(seed: u64) -> (Vec<Stream>, Vec<Planted>) {
    let mut random = Random(seed);
    let mut streams = Vec::new();
    let mut planted = Vec::new();
    for number in 0..random.range(1, 4) as u16 {
        let mut device = Device::new(number, &mut random);
        let mut here: Vec<Planted> = Vec::new();
        for _ in 0..random.range(1, 6) {
            let next = sequence(&device, &mut here, &mut random);
            here.push(next);
        }
        let noise = random.scale(1, 12);
        let back_to_back = random.below(30);
        let mut left: Vec<u64> = here.iter().map(|p| p.count).collect();
        while left.iter().any(|&n| n > 0) {
            for _ in 0..random.below(2 * noise + 1) {
                device.noise(&mut random);
            }
            let open: Vec<usize> = (0..left.len()).filter(|&i| left[i] > 0).collect();
            let i = open[random.below(open.len() as u64) as usize];
            loop {
                play(&mut device, &mut here[i].parts, &mut random);
                left[i] -= 1;
                if left[i] == 0 || !random.chance(back_to_back) {
                    break;
                }
            }
        }
        for _ in 0..random.below(2000) {
            device.noise(&mut random);
        }
        for i in (1..here.len()).rev().filter(|&i| here[i].extends).collect::<Vec<_>>() {
            let (shorter, longer) = here.split_at_mut(i);
            let (shorter, longer) = (&mut shorter[i - 1], &longer[0]);
            shorter.parts.iter_mut().zip(&longer.parts).for_each(|(a, b)| a.join(b));
            shorter.count += longer.count;
        }
        streams.push(device.stream);
        planted.extend(here);
    }
    (streams, planted)
}
