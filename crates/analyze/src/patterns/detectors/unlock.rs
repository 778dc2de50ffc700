//! A fixed series of writes of one register that opens another one, or the same, for the next write.

use crate::census::Census;
use crate::evidence::Part::{Bits, Number};
use crate::evidence::{evidence, things};
use crate::patterns::bounded_map::BoundedMap;
use crate::patterns::details::Details;
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::Facts;
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::share::{Share, share};
use mmio_format::RegisterId;

impl Idiom {
    /// A fixed series of writes that opens another register.
    pub const UNLOCK: Idiom = Idiom::named("unlock");
}

/// Most registers that are followed, and most registers that are told apart after the series of one.
const MAX_REGISTERS: usize = 1 << 12;
const MAX_OPENED: usize = 64;
/// Bits in which the two keys differ, at least.
const LEAST_BITS: u32 = 2;
/// Least series, and least series for all writes of the register; a series has two writes.
const LEAST_SERIES: u64 = 3;
const SERIES: Share = share(1, 3);
/// Pairs of other values, for each series, at most.
const OTHER_PAIRS: Share = share(1, 1);
/// How much it is believed that the series opens something.
const TRUST: f64 = 0.9;

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

/// Two writes in a row of each register.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unlocks {
    registers: BoundedMap<RegisterId, Keys, MAX_REGISTERS>,
    /// A series opened more registers than are told apart.
    full: bool,
}

impl Detector for Unlocks {
    fn new(_census: &Census) -> Unlocks {
        Unlocks::default()
    }

    /// A write that follows two writes of one register, of different values that are not 0, with nothing between; and
    /// no such write came before these two.
    fn write(&mut self, now: &Now<'_>) {
        let (step, view) = (now.step, now.view);
        let (Some(second), Some(first)) = (view.get(0), view.get(1)) else { return };
        let series = first.is_write() && second.is_write() && first.register == second.register;
        let differ = (first.value ^ second.value).count_ones() >= LEAST_BITS;
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

    fn is_full(&self) -> bool {
        self.registers.is_full() || self.full
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let keys = self.registers.iter();
        let mut found: Vec<Finding> =
            keys.flat_map(|(&register, keys)| findings(register, keys, facts.census)).collect();
        found.sort_by_key(|f| f.first.index);
        found
    }
}

/// One for each register that is opened.
fn findings(register: RegisterId, keys: &Keys, census: &Census) -> Vec<Finding> {
    let writes = census.counts(register).writes;
    // What only opens itself is a series of commands.
    let opens = keys.opened.iter().any(|opened| opened.0 != register);
    if !opens
        || keys.n < LEAST_SERIES
        || share(keys.other, keys.n).exceeds(OTHER_PAIRS)
        || !share(keys.n, writes).is_at_least(SERIES)
    {
        return Vec::new();
    }
    let finding = |&(opened, count, first): &(RegisterId, u64, Moment)| {
        let mut finding = Finding::new(Idiom::UNLOCK, register, count, first);
        finding.second = Some(opened);
        finding.details = Details::Key(keys.values[1]);
        finding.confidence = confidence(keys.n * 2, writes) * TRUST;
        finding.evidence = evidence![
            Bits(keys.values[0]),
            " then ",
            Bits(keys.values[1]),
            " ",
            things(count, "time", "times"),
            " right before a write of it; ",
            Number(keys.n),
            " such series in ",
            Number(writes),
            " writes",
        ];
        finding
    };
    keys.opened.iter().map(finding).collect()
}
