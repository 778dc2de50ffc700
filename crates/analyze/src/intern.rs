//! Small numbers for keys that come back often.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A hash map for short integer keys. An input can make keys collide, which makes it slow but not
/// wrong; the keys are bounded by the number of registers.
pub(crate) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<IntHasher>>;

/// Multiplies and folds each word.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IntHasher(u64);

impl Hasher for IntHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(byte.into());
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.write_u64(n.into());
    }

    fn write_u16(&mut self, n: u16) {
        self.write_u64(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(n.into());
    }

    fn write_u64(&mut self, n: u64) {
        let product = u128::from(self.0.rotate_left(23) ^ n) * 0x9e37_79b9_7f4a_7c15_u128;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
}

/// Numbers keys in the order of their first appearance.
#[derive(Clone, Debug)]
pub(crate) struct Interner<K> {
    ids: FastMap<K, u32>,
    keys: Vec<K>,
    last: Option<(K, u32)>,
}

impl<K> Default for Interner<K> {
    fn default() -> Self {
        Interner { ids: FastMap::default(), keys: Vec::new(), last: None }
    }
}

impl<K: Copy + Eq + Hash> Interner<K> {
    /// The number of `key`.
    #[inline]
    pub(crate) fn id(&mut self, key: K) -> u32 {
        if let Some((last, id)) = self.last
            && last == key
        {
            return id;
        }
        let next = self.keys.len() as u32;
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.keys.push(key);
        }
        self.last = Some((key, id));
        id
    }

    /// All keys by their number.
    pub(crate) fn keys(&self) -> &[K] {
        &self.keys
    }

    /// All keys by their number.
    pub(crate) fn into_keys(self) -> Vec<K> {
        self.keys
    }
}
