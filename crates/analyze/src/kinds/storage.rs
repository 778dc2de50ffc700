//! Registers that are written and read: plain storage, or storage that the hardware changes.

use super::{Claims, Facts, RegisterKind, SURE, reads, support, writes};
use crate::evidence::{Part::Number, evidence};
use crate::share::{Share, share};

/// Storage never differs right after a write, nor changes by itself; but a reset of the device may change it
/// before it is read much later. So much more does the former say.
const STRONG: u64 = 4;
/// What reads back right after a write that changed something says so much more than what was written unchanged.
const ECHO: u64 = 2;
/// What speaks against storage says so much more than what speaks for it.
const AGAINST: u64 = 4;
/// A status may be written so often at most, in so large a share to the reads, and changes by itself so often at
/// least.
const STATUS_WRITES: u64 = 4;
const STATUS_WRITTEN: Share = share(1, 8);
const STATUS_MOVES: u64 = 4;

/// How sure it is where nothing tells: of storage, and of storage that the hardware changes.
const UNTOLD_CONFIG: f64 = 0.35;
const UNTOLD_CONTROL: f64 = 0.25;
/// How sure it is at most of a status that is written.
const STATUS_SURE: f64 = 0.9;

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    if c.reads == 0 || c.writes == 0 {
        return;
    }
    let agree = ECHO * p.echoes + p.unchanged;
    if p.answers + p.later + p.moves + agree == 0 {
        let why = evidence![reads(c.reads), ", ", writes(c.writes), ", none that tells"];
        claims.general(RegisterKind::Config, UNTOLD_CONFIG, why.clone());
        claims.general(RegisterKind::Control, UNTOLD_CONTROL, why);
        return;
    }
    let seldom = c.writes <= STATUS_WRITES && !share(c.writes, c.reads).exceeds(STATUS_WRITTEN);
    if seldom && p.moves >= STATUS_MOVES && p.kept == 0 {
        let why = evidence![reads(c.reads), ", only ", writes(c.writes), ", ", facts.moves()];
        claims.special(RegisterKind::Status, STATUS_SURE * support(p.moves, 2 * c.writes), why);
    }
    let strong = STRONG * (p.answers + p.moves.saturating_sub(p.drifts));
    let weak = p.later + p.drifts;
    let same = p.echoes + p.unchanged;
    let why =
        evidence![Number(same), " of ", reads(same + p.answers + p.later), " give back what was written"];
    claims.general(RegisterKind::Config, SURE * support(agree, AGAINST * strong + weak), why);
    let mut why = evidence![Number(p.answers + p.later), " of ", reads(c.reads), " give something else"];
    if p.moves > 0 {
        why.push(evidence![", ", facts.moves()]);
    }
    claims.general(RegisterKind::Control, SURE * support(strong + weak, agree / AGAINST), why);
}
