//! The list as plain data.

use serde::Serialize;

use super::class::Class;
use crate::summary::Summary;

/// The pairs of a trace.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `mmio-analyze.pairs`.
    pub schema: &'static str,
    /// Version of the schema.
    pub version: u32,
    /// Counts of the whole trace.
    pub trace: Summary,
    /// Whether there were too many pairs of registers to count all of them.
    pub truncated: bool,
    /// By stretch, then device, then the strongest first.
    pub pairs: Vec<Pair>,
}

impl Report {
    pub(super) fn new(trace: Summary) -> Report {
        Report { schema: "mmio-analyze.pairs", version: 1, trace, truncated: false, pairs: Vec::new() }
    }
}

/// Which access to the second register answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub enum Answer {
    R,
    W,
}

/// A write and what answers it.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// Text of the marker that begins the stretch, with `by_mark`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// Bus address or `mem:…`.
    pub device: String,
    /// BAR of the written register, and of the read one unless `read_bar` says otherwise.
    pub bar: u8,
    /// Offset of the written register, or `any`.
    pub write: String,
    /// Bytes of a write; nothing for `any`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u8>,
    /// BAR of the read register, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_bar: Option<u8>,
    /// Offset of the register that answers.
    pub read: String,
    /// Bytes of a read.
    pub read_width: u8,
    /// Whether the second register is read, or written: then it is the data behind an index.
    pub answer: Answer,
    /// What the pair is.
    pub class: Class,
    /// Writes that were answered.
    pub count: u64,
    /// Writes of the first register.
    pub writes: u64,
    /// Accesses to the second register, reads or writes as `answer` says.
    pub reads: u64,
    /// Accesses of the device from the write to its answer that hold for 99 % of the answers; 1 is the next.
    pub within: u64,
    /// How many times more often than by chance.
    pub lift: f64,
    /// Chance that a pair at least as strong is found anywhere in the trace when there is none; never below
    /// 1e-300.
    pub p: f64,
    /// Time from the write to the read that ends the wait, where it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_us: Option<Latency>,
    /// What the value read has to do with the one written.
    pub value_relation: ValueRelation,
    /// Bits of the written value that come back, or that decide the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
    /// Part of the entry with write `any`, which stands before it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub folded: bool,
    /// The written registers of `any`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// Why, in words.
    pub evidence: String,
}

/// Microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Latency {
    pub min: f64,
    pub median: f64,
    pub p99: f64,
}

/// What the value read has to do with the one written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueRelation {
    /// It is the same.
    Equal,
    /// The bits in the mask are the same.
    Masked,
    /// The bits in the mask are the opposite.
    Inverted,
    /// The same write is answered by the same value; the bits in the mask suffice to tell which.
    Function,
    /// One of the two never changes, so that nothing can be told.
    Constant,
    /// Both change, and have nothing to do with each other.
    Independent,
    /// Too few values to tell.
    Unclear,
}

impl ValueRelation {
    /// As in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            ValueRelation::Equal => "equal",
            ValueRelation::Masked => "masked",
            ValueRelation::Inverted => "inverted",
            ValueRelation::Function => "function",
            ValueRelation::Constant => "constant",
            ValueRelation::Independent => "independent",
            ValueRelation::Unclear => "unclear",
        }
    }
}

/// A written register, or a table of them, that a read follows.
#[derive(Clone, Debug, Serialize)]
pub struct Member {
    /// BAR.
    pub bar: u8,
    /// Offset of the first one.
    pub write: String,
    /// Bytes.
    pub width: u8,
    /// Registers in the table, 1 for a single one.
    pub elements: usize,
    /// Bytes from one to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stride: Option<u64>,
    /// Writes that the read followed directly.
    pub count: u64,
    /// Writes.
    pub writes: u64,
}
