//! Deterministic logs shaped like those of a graphics driver.

use std::io::Write;

/// What most of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Loops that read a status register until a bit changes.
    Poll,
    /// Uploads of random words into a window of memory.
    Fifo,
}

/// The random number generator splitmix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

struct Log {
    text: Vec<u8>,
    random: Random,
    microseconds: u64,
    events: usize,
}

impl Log {
    fn access(&mut self, op: char, map: u64, offset: u64, value: u64) {
        self.microseconds += 2 + self.random.below(3);
        let (second, rest) = (self.microseconds / 1_000_000, self.microseconds % 1_000_000);
        let address = [0xf600_0000, 0xe000_0000, 0xf400_0000][map as usize - 1] + offset;
        writeln!(self.text, "{op} 4 {second}.{rest:06} {map} {address:#x} {value:#x} 0x0 0")
            .expect("a Vec takes all");
        self.events += 1;
    }

    fn poll(&mut self, register: u64) {
        for _ in 0..10 + self.random.below(300) {
            self.access('R', 1, register, register | 1);
        }
        self.access('R', 1, register, register & !1);
    }

    fn upload(&mut self, words: u64) {
        let start = self.random.below(1 << 20) * 16;
        for word in 0..words {
            let value = self.random.below(1 << 32);
            self.access('W', 3, start + 4 * word, value);
        }
    }

    fn setup(&mut self) {
        let engine = self.random.below(28) * 0x4_0000;
        for _ in 0..20 + self.random.below(60) {
            let register = engine + 4 * self.random.below(110);
            let bits = self.random.below(33);
            let value = self.random.below(1 << bits);
            self.access('R', 1, register, value);
            let flipped = value ^ (1 << self.random.below(32));
            self.access('W', 1, register, flipped);
        }
    }
}

/// A log of at least `events` accesses, about 41 bytes each.
pub fn log(shape: Shape, events: usize) -> Vec<u8> {
    let text = b"VERSION 20070824\n\
        PCIDEV 0100 10de0640 10 f6000000 e000000c 0 f4000004 0 0 0 1000000 10000000 0 2000000 0 0 0 nvidia\n\
        MAP 63.400020 1 0xf6000000 0xffffc90004080000 0x1000000 0x0 0\n"
        .to_vec();
    let mut log = Log { text, random: Random(events as u64), microseconds: 63_400_063, events: 0 };
    let (polls, uploads) = if shape == Shape::Poll { (40, 3) } else { (5, 30) };
    while log.events < events {
        let register = 0x40 * log.random.below(24);
        match log.random.below(100) {
            choice if choice < polls => log.poll(register),
            choice if choice < polls + uploads => log.upload(64 + register),
            _ => log.setup(),
        }
    }
    log.text.extend_from_slice(b"UNMAP 99.000000 1 0x0 0\n");
    log.text
}
