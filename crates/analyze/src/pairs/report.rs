//! The list of pairs as plain data.

use mmio_format::{DeviceId, Register};

use super::class::Class;
use crate::evidence::Evidence;
use crate::summary::Summary;
use crate::times::Distribution;
use crate::waits::Waits;

/// The pairs of a trace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Counts of the whole trace, and of what passes the filter.
    pub trace: Summary,
    /// Whether there were too many pairs of registers to count all of them.
    pub truncated: bool,
    /// The waits for the registers that the filter shows.
    pub waits: Waits,
    /// The pairs by stretch, then device, then the strongest first.
    pub pairs: Vec<Pair>,
}

impl Report {
    pub(super) fn new(trace: Summary) -> Report {
        Report { trace, truncated: false, waits: Waits::new(trace), pairs: Vec::new() }
    }
}

/// A write and what answers it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pair {
    /// Text of the marker that begins the stretch, with `by_mark`.
    pub mark: Option<String>,
    /// The written register.
    pub write: Written,
    /// The written values that are answered, rising, where the register is written with others that mean something
    /// else; otherwise empty.
    pub values: Vec<u64>,
    /// The register that answers, of the same device.
    pub read: Register,
    /// Which access to it answers.
    pub answer: Answer,
    /// What the pair is.
    pub class: Class,
    /// Writes that were answered.
    pub count: u64,
    /// Writes after which the second register was waited for, and the wait was not met.
    pub never: u64,
    /// Writes of the first register, of these values.
    pub writes: u64,
    /// Accesses to the second register, reads or writes as `answer` says.
    pub reads: u64,
    /// Accesses of the device from the write to its answer that hold for 99 % of the answers; 1 is the next.
    pub within: u64,
    /// How many times more often than by chance an answer comes.
    pub lift: f64,
    /// Natural logarithm of the chance that a pair at least as strong is found anywhere in the trace when there is none;
    /// it may be any number, above 0 too.
    pub ln_p: f64,
    /// Nanoseconds from the write to the read that ends the wait.
    pub latency: Distribution,
    /// What the value read has to do with the one written.
    pub relation: ValueRelation,
    /// Whether the pair is part of the entry with write [`Written::Any`] that stands before it.
    pub folded: bool,
    /// The written registers of [`Written::Any`]; empty for a single one.
    pub members: Vec<Member>,
    /// Why the pair is believed.
    pub evidence: Evidence,
}

impl Pair {
    /// The device of both registers.
    pub const fn device(&self) -> DeviceId {
        self.read.device
    }
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// One register.
    Register(Register),
    /// Any of the members.
    Any {
        /// The member that the trace has first.
        first: Register,
    },
}

impl Written {
    /// The register, if it is a single one.
    pub const fn single(self) -> Option<Register> {
        match self {
            Written::Register(register) => Some(register),
            Written::Any { .. } => None,
        }
    }
}

/// Which access to the second register answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A read.
    Read,
    /// A write: the second register is the data register of an index port.
    Write,
}

/// What the value read has to do with the one written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueRelation {
    /// The value read is the same.
    Equal,
    /// These bits are the same.
    Masked(u64),
    /// These bits are the opposite.
    Inverted(u64),
    /// The same write is answered by the same value; these bits suffice to know which, where all
    /// writes are known.
    Function(Option<u64>),
    /// One of the two never changes, so that nothing can be said.
    Constant,
    /// Both change, and have nothing to do with each other.
    Independent,
    /// There are too few values.
    Unclear,
}

impl ValueRelation {
    /// Bits of the written value that come back, or that decide the answer.
    pub const fn mask(self) -> Option<u64> {
        match self {
            ValueRelation::Masked(mask) | ValueRelation::Inverted(mask) => Some(mask),
            ValueRelation::Function(mask) => mask,
            _ => None,
        }
    }
}

/// A written register, or a table of them, that a read follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The register, or the first one of the table.
    pub first: Register,
    /// Registers in the table, 1 for a single one.
    pub elements: usize,
    /// Bytes from one register to the next.
    pub stride: Option<u64>,
    /// Writes that the read followed directly.
    pub count: u64,
    /// Writes of the registers.
    pub writes: u64,
}
