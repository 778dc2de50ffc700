//! A map for keys that come back often.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A hash map for short keys of integers, of which the u64 is an offset. An input can make keys collide, which
/// makes it slow but not wrong; the keys are bounded by the number of registers.
pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<RegisterHasher>>;

/// Keeps neighbours together: drivers walk over tables, and a walk through scattered entries of a map that is
/// larger than the caches costs several times as much.
#[derive(Clone, Copy, Debug, Default)]
pub struct RegisterHasher {
    mixed: u64,
    /// Where the offset lies among its neighbours, in words of 4 bytes.
    near: u64,
}

/// Words that stay together.
const NEIGHBOURS: u64 = 256;

impl RegisterHasher {
    /// Multiplies and folds.
    fn mix(&mut self, n: u64) {
        let product = u128::from(self.mixed.rotate_left(23) ^ n) * 0x9e37_79b9_7f4a_7c15_u128;
        self.mixed = (product >> 64) as u64 ^ product as u64;
    }
}

impl Hasher for RegisterHasher {
    /// Low bits choose the place in the table, the seven highest distinguish entries at one place.
    fn finish(&self) -> u64 {
        ((self.mixed & !(NEIGHBOURS - 1)) | self.near) ^ (self.near << 57)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.mix(byte.into());
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.mix(n.into());
    }

    fn write_u16(&mut self, n: u16) {
        self.mix(n.into());
    }

    fn write_u64(&mut self, offset: u64) {
        self.near = (offset >> 2) % NEIGHBOURS;
        self.mix(((offset / (4 * NEIGHBOURS)) << 2) | (offset % 4));
    }
}
