//! Index and data: what the ports found, and registers that swallow or give one value after the other.

use super::{Claim, Claims, Facts, RegisterKind, reads, support, writes};
use crate::evidence::{Part::Number, evidence};
use crate::share::{Share, share};

/// Fewest runs of writes that a register opens, and the least share of its writes that do.
const OPENED: u64 = 2;
const OPENS: Share = share(1, 3);
/// A run of accesses this long is not an accident.
const LONG_RUN: u64 = 8;
/// The least share of the writes, or reads, that lie in runs.
const IN_RUNS: Share = share(1, 2);
/// Fewest values of a stream of writes, and so many that they are more than a sequence of keys.
const VALUES: usize = 4;
const VARIED: f64 = 8.0;
/// The share of rising writes from which a register that is never read is a tail pointer.
const TAIL: Share = share(7, 10);
/// Fewest reads in a row that differ, to each one that gives the same.
const STREAMED_PER_SAME: u64 = 2;
/// The least share of the moves that go up, and that go down, in a stream of reads: counters go one way.
const DOWNS: Share = share(1, 5);

/// Fewest moves and values of data that is read by itself, and the least share of the moves in each direction.
const VARIED_MOVES: u64 = 24;
const VARIED_VALUES: usize = 24;
const BOTH_WAYS: Share = share(2, 5);
const VARIED_SURE: f64 = 0.95;

/// How sure it is at most of a register that opens runs, and of a stream.
const OPENER_SURE: f64 = 0.8;
const STREAM_SURE: f64 = 0.95;

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    if let Some((index, confidence, why)) = facts.port {
        let kind = if index { RegisterKind::Index } else { RegisterKind::Data };
        claims.port = Some(Claim { kind, confidence, evidence: why.clone() });
    }
    opener(facts, claims);
    write_stream(facts, claims);
    read_stream(facts, claims);
    varied(facts, claims);
}

/// What is written before each of several runs says where they go: an index that counts up by itself.
fn opener(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    // What selects is hardly read, for the driver knows what it selected.
    if c.reads <= c.writes && p.opened >= OPENED && share(p.opened, c.writes).is_at_least(OPENS) {
        let why = evidence![Number(p.opened), " of ", writes(c.writes), " open a run of writes"];
        claims.special(RegisterKind::Index, OPENER_SURE * support(p.opened, 0), why);
    }
}

/// Storage keeps only the last of several writes in a row, so a driver that writes many values one after
/// the other means every one of them. Tail pointers may come so too, but those rise.
fn write_stream(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let tail = c.reads == 0 && share(p.rising, c.writes).is_at_least(TAIL);
    let runs = p.run >= LONG_RUN && share(p.in_runs, c.writes).is_at_least(IN_RUNS);
    if runs && facts.distinct >= VALUES && !tail {
        let why = evidence![
            Number(p.in_runs),
            " of ",
            writes(c.writes),
            " in runs, up to ",
            Number(p.run),
            " in a row"
        ];
        // Data varies; the same few values may be a sequence of keys or commands.
        let varied = (facts.distinct as f64 / VARIED).min(1.0);
        let sure = STREAM_SURE * varied * support(p.in_runs, (c.writes - p.in_runs) / 4);
        claims.special(RegisterKind::Data, sure, why);
    }
}

/// Reads in a row that nearly all differ, up and down: each takes the next value out of a FIFO.
fn read_stream(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let downs = p.moves - p.ups.min(p.moves);
    if p.streamed >= LONG_RUN
        && share(p.streamed, c.reads).is_at_least(IN_RUNS)
        && p.streamed >= STREAMED_PER_SAME * p.lingered
        && share(p.ups.min(downs), p.moves).is_at_least(DOWNS)
    {
        let why = evidence![Number(p.streamed), " of ", reads(c.reads), " in a row give another value each"];
        claims.special(RegisterKind::Data, STREAM_SURE * support(p.streamed, p.lingered), why);
    }
}

/// Reads that change in both directions alike, in most of their bits, and hardly ever give a value again: flags and
/// pointers do not, what comes out of a FIFO does, though its status is read between.
fn varied(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let downs = p.moves - p.ups.min(p.moves);
    let bits = 8 * u32::from(facts.register.width);
    if c.writes == 0
        && p.moves >= VARIED_MOVES
        && facts.distinct >= VARIED_VALUES
        && share(p.ups.min(downs), p.moves).is_at_least(BOTH_WAYS)
        && p.moved.count_ones() * 4 >= bits * 3
    {
        let values = Number(facts.distinct as u64);
        let why = evidence![reads(c.reads), ", never written, ", values, " values without a direction"];
        claims.special(RegisterKind::Data, VARIED_SURE * support(p.moves, VARIED_MOVES), why);
    }
}
