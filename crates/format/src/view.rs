//! One record of a block, seen as a whole.

use crate::block::{Block, MapRange};
use crate::record::Kind;

/// A record. Fields whose column was not read, or that its kind does not have, are zero.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    block: &'a Block,
    row: u32,
}

impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("row", &self.row)
            .field("kind", &self.kind())
            .field("time", &self.time())
            .field("address", &format_args!("{:#x}", self.address()))
            .field("value", &format_args!("{:#x}", self.value()))
            .finish_non_exhaustive()
    }
}

impl<'a> Record<'a> {
    /// Row of the record in its block.
    pub fn row(self) -> u32 {
        self.row
    }

    /// Kind of the record.
    pub fn kind(self) -> Kind {
        self.block.kind[self.row as usize]
    }

    /// Nanoseconds of the trace's clock.
    pub fn time(self) -> u64 {
        at(&self.block.time, self.row)
    }

    /// The tracer's number of the mapping.
    pub fn map_id(self) -> i32 {
        at(&self.block.map_id, self.row)
    }

    /// Physical address.
    pub fn address(self) -> u64 {
        at(&self.block.address, self.row)
    }

    /// Value as the tracer gave it, see [`Block::value`] and [`Block::access_value`].
    pub fn value(self) -> u64 {
        at(&self.block.value, self.row)
    }

    /// Bytes accessed.
    pub fn width(self) -> u8 {
        at(&self.block.width, self.row)
    }

    /// Instruction pointer.
    pub fn pc(self) -> u64 {
        self.block.pc.get(self.row as usize)
    }

    /// CPU number.
    pub fn cpu(self) -> u32 {
        self.block.cpu.get(self.row as usize)
    }

    /// Process id.
    pub fn pid(self) -> u32 {
        self.block.pid.get(self.row as usize)
    }

    /// Return address of the accessor function.
    pub fn caller(self) -> u64 {
        self.block.caller.get(self.row as usize)
    }

    /// Sequence number within the device.
    pub fn sequence(self) -> u64 {
        self.block.sequence.get(self.row as usize)
    }

    /// Iterations of a rep block, minus one.
    pub fn repeat(self) -> u64 {
        self.block.repeat.get(self.row as usize)
    }

    /// Flags, see [`Block::flags`].
    pub fn flags(self) -> u8 {
        self.block.flags.get(self.row as usize)
    }

    /// Virtual address and length of a MAP.
    pub fn map_range(self) -> Option<MapRange> {
        self.block.map_range(self.row)
    }

    /// Text, see [`Block::texts`].
    pub fn text(self) -> Option<&'a [u8]> {
        self.block.texts.get(self.row)
    }

    /// Opcode bytes after the third one.
    pub fn opcodes(self) -> Option<&'a [u8]> {
        self.block.opcodes.get(self.row)
    }

    /// The whole line where the text writer would spell it otherwise.
    pub fn verbatim(self) -> Option<&'a [u8]> {
        self.block.verbatim.get(self.row)
    }
}

fn at<T: Copy + Default>(column: &[T], row: u32) -> T {
    column.get(row as usize).copied().unwrap_or_default()
}

impl Block {
    /// The record at `row`, which must be less than [`Block::len`].
    pub fn record(&self, row: u32) -> Record<'_> {
        assert!((row as usize) < self.len(), "row {row} of {}", self.len());
        Record { block: self, row }
    }

    /// All records in order.
    pub fn records(&self) -> impl ExactSizeIterator<Item = Record<'_>> + DoubleEndedIterator {
        (0..self.len() as u32).map(|row| Record { block: self, row })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Fields;

    #[test]
    fn a_record_shows_its_row_and_nothing_of_others() {
        let mut block = Block::default();
        block.push_text(Kind::MARKER, 7, b"hello");
        block.push_map(Fields { time: 8, address: 0x1000, ..Fields::default() }, 0x2000, 0x30);
        block.push(Fields { kind: Kind::WRITE, time: 9, value: 5, width: 4, pid: 3, ..Fields::default() });
        block.opcodes.push(2, &[1, 2]);
        let [marker, map, write] = block.records().collect::<Vec<_>>()[..] else { panic!("three records") };
        assert_eq!(
            (marker.kind(), marker.text(), marker.map_range()),
            (Kind::MARKER, Some(&b"hello"[..]), None)
        );
        assert_eq!(map.map_range(), Some(MapRange { row: 1, virt: 0x2000, length: 0x30 }));
        assert_eq!((map.address(), map.value(), map.text()), (0x1000, 0, None));
        assert_eq!((write.time(), write.value(), write.width(), write.pid()), (9, 5, 4, 3));
        assert_eq!((write.opcodes(), write.cpu()), (Some(&[1, 2][..]), 0));
        block.time.clear();
        assert_eq!(block.record(2).time(), 0, "a column that was not read");
    }
}
