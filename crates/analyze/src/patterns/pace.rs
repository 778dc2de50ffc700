//! How fast the accesses of a device follow each other, and so what is a pause.

/// Counts of gaps, two an octave of nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gaps {
    slots: [u32; SLOTS],
    n: u64,
}

const SLOTS: usize = 64;
/// A pause is four times longer than what is usual.
const PAUSE: usize = 4;
/// So many of the gaps are usual or shorter: what a driver does in one go.
const USUAL: f64 = 0.1;

impl Default for Gaps {
    fn default() -> Self {
        Gaps { slots: [0; SLOTS], n: 0 }
    }
}

impl Gaps {
    pub(crate) fn add(&mut self, nanos: u64) {
        let octave = nanos.checked_ilog2().map_or(0, |o| o as usize);
        let half = octave.checked_sub(1).map_or(0, |below| (nanos >> below & 1) as usize);
        let slot = &mut self.slots[(2 * octave + half).min(SLOTS - 1)];
        *slot = slot.saturating_add(1);
        self.n += 1;
    }

    pub(crate) fn n(&self) -> u64 {
        self.n
    }

    /// The slot in which the gap is that `share` of all do not exceed.
    fn slot(&self, share: f64) -> usize {
        let (mut seen, wanted) = (0, share * self.n as f64);
        for (slot, &count) in self.slots.iter().enumerate() {
            seen += u64::from(count);
            if seen as f64 >= wanted {
                return slot;
            }
        }
        SLOTS - 1
    }

    /// How many of the gaps are pauses, where `usual` is how fast the device's accesses follow each other.
    pub(crate) fn pauses(&self, usual: &Gaps) -> u64 {
        self.longer(usual, PAUSE)
    }

    /// Pauses between two things that the driver does.
    pub(crate) fn rests(&self, usual: &Gaps) -> u64 {
        self.longer(usual, 2 * PAUSE)
    }

    fn longer(&self, usual: &Gaps, slots: usize) -> u64 {
        let limit = usual.slot(USUAL) + slots;
        self.slots.iter().skip(limit).map(|&n| u64::from(n)).sum()
    }

    /// Whether most of these gaps are twice as long as the device's usual ones.
    pub(crate) fn are_slow(&self, usual: &Gaps) -> bool {
        self.slot(0.5) >= usual.slot(USUAL) + 2
    }
}
