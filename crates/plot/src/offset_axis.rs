//! Offsets from top to bottom: a row for each register that was accessed, or for each aligned stretch of them.
//!
//! What was not accessed takes no room, so neighbouring rows may lie far apart; a line between them says so.

use crate::canvas::{Anchor, Area, Canvas, Letters};
use crate::palette::PALETTE;

/// Which offsets share a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetAxis {
    /// A row has 2^`shift` bytes; 0 where each offset has its own.
    shift: u32,
    /// Offsets by `shift`, rising.
    rows: Vec<u64>,
    /// Whether registers of several bytes follow each other: each is one row, and the next begins after it.
    width: u64,
}

impl OffsetAxis {
    /// Rows for `offsets`, at most `most` of them, at least one. `width` is how many bytes most registers have.
    pub fn new(mut offsets: Vec<u64>, width: u8, most: usize) -> OffsetAxis {
        offsets.sort_unstable();
        offsets.dedup();
        let (mut shift, width) = (0, u64::from(width.max(1)));
        while offsets.len() > most.max(1) && shift < 63 {
            shift = if shift == 0 { 3 } else { shift + 1 };
            offsets.iter_mut().for_each(|row| *row >>= if shift == 3 { 3 } else { 1 });
            offsets.dedup();
        }
        OffsetAxis { shift, rows: offsets, width }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the axis has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes of a row, where several offsets share one.
    pub fn bytes(&self) -> Option<u64> {
        (self.shift > 0).then(|| 1 << self.shift)
    }

    /// The row of `offset`.
    #[inline]
    pub fn row(&self, offset: u64) -> Option<usize> {
        self.rows.binary_search(&(offset >> self.shift)).ok()
    }

    /// The first offset of a row.
    pub fn offset(&self, row: usize) -> u64 {
        self.rows[row] << self.shift
    }

    /// The pixels of a row in `area`.
    pub fn area(&self, row: usize, area: Area) -> Area {
        let at = |row: usize| (i64::from(area.h) * row as i64 / self.rows.len() as i64) as i32;
        Area::new(area.x, area.y + at(row), area.w, at(row + 1) - at(row))
    }

    /// Whether something lies between a row and the next.
    fn breaks(&self, row: usize) -> bool {
        let step = if self.shift > 0 { 1 } else { self.width };
        self.rows.get(row + 1).is_some_and(|next| next - self.rows[row] > step)
    }

    /// Draws the offsets to the left of `area`, and lines through it where offsets are left out.
    pub fn draw(&self, canvas: &mut Canvas, area: Area) {
        for row in (0..self.rows.len()).filter(|&row| self.breaks(row)) {
            let y = self.area(row, area).bottom();
            if area.h / self.rows.len() as i32 >= canvas.px(4.0) {
                canvas.horizontal(area.x - canvas.px(6.0), area.right(), y - 1, 1, PALETTE.grid);
            }
        }
        let (line, right) = (canvas.line_height(Letters::Small), area.x - canvas.px(10.0));
        for row in self.labelled(area, line) {
            let place = self.area(row, area);
            let y = place.y + place.h / 2;
            canvas.horizontal(area.x - canvas.px(5.0), area.x - 1, y, 1, PALETTE.muted);
            let words = format!("+0x{:x}", self.offset(row));
            canvas.text((right, y), Anchor::Right, Letters::Small, PALETTE.ink, &words);
        }
    }

    /// The rows whose offsets are written: the roundest ones first, as long as there is room.
    fn labelled(&self, area: Area, line: i32) -> Vec<usize> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        if area.h / self.rows.len() as i32 >= line {
            return (0..self.rows.len()).collect();
        }
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        let begins = |row: usize| row == 0 || self.breaks(row - 1);
        let round = |row: usize| self.offset(row).trailing_zeros().min(16) / 4 + u32::from(begins(row));
        order.sort_by_key(|&row| (std::cmp::Reverse(round(row)), row));
        let mut taken = std::collections::BTreeSet::new();
        let mut chosen = Vec::new();
        for row in order {
            let place = self.area(row, area);
            let y = place.y + place.h / 2;
            if taken.range(y - line + 1..y + line).next().is_none() {
                taken.insert(y);
                chosen.push(row);
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_registers_or_aligned_stretches() {
        let axis = OffsetAxis::new(vec![8, 0, 4, 0x1000, 8], 4, 10);
        assert_eq!((axis.len(), axis.row(0x1000), axis.row(0x10), axis.bytes()), (4, Some(3), None, None));
        assert_eq!((0..4).map(|row| axis.breaks(row)).collect::<Vec<_>>(), [false, false, true, false]);
        let coarse = OffsetAxis::new((0..1000).map(|i| i * 4).chain([u64::MAX]).collect(), 4, 20);
        assert!(coarse.len() <= 20);
        assert_eq!(coarse.bytes(), Some(256));
        assert_eq!((coarse.row(0x1ff), coarse.row(u64::MAX)), (Some(1), Some(coarse.len() - 1)));
        assert_eq!(OffsetAxis::new(vec![0, u64::MAX], 4, 0).len(), 2, "a row for each half at least");
    }

    #[test]
    fn labels_keep_apart_and_prefer_round_offsets() {
        let axis = OffsetAxis::new((0..256).map(|i| i * 4).collect(), 4, 1000);
        let area = Area::new(0, 0, 100, 512);
        let labelled = axis.labelled(area, 16);
        let mut places: Vec<i32> = labelled.iter().map(|&row| axis.area(row, area).y).collect();
        places.sort_unstable();
        assert!(places.windows(2).all(|w| w[1] - w[0] >= 16), "{places:?}");
        assert!([0, 0x100, 0x200, 0x300].iter().all(|&offset| labelled.contains(&axis.row(offset).unwrap())));
    }
}
