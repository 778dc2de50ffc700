//! Of the pairs that are more than chance, those that say something of their own.

use super::class::{Class, class};
use super::flush::Flush;
use super::judge::Found;
use super::values::Relation;
use crate::share::{Share, share};
use mmio_format::register::NONE;

/// Fewest answers of a pair that only its place shows.
const MIN_BY_PLACE: u64 = 10;
/// The least share of a pair's answers that another one explains, that come late, that come after a read of the written
/// register; and of the runs of reads that are answers of a pair.
const EXPLAINED: Share = share(1, 2);
const LATE: Share = share(1, 2);
const RETURNED: Share = share(9, 10);
const ONLY_HERE: Share = share(1, 2);
const ALWAYS: Share = share(9, 10);

/// Leaves out pairs that only stand side by side a few times: a set-up that is run again keeps its order, and
/// no chance explains that either.
pub(super) fn told(found: &mut Vec<Found>) {
    found.retain(|f| {
        f.by_value || f.write == f.read || f.count >= MIN_BY_PLACE || f.tally.changed * 2 > f.count
    });
}

/// Leaves out what another pair explains: what a nearer one explains, and what is not a question or not an answer.
pub(super) fn own(found: &mut Vec<Found>, flushes: &[Flush]) {
    let explained =
        |f: &Found| found.iter().any(|other| is_explained(f, other, flushes)) || is_acknowledge(f, found);
    let keep: Vec<bool> = found.iter().map(|f| !explained(f) && !is_stored(f, found)).collect();
    let mut keep = keep.iter();
    found.retain(|_| *keep.next().unwrap_or(&true));
}

/// Whether the nearer pair explains the other one.
fn is_explained(far: &Found, near: &Found, flushes: &[Flush]) -> bool {
    let nearer = near.median < far.median && share(near.count, far.count).is_at_least(EXPLAINED);
    nearer
        && !near.which.across
        && !near.acknowledges
        && (nearer_read(near, far, flushes) || nearer_write(near, far))
}

fn varies(found: &Found) -> (bool, bool) {
    (found.values().written != 0, found.values().read != 0)
}

/// A read after another one is an answer of its own only when its value depends on the write, when the nearer one always
/// reads the same, or when it is the result that the nearer one announces. What is read after a pause that follows an
/// answer begins something new.
fn nearer_read(near: &Found, far: &Found, flushes: &[Flush]) -> bool {
    let first = far.tally.first();
    let same = first == near.read || (first != NONE && first == near.tally.first());
    if near.write != far.write || near.read == near.write || !same {
        return false;
    }
    let late = |f: &Found| share(f.tally.late, f.tally.count()).is_at_least(LATE);
    if late(far) && !late(near) && far.read != far.write {
        return true;
    }
    let result = flushes.iter().all(|flush| flush.read != near.read)
        && class(near, near.write == near.read) == Class::Status
        && class(far, far.write == far.read) == Class::Data
        && share(far.count, far.runs).is_at_least(ONLY_HERE);
    !far.by_value && !result && (varies(near).1 || !varies(far).1)
}

/// A write before another one is a question of its own only when the read depends on it, or on the nearer one less;
/// otherwise it is the last of several that come in the same order that asks.
fn nearer_write(near: &Found, far: &Found) -> bool {
    if near.read != far.read || near.write == far.write {
        return false;
    }
    let last = far.tally.is_asked_by(near.write);
    match far.by_value {
        true => last && near.by_value && far.relation == Relation::Function,
        false => last || varies(near).0 || !varies(far).0,
    }
}

/// Whether the write gives back what was read: what is read next was asked for before.
fn is_acknowledge(f: &Found, found: &[Found]) -> bool {
    if f.by_value || f.write == f.read {
        return false;
    }
    let returned = share(f.tally.returned, f.tally.count()).is_at_least(RETURNED);
    let asks = |other: &Found| {
        let depends = matches!(other.relation, Relation::Equal(_) | Relation::Inverted(_)) && other.by_value;
        other.read == f.read
            && other.write != f.write
            && depends
            && share(other.count, f.count).is_at_least(EXPLAINED)
    };
    f.acknowledges || (returned && found.iter().any(asks))
}

/// Whether the register always gives what was last written to it: that answers nothing else.
fn is_stored(f: &Found, found: &[Found]) -> bool {
    let stores = |other: &Found| {
        other.by_value
            && (other.write, other.read) == (f.read, f.read)
            && class(other, true) == Class::ReadBack
            && share(other.count, other.runs).is_at_least(ALWAYS)
    };
    !f.by_value && f.write != f.read && found.iter().any(stores)
}
