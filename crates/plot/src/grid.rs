//! Where registers lie in a grid of sixteen columns, rows without any left out.

use mmio_analyze::kinds::RegisterKind;
use mmio_analyze::regs::Entry;
use mmio_report::numbers::{grouped, hex};
use mmio_report::regs::kind;

use crate::overview::Ops;

/// A register, or a table of equal ones.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) offset: u64,
    /// Bytes, 1 or more.
    pub(crate) width: u64,
    /// 1 or more.
    pub(crate) elements: u64,
    /// Bytes from one to the next.
    pub(crate) stride: u64,
    pub(crate) kind: RegisterKind,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) unknown: u64,
}

/// Tables with more elements than this are drawn without what lies between the elements.
const MANY: u64 = 4096;

impl Cell {
    /// Accesses of each element.
    pub(crate) fn uses(&self) -> f64 {
        (self.reads + self.writes + self.unknown) as f64 / self.elements as f64
    }

    /// Reads and writes in words, the longest first.
    pub(crate) fn counts(&self) -> Vec<String> {
        let ops = [(self.reads, 'R'), (self.writes, 'W'), (self.unknown, '?')];
        let used: Vec<(u64, char)> = ops.into_iter().filter(|(n, _)| *n > 0).collect();
        let words = |spell: &dyn Fn(u64) -> String, between: &str| {
            used.iter().map(|(n, op)| format!("{}{between}{op}", spell(*n))).collect::<Vec<_>>().join(" ")
        };
        let full = words(&grouped, " ");
        vec![full, words(&short, "")]
    }

    /// `+0x1000…, 128 by 4: memory, 12 reads`.
    pub(crate) fn words(&self) -> String {
        let Cell { reads, writes, unknown, .. } = *self;
        let many = match self.elements {
            1 => String::new(),
            n => format!("…, {} by {}", grouped(n), self.stride),
        };
        let (name, ops) = (kind(self.kind), Ops { reads, writes, unknown }.words());
        format!("+{}{many}: {name}, {ops}", hex(self.offset))
    }

    /// First and last byte of each stretch without gaps.
    fn stretches(&self) -> Vec<(u64, u64)> {
        let end = |offset: u64| offset.saturating_add(self.width - 1);
        if self.stride <= self.width || self.elements > MANY {
            let length = self.stride.max(1).saturating_mul(self.elements - 1);
            return vec![(self.offset, end(self.offset.saturating_add(length)))];
        }
        let each = (0..self.elements).map(|i| self.offset.saturating_add(i.saturating_mul(self.stride)));
        each.map(|offset| (offset, end(offset))).collect()
    }
}

/// `950`, `1k`, `23M`.
pub(crate) fn short(n: u64) -> String {
    match n {
        ..1_000 => n.to_string(),
        1_000..1_000_000 => format!("{}k", n / 1_000),
        1_000_000..1_000_000_000 => format!("{}M", n / 1_000_000),
        _ => format!("{}G", n / 1_000_000_000),
    }
}

/// The entries of one BAR or space as cells.
pub(crate) fn cells(entries: &[Entry]) -> Vec<Cell> {
    let cell = |e: &Entry| Cell {
        offset: e.site.register.offset,
        width: u64::from(e.site.register.width.max(1)),
        elements: (e.elements as u64).max(1),
        stride: e.stride.unwrap_or(0),
        kind: e.kind,
        reads: e.reads,
        writes: e.writes,
        unknown: e.unknown,
    };
    let mut cells: Vec<Cell> = entries.iter().map(cell).collect();
    if entries.iter().any(|e| e.site.port.is_some()) {
        // An index may count registers, or bytes.
        let apart = distance(&cells);
        cells.iter_mut().for_each(|cell| cell.width = cell.width.min(apart));
    }
    cells
}

/// From one register to the next at least.
fn distance(cells: &[Cell]) -> u64 {
    let mut offsets: Vec<u64> = cells.iter().map(|cell| cell.offset).collect();
    offsets.sort_unstable();
    let between = offsets.windows(2).map(|pair| pair[1] - pair[0]);
    let within = cells.iter().filter(|cell| cell.elements > 1).map(|cell| cell.stride);
    between.chain(within).filter(|&bytes| bytes > 0).min().unwrap_or(u64::MAX)
}

/// Rows of a power of two bytes, of which those that hold a cell are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    /// A row has 2^`shift` bytes.
    shift: u32,
    /// First and last row of each run of neighbours, counted from offset 0.
    runs: Vec<(u64, u64)>,
}

