//! Causes acknowledged in another register than the one they were read from.

use crate::census::Census;
use crate::evidence::Part::{Bits, Number};
use crate::evidence::evidence;
use crate::pair_key::{key, pair};
use crate::patterns::bounded_map::BoundedMap;
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::Facts;
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::share::{Share, share};
use mmio_format::RegisterId;

impl Idiom {
    /// A cause is read and the same bits are written back, which clears them.
    pub const ACK: Idiom = Idiom::named("ack");
}

/// Most pairs of a cause and its acknowledge that are followed.
const MAX_PAIRS: usize = 1 << 14;
/// Least writes just after reads of the cause, and their share of all writes.
const LEAST_ACKS: u64 = 4;
const PAIRED: Share = share(1, 2);
/// Or of all reads of the cause, where the register is written for other reasons too.
const ALL_READS: Share = share(19, 20);
/// Of these, writes that give back what was read.
const SAME: Share = share(9, 10);
/// Of these, writes of something else than 0, where values vary.
const NOT_ZERO: Share = share(1, 2);
/// Where the value is always the same: least writes, and their share of all writes and of all reads of the cause.
const LEAST_FIXED: u64 = 16;
const FIXED_WRITES: Share = share(9, 10);
const FIXED_READS: Share = share(8, 10);
/// How much that is believed.
const FIXED_TRUST: f64 = 0.7;

#[derive(Clone, Copy, Debug, Default)]
struct Copied {
    first: Moment,
    n: u64,
    same: u64,
    first_value: u64,
    changed: u64,
    nonzero: u64,
}

/// Writes that give back what was just read elsewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acks {
    pairs: BoundedMap<u64, Copied, MAX_PAIRS>,
}

impl Detector for Acks {
    fn new(_census: &Census) -> Acks {
        Acks::default()
    }

    #[inline]
    fn write(&mut self, now: &Now<'_>) {
        // Only registers that are written often can be acknowledged often.
        if now.known.writes > 1 {
            self.copy(now);
        }
    }

    fn is_full(&self) -> bool {
        self.pairs.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let finding = |(&key, copied): (&u64, &Copied)| finding(pair(key), copied, facts.census);
        let mut found: Vec<Finding> = self.pairs.iter().filter_map(finding).collect();
        found.sort_by(Finding::order);
        found
    }
}

impl Acks {
    fn copy(&mut self, now: &Now<'_>) {
        let step = now.step;
        let Some(cause) = now.view.get(0).filter(|s| s.is_read() && s.register != step.register) else {
            return;
        };
        let same = cause.value == step.value;
        let key = key(cause.register, step.register);
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
}

fn finding((cause, target): (RegisterId, RegisterId), pair: &Copied, census: &Census) -> Option<Finding> {
    let (writes, reads) = (census.counts(target).writes, census.counts(cause).reads);
    let varied = pair.changed != 0 && share(pair.nonzero, pair.n).is_at_least(NOT_ZERO);
    // The same value every time is a weak sign: then nearly all reads and writes must belong together.
    let fixed = pair.n >= LEAST_FIXED
        && share(pair.n, writes).is_at_least(FIXED_WRITES)
        && share(pair.n, reads).is_at_least(FIXED_READS);
    let enough = pair.n >= LEAST_ACKS
        && (share(pair.n, writes).is_at_least(PAIRED) || share(pair.n, reads).is_at_least(ALL_READS))
        && share(pair.same, pair.n).is_at_least(SAME);
    if !enough || !(varied || fixed) {
        return None;
    }
    let mut finding = Finding::new(Idiom::ACK, cause, pair.n, pair.first);
    finding.second = Some(target);
    finding.confidence = confidence(pair.same, pair.n) * if varied { 1.0 } else { FIXED_TRUST };
    let always = (!varied).then(|| evidence![", which is always ", Bits(pair.first_value)]);
    let words = " writes give back the value read just before";
    finding.evidence = evidence![Number(pair.same), " of ", Number(writes), words, always];
    Some(finding)
}
