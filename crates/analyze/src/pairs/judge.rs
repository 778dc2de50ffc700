//! Which pairs are more than chance.

use super::WINDOW;
use super::chance::{binomial, hypergeometric};
use super::meanings::Meanings;
use super::runs::{Clock, Rates, Runs};
use super::tally::{Tally, Which};
use super::values::{Relation, Values};
use crate::share::{Share, share};
use mmio_format::RegisterId;

/// Distances looked at, in steps and in accesses.
const DISTANCES: [usize; 4] = [1, 2, 4, WINDOW];
/// Tests made of one pair: one for the next access, and two for each distance.
const TESTS: f64 = 9.0;
/// Largest chance that anything in a list is there by accident.
pub(super) const ALPHA: f64 = 1e-3;
/// How much more often than by chance an answer must come.
const MIN_LIFT: f64 = 1.25;

/// The least share of answered writes where all values mean the same.
const ONE_MEANING: Share = share(9, 10);

/// A pair that is more than chance.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub write: RegisterId,
    pub read: RegisterId,
    /// Which answers count.
    pub which: Which,
    /// The written values that are answered, where others are not; otherwise empty.
    pub meant: Vec<u64>,
    pub count: u64,
    pub writes: u64,
    /// Runs of reads of the register that answers.
    pub runs: u64,
    /// Whether the written register acknowledges what was read before.
    pub acknowledges: bool,
    pub lift: f64,
    /// ln of the chance, corrected for the number of pairs looked at.
    pub ln_p: f64,
    pub relation: Relation,
    /// Whether the values alone prove the pair.
    pub by_value: bool,
    /// Steps from the write to the median answer.
    pub median: usize,
    pub tally: Tally,
}

impl Found {
    pub(super) fn values(&self) -> &Values {
        if self.which.across { &self.tally.far_values } else { &self.tally.near_values }
    }
}

/// What was looked at, to judge one pair.
pub(super) struct Judge {
    /// ln of the number of pairs that could have been found.
    pub ln_pairs: f64,
    pub min_count: u64,
}

/// The best of several tests.
struct Best {
    steps: usize,
    ln_p: f64,
    lift: f64,
}

impl Judge {
    /// The pair, when it is more than chance by its order or by its values. `writes` is the number of writes
    /// of its first register, `end` where the stream of the device ends.
    pub(super) fn pair(
        &self,
        registers: (RegisterId, RegisterId),
        (writes, meanings): (u64, &Meanings),
        tally: Tally,
        runs: &Runs,
        end: Clock,
    ) -> Option<Found> {
        let apart =
            self.answered(meanings, &tally).filter(|_| registers.0 != registers.1 || !meanings.acknowledge());
        if let Some(answered) = apart {
            let some = |(number, _): &(usize, &(u64, u64))| answered >> number & 1 == 1;
            let chosen = meanings.values().iter().enumerate().filter(some);
            let (mut values, all): (Vec<u64>, Vec<u64>) = chosen.map(|(_, &value)| value).unzip();
            values.sort_unstable();
            let found = self.of_values(registers, (all.iter().sum(), answered), tally.clone(), runs, end);
            if let Some(found) = found {
                return Some(Found { meant: values, acknowledges: meanings.acknowledge(), ..found });
            }
        }
        let found = self.of_values(registers, (writes, u8::MAX), tally, runs, end)?;
        Some(Found { acknowledges: meanings.acknowledge(), ..found })
    }

    /// The values most of whose writes are answered, when the others are not and that is more than chance.
    fn answered(&self, meanings: &Meanings, tally: &Tally) -> Option<u8> {
        let values = meanings.values();
        let answers = |meanings| tally.within(Which { steps: WINDOW, across: false, meanings });
        let most = values.iter().enumerate().filter(|&(number, &(_, n))| answers(1 << number) * 2 > n);
        let (mut answered, mut writes) = (0, 0);
        for (number, (_, n)) in most {
            (answered, writes) = (answered | 1 << number, writes + n);
        }
        let all: u64 = values.iter().map(|value| value.1).sum();
        if answered == 0 || share(answers(u8::MAX), all).is_at_least(ONE_MEANING) {
            return None;
        }
        let choices = values.len() as f64 * f64::ln(2.0);
        let p = hypergeometric(all, writes, answers(u8::MAX), answers(answered)) + choices + self.ln_pairs;
        (p < f64::ln(ALPHA)).then_some(answered)
    }

