//! Entries of a file, as many as are kept.

use super::MAX_ENTRIES;

/// The entries of one file in order. Those above the limit are counted only.
#[derive(Debug)]
pub(super) struct Kept<T> {
    entries: Vec<T>,
    left_out: u64,
}

impl<T> Kept<T> {
    pub(super) fn new() -> Kept<T> {
        Kept { entries: Vec::new(), left_out: 0 }
    }

    pub(super) fn push(&mut self, entry: T) {
        if self.entries.len() < MAX_ENTRIES {
            self.entries.push(entry);
        } else {
            self.left_out += 1;
        }
    }

    pub(super) fn extend(&mut self, entries: impl IntoIterator<Item = T>) {
        entries.into_iter().for_each(|entry| self.push(entry));
    }

    pub(super) fn entries(&self) -> &[T] {
        &self.entries
    }

    /// Changes each entry, and drops those for which `change` is false.
    pub(super) fn retain(&mut self, change: impl FnMut(&mut T) -> bool) {
        self.entries.retain_mut(change);
    }

    /// Appends the entries to a list that has the same limit, and says how many there was room for.
    pub(super) fn move_to(mut self, list: &mut Vec<T>, left_out: &mut u64) -> usize {
        let taken = self.entries.len().min(MAX_ENTRIES.saturating_sub(list.len()));
        let surplus = (self.entries.len() - taken) as u64;
        *left_out = left_out.saturating_add(self.left_out).saturating_add(surplus);
        list.extend(self.entries.drain(..taken));
        taken
    }
}
