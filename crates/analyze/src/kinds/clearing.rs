//! Registers whose bits go away when 1 is written, or when they are read.

use super::{Claims, Facts, RegisterKind, SURE, reads, support, times};
use crate::evidence::{Part::Number, evidence};
use crate::leader::Leader;
use crate::share::{Share, share};

/// Fewest acknowledges and clearings together.
const ANSWERS: u64 = 2;
/// The least share of the reads of 1s that writes acknowledge.
const ACKED: Share = share(1, 2);
/// The least share of the acknowledges after which bits read 0, for which nothing else has to speak.
const CLEARED: Share = share(1, 4);
/// Fewest acknowledges after which bits read 0, and fewest reads of new bits, that are enough together.
const CLEARED_AND_BORN: u64 = 2;
/// A reset of the device can make this many reads differ from what was written.
const RESET_READS: u64 = 6;
/// The least share of reads that give back what was written, to those that do not, where it is stored.
const STORED: Share = share(1, 4);
/// Storage is not written back unchanged this often, and so seldom changed.
const RETURNS: u64 = 16;
/// The least share of the writes that write what was written before, where the driver writes one mask of all
/// that it knows.
const ONE_MASK: Share = share(8, 10);
/// How much more an observation against says than one for: bits that were not cleared or that were not read; and
/// a read that nothing acknowledged.
const AGAINST: u64 = 4;
const UNANSWERED: u64 = 2;
/// Fewest times that what was read is 0 at the next read.
const VANISHED: u64 = 3;
/// The least share of the changes after one and the same write, or of the times that it read 0 right after a read of
/// one and the same other register, which explain them: a FIFO was filled, or emptied.
const EXPLAINED: Share = share(9, 10);
/// How sure it is at most that reading clears.
const READ_CLEARS_SURE: f64 = 0.9;

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
    // What went when it was written elsewhere was not cleared here.
    let cleared = p.cleared.saturating_sub(p.cleared_by);
    let (agree, differ) = (p.echoes + p.unchanged, p.answers + p.later);
    // A value that was changed and reads back as it was written is stored: repetition does not outvote that.
    let stored = p.echoes + p.took;
    if stored > 0 && cleared + p.held <= stored {
        return;
    }
    // To write back what was read, and hardly anything else, so often, is of no use to storage.
    let returns = acks >= RETURNS && p.foreign * RETURNS <= acks;
    let no_storage = share(cleared, acks).is_at_least(CLEARED)
        || (cleared >= CLEARED_AND_BORN && p.born >= CLEARED_AND_BORN)
        || (acks >= RESET_READS && !share(agree, differ).is_at_least(STORED))
        || returns;
    if acks + cleared < ANSWERS || !share(acks, p.replies).is_at_least(ACKED) || !no_storage {
        return;
    }
    // A driver acknowledges what it saw, or all that it knows with one mask.
    let one_mask = share(p.rewrites, c.writes - 1).is_at_least(ONE_MASK);
    let foreign = if one_mask { 0 } else { p.foreign };
    let against = AGAINST * (p.survived + p.kept + foreign) + UNANSWERED * p.replies.saturating_sub(acks);
    let mut why =
        evidence![Number(acks), " of ", reads(p.replies), " are answered by writes that cover the 1s"];
    if cleared > 0 {
        why.push([", ".into(), Number(cleared), " of them read 0 next".into()]);
    }
    claims.special(RegisterKind::W1c, SURE * support(acks + cleared / 2, against), why);
}

/// What was read is gone at the next read, although nothing was acknowledged; and it was never there twice.
fn read_clears(facts: &Facts<'_>, claims: &mut Claims) {
    let p = facts.profile;
    // A change after no write at all is not explained by one.
    let explained =
        |by: &Leader, all: u64| by.register().is_some() && share(by.votes(), all).is_at_least(EXPLAINED);
    if p.vanished < VANISHED
        || p.lingered > 0
        || explained(&p.emptied, p.vanished)
        || explained(&p.cause, p.moves)
    {
        return;
    }
    let why = evidence!["never written, what was read is 0 at the next read ", times(p.vanished)];
    claims.special(RegisterKind::Rc, READ_CLEARS_SURE * support(p.vanished, 1), why);
}
