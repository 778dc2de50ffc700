//! Registers that are never written.

use super::{Claims, Facts, RegisterKind, SURE, reads, support};
use crate::evidence::{Part::Bits, Part::Number, evidence};

/// Identification is not read as often as this, nor so often in a row.
const OFTEN: u64 = 16;
const REPEATED: u64 = 2;
/// So many reads a move of a status carries as much as.
const READS_A_MOVE: u64 = 4;

/// A value with so many bits set is not the rest state of flags: it identifies, however often it is read.
const WIDE: u32 = 12;

/// How sure it is that a value which never changed is a constant, and a status: seen once, seen all the time,
/// and where it is 0 (of the share that so many reads carry).
type Weights = (f64, f64);
const OF_ONE: Weights = (0.35, 0.3);
const OF_OFTEN: Weights = (0.2, 0.75);
/// Of a value with many bits set.
const OF_WIDE: Weights = (0.8, 0.15);
const OF_ZERO: Weights = (0.4, 0.5);

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    if c.writes > 0 || c.reads == 0 {
        return;
    }
    if c.changed != 0 {
        let why = evidence![
            reads(c.reads),
            ", never written, ",
            Number(facts.distinct as u64),
            " values, ",
            facts.moves()
        ];
        let seen = c.reads.min(p.moves * READS_A_MOVE);
        claims.general(RegisterKind::Status, SURE * support(seen, 0), why);
        return;
    }
    let why = evidence![reads(c.reads), ", never written, always ", Bits(c.first)];
    let sure = SURE * support(c.reads, 0);
    // An identification is not read all the time, nor waited for, and it is seldom 0.
    let often = c.reads >= OFTEN || p.repeated >= REPEATED;
    let (constant, status) = match (c.reads, c.first) {
        (1, _) => OF_ONE,
        _ if often && c.first.count_ones() >= WIDE => OF_WIDE,
        _ if often => OF_OFTEN,
        (_, 0) => (sure * OF_ZERO.0, OF_ZERO.1),
        _ => (sure, 1.0 - sure),
    };
    claims.general(RegisterKind::Constant, constant, why.clone());
    claims.general(RegisterKind::Status, status, why);
}
