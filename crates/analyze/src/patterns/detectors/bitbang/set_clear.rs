//! Lines that one register sets and another clears.

use std::collections::HashMap;

use crate::census::Census;
use mmio_format::{Register, RegisterId};

/// Most bytes between the two registers.
const BESIDE: u64 = 0x10;
/// Bits that both are written with: a clock and its data, and not many more.
const LINES: std::ops::RangeInclusive<u32> = 2..=4;

/// What writes of a register do to lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The register that stands for the lines: the one that sets them.
    pub(super) lines: RegisterId,
    clears: bool,
}

impl Part {
    /// The lines after `value` was written, which were at `level`.
    pub(super) fn level(self, level: u64, value: u64) -> u64 {
        if self.clears { level & !value } else { level | value }
    }
}

/// The pairs among the registers that `may` drive lines: beside each other, written with the same few bits, and the
/// second, which clears, never read. A register that is written with 0 holds the lines by itself.
pub(super) fn pairs(census: &Census, may: impl Fn(RegisterId) -> bool) -> HashMap<RegisterId, Part> {
    let drives = |&id: &RegisterId| {
        may(id) && LINES.contains(&census.counts(id).ones.count_ones()) && !writes_zero(census, id)
    };
    let order: Vec<RegisterId> = census.table().sorted().into_iter().filter(drives).collect();
    let mut pairs = HashMap::new();
    for two in order.windows(2) {
        let (sets, clears) = (two[0], two[1]);
        let (a, b) = (census.counts(sets), census.counts(clears));
        let beside = are_beside(census.register(sets), census.register(clears));
        if beside
            && b.reads == 0
            && LINES.contains(&(a.ones & b.ones).count_ones())
            && !pairs.contains_key(&sets)
        {
            pairs.insert(sets, Part { lines: sets, clears: false });
            pairs.insert(clears, Part { lines: sets, clears: true });
        }
    }
    pairs
}

/// Whether 0 was written: each write of these registers has a bit to set or to clear.
fn writes_zero(census: &Census, id: RegisterId) -> bool {
    let counts = census.counts(id);
    counts.reads == 0 && (counts.first == 0 || counts.last == 0)
}

fn are_beside(a: Register, b: Register) -> bool {
    (a.device, a.space, a.width) == (b.device, b.space, b.width) && b.offset.abs_diff(a.offset) <= BESIDE
}
