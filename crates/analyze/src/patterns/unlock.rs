//! A fixed series of writes of one register that opens another one, or the same, for the next write.

use super::finding::{Finding, Kind, Moment, confidence};
use super::poll::counted;
use super::view::View;
use crate::census::Census;
use crate::fast_map::FastMap;
use crate::names::hex;
use crate::register::RegisterId;
use crate::steps::Step;

/// Most registers that are followed.
const MAX: usize = 1 << 12;
/// Least series.
const LEAST: u64 = 3;

#[derive(Clone, Copy, Debug)]
struct Keys {
    first: Moment,
    /// The two values of the first series.
    values: [u64; 2],
    n: u64,
    /// Two different values one after the other that are not these.
    other: u64,
}

/// Finds them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unlocks {
    registers: FastMap<RegisterId, Keys>,
}

impl Unlocks {
    /// A write that follows two writes of one register, of different values that are not 0 and differ in
    /// more than one bit, with nothing between; and no such write came before these two.
    pub(crate) fn write(&mut self, _step: &Step, view: &View) {
        let (Some(second), Some(first)) = (view.get(0), view.get(1)) else { return };
        let series = first.is_write() && second.is_write() && first.register == second.register;
        let differ = (first.value ^ second.value).count_ones() > 1;
        let begins = !view
            .get(2)
            .is_some_and(|s| s.is_write() && s.register == first.register && s.value == first.value);
        if !series || !differ || !begins || first.value == 0 || second.value == 0 {
            return;
        }
        let values = [first.value, second.value];
        if self.registers.len() >= MAX && !self.registers.contains_key(&first.register) {
            return;
        }
        let new = || Keys { first: Moment::of(first), values, n: 0, other: 0 };
        let keys = self.registers.entry(first.register).or_insert_with(new);
        if keys.values == values {
            keys.n += 1;
        } else {
            keys.other += 1;
        }
    }

    /// What was found.
    pub(crate) fn findings(&self, census: &Census) -> Vec<Finding> {
        let mut found: Vec<Finding> =
            self.registers.iter().filter_map(|(&register, keys)| finding(register, keys, census)).collect();
        found.sort_by_key(|f| f.first.index);
        found
    }
}

fn finding(register: RegisterId, keys: &Keys, census: &Census) -> Option<Finding> {
    let writes = census.counts(register).writes;
    // A value written after the series to the same register makes a pair of its own with the second key.
    if keys.n < LEAST || keys.other > keys.n || keys.n * 3 < writes {
        return None;
    }
    let mut finding = Finding::new(Kind::Unlock, register, keys.n, keys.first);
    finding.confidence = confidence(keys.n * 2, writes) * 0.9;
    finding.evidence = format!(
        "{} then {} {}, each time right before another write; {writes} writes in all",
        hex(keys.values[0]),
        hex(keys.values[1]),
        counted(keys.n, "time", "times")
    );
    Some(finding)
}
