//! Causes acknowledged in another register than the one they were read from.

use super::finding::{Finding, Kind, Moment, confidence};
use super::limited::Limited;
use super::view::View;
use crate::census::Census;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Most pairs that are followed.
const MAX: usize = 1 << 14;

#[derive(Clone, Copy, Debug, Default)]
struct Copied {
    first: Moment,
    n: u64,
    same: u64,
    first_value: u64,
    changed: u64,
    nonzero: u64,
}

/// Finds writes that give back what was just read elsewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acks {
    pairs: Limited<u64, Copied, MAX>,
}

impl Acks {
    /// Whether pairs had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.pairs.is_full()
    }

    /// A write, `view` what came before; only registers that were accessed often can be acknowledged often.
    pub(crate) fn write(&mut self, step: &Step, view: &View) {
        let Some(cause) = view.get(0).filter(|s| s.is_read() && s.register != step.register) else { return };
        let same = cause.value == step.value;
        let key = u64::from(cause.register) << 32 | u64::from(step.register);
        let pair = if same { self.pairs.entry(key, Copied::default) } else { self.pairs.get_mut(&key) };
        let Some(pair) = pair else { return };
        if pair.n == 0 {
            (pair.first, pair.first_value) = (Moment::of(cause), step.value);
        }
        pair.n += 1;
        pair.same += u64::from(same);
        if same {
            pair.changed |= step.value ^ pair.first_value;
            pair.nonzero += u64::from(step.value != 0);
        }
    }

    /// What was found.
    pub(crate) fn findings(&self, census: &Census) -> Vec<Finding> {
        let mut found: Vec<Finding> = self
            .pairs
            .iter()
            .filter_map(|(&key, pair)| finding((key >> 32) as RegisterId, key as RegisterId, pair, census))
            .collect();
        found.sort_by(Finding::order);
        found
    }
}

fn finding(cause: RegisterId, target: RegisterId, pair: &Copied, census: &Census) -> Option<Finding> {
    let writes = census.counts(target).writes;
    let varied = pair.changed != 0 && pair.nonzero * 2 >= pair.n;
    // The same value every time is a weak sign: then nearly all reads and writes must belong together.
    let bound = pair.n >= 16 && pair.n * 10 >= writes * 9 && pair.n * 10 >= census.counts(cause).reads * 8;
    let enough = pair.n >= 4 && pair.n * 2 >= writes && pair.same * 10 >= pair.n * 9;
    if !enough || !(varied || bound) {
        return None;
    }
    let mut finding = Finding::new(Kind::Ack, cause, pair.n, pair.first);
    finding.second = Some(target);
    finding.confidence = confidence(pair.same, pair.n) * if varied { 1.0 } else { 0.7 };
    finding.evidence = format!(
        "{} of {} writes give back the value read just before{}",
        pair.same,
        writes,
        if varied { String::new() } else { format!(", which is always 0x{:x}", pair.first_value) }
    );
    Some(finding)
}
