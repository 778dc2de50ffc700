//! Registers whose bits go away when 1 is written, or when they are read.

use super::{Claims, Facts, RegisterKind, support, times};

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    if facts.counts.reads > 0 && facts.counts.writes > 0 {
        write_clears(facts, claims);
    }
    if facts.counts.writes == 0 {
        read_clears(facts, claims);
    }
}

/// The driver writes what it has read, and the next read shows that this did not store it.
fn write_clears(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let no_storage = p.cleared > 0 || p.refused != 0 || p.answers + p.later > p.echoes + p.unchanged;
    let by_itself = p.moves + p.later + p.answers > 0;
    if p.acks < 2 || p.acks * 2 < c.writes || !no_storage || !by_itself {
        return;
    }
    let against = 4 * p.survived + 4 * p.kept + 2 * (c.writes - p.acks);
    let why = format!(
        "{} of {} cover the bits read before{}",
        p.acks,
        times(c.writes, "write"),
        if p.cleared > 0 { format!(", {} of them read 0 next", p.cleared) } else { String::new() }
    );
    claims.special(RegisterKind::W1c, 0.97 * support(p.acks + 2 * p.cleared, against), why);
}

/// What was read is gone at the next read, although nothing was acknowledged; and it was never there twice.
fn read_clears(facts: &Facts<'_>, claims: &mut Claims) {
    let p = facts.profile;
    if p.vanished < 3 || p.lingered > 0 {
        return;
    }
    let why = format!("never written, what was read is 0 at the next read {}", times(p.vanished, "time"));
    claims.special(RegisterKind::Rc, 0.9 * support(p.vanished, 1), why);
}
