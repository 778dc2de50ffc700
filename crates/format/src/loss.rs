//! Lost events, each loss counted once.

use std::collections::VecDeque;

/// Losses that wait for their second report. It comes about a hundred lines later; one that waits
/// longer than this many losses never gets one.
const WAITING: usize = 64;

/// Tells the kernel's second report of a loss from a loss of its own.
///
/// The kernel reports a loss twice: `CPU:0 [LOST n EVENTS]` where it happened (`print_trace_line` in
/// kernel/trace/trace.c) and later `MARK 0.000000 Lost n events.` (`mmio_read` in trace_mmiotrace.c).
/// A mark with the count of a LOST record before it is taken for the same loss; any other counts by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LossPairing {
    waiting: VecDeque<u64>,
}

impl LossPairing {
    /// A LOST record with this count, where the kernel gave one.
    pub fn lost(&mut self, events: Option<u64>) {
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
        }
        self.waiting.extend(events);
    }

    /// A marker at time 0: the events of a loss that no LOST record reported, if it is one.
    pub fn marker(&mut self, text: &[u8]) -> Option<u64> {
        let count = lost_in_marker(text)?;
        match self.waiting.iter().position(|&waiting| waiting == count) {
            Some(place) => {
                self.waiting.remove(place);
                None
            }
            None => Some(count),
        }
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
    use crate::survey::Survey;
    use crate::{Block, Stats, text};

    /// Events lost, losses, losses of unknown count.
    fn count(log: &str) -> (u64, usize, usize) {
        let mut survey = Survey::default();
        for line in log.split_inclusive('\n') {
            let mut block = Block::default();
            text::parse(line.as_bytes(), &mut block);
            survey.feed(&Stats::of(&block), &block, 0);
        }
        let unknown = survey.losses.iter().filter(|l| l.events.is_none()).count();
        (survey.lost(), survey.losses.len(), unknown)
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
