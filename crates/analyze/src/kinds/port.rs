//! Index and data: what the ports found, and registers that swallow or give one value after the other.

use super::{Claims, Facts, RegisterKind, support, times};

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    if let Some((index, confidence, why)) = facts.port {
        let kind = if index { RegisterKind::Index } else { RegisterKind::Data };
        claims.special(kind, confidence, why.into());
    }
    stream(facts, claims);
}

/// Storage keeps only the last of several writes in a row, so a driver that writes different values one
/// behind the other means every one of them.
fn stream(facts: &Facts<'_>, claims: &mut Claims) {
    let p = facts.profile;
    let writes = facts.counts.writes;
    if p.overwritten >= 4 && p.overwritten * 4 >= writes && p.rising * 10 < writes * 9 {
        let why = format!("{} of {} come right behind another one", p.overwritten, times(writes, "write"));
        claims.special(RegisterKind::Data, 0.95 * support(p.overwritten, (writes - p.overwritten) / 4), why);
    }
}
