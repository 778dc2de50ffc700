//! Registers that are never written.

use super::{Claims, Facts, RegisterKind, support, times};

/// Identification is not read as often as this.
const OFTEN: u64 = 16;

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    if c.writes > 0 || c.reads == 0 {
        return;
    }
    if c.changed != 0 {
        let why = format!(
            "{}, never written, {} values, {}",
            times(c.reads, "read"),
            facts.distinct,
            facts.moves()
        );
        claims.general(RegisterKind::Status, 0.97 * support(c.reads.min(p.moves * 4), 0), why);
        return;
    }
    let why = format!("{}, never written, always 0x{:x}", times(c.reads, "read"), c.first);
    let sure = 0.97 * support(c.reads, 0);
    // Nobody reads an identification all the time, or waits for it, and it is seldom 0.
    let often = c.reads >= OFTEN || p.repeated >= 2;
    let (constant, status) = match (c.reads, c.first) {
        (1, _) => (0.35, 0.3),
        _ if often => (0.2, 0.75),
        (_, 0) => (sure * 0.4, 0.5),
        _ => (sure, 1.0 - sure),
    };
    claims.general(RegisterKind::Constant, constant, why.clone());
    claims.general(RegisterKind::Status, status, why);
}
