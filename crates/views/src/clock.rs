//! The time of a waveform, which never goes back.

/// Turns the times of a trace, in its order, into times that never go back.
///
/// A trace's own go back a little where records of two CPUs meet, and from the beginning again where another
/// recording begins. A time that goes back a little is held at the latest one; a recording whose clock begins anew is
/// shown after the one before.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    now: Option<u64>,
    /// Nanoseconds that are added to the present recording.
    shift: u64,
    begins: bool,
    shifts: Vec<Shift>,
    /// Accesses, markers and losses that were held.
    pub held: u64,
    /// The most that one of them was held back, in nanoseconds.
    pub most: u64,
}

/// A recording that is shown later than its clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Number of the recording's first access.
    pub index: u64,
    /// How much later, in nanoseconds.
    pub by: u64,
}

impl Clock {
    /// The time to show for `time`, of access number `index` or of something before it; nanoseconds.
    pub fn at(&mut self, time: u64, index: u64) -> u64 {
        let now = self.now.unwrap_or(0);
        if std::mem::take(&mut self.begins) {
            self.shift = now.saturating_sub(time);
            if self.shift > 0 || !self.shifts.is_empty() {
                self.shifts.push(Shift { index, by: self.shift });
            }
        }
        let shown = time.saturating_add(self.shift);
        if shown < now {
            self.held += 1;
            self.most = self.most.max(now - shown);
        }
        self.now = Some(now.max(shown));
        now.max(shown)
    }

    /// The time to show for something without a time of its own, which stands where the trace's time is `near`.
    pub fn beside(&mut self, near: u64) -> u64 {
        *self.now.get_or_insert(near)
    }

    /// Begins another recording, which is what comes next.
    pub fn recording(&mut self) {
        self.begins = true;
    }

    /// The latest time that was shown.
    pub fn now(&self) -> Option<u64> {
        self.now
    }

    /// Recordings whose clocks begin anew.
    pub fn shifted(&self) -> impl Iterator<Item = &Shift> {
        self.shifts.iter().filter(|shift| shift.by > 0)
    }

    /// The time to show for `time` of access number `index`, one that was shown before; the latest times do not count.
    pub fn again(&self, time: u64, index: u64) -> u64 {
        let behind = self.shifts.partition_point(|shift| shift.index <= index);
        time.saturating_add(if behind == 0 { 0 } else { self.shifts[behind - 1].by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_goes_back_is_held_and_counted() {
        let mut clock = Clock::default();
        let shown: Vec<u64> = [5, 9, 7, 8, 9, 10].iter().map(|&time| clock.at(time, 0)).collect();
        assert_eq!((shown, clock.held, clock.most), (vec![5, 9, 9, 9, 9, 10], 2, 2));
        assert_eq!((clock.beside(3), clock.held, clock.shifted().count()), (10, 2, 0));
    }

    #[test]
    fn a_recording_whose_clock_begins_anew_is_shown_after_the_one_before() {
        let mut clock = Clock::default();
        let mut shown = vec![clock.at(100, 0), clock.at(200, 1)];
        for times in [[50, 60], [300, 310]] {
            clock.recording();
            shown.extend(
                times
                    .iter()
                    .zip(shown.len() as u64..)
                    .map(|(&time, index)| clock.at(time, index))
                    .collect::<Vec<_>>(),
            );
        }
        assert_eq!(shown, [100, 200, 200, 210, 300, 310]);
        assert_eq!(clock.shifted().collect::<Vec<_>>(), [&Shift { index: 2, by: 150 }]);
        let again =
            [(100, 0), (200, 1), (50, 2), (60, 3), (300, 4), (310, 5)].map(|(t, i)| clock.again(t, i));
        assert_eq!((again.to_vec(), clock.held), (shown, 0));
    }
}
