//! What kind of pair it is, as the values show it.

use super::judge::Found;
use super::values::Relation;

/// What a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What was written is read again.
    ReadBack,
    /// The read is there to make sure that the write arrived: it follows whatever is written.
    Flush,
    /// The read shows how the command went: few bits change, or it is read until one does.
    Status,
    /// The read brings something new.
    Data,
    /// The written register selects what the other one shows.
    Index,
    /// The bits written 1 are gone when read again.
    Ack,
}

/// Most bits of a status that change, beside those that show what was written.
const STATUS_BITS: u32 = 4;

/// The class of `found`, when it is not an index and its data.
/// `stored` says whether the write reaches the register that is read.
pub(super) fn class(found: &Found, stored: bool) -> Class {
    let values = found.values();
    let (echo, always) = match found.relation {
        Relation::Equal(mask) => (mask, values.read & !mask == 0),
        _ => (0, values.always_equal()),
    };
    if values.nonzero * 2 >= values.count && values.cleared * 5 >= values.nonzero * 4 {
        return Class::Ack;
    }
    if stored && always {
        return Class::ReadBack;
    }
    let new = (values.read & !echo).count_ones();
    if new <= STATUS_BITS || found.tally.changed * 2 > found.count { Class::Status } else { Class::Data }
}
