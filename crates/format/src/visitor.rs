//! A visitor of a trace: what it is shown, and in which order.

use crate::access::Access;
use crate::register::{RegisterId, Table};

/// Where a marker or a loss stands; times are right for a visitor that looks at every marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moment {
    /// Nanoseconds of the trace's clock; of the record before it, where it has no time of its own.
    pub time: u64,
    /// Whether the time is its own.
    pub timed: bool,
    /// Number of the next access in the whole trace.
    pub index: u64,
    /// Whether it passes the filter by its time and by the markers before it.
    pub shown: bool,
}

/// A visitor, which sees a trace in its order.
pub trait Visitor {
    /// Whether it looks at times. They are not read for one that does not, and [`Access::time`] is 0.
    const TIMES: bool = true;
    /// Whether it looks at values. They are not read for one that does not, and [`Access::value`] is 0.
    const VALUES: bool = true;
    /// Whether it looks at every marker. Where it does not, those among accesses that no filter takes may be missing.
    const MARKERS: bool = false;

    /// Numbers the registers that it sees.
    fn registers(&mut self) -> &mut Table;
    /// The next access, and the number of its register.
    fn access(&mut self, register: RegisterId, access: &Access);
    /// A gap: what comes next does not follow what came before: a loss, a new recording, a block that was not read.
    fn gap(&mut self) {}
    /// A loss, and how many events were lost, where the kernel said so.
    fn lost(&mut self, _moment: &Moment, _events: Option<u64>) {
        self.gap();
    }
    /// A recording begins, not the first one.
    fn recording(&mut self) {
        self.gap();
    }
    /// A marker with its text.
    fn marker(&mut self, _moment: &Moment, _text: &[u8]) {}

    /// The next access, of a register that has no number yet.
    fn see(&mut self, access: &Access) {
        let register = self.registers().id(access.register());
        self.access(register, access);
    }
}
