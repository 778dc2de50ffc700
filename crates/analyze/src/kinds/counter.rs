//! Counters: values that rise by themselves, and blocks of statistics.

use super::{Claims, Facts, RegisterKind, SURE, support, times, writes};
use crate::evidence::{Evidence, Part::Number, evidence};
use crate::share::{Share, share};

/// The largest share of writes, to the reads.
const WRITTEN: Share = share(1, 8);
/// Fewest moves that show a direction, fewest values, and fewest rises to each fall.
const MOVES: u64 = 6;
const VALUES: usize = 6;
const UPS_PER_DOWN: u64 = 4;
/// A value that rises this often is a counter, whatever the driver does between.
const MANY_UPS: u64 = 64;
/// Reads that all give more than the one before, by so much on average: a pointer goes on by what the driver does,
/// a counter by the time that it takes. One that is faster rises while the driver does nothing.
const SLOW_MOVES: u64 = 16;
const SLOW_STEPS: std::ops::Range<u64> = 4..65_536;
/// Fewest registers of a walk of reads that is a block of statistics, and most reads of each one.
const BLOCK: u32 = 8;
const BLOCK_READS: u64 = 64;

/// How sure it is at most of a value that rises at each read and is slow, and of one that only rises when the
/// driver has written something.
const SLOW_SURE: f64 = 0.8;
const FOLLOWS_SURE: f64 = 0.4;
/// How much surer a block is that changes than one that is always 0.
const STILL_BLOCK: f64 = 0.6;
/// By so much over the length of the walk a block is less sure.
const BLOCK_DOUBT: f64 = 2.0;

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    if share(c.writes, c.reads).exceeds(WRITTEN) {
        return;
    }
    let downs = p.moves - p.ups.min(p.moves);
    let (on, back) = (p.ups.max(downs), p.ups.min(downs));
    let goes = p.moves >= MOVES && facts.distinct >= VALUES && on >= back * UPS_PER_DOWN;
    if p.copied == 0 && goes {
        let written = if c.writes == 0 { Evidence::from("never written") } else { writes(c.writes).into() };
        let why = evidence![written, ", rises by itself ", times(p.ups), " and falls ", times(downs)];
        let sure = if p.ups > downs { alone(facts, back) } else { falls_alone(facts) };
        claims.special(RegisterKind::Counter, sure * support(on, back * 2), why);
    }
    let moved = p.moves > 0;
    if c.writes == 0 && p.read_walk >= BLOCK && c.reads <= BLOCK_READS && (moved || c.last == 0) {
        let why = evidence![
            "never written, read in a row with ",
            Number(u64::from(p.read_walk - 1)),
            " others of a block",
            moved.then(|| Evidence::from(", and changes")),
        ];
        let sure = SURE * (1.0 - BLOCK_DOUBT / f64::from(p.read_walk));
        claims.special(RegisterKind::Counter, if moved { sure } else { sure * STILL_BLOCK }, why);
    }
}

/// How sure it is that a value which falls does so by itself: nearly each read in a row gives less.
fn falls_alone(facts: &Facts<'_>) -> f64 {
    let p = facts.profile;
    if p.moves >= MANY_UPS && p.streamed * 2 >= p.moves && p.streamed >= p.repeated - p.repeated / 4 {
        SURE
    } else {
        FOLLOWS_SURE
    }
}

/// How sure it is that a value which rises, and falls `downs` times, does so by itself: what rises only when the
/// driver has written something may be a pointer that follows.
fn alone(facts: &Facts<'_>, downs: u64) -> f64 {
    let (c, p) = (facts.counts, facts.profile);
    // It began at 0 not long ago: an address would be large.
    let slow = c.last / 2 >= c.first && SLOW_STEPS.contains(&((c.last - c.first) / p.moves));
    match downs {
        _ if p.free > 0 || p.ups >= MANY_UPS => SURE,
        0 if slow && p.moves >= SLOW_MOVES && p.moves + 1 == c.reads => SLOW_SURE,
        _ => FOLLOWS_SURE,
    }
}
