//! What of a log did not become a record, by class.

use std::collections::BTreeMap;

use crate::container::{Recording, key};

/// Counts of what was left out, or changed, by class: a plural noun with whatever says why.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    /// Counts `n` more of a class.
    pub(crate) fn add(&mut self, class: &'static str, n: u64) {
        *self.0.entry(class).or_default() += n;
    }

    /// How many there are of a class.
    #[cfg(test)]
    pub(crate) fn count(&self, class: &str) -> u64 {
        self.0.get(class).copied().unwrap_or(0)
    }

    /// Puts the counts into what a container says of a recording.
    pub(crate) fn describe(&self, recording: &mut Recording) {
        for (class, n) in self.0.iter().filter(|(_, n)| **n > 0) {
            recording.push(key::LEFT_OUT, format!("{n} {class}"));
        }
    }
}
