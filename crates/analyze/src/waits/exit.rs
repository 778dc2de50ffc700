//! What the last reads of loops have in common.

use super::chain::Chain;
use crate::patterns::Condition;

/// Loops of which so many may end otherwise: one of sixteen.
const OTHER_ENDS: u32 = 16;
/// Bits that may agree at the end of all loops by chance where all are 0 or 1 then.
const CHANCE_BITS: u32 = 8;
/// Least loops that end with one value, none of which begins with it, where no bit decides. They differ in length:
/// who waits takes the time that the device takes.
const LEAST_SAME: u32 = 3;

/// Bits that agreed in the last read of a loop and in no earlier one.
#[derive(Clone, Debug)]
pub(crate) struct Exit {
    up: [u32; 64],
    down: [u32; 64],
    pub(super) loops: u32,
    /// The last value of the first loop, and whether all others ended with it.
    end: u64,
    same_end: bool,
    /// Whether a loop began with the value with which it ended.
    began_so: bool,
    /// Bits that were other ones in an earlier read.
    moved: u64,
    /// Fewest and most reads of a loop.
    reads: (u64, u64),
}

impl Exit {
    pub(crate) fn new() -> Exit {
        Exit {
            up: [0; 64],
            down: [0; 64],
            loops: 0,
            end: 0,
            same_end: true,
            began_so: false,
            moved: 0,
            reads: (u64::MAX, 0),
        }
    }

    pub(crate) fn add(&mut self, chain: &Chain, width_mask: u64) {
        for (bits, counts) in [(chain.up(), &mut self.up), (chain.down(width_mask), &mut self.down)] {
            let mut bits = bits;
            while bits != 0 {
                counts[bits.trailing_zeros() as usize] += 1;
                bits &= bits - 1;
            }
        }
        if self.loops == 0 {
            self.end = chain.value;
        }
        self.same_end &= chain.value == self.end;
        self.began_so |= chain.first_value == chain.value;
        self.moved |= (chain.ever_one & !chain.value | chain.ever_zero & chain.value) & width_mask;
        self.reads = (self.reads.0.min(chain.reads), self.reads.1.max(chain.reads));
        self.loops = self.loops.saturating_add(1);
    }

    /// How loops end, and how many ended so.
    pub(crate) fn condition(&self, width_mask: u64) -> Option<(Condition, u64)> {
        let nearly = self.loops - self.loops / OTHER_ENDS;
        let all = |counts: &[u32; 64]| -> u64 {
            (0..64).filter(|&b| counts[b] >= nearly).fold(0_u64, |bits, b| bits | 1 << b)
        };
        let (up, down) = (all(&self.up), all(&self.down));
        let holds = |bits: u64, counts: &[u32; 64]| {
            (0..64).filter(|b| bits >> b & 1 != 0).map(|b| counts[b]).min().unwrap_or(u32::MAX)
        };
        let empty = self.same_end && (self.end == 0 || self.end == width_mask);
        if (up | down) != 0 && !(empty && (up | down).count_ones() > CHANCE_BITS) {
            let loops = holds(up, &self.up).min(holds(down, &self.down));
            return Some((Condition { mask: up | down, value: up }, loops.into()));
        }
        let differ = self.reads.0 < self.reads.1;
        let value = self.same_end && !self.began_so && differ && self.loops >= LEAST_SAME;
        let mask = if empty { width_mask } else { self.moved };
        let until = Condition { mask, value: self.end & mask };
        (empty || value).then_some((until, self.loops.into()))
    }
}
