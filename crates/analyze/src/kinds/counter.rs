//! Counters: values that rise by themselves, and blocks of statistics.

use super::{Claims, Facts, RegisterKind, support, times};

/// Fewest moves that show a direction.
const MIN_MOVES: u64 = 6;
/// Rising this often is counting, whatever the driver does between.
const MANY: u64 = 64;
/// Reads that all give more than the one before, by so much on average: a pointer goes on by what the driver does, a
/// counter by the time that it takes.
const OFTEN: u64 = 16;
const FAR: u64 = 4;
/// One that is faster rises while the driver does nothing.
const FAST: u64 = 1 << 16;
/// Fewest registers of a walk of reads that is a block of statistics.
const MIN_BLOCK: u32 = 8;

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    if c.writes * 8 > c.reads {
        return;
    }
    let downs = p.moves - p.ups.min(p.moves);
    if p.copied == 0 && p.moves >= MIN_MOVES && facts.distinct >= 6 && p.ups >= downs * 4 {
        let writes = if c.writes == 0 { "never written".into() } else { times(c.writes, "write") };
        let why =
            format!("{writes}, rises by itself {} and falls {}", times(p.ups, "time"), times(downs, "time"));
        // What rises only when the driver has written something may be a pointer that follows.
        // It began at 0 not long ago: an address would be large.
        let far = c.last / 2 >= c.first && (FAR..FAST).contains(&((c.last - c.first) / p.moves));
        let alone = match downs {
            _ if p.free > 0 || p.ups >= MANY => 0.97,
            0 if far && p.moves >= OFTEN && p.moves + 1 == c.reads => 0.8,
            _ => 0.4,
        };
        claims.special(RegisterKind::Counter, alone * support(p.ups, downs * 2), why);
    }
    let moved = p.moves > 0;
    if c.writes == 0 && p.read_walk >= MIN_BLOCK && c.reads <= 64 && (moved || c.last == 0) {
        let why = format!(
            "never written, read in a row with {} others of a block{}",
            p.read_walk - 1,
            if moved { ", and changes" } else { "" }
        );
        let sure = 0.97 * (1.0 - 2.0 / f64::from(p.read_walk));
        claims.special(RegisterKind::Counter, if moved { sure } else { sure * 0.6 }, why);
    }
}
