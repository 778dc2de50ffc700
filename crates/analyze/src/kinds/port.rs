//! Index and data: what the ports found, and registers that swallow or give one value after the other.

use super::{Claim, Claims, Facts, RegisterKind, support, times};

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    if let Some((index, confidence, why)) = facts.port.clone() {
        let kind = if index { RegisterKind::Index } else { RegisterKind::Data };
        claims.port = Some(Claim { kind, confidence, evidence: why });
    }
    opener(facts, claims);
    write_stream(facts, claims);
    read_stream(facts, claims);
}

/// What is written before each of several runs says where they go: an index that counts up by itself.
fn opener(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    if p.opened >= 2 && p.opened * 3 >= c.writes {
        let why = format!("{} of {} open a run of writes", p.opened, times(c.writes, "write"));
        claims.special(RegisterKind::Index, 0.8 * support(p.opened, 0), why);
    }
}

/// Storage keeps only the last of several writes in a row, so a driver that writes many values one behind
/// the other means every one of them. Tail pointers may come so too, but those rise.
fn write_stream(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let tail = c.reads == 0 && p.rising * 10 >= c.writes * 7;
    if p.run >= LONG_RUN && p.in_runs * 2 >= c.writes && facts.distinct >= 4 && !tail {
        let why = format!("{} of {} in runs, up to {} in a row", p.in_runs, times(c.writes, "write"), p.run);
        // Data varies; the same few values may be a sequence of keys or commands.
        let varied = (facts.distinct as f64 / VARIED).min(1.0);
        let sure = 0.95 * varied * support(p.in_runs, (c.writes - p.in_runs) / 4);
        claims.special(RegisterKind::Data, sure, why);
    }
}

/// Reads in a row that nearly all differ, up and down: each takes the next value out of a FIFO.
fn read_stream(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let downs = p.moves - p.ups.min(p.moves);
    if p.streamed >= LONG_RUN
        && p.streamed * 2 >= c.reads
        && p.streamed >= 2 * p.lingered
        && downs * 5 >= p.moves
    {
        let why = format!("{} of {} in a row give another value each", p.streamed, times(c.reads, "read"));
        claims.special(RegisterKind::Data, 0.95 * support(p.streamed, p.lingered), why);
    }
}

/// So many values are more than a sequence of keys.
const VARIED: f64 = 8.0;
/// A run of accesses this long is no accident.
const LONG_RUN: u64 = 8;
