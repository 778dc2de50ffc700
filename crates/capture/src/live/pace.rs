//! How often the kernel's buffers are looked at: a recorder that does it without a pause takes a processor from the
//! traced machine, and finds pages with one event each.

use std::time::Duration;

/// The shortest pause between two looks, and the longest one that is ever made.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(250));
/// A look finds no more than this part of a buffer when the pace is right, so that there is room for a burst.
const PART: usize = 16;
/// Bytes that a CPU writes in a microsecond at most: the event of an access, which takes about as long.
const FASTEST: usize = 80;
/// A CPU that begins to do so right after a look fills no more than this part of its buffer in a pause.
const BURST: usize = 4;

/// Pauses that adapt to how much is found.
#[derive(Debug)]
pub(super) struct Pace {
    pause: Duration,
    longest: Duration,
    right: usize,
}

impl Pace {
    /// The pace for buffers of so many bytes.
    pub(super) fn new(buffer: usize) -> Pace {
        let filled = Duration::from_micros((buffer / FASTEST / BURST) as u64);
        Pace { pause: PAUSES.0, longest: filled.clamp(PAUSES.0, PAUSES.1), right: buffer / PART }
    }

    /// Sleeps before the next look.
    /// `found` is the bytes that the fullest buffer gave in the last one.
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
            self.pause = (self.pause * 2).clamp(PAUSES.0, self.longest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(buffer: usize) -> Pace {
        let mut pace = Pace::new(buffer);
        (0..10).for_each(|_| pace.adapt(0));
        pace
    }

    #[test]
    fn idle_buffers_are_looked_at_seldom_and_full_ones_at_once() {
        let mut pace = idle(160 << 20);
        assert_eq!(pace.pause, PAUSES.1);
        pace.adapt(8 << 20);
        assert_eq!(pace.pause, PAUSES.1);
        for _ in 0..10 {
            pace.adapt((10 << 20) + 1);
        }
        assert_eq!(pace.pause, Duration::ZERO);
        pace.adapt(5 << 20);
        assert_eq!(pace.pause, PAUSES.0);
    }

    #[test]
    fn a_burst_after_a_pause_finds_room() {
        for megabytes in [2, 8, 32, 128] {
            let buffer = megabytes << 20;
            let burst = idle(buffer).pause.as_micros() as usize * FASTEST;
            assert!(burst <= buffer / BURST, "{burst} bytes into {buffer}");
        }
    }

    #[test]
    fn a_buffer_of_a_few_pages_is_emptied_without_a_pause() {
        let mut pace = Pace::new(8192);
        pace.adapt(4096);
        assert_eq!(pace.pause, Duration::ZERO);
        pace.adapt(0);
        assert_eq!(pace.pause, PAUSES.0);
    }
}
