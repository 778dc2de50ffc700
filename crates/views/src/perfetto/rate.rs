//! How many accesses a device has in a second.

use super::packets::{Packets, Track};

/// Parts of the time for which accesses are counted.
const PARTS: u64 = 1000;
/// Least length of a part, in nanoseconds.
const LEAST: u64 = 1_000_000;

/// Counts the accesses of a device in parts of equal length.
pub(super) struct Rate {
    track: Track,
    first: u64,
    length: u64,
    /// The present part, and accesses in it.
    part: Option<(u64, u64)>,
}

impl Rate {
    /// A rate for times from `first` on that span `span` nanoseconds.
    pub(super) fn new(track: Track, first: u64, span: u64) -> Rate {
        Rate { track, first, length: (span / PARTS).max(LEAST), part: None }
    }

    /// Counts an access; times do not go back.
    #[inline]
    pub(super) fn count(&mut self, time: u64, packets: &mut Packets<'_>) {
        let now = time.saturating_sub(self.first) / self.length;
        match &mut self.part {
            Some((part, count)) if *part == now => *count += 1,
            _ => {
                self.close(Some(now), packets);
                self.part = Some((now, 1));
            }
        }
    }

    /// Ends the present part. `next` is the number of the next one that has accesses.
    pub(super) fn close(&mut self, next: Option<u64>, packets: &mut Packets<'_>) {
        let Some((part, count)) = self.part.take() else { return };
        let rate = u128::from(count) * 1_000_000_000 / u128::from(self.length);
        let begin = |part: u64| self.first.saturating_add(part.saturating_mul(self.length));
        packets.counter(self.track, begin(part), rate as u64);
        if next != Some(part + 1) {
            packets.counter(self.track, begin(part + 1), 0);
        }
    }
}
