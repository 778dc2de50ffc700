//! The accesses of one device as columns: what the sequence miner reads.

use mmio_format::{DeviceId, Op};

/// A register and what is done to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Symbol {
    /// Number of the device in the trace's device table.
    pub device: DeviceId,
    /// BAR, 0 to 6; 0 for a device without one.
    pub bar: u8,
    /// Bytes from the start of the BAR.
    pub offset: u64,
    /// `Op::Read`, `Op::Write` or `Op::Unknown`.
    pub op: Op,
    /// Bytes; 0 for `Op::Unknown`.
    pub width: u8,
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
    /// Nanoseconds.
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

    /// Whether there is no access.
    pub fn is_empty(&self) -> bool {
        self.symbol.is_empty()
    }
}
