//! Registers whose bits go away when 1 is written, or when they are read.

use super::{Claims, Facts, RegisterKind, support, times};

/// A reset of the device can make this many reads differ from what was written.
const FEW: u64 = 6;
/// Nobody writes storage back unchanged this often, and so seldom changed.
const OFTEN: u64 = 16;

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    if facts.counts.reads > 0 && facts.counts.writes > 0 {
        write_clears(facts, claims);
    }
    if facts.counts.writes == 0 {
        read_clears(facts, claims);
    }
}

/// The driver writes what it has read, or the bits of it that it takes care of, and later reads show that
/// this did not store it: bits go away, new ones come, or what was written is never read.
fn write_clears(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, p) = (facts.counts, facts.profile);
    let acks = p.acks + p.held;
    let (agree, differ) = (p.echoes + p.unchanged, p.answers + p.later);
    // To write back what was read, and hardly anything else, so often, is of no use to storage.
    let returns = acks >= OFTEN && (p.foreign + p.echoes) * OFTEN <= acks;
    let no_storage = p.cleared * 4 >= acks
        || (p.cleared >= 2 && p.born >= 2)
        || (acks >= FEW && agree * 4 < differ)
        || returns;
    if acks + p.cleared < 2 || acks * 2 < p.replies || !no_storage {
        return;
    }
    // A driver acknowledges what it saw, or all that it knows with one mask.
    let foreign = if p.rewrites * 10 >= (c.writes - 1) * 8 { 0 } else { p.foreign };
    let against = 4 * (p.survived + p.kept + foreign) + 2 * p.replies.saturating_sub(acks);
    let mut why = format!("{acks} of {} are answered by writes that cover the 1s", times(p.replies, "read"));
    if p.cleared > 0 {
        why += &format!(", {} of them read 0 next", p.cleared);
    }
    claims.special(RegisterKind::W1c, 0.97 * support(acks + p.cleared / 2, against), why);
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
