//! Lost events, each loss counted once.

use std::collections::VecDeque;

/// Losses that wait for their second report. It comes about a hundred lines later; one that waits
/// longer than this many losses never gets one.
const WAITING: usize = 64;

/// Separates the kernel's second report of a loss from a loss of its own.
///
/// The kernel reports a loss twice: `CPU:0 [LOST n EVENTS]` where it happened (`print_trace_line` in
/// kernel/trace/trace.c) and later `MARK 0.000000 Lost n events.` (`mmio_read` in trace_mmiotrace.c).
/// Where the reader was late, the mark comes first: it stands before what was in the buffer, and LOST after it.
/// A mark and a LOST record of the same count are taken for one loss, in either order; any other counts by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LossPairing {
    /// Counts of LOST records without a mark yet.
    waiting: VecDeque<u64>,
    /// Counts of marks without a LOST record yet.
    early: VecDeque<u64>,
}

impl LossPairing {
    /// A LOST record with this count, where the kernel gave one; whether it is a loss that no marker reported.
    pub fn lost(&mut self, events: Option<u64>) -> bool {
        if let Some(count) = events
            && take(&mut self.early, count)
        {
            return false;
        }
        push(&mut self.waiting, events);
        true
    }

    /// A marker at time 0: the events of a loss that no LOST record reported, if it is one.
    pub fn marker(&mut self, text: &[u8]) -> Option<u64> {
        let count = lost_in_marker(text)?;
        if take(&mut self.waiting, count) {
            return None;
        }
        push(&mut self.early, Some(count));
        Some(count)
    }
}

fn push(counts: &mut VecDeque<u64>, count: Option<u64>) {
    if counts.len() == WAITING {
        counts.pop_front();
    }
    counts.extend(count);
}

fn take(counts: &mut VecDeque<u64>, count: u64) -> bool {
    let place = counts.iter().position(|&waiting| waiting == count);
    place.and_then(|place| counts.remove(place)).is_some()
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
    fn a_late_reader_gets_the_mark_first() {
        let log = "MARK 0.000000 Lost 4600 events.\nR 4 1.000000 1 0x0 0x0 0x0 0\nCPU:0 [LOST 4600 EVENTS]\n";
        assert_eq!(count(log), (4600, 1, 0));
        let other = log.replace("4600", "13708");
        assert_eq!(count(&format!("{log}{other}{log}")), (2 * 4600 + 13708, 3, 0));
    }

    #[test]
    fn a_loss_is_where_its_cpu_line_stands() {
        let read = "R 4 1.000000 1 0x0 0x0 0x0 0\n";
        let (mark, lost) = ("MARK 0.000000 Lost 7 events.\n", "CPU:0 [LOST 7 EVENTS]\n");
        for log in [[mark, read, read, lost, read], [read, read, lost, read, mark]] {
            let mut block = Block::default();
            text::parse(log.concat().repeat(2).as_bytes(), &mut block);
            let mut survey = Survey::default();
            survey.feed(&Stats::of(&block), &block, 10);
            let places: Vec<u64> = survey.losses.iter().map(|loss| loss.index).collect();
            assert_eq!(places, [12, 15], "{log:?}");
        }
    }

    #[test]
    fn a_loss_without_a_count_is_counted_apart() {
        assert_eq!(count("CPU:1 [LOST EVENTS]\nCPU:0 [LOST 2 EVENTS]\n"), (2, 2, 1));
    }

    #[test]
    fn a_mark_that_a_user_wrote_is_not_a_loss() {
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
