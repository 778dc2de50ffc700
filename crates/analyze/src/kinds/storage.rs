//! Registers that are written and read: plain storage, or storage that the hardware changes.

use super::{Claims, Facts, RegisterKind, support, times};

/// Storage never differs right after a write, nor changes by itself; but a reset of the device may change it
/// before it is read much later. So much more does the former say.
const STRONG: u64 = 4;

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    if c.reads == 0 || c.writes == 0 {
        return;
    }
    let agree = 2 * p.echoes + p.unchanged;
    if p.answers + p.later + p.moves + agree == 0 {
        let why = format!("{}, {}, none that tells", times(c.reads, "read"), times(c.writes, "write"));
        claims.general(RegisterKind::Config, 0.35, why.clone());
        claims.general(RegisterKind::Control, 0.25, why);
        return;
    }
    let seldom = c.writes <= 4 && c.writes * 8 <= c.reads && p.moves >= 4 && p.kept == 0;
    if seldom {
        let why = format!("{}, only {}, {}", times(c.reads, "read"), times(c.writes, "write"), facts.moves());
        claims.special(RegisterKind::Status, 0.9 * support(p.moves, 2 * c.writes), why);
    }
    let strong = STRONG * (p.answers + p.moves.saturating_sub(p.drifts));
    let weak = p.later + p.drifts;
    let why = format!(
        "{} of {} give back what was written",
        p.echoes + p.unchanged,
        times(p.echoes + p.unchanged + p.answers + p.later, "read")
    );
    claims.general(RegisterKind::Config, 0.97 * support(agree, 4 * strong + weak), why);
    let mut why = format!("{} of {} give something else", p.answers + p.later, times(c.reads, "read"));
    if p.moves > 0 {
        why += &format!(", {}", facts.moves());
    }
    claims.general(RegisterKind::Control, 0.97 * support(strong + weak, agree / 4), why);
}
