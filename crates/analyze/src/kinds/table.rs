//! Memory: registers that are written or read in long walks at equal distances.

use super::{Claims, Facts, RegisterKind, times};

/// Fewest registers of a walk that speak for a table.
const MIN_TABLE: u32 = 8;

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let p = facts.profile;
    if p.write_walk >= MIN_TABLE && p.stride <= 4 * u64::from(facts.register.width) {
        let length = f64::from(p.write_walk);
        let why = format!(
            "{}, in a row with {} others at a distance of {}",
            times(facts.counts.writes, "write"),
            p.write_walk - 1,
            p.stride
        );
        claims.special(RegisterKind::Memory, 0.97 * (1.0 - 2.0 / length), why);
    }
}
