//! State by key, of no more keys than there is room for.

use std::collections::hash_map::{Entry, Iter};
use std::hash::Hash;

use mmio_format::fast_map::FastMap;

/// State of at most `MAX` keys. It remembers whether there were more.
#[derive(Clone, Debug)]
pub(crate) struct BoundedMap<K, V, const MAX: usize> {
    map: FastMap<K, V>,
    full: bool,
}

impl<K, V, const MAX: usize> Default for BoundedMap<K, V, MAX> {
    fn default() -> Self {
        BoundedMap { map: FastMap::default(), full: false }
    }
}

impl<K: Eq + Hash, V, const MAX: usize> BoundedMap<K, V, MAX> {
    /// The state of `key`, made if need be; nothing when there are too many.
    #[inline]
    pub(crate) fn entry(&mut self, key: K, new: impl FnOnce() -> V) -> Option<&mut V> {
        let room = self.map.len() < MAX;
        match self.map.entry(key) {
            Entry::Occupied(state) => Some(state.into_mut()),
            Entry::Vacant(place) if room => Some(place.insert(new())),
            Entry::Vacant(_) => {
                self.full = true;
                None
            }
        }
    }

    /// The state of `key`, if it has one.
    #[inline]
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.map.get_mut(key)
    }

    /// All, in no order.
    pub(crate) fn iter(&self) -> Iter<'_, K, V> {
        self.map.iter()
    }

    /// Whether keys had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_left_out_and_noted() {
        let mut counts = BoundedMap::<u64, u64, 2>::default();
        for key in [7, 8, 7] {
            *counts.entry(key, || 0).unwrap() += 1;
        }
        assert!(!counts.is_full());
        assert!(counts.entry(9, || 0).is_none());
        assert!(counts.is_full());
        assert_eq!(counts.get_mut(&7), Some(&mut 2));
        assert_eq!(counts.iter().count(), 2);
    }
}
