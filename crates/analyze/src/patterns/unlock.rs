//! A fixed series of writes of one register that opens another one, or the same, for the next write.

use super::finding::{Finding, Kind, Moment, confidence};
use super::limited::Limited;
use super::poll::counted;
use super::view::View;
use crate::census::Census;
use crate::names::hex;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Most registers that are followed.
const MAX: usize = 1 << 12;
/// Least series.
const LEAST: u64 = 3;

/// Most registers told apart that one series opens.
const MAX_OPENED: usize = 64;

#[derive(Clone, Debug)]
struct Keys {
    /// The two values of the first series.
    values: [u64; 2],
    n: u64,
    /// Two different values one after the other that are not these.
    other: u64,
    /// What is written right after the series, how often, and the first series before it.
    opened: Vec<(RegisterId, u64, Moment)>,
}

/// Finds them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unlocks {
    registers: Limited<RegisterId, Keys, MAX>,
    /// A series opened more registers than are told apart.
    full: bool,
}

impl Unlocks {
    /// A write that follows two writes of one register, of different values that are not 0 and differ in
    /// more than one bit, with nothing between; and no such write came before these two.
    pub(crate) fn write(&mut self, step: &Step, view: &View) {
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
        let new = || Keys { values, n: 0, other: 0, opened: Vec::new() };
        let Some(keys) = self.registers.entry(first.register, new) else { return };
        if keys.values == values {
            keys.n += 1;
            let known = keys.opened.iter().position(|opened| opened.0 == step.register);
            match known {
                Some(at) => keys.opened[at].1 += 1,
                None if keys.opened.len() < MAX_OPENED => {
                    keys.opened.push((step.register, 1, Moment::of(first)));
                }
                None => self.full = true,
            }
        } else if first.value != keys.values[1] && second.value != keys.values[0] {
            // What is written between two series makes pairs with their keys, which say nothing.
            keys.other += 1;
        }
    }

    /// Whether something had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.registers.is_full() || self.full
    }

    /// What was found.
    pub(crate) fn findings(&self, census: &Census) -> Vec<Finding> {
        let mut found: Vec<Finding> =
            self.registers.iter().flat_map(|(&register, keys)| findings(register, keys, census)).collect();
        found.sort_by_key(|f| f.first.index);
        found
    }
}

/// One for each register that is opened.
fn findings(register: RegisterId, keys: &Keys, census: &Census) -> Vec<Finding> {
    let writes = census.counts(register).writes;
    // What only opens itself is a series of commands.
    let opens = keys.opened.iter().any(|opened| opened.0 != register);
    if !opens || keys.n < LEAST || keys.other > keys.n || keys.n * 3 < writes {
        return Vec::new();
    }
    let finding = |&(opened, count, first): &(RegisterId, u64, Moment)| {
        let mut finding = Finding::new(Kind::Unlock, register, count, first);
        (finding.second, finding.value) = (Some(opened), Some(keys.values[1]));
        finding.confidence = confidence(keys.n * 2, writes) * 0.9;
        finding.evidence = format!(
            "{} then {} {} right before a write of it; {} such series in {writes} writes",
            hex(keys.values[0]),
            hex(keys.values[1]),
            counted(count, "time", "times"),
            keys.n
        );
        finding
    };
    keys.opened.iter().map(finding).collect()
}
