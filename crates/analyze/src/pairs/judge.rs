//! Which pairs are more than chance.

use super::WINDOW;
use super::chance::{binomial, hypergeometric};
use super::runs::{Clock, Rates, Runs};
use super::tally::Tally;
use super::values::{Relation, Values};
use mmio_format::RegisterId;

/// Distances looked at, in steps and in accesses.
const DISTANCES: [usize; 4] = [1, 2, 4, WINDOW];
/// Tests made of one pair: one for the next access, and two for each distance.
const TESTS: f64 = 9.0;
/// Largest chance that anything in a list is there by accident.
pub(super) const ALPHA: f64 = 1e-3;
/// How much more often than by chance an answer must come.
const MIN_LIFT: f64 = 1.25;

/// A pair that is more than chance.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub write: RegisterId,
    pub read: RegisterId,
    /// Answers are those within so many steps.
    pub steps: usize,
    /// Whether answers with other questions between count too.
    pub across: bool,
    pub count: u64,
    pub writes: u64,
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
        if self.across { &self.tally.far_values } else { &self.tally.near_values }
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
        (write, read): (RegisterId, RegisterId),
        writes: u64,
        tally: Tally,
        runs: &Runs,
        end: Clock,
    ) -> Option<Found> {
        let often = |count: u64| count >= self.min_count && count * 2 >= writes.min(runs.runs);
        let all = tally.within(WINDOW, true);
        if !often(all) {
            return None;
        }
        let best = best(&tally, runs, writes, end);
        let sure = |ln_p: f64| ln_p < f64::ln(ALPHA);
        let (near, far) = (tally.near_values.relation(), tally.far_values.relation());
        let by_order = best.ln_p + TESTS.ln() + self.ln_pairs;
        let (near_p, far_p) = (near.1 + self.ln_pairs, far.1 + self.ln_pairs);
        let (across, steps, ln_p, by_value) =
            if sure(by_order) && best.lift >= MIN_LIFT && often(tally.within(best.steps, false)) {
                (false, best.steps, by_order, sure(near_p))
            } else if sure(near_p) && often(tally.within(WINDOW, false)) {
                (false, WINDOW, near_p, true)
            } else if sure(far_p) && often(all) && tally.far_values.count * 2 >= all {
                (true, WINDOW, far_p, true)
            } else {
                return None;
            };
        let relation = if across { far.0 } else { near.0 };
        let mut places: Vec<u8> = tally.samples(steps, across).map(|a| a.steps).collect();
        places.sort_unstable();
        let median = places.get(places.len() / 2).map_or(steps, |&steps| steps.into());
        let (count, lift) = (tally.within(steps, across), best.lift);
        Some(Found {
            write,
            read,
            steps,
            across,
            count,
            writes,
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
fn best(tally: &Tally, runs: &Runs, writes: u64, end: Clock) -> Best {
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
    let next = tally.within(1, false);
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
        let count = tally.within(steps, false);
        better(steps, count, chance, hypergeometric(population(covered, chance), covered, writes, count));
        let chance = 1.0 - (1.0 - rates.share).powi(steps as i32);
        let count = tally.within_accesses(steps);
        better(steps, count, chance, binomial(writes, chance, count));
    }
    best
}
