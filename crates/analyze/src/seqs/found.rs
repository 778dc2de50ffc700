//! What the miner finds, as plain data.

use mmio_format::{DeviceId, Op, Register};

/// The value of a step over all its occurrences.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// No value was recorded: the step is an UNKNOWN.
    Absent,
    /// Always this value.
    Fixed(u64),
    /// One of a few, ascending; each was seen at least twice.
    OneOf(Vec<u64>),
    /// Moves by this much from one access to the next, in the width of the step.
    Stride(i64),
    /// Any value.
    Free,
}

/// What ends a poll: its last value has `value` in the bits of `mask`, no earlier one has. Some polls may end without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exit {
    /// The bits that decide.
    pub mask: u64,
    /// What these bits are when the poll ends.
    pub value: u64,
    /// Polls that ended so.
    pub ended: u64,
    /// Polls that did not.
    pub never: u64,
}

impl Exit {
    /// What ends the polls of both, if it is the same.
    pub(super) fn with(self, other: Exit) -> Option<Exit> {
        let same = (self.mask, self.value) == (other.mask, other.value);
        same.then_some(Exit { ended: self.ended + other.ended, never: self.never + other.never, ..self })
    }
}

/// A step: accesses of one register, or of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The register, of a walk the first one; where a walk starts anywhere, at its lowest first offset.
    pub register: Register,
    /// What is done to it.
    pub op: Op,
    /// The values that are read or written.
    pub value: Value,
    /// Fewest and most accesses in a row.
    pub repeat: [u32; 2],
    /// Bytes from one access to the next in a walk over a table; 0 otherwise.
    pub stride: i64,
    /// Bytes from the lowest to the highest offset of a walk; 0 otherwise.
    pub span: u64,
    /// What ends the step, if it is a poll and the values show it.
    pub exit: Option<Exit>,
    /// Which register behind an index port the step accesses, if it is at the data port.
    pub behind: Option<Behind>,
}

/// What the sequence wrote to the index port before it accessed the data port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Behind {
    /// Always this index.
    Index(u64),
    /// Several indices, or the index was written before the sequence began.
    Varies,
}

/// A step or a loop of steps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// One step.
    Step(Step),
    /// Steps done over and over.
    Loop {
        /// The steps of a round.
        steps: Vec<Item>,
        /// Fewest and most rounds.
        repeat: [u32; 2],
    },
}

/// One occurrence of a sequence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Occurrence {
    /// Number of its first access in the whole trace.
    pub index: u64,
    /// Time of its first access, nanoseconds.
    pub time: u64,
    /// Accesses in the occurrence.
    pub length: u64,
    /// Values of the steps that are not fixed, in order; the first 256.
    pub values: Vec<u64>,
}

/// A repeated sequence of one device (or of several, in an interleaved stream).
#[derive(Clone, PartialEq, Debug)]
pub struct Sequence {
    /// Number of the stream that the sequence is from.
    pub stream: usize,
    /// The device of its first step.
    pub device: DeviceId,
    /// Occurrences that do not overlap, left to right, those inside other sequences included.
    pub count: u64,
    /// Accesses in those occurrences.
    pub accesses: u64,
    /// Fewest and most accesses in one occurrence.
    pub length: [u64; 2],
    /// Accesses in occurrences that lie in no longer listed sequence.
    pub own: u64,
    /// Description length saved, in lines of log.
    pub saved: f64,
    /// The steps of the sequence.
    pub steps: Vec<Item>,
    /// First access in the whole trace, and its time in nanoseconds.
    pub first: (u64, u64),
    /// The occurrences, if they were asked for.
    pub occurrences: Vec<Occurrence>,
}

/// The sequences of some streams, the one that saves most first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Found {
    /// The sequences.
    pub sequences: Vec<Sequence>,
    /// Accesses in all streams.
    pub total: u64,
    /// Accesses in the listed sequences, each counted once.
    pub explained: u64,
}
