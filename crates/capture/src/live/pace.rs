//! How often the kernel's buffers are looked at: a recorder that does it without a pause takes a processor from the traced
//! machine, and finds pages with one event each.

use std::time::Duration;

/// Pauses between two looks: the shortest, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(50));
/// A look finds no more than this part of a buffer when the pace is right, so that there is room for a burst.
const PART: usize = 16;

/// Pauses that adapt to how much is found.
#[derive(Debug)]
pub(super) struct Pace {
    pause: Duration,
    right: usize,
}

impl Pace {
    /// For buffers that hold this much, in whatever unit [`rest`](Pace::rest) is told.
    pub(super) fn new(buffer: usize) -> Pace {
        Pace { pause: PAUSES.0, right: buffer / PART }
    }

    /// Sleeps before the next look. `found` is what the fullest buffer gave in the last one.
    pub(super) fn rest(&mut self, found: usize) {
        self.adapt(found);
        if !self.pause.is_zero() {
            std::thread::sleep(self.pause);
        }
    }

    fn adapt(&mut self, found: usize) {
        if found > self.right {
            self.pause /= 2;
            if self.pause < PAUSES.0 {
                self.pause = Duration::ZERO;
            }
        } else if found <= self.right / 2 {
            self.pause = (self.pause * 2).clamp(PAUSES.0, PAUSES.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_buffers_are_looked_at_seldom_and_full_ones_at_once() {
        let mut pace = Pace::new(1600);
        for _ in 0..10 {
            pace.adapt(0);
        }
        assert_eq!(pace.pause, PAUSES.1);
        pace.adapt(75);
        assert_eq!(pace.pause, PAUSES.1);
        for _ in 0..10 {
            pace.adapt(101);
        }
        assert_eq!(pace.pause, Duration::ZERO);
        pace.adapt(50);
        assert_eq!(pace.pause, PAUSES.0);
    }

    #[test]
    fn a_buffer_of_a_few_pages_is_emptied_without_a_pause() {
        let mut pace = Pace::new(2);
        pace.adapt(1);
        assert_eq!(pace.pause, Duration::ZERO);
        pace.adapt(0);
        assert_eq!(pace.pause, PAUSES.0);
    }
}
