//! What a reader found to be missing.

use super::raw_block::records;
use crate::error::{Damage, DamageKind, Position};

/// Most places that are kept; more are counted.
const MAX_KEPT: usize = 1000;

/// Damage in order of its place. How much is missing is known only when reading goes on after it.
#[derive(Default)]
pub(super) struct Losses {
    found: Vec<Damage>,
    pending: Option<Damage>,
    more: u64,
}

impl Losses {
    pub(super) fn found(&self) -> &[Damage] {
        &self.found
    }

    /// Nothing is missing so far.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty() && self.pending.is_none()
    }

    /// Places beyond those that are kept.
    pub(super) fn more(&self) -> u64 {
        self.more
    }

    /// Adds damage that is not known yet, as it is when a part is read again.
    pub(super) fn push(&mut self, damage: Damage) {
        if self.found.contains(&damage) {
            return;
        }
        if self.found.len() < MAX_KEPT { self.found.push(damage) } else { self.more += 1 }
    }

    pub(super) fn add(&mut self, kind: DamageKind, what: impl Into<String>, place: Position) {
        self.push(Damage { kind, what: what.into(), place });
    }

    /// Notes that bytes are wrong; until something good follows, only the first place counts.
    pub(super) fn begin(&mut self, kind: DamageKind, what: &str, place: Position) {
        self.pending.get_or_insert_with(|| Damage { kind, what: what.to_owned(), place });
    }

    /// Ends what [`Losses::begin`] began: `missing` records are not there, `None` when that is not known.
    /// `false` if nothing was begun.
    pub(super) fn end_pending(&mut self, missing: Option<u64>) -> bool {
        let Some(mut damage) = self.pending.take() else { return false };
        match missing {
            Some(0) => damage.what.push_str("; no record is missing"),
            Some(n) => damage.what.push_str(&format!("; {} missing", are(n))),
            None => {}
        }
        self.push(damage);
        true
    }

    /// At good bytes: `missing` records should have stood before.
    pub(super) fn end_pending_or_gap(&mut self, missing: u64, place: Position) {
        if !self.end_pending(Some(missing)) && missing > 0 {
            self.add(DamageKind::Damaged, format!("{} missing", are(missing)), place);
        }
    }

    pub(super) fn forget_pending(&mut self) {
        self.end_pending(None);
    }
}

fn are(n: u64) -> String {
    format!("{} {}", records(n), if n == 1 { "is" } else { "are" })
}
