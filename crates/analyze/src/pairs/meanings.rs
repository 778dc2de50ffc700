//! Which values a register is written with: where there are few, each may mean something else, as go and taken do.

use crate::share::{Share, share};

/// Most values that are told apart.
pub(super) const MOST: usize = 7;
/// Number of a value where they are not told apart.
pub(super) const ANY: u8 = MOST as u8;
/// Fewest writes that show an acknowledge, and the least share of them that write bits that were just read as 1.
const ACKS: u64 = 4;
const ACKED: Share = share(9, 10);

/// The values that one register is written with, and whether they acknowledge what was read before.
#[derive(Clone, Debug, Default)]
pub(super) struct Meanings {
    /// Each value, and how often it was written; none when there are too many.
    values: Vec<(u64, u64)>,
    many: bool,
    /// Writes of anything but 0, and of bits that a read just before gave as 1: of this register, of any.
    nonzero: u64,
    returned: u64,
    covered: u64,
    /// Bits ever so written, and bits that such reads ever gave as 0.
    acked: u64,
    zeros: u64,
    varied: bool,
    /// The last value but 0.
    last: u64,
    /// Number of the last value.
    number: u8,
    acknowledges: bool,
}

/// What was read just before a write, nothing written between.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    /// The value of the register that is written, if it was read last.
    pub own: Option<u64>,
    /// The values of the last two registers read.
    pub any: [Option<u64>; 2],
}

impl Meanings {
    /// Counts a write.
    pub(super) fn write(&mut self, value: u64, before: &Before) {
        self.count(value);
        if value == 0 {
            return;
        }
        self.varied |= self.nonzero > 0 && self.last != value;
        self.last = value;
        self.nonzero += 1;
        let covers = |read: &Option<u64>| read.is_some_and(|read| read & value == value);
        self.returned += u64::from(covers(&before.own));
        if let Some(&Some(read)) = before.any.iter().find(|read| covers(read)) {
            self.covered += 1;
            self.acked |= value;
            self.zeros |= !read;
        }
        if self.returned.max(self.covered) == 0 {
            return;
        }
        let most = |n: u64| self.nonzero >= ACKS && share(n, self.nonzero).is_at_least(ACKED);
        // Of another register it takes several values, and reads that do not always give these bits as 1.
        let others = self.varied && self.acked & self.zeros != 0;
        self.acknowledges = most(self.returned) || (others && most(self.covered));
    }

    fn count(&mut self, value: u64) {
        if self.many {
            return;
        }
        if let Some(seen) = self.values.get_mut(usize::from(self.number)).filter(|seen| seen.0 == value) {
            seen.1 += 1;
            return;
        }
        let place = self.values.iter().position(|seen| seen.0 == value).unwrap_or(self.values.len());
        if place == MOST {
            (self.many, self.values, self.number) = (true, Vec::new(), ANY);
            return;
        }
        if place == self.values.len() {
            self.values.push((value, 0));
        }
        self.values[place].1 += 1;
        self.number = place as u8;
    }

    /// Number of the value that was written last.
    pub(super) fn last(&self) -> u8 {
        self.number
    }

    /// The values with their writes, in the order of their numbers; none when there are too many.
    pub(super) fn values(&self) -> &[(u64, u64)] {
        &self.values
    }

    /// Whether the writes give back 1s that were just read: what they ask for was asked before.
    pub(super) fn acknowledge(&self) -> bool {
        self.acknowledges
    }
}
