//! The times of a log: none, a clock's, or those of the day.

use crate::container::{Recording, key};

/// Nanoseconds since 1970 from which on times are taken for times of day: the year 2001.
const DAY: u64 = 1_000_000_000_000_000_000;

/// The times seen so far. A record without a time has that of the record before; times of day count from the first one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    first: Option<u64>,
    last: u64,
    without: u64,
}

impl Times {
    /// The time of a record in the trace.
    pub(crate) fn of(&mut self, time: Option<u64>) -> u64 {
        match time {
            Some(time) => {
                let first = *self.first.get_or_insert(time);
                self.last = if first >= DAY { time.saturating_sub(first) } else { time };
            }
            None => self.without += 1,
        }
        self.last
    }

    /// A time that is one of a trace already, so that nothing is counted from it.
    pub(crate) fn see(&mut self, time: u64) {
        self.first.get_or_insert(time.min(DAY - 1));
        self.last = time;
    }

    /// The time of the record before.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Whether any record has a time.
    pub(crate) fn has_any(&self) -> bool {
        self.first.is_some()
    }

    /// How many records have no time of their own.
    pub(crate) fn without(&self) -> u64 {
        self.without
    }

    /// Puts clock and start into what a container says of a recording.
    pub(crate) fn describe(&self, recording: &mut Recording) {
        match self.first {
            None => recording.push(key::CLOCK, key::NO_CLOCK),
            Some(first) if first >= DAY => recording.push(key::START, first.to_string()),
            Some(_) => {}
        }
    }
}
