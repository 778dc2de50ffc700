//! Statistics of a block, which are known without decoding it.

use crate::block::{Block, LOST_COUNT_UNKNOWN};
use crate::record::Kind;

/// Counts and ranges of one block, kept in its header and in the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// How many records the block has.
    pub records: u32,
    /// How many of them are accesses: reads, writes and UNKNOWNs.
    pub accesses: u32,
    /// Raw records: lines that could not be parsed, or pieces of very long ones.
    pub raw: u32,
    /// Events that LOST records report (those without a count add nothing).
    pub lost: u64,
    /// Lowest and highest time in nanoseconds: of all accesses, and of other records whose time is not 0;
    /// `None` without any.
    pub time: Option<(u64, u64)>,
    /// Lowest and highest address of accesses; `None` without any.
    pub address: Option<(u64, u64)>,
    /// Bit `k` is set when a record of kind `k` is inside (31 stands for every kind from 31 on).
    pub kinds: u32,
}

impl Stats {
    /// Statistics of `block`, which must have its time, address and value columns.
    pub fn of(block: &Block) -> Stats {
        let mut s = Stats { records: block.len() as u32, ..Stats::default() };
        let (mut time, mut address) = ((u64::MAX, 0), (u64::MAX, 0));
        for (row, &kind) in block.kind.iter().enumerate() {
            s.kinds |= 1 << kind.0.min(31);
            if kind.is_access() {
                s.accesses += 1;
                let a = block.address[row];
                address = (address.0.min(a), address.1.max(a));
            }
            // Whatever kinds later versions add, this needs no list of them.
            let t = block.time[row];
            if t != 0 || kind.is_access() {
                time = (time.0.min(t), time.1.max(t));
            }
            s.raw += u32::from(kind == Kind::RAW);
            if kind == Kind::LOST && block.value[row] != LOST_COUNT_UNKNOWN {
                s.lost = s.lost.saturating_add(block.value[row]);
            }
        }
        s.time = (time.0 <= time.1).then_some(time);
        s.address = (address.0 <= address.1).then_some(address);
        s
    }
}
