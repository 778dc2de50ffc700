//! Reads of one register that may be a wait.

use super::{Cut, Next};
use crate::patterns::finding::Moment;
use crate::steps::Step;
use mmio_format::{Op, RegisterId};

/// Reads of one register with nothing between, or one read of another register.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain {
    pub(crate) first: Moment,
    pub(crate) end_time: u64,
    pub(crate) reads: u64,
    pub(crate) first_value: u64,
    pub(crate) ever_one: u64,
    pub(crate) ever_zero: u64,
    pub(crate) value: u64,
    pub(crate) changes: u64,
    /// Number of the first access of its last step.
    pub(super) last: u64,
    /// The stream of its device.
    pub(super) stream: u16,
    /// The register that is read between its reads.
    pub(super) beside: Option<RegisterId>,
    /// What was written last before it.
    pub(super) after: Option<RegisterId>,
    /// Reads before something else broke in, and where they began.
    pub(super) earlier: Option<(u64, Moment)>,
}

impl Chain {
    pub(crate) fn begin(step: &Step) -> Chain {
        Chain {
            first: Moment::of(step),
            end_time: step.end_time,
            reads: step.count,
            first_value: step.first,
            ever_one: step.ever_one,
            ever_zero: step.ever_zero,
            value: step.value,
            changes: step.changes,
            last: step.index,
            stream: step.stream,
            beside: None,
            after: None,
            earlier: None,
        }
    }

    pub(crate) fn join(&mut self, step: &Step) {
        self.ever_one |= self.value | step.ever_one;
        self.ever_zero |= !self.value | step.ever_zero;
        self.changes += step.changes + u64::from(step.first != self.value);
        self.reads += step.count;
        self.value = step.value;
        self.end_time = step.end_time;
        self.last = step.index;
    }

    /// Bits that its last read has and no earlier one.
    pub(super) fn up(&self) -> u64 {
        self.value & !self.ever_one
    }

    /// Bits of `width_mask` that its last read has not and every earlier one has.
    pub(super) fn down(&self, width_mask: u64) -> u64 {
        !self.value & !self.ever_zero & width_mask
    }

    /// Where it begins, before what broke in.
    pub(super) fn start(&self) -> Moment {
        self.earlier.map_or(self.first, |(_, first)| first)
    }

    /// Nanoseconds from its first to its last read.
    pub(super) fn spent(&self) -> u64 {
        self.end_time.saturating_sub(self.start().time)
    }

    /// All reads, those before something else broke in too.
    pub(super) fn all_reads(&self) -> u64 {
        self.reads + self.earlier.map_or(0, |(reads, _)| reads)
    }
}

/// An access that came after a chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct After {
    pub(super) register: RegisterId,
    op: Op,
    value: u64,
    time: u64,
    index: u64,
}

impl After {
    pub(super) fn of(step: &Step) -> After {
        After { register: step.register, op: step.op, value: step.first, time: step.time, index: step.index }
    }

    pub(super) fn is_read(&self) -> bool {
        self.op == Op::Read
    }

    pub(super) fn next(&self, site: crate::site::Site) -> Next {
        let After { op, value, time, index, .. } = *self;
        Next { site, op, value, time, index }
    }
}

/// What ended a chain.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    /// Something else.
    Next(After),
    /// The trace does not say what.
    Cut(Cut),
}
