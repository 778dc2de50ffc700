//! A fast hash without a random seed, so that the same input gives the same tables.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub(super) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// Multiplies and folds; good enough for register numbers and short token lists.
#[derive(Default)]
pub(super) struct Mix(u64);

/// Spreads the bits of a number over the whole word.
pub(super) fn mix(value: u64) -> u64 {
    let wide = u128::from(value ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93_u128;
    (wide >> 64) as u64 ^ wide as u64
}

/// About `most` of the numbers below `length`, all of them if they are few enough; evenly
/// spread, but not in step with anything that alternates.
pub(super) fn sample(length: usize, most: usize) -> impl Iterator<Item = usize> {
    let stride = length.div_ceil(most).max(1);
    (0..length.div_ceil(stride)).filter_map(move |i| {
        let at = i * stride + (mix(i as u64) % stride as u64) as usize;
        (at < length).then_some(at)
    })
}

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = mix(self.0.rotate_left(5) ^ value);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}
