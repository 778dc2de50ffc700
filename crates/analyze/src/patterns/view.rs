//! The steps of a device without the reads that only post writes.

use crate::steps::Step;

/// Steps remembered of each device.
pub(crate) const DEPTH: usize = 12;

/// What came before on one device.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    steps: [Option<Step>; DEPTH],
    next: usize,
}

impl View {
    /// The step `back` steps ago, 0 for the one just before.
    #[inline]
    pub(crate) fn get(&self, back: usize) -> Option<&Step> {
        if back >= DEPTH {
            return None;
        }
        self.steps[(self.next + DEPTH - 1 - back) % DEPTH].as_ref()
    }

    /// The steps, latest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Step> + Clone {
        (0..DEPTH).map_while(|back| self.get(back))
    }

    pub(crate) fn push(&mut self, step: &Step) {
        self.steps[self.next] = Some(*step);
        self.next = (self.next + 1) % DEPTH;
    }

    /// Forgets the steps.
    pub(crate) fn gap(&mut self) {
        self.steps = [None; DEPTH];
    }
}
