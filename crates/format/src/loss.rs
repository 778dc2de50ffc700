//! Lost events, each loss counted once.

use std::collections::VecDeque;

use crate::block::{Block, LOST_COUNT_UNKNOWN};
use crate::record::Kind;

/// Losses that wait for their second report. It comes about a hundred lines later; one that waits
/// longer than this many losses never gets one.
const WAITING: usize = 64;

/// Counts lost events over the records of a trace in order.
///
/// The kernel reports a loss twice: `CPU:0 [LOST n EVENTS]` where it happened (`print_trace_line` in
/// kernel/trace/trace.c) and later `MARK 0.000000 Lost n events.` (`mmio_read` in trace_mmiotrace.c).
/// A mark with the count of a LOST record before it is taken for the same loss; any other counts by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LossCounter {
    events: u64,
    losses: u64,
    unknown: u64,
    waiting: VecDeque<u64>,
}

impl LossCounter {
    /// Counts the losses in `block`, which must have its time, value and text columns.
    pub fn add(&mut self, block: &Block) {
        for (row, &kind) in block.kind.iter().enumerate() {
            if kind == Kind::LOST {
                self.add_lost(block.value[row]);
            } else if kind == Kind::MARKER && block.time[row] == 0 {
                self.add_marker(block.texts.get(row as u32).unwrap_or_default());
            }
        }
    }

    /// Counts a LOST record by its value.
    pub fn add_lost(&mut self, count: u64) {
        self.losses += 1;
        if count == LOST_COUNT_UNKNOWN {
            self.unknown += 1;
            return;
        }
        self.events = self.events.saturating_add(count);
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(count);
    }

    /// Counts a marker at time 0 by its text, if that is the second report of a loss.
    pub fn add_marker(&mut self, text: &[u8]) {
        let Some(count) = lost_in_marker(text) else { return };
        match self.waiting.iter().position(|&waiting| waiting == count) {
            Some(place) => {
                self.waiting.remove(place);
            }
            None => {
                self.losses += 1;
                self.events = self.events.saturating_add(count);
            }
        }
    }

    /// Events that were lost, as far as the kernel said how many.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How often events were lost.
    pub fn losses(&self) -> u64 {
        self.losses
    }

    /// Losses of which the kernel did not say how many events they took.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }
}

/// The count in `Lost n events.`.
fn lost_in_marker(text: &[u8]) -> Option<u64> {
    let digits = text.strip_prefix(b"Lost ")?.strip_suffix(b" events.")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(log: &str) -> (u64, u64, u64) {
        let mut counter = LossCounter::default();
        for line in log.split_inclusive('\n') {
            let mut block = Block::default();
            crate::text::parse_line(line.as_bytes(), &mut block);
            counter.add(&block);
        }
        (counter.events(), counter.losses(), counter.unknown())
    }

    #[test]
    fn a_loss_reported_twice_counts_once() {
        let log =
            "CPU:0 [LOST 76268 EVENTS]\nR 4 1.000000 1 0x0 0x0 0x0 0\nMARK 0.000000 Lost 76268 events.\n";
        assert_eq!(count(log), (76268, 1, 0));
        assert_eq!(count(&log.repeat(2)), (2 * 76268, 2, 0));
    }

    #[test]
    fn a_mark_without_its_cpu_line_counts_by_itself() {
        assert_eq!(count("MARK 0.000000 Lost 5 events.\n"), (5, 1, 0));
        assert_eq!(count("CPU:0 [LOST 7 EVENTS]\nMARK 0.000000 Lost 5 events.\n"), (12, 2, 0));
        assert_eq!(
            count("CPU:0 [LOST 7 EVENTS]\nMARK 0.000000 Lost 7 events.\nMARK 0.000000 Lost 7 events.\n"),
            (14, 2, 0)
        );
    }

    #[test]
    fn a_loss_without_a_count_is_told_apart() {
        assert_eq!(count("CPU:1 [LOST EVENTS]\nCPU:0 [LOST 2 EVENTS]\n"), (2, 2, 1));
    }

    #[test]
    fn a_mark_that_somebody_wrote_is_no_loss() {
        assert_eq!(
            count(
                "MARK 1.000000 Lost 5 events.\nMARK 0.000000 Lost +5 events.\nMARK 0.000000 Lost  events.\n"
            ),
            (0, 0, 0)
        );
    }

    #[test]
    fn counts_saturate() {
        let most = u64::MAX - 1;
        assert_eq!(
            count(&format!("CPU:0 [LOST {most} EVENTS]\nMARK 0.000000 Lost 9 events.\n")),
            (u64::MAX, 2, 0)
        );
    }
}
