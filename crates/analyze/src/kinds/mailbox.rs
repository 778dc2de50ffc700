//! Mailboxes: words that are written in a row before a doorbell, and the doorbell.

use super::{Claims, Facts, RegisterKind, SURE, support};
use crate::evidence::{Evidence, Part, Part::Number, evidence};
use crate::share::{Share, share};

/// How sure it is at most that a word of messages is memory; where the doorbell lies in the row, that it is a setting.
const WORD_SURE: f64 = 0.9;
const IN_ROW_SURE: f64 = 0.7;
/// Most reads of a word, of its writes.
const READ: Share = share(2, 1);
/// The least share of the writes of a doorbell that end a message.
const RINGS: Share = share(1, 4);

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, n) = (facts.counts, facts.counts.writes);
    if let Some(argument) = facts.argument {
        // The device does nothing when it is written: what acts comes after.
        claims.passive = true;
        if !share(c.reads, n).exceeds(READ) {
            let (kind, sure) = match argument.in_row {
                false => (RegisterKind::Memory, WORD_SURE),
                true => (RegisterKind::Config, IN_ROW_SURE),
            };
            let doorbells =
                argument.doorbells.iter().flat_map(|&id| [Part::Words(", "), facts.named(Some(id))]);
            let why = evidence![
                Number(argument.messages),
                " of ",
                Number(n),
                " writes are words of messages, up to ",
                Number(argument.words as u64),
                " in a row, that end with W ",
                doorbells.skip(1).collect::<Evidence>()
            ];
            claims.special(kind, sure * support(argument.messages, n - argument.messages), why);
        }
    } else if let Some(rings) = facts.rings
        && c.reads == 0
        && share(rings, n).is_at_least(RINGS)
    {
        let why = evidence![
            "never read, ",
            Number(rings),
            " of ",
            Number(n),
            " writes end a message in a row of words"
        ];
        claims.special(RegisterKind::Trigger, SURE * support(rings, 0), why);
    }
}
