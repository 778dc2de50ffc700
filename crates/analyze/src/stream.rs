//! The accesses of one device as columns: what the sequence miner reads.

use mmio_format::{Op, Register};

/// A register and what is done to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Symbol {
    /// The register.
    pub register: Register,
    /// What is done to the register.
    pub op: Op,
}

/// The accesses of one device (or of all, interleaved) in the order of the trace.
///
/// `symbol`, `value`, `time` and `index` have one entry an access.
#[derive(Clone, Default, Debug)]
pub struct Stream {
    /// The distinct symbols; `symbol` holds indices into it.
    pub symbols: Vec<Symbol>,
    /// The symbol of each access.
    pub symbol: Vec<u32>,
    /// The value read or written; 0 for `Op::Unknown`.
    pub value: Vec<u64>,
    /// Time of each access in nanoseconds.
    pub time: Vec<u64>,
    /// Number of the access in the whole trace.
    pub index: Vec<u64>,
    /// Positions before which adjacency is broken (a loss, a new recording), ascending.
    pub breaks: Vec<usize>,
}

impl Stream {
    /// Number of accesses.
    pub fn len(&self) -> usize {
        self.symbol.len()
    }

    /// Whether the stream is empty.
    pub fn is_empty(&self) -> bool {
        self.symbol.is_empty()
    }
}
