//! What of a value belongs to an access: as many bits as it is wide.
//!
//! Tracers keep what stood above them in the register that the instruction used, or in its immediate operand: early
//! kernels did so for byte writes, today's do for some instructions. A log comes back with them; whoever asks for a
//! value is given what the device saw.

use crate::block::Block;

/// The bits of a value by the width of its access; all where the width is not known.
const MASKS: [u64; 9] = [
    u64::MAX,
    0xff,
    0xffff,
    0xff_ffff,
    0xffff_ffff,
    0xff_ffff_ffff,
    0xffff_ffff_ffff,
    0xff_ffff_ffff_ffff,
    u64::MAX,
];

/// The bits that a value of `width` bytes has; all of them for a width of 0, which is not known, and from 8 on.
#[inline]
pub const fn bits(width: u8) -> u64 {
    MASKS[if width > 8 { 8 } else { width as usize }]
}

impl Block {
    /// The value of the access at `row`, without what stands above its width; 0 where values were not read. Of an
    /// UNKNOWN, see [`Block::value`].
    #[inline]
    pub fn access_value(&self, row: usize) -> u64 {
        let width = self.width.get(row).copied().unwrap_or(0);
        self.value.get(row).copied().unwrap_or(0) & bits(width)
    }

    /// How many values are wider than their access; 0 where values or widths were not read.
    pub(crate) fn wide_values(&self) -> u64 {
        // Only reads and writes have a width.
        let rows = self.value.iter().zip(&self.width);
        rows.filter(|&(&value, &width)| value & !bits(width) != 0).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fields, Kind};

    #[test]
    fn what_stands_above_the_width_is_cut_off_and_counted() {
        let mut block = Block::default();
        let mut push = |kind, width, value| block.push(Fields { kind, width, value, ..Fields::default() });
        push(Kind::WRITE, 1, 0xf7a3_1c05);
        push(Kind::READ, 2, 0x1_8000);
        push(Kind::READ, 4, 0xffff_ffff);
        push(Kind::WRITE, 3, 0x0100_0000);
        push(Kind::WRITE, 8, u64::MAX);
        push(Kind::WRITE, 200, u64::MAX);
        push(Kind::UNKNOWN, 0, 0x0f_b6_07);
        push(Kind::LOST, 0, u64::MAX);
        let values: Vec<u64> = (0..block.len()).map(|row| block.access_value(row)).collect();
        assert_eq!(values, [0x05, 0x8000, 0xffff_ffff, 0, u64::MAX, u64::MAX, 0x0f_b6_07, u64::MAX]);
        assert_eq!(block.wide_values(), 3);
        block.width.clear();
        assert_eq!(block.wide_values(), 0, "widths that were not read");
    }
}