    /// The pair of the written values in `meanings`, which are written `writes` times.
    fn of_values(
        &self,
        (write, read): (RegisterId, RegisterId),
        (writes, meanings): (u64, u8),
        tally: Tally,
        runs: &Runs,
        end: Clock,
    ) -> Option<Found> {
        let which = |steps, across| Which { steps, across, meanings };
        let often = |count: u64| count >= self.min_count && count * 2 >= writes.min(runs.runs);
        let all = tally.within(which(WINDOW, true));
        if !often(all) {
            return None;
        }
        let best = best(&tally, runs, (writes, meanings), end);
        let sure = |ln_p: f64| ln_p < f64::ln(ALPHA);
        let (near, far) = (tally.near_values.relation(), tally.far_values.relation());
        let by_order = best.ln_p + TESTS.ln() + self.ln_pairs;
        let (near_p, far_p) = (near.1 + self.ln_pairs, far.1 + self.ln_pairs);
        let (which, ln_p, by_value) =
            if sure(by_order) && best.lift >= MIN_LIFT && often(tally.within(which(best.steps, false))) {
                (which(best.steps, false), by_order, sure(near_p))
            } else if sure(near_p) && often(tally.within(which(WINDOW, false))) {
                (which(WINDOW, false), near_p, true)
            } else if sure(far_p) && often(all) && tally.far_values.count * 2 >= all {
                (which(WINDOW, true), far_p, true)
            } else {
                return None;
            };
        let relation = if which.across { far.0 } else { near.0 };
        let (count, lift, median) = (tally.within(which), best.lift, tally.median(which));
        let (meant, runs, acknowledges) = (Vec::new(), runs.runs, false);
        Some(Found {
            write,
            read,
            which,
            meant,
            count,
            writes,
            runs,
            acknowledges,
            lift,
            ln_p,
            relation,
            by_value,
            median,
            tally,
        })
    }
}

/// The distance at which the answers are least like chance.
fn best(tally: &Tally, runs: &Runs, (writes, meanings): (u64, u8), end: Clock) -> Best {
    let (all, near) = (runs.rates(end), tally.rates());
    // What is common in the neighbourhood of the answers is not a sign of a pair, however rare it is
    // elsewhere.
    let rates = Rates { share: all.share.max(near.share), step: all.step.max(near.step) };
    let others = end.steps.saturating_sub(runs.runs).max(1) as f64;
    let mut best = Best { steps: WINDOW, ln_p: 0.0, lift: 0.0 };
    let mut better = |steps, count: u64, chance: f64, ln_p: f64| {
        if ln_p < best.ln_p {
            best = Best { steps, ln_p, lift: count as f64 / writes as f64 / chance.max(1e-12) };
        }
    };
    let within = |steps| tally.within(Which { steps, across: false, meanings });
    let next = within(1);
    let population = |marked: u64, share: f64| (marked as f64 / share.max(1e-12)) as u64;
    better(
        1,
        next,
        rates.share,
        hypergeometric(population(runs.reads, rates.share), runs.reads, writes, next),
    );
    for steps in DISTANCES {
        let covered = runs.covered(steps);
        let chance = (covered as f64 / others).max((rates.step * steps as f64).min(1.0));
        let count = within(steps);
        better(steps, count, chance, hypergeometric(population(covered, chance), covered, writes, count));
        let chance = 1.0 - (1.0 - rates.share).powi(steps as i32);
        let count = tally.within_accesses(steps as u64, meanings);
        better(steps, count, chance, binomial(writes, chance, count));
    }
    best
}