impl Grid {
    /// A grid for `cells` with as few bytes a row as at most `most` rows allow, 16 registers of the usual width
    /// at least.
    pub(crate) fn new(cells: &[Cell], most: usize) -> Grid {
        let count = |width| cells.iter().filter(|c| c.width == width).count();
        let usual = [4, 8, 2, 1].into_iter().max_by_key(|&w| (count(w), w)).unwrap_or(4);
        let stretches: Vec<(u64, u64)> = cells.iter().flat_map(Cell::stretches).collect();
        let mut grid = Grid { shift: (16 * usual).ilog2(), runs: Vec::new() };
        loop {
            grid.runs = runs(&stretches, grid.shift);
            if grid.rows() <= most.min(1 << 20) || grid.shift >= 63 {
                return grid;
            }
            grid.shift += 1;
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.runs.iter().fold(0_u64, |n, (first, last)| n.saturating_add((last - first).saturating_add(1)))
            as usize
    }

    pub(crate) fn row_bytes(&self) -> u64 {
        1 << self.shift
    }

    /// Places where rows are left out.
    pub(crate) fn breaks(&self) -> usize {
        self.runs.len().saturating_sub(1)
    }

    /// How many of them are before `row`.
    pub(crate) fn breaks_before(&self, row: usize) -> usize {
        let mut left = row as u64;
        let run = self.runs.iter().position(|(first, last)| {
            let rows = last - first + 1;
            let here = left < rows;
            left = left.saturating_sub(rows);
            here
        });
        run.unwrap_or(self.breaks())
    }

    /// The offset of each row.
    pub(crate) fn firsts(&self) -> impl Iterator<Item = u64> {
        self.runs.iter().flat_map(|&(first, last)| first..=last).map(|row| row << self.shift)
    }

    /// Columns of letters that the offsets need.
    pub(crate) fn letters(&self) -> usize {
        let last = self.runs.last().map_or(0, |run| run.1 << self.shift);
        1 + hex(last).len()
    }

    /// Row, and where in it from 0 to 1, of each piece of `cell`.
    pub(crate) fn pieces(&self, cell: &Cell) -> impl Iterator<Item = (usize, f64, f64)> {
        let bytes = self.row_bytes();
        cell.stretches().into_iter().flat_map(move |(first, last)| {
            (first >> self.shift..=last >> self.shift).filter_map(move |row| {
                let start = row << self.shift;
                let from = first.max(start) - start;
                let to = last.min(start + (bytes - 1)) - start + 1;
                let at = |offset: u64| offset as f64 / bytes as f64;
                Some((self.row(row)?, at(from), at(to)))
            })
        })
    }

    /// The place among the rows that are there.
    fn row(&self, row: u64) -> Option<usize> {
        let run = self.runs.partition_point(|(_, last)| *last < row);
        let (first, _) = *self.runs.get(run).filter(|(first, _)| *first <= row)?;
        let before: u64 = self.runs[..run].iter().map(|(first, last)| last - first + 1).sum();
        Some((before + (row - first)) as usize)
    }
}

/// Runs of rows that hold any of `stretches`.
fn runs(stretches: &[(u64, u64)], shift: u32) -> Vec<(u64, u64)> {
    let mut rows: Vec<(u64, u64)> = stretches.iter().map(|(a, b)| (a >> shift, b >> shift)).collect();
    rows.sort_unstable();
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for (first, last) in rows {
        match runs.last_mut() {
            Some(run) if first <= run.1.saturating_add(1) => run.1 = run.1.max(last),
            _ => runs.push((first, last)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(offset: u64, width: u64, elements: u64, stride: u64) -> Cell {
        let kind = RegisterKind::Unknown;
        Cell { offset, width, elements, stride, kind, reads: 1, writes: 0, unknown: 0 }
    }

    #[test]
    fn rows_without_registers_are_left_out() {
        let cells = [cell(0, 4, 1, 0), cell(0x44, 4, 1, 0), cell(0x1000, 4, 32, 4)];
        let grid = Grid::new(&cells, 100);
        assert_eq!((grid.rows(), grid.breaks(), grid.row_bytes()), (4, 1, 64));
        assert_eq!(grid.firsts().collect::<Vec<_>>(), [0, 0x40, 0x1000, 0x1040]);
        assert_eq!((0..4).map(|row| grid.breaks_before(row)).collect::<Vec<_>>(), [0, 0, 1, 1]);
        assert_eq!(grid.pieces(&cells[1]).collect::<Vec<_>>(), [(1, 4.0 / 64.0, 8.0 / 64.0)]);
        assert_eq!(grid.pieces(&cells[2]).collect::<Vec<_>>(), [(2, 0.0, 1.0), (3, 0.0, 1.0)]);
    }

    #[test]
    fn a_table_with_holes_is_drawn_with_them() {
        let cells = [cell(0, 4, 4, 16)];
        let grid = Grid::new(&cells, 100);
        assert_eq!(grid.pieces(&cells[0]).count(), 4);
    }

    #[test]
    fn any_offset_has_a_place_in_few_rows() {
        let cells = [
            cell(u64::MAX, 8, 9, 8),
            cell(0, 1, 1, 0),
            cell(1 << 40, 4, 1 << 30, 4),
            cell(3, 4, 5000, u64::MAX),
        ];
        for most in [1, 2, 7, 100] {
            let grid = Grid::new(&cells, most);
            assert!(grid.rows() <= most.max(2), "{most}: {}", grid.rows());
            for cell in &cells {
                assert!(
                    grid.pieces(cell).all(|(row, from, to)| row < grid.rows() && from <= to && to <= 1.0)
                );
            }
        }
    }
}
