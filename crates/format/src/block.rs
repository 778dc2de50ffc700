//! A block: up to [`MAX_RECORDS`] records as columns, the unit that is parsed, stored, read and analysed.

use crate::record::Kind;

/// Most records in one block.
pub const MAX_RECORDS: usize = 65_536;

/// Most bytes of text (markers, raw lines, verbatim lines) in one block before it is ended early.
pub const MAX_TEXT: usize = 4 << 20;

/// Records as columns. Row `i` of every column belongs to record `i`.
///
/// A column that a reader did not ask for is empty. `time` and what follows it up to `width`
/// are as long as `kind` otherwise, with zeros where a kind has no such field.
///
/// The fields are for reading columns as slices. One record is easier to read as a [`Record`](crate::Record), see
/// [`Block::records`]; records are appended by [`Block::push`] and its relatives, which keep the columns equally long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// The kind of each record.
    pub kind: Vec<Kind>,
    /// Nanoseconds of the trace's clock; 0 for kinds without a time.
    pub time: Vec<u64>,
    /// The tracer's number of the mapping (accesses, MAP, UNMAP); −1 is the kernel's "not known".
    pub map_id: Vec<i32>,
    /// Physical address (accesses, MAP).
    pub address: Vec<u64>,
    /// Value read or written, as the tracer gave it, see [`Block::access_value`]; for UNKNOWN the first three opcode bytes, first one highest; for
    /// LOST the number of events, [`LOST_COUNT_UNKNOWN`] when the kernel did not say.
    pub value: Vec<u64>,
    /// Bytes accessed; 0 for anything but reads and writes.
    pub width: Vec<u8>,
    /// Instruction pointer (accesses, MAP, UNMAP).
    pub pc: Sparse<u64>,
    /// CPU number (LOST, and every record of a tracer that knows it).
    pub cpu: Sparse<u32>,
    /// Process id.
    pub pid: Sparse<u32>,
    /// Return address of the accessor function, from tracers that record it.
    pub caller: Sparse<u64>,
    /// Sequence number within the device, from tracers that record it.
    pub sequence: Sparse<u64>,
    /// Iterations that one record of a rep block stands for, minus one.
    pub repeat: Sparse<u64>,
    /// Bit 0: this access continues the one before it (a wider access in 8-byte parts).
    pub flags: Sparse<u8>,
    /// What a MAP record has beyond the columns, by rising row.
    pub(crate) ranges: Vec<MapRange>,
    /// Text of markers, PCIDEV, VERSION, LSPCI and comments without their keyword and line end;
    /// the whole bytes, line end included, of raw lines and of kinds that are not known.
    pub texts: Texts,
    /// Opcode bytes of an UNKNOWN after the third one, up to 12.
    pub opcodes: Texts,
    /// Whole lines, line end included, of records that the text writer would spell otherwise.
    pub verbatim: Texts,
}

/// `value` of a LOST record whose count the kernel did not print.
pub const LOST_COUNT_UNKNOWN: u64 = u64::MAX;

/// Virtual address and length of a MAP record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MapRange {
    /// Row of the MAP record.
    pub row: u32,
    /// Kernel virtual address.
    pub virt: u64,
    /// Length in bytes.
    pub length: u64,
}

/// A column that most traces lack: rows after its end are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sparse<T>(Vec<T>);

impl<T: Copy + Default + PartialEq> Sparse<T> {
    /// The value at `row`.
    #[inline]
    pub fn get(&self, row: usize) -> T {
        self.0.get(row).copied().unwrap_or_default()
    }

    /// Appends `value` as `row`, which must come after every row set so far. Zeros take no room.
    #[inline]
    pub fn push_at(&mut self, row: usize, value: T) {
        if value != T::default() {
            self.0.resize(row, T::default());
            self.0.push(value);
        }
    }

    /// The rows up to the last one that is not zero.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// Whether all rows are zero.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Byte strings for some rows, in one allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    rows: Vec<u32>,
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl Texts {
    /// Appends `text` for `row`, which must be greater than every row so far.
    pub fn push(&mut self, row: u32, text: &[u8]) {
        self.rows.push(row);
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u32);
    }

    /// The text of `row`.
    pub fn get(&self, row: u32) -> Option<&[u8]> {
        self.rows.binary_search(&row).ok().map(|i| self.at(i))
    }

    /// The `i`th text.
    pub fn at(&self, i: usize) -> &[u8] {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.bytes[start as usize..self.ends[i] as usize]
    }

    /// Rows that have a text, rising.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Rows and texts in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.rows.iter().enumerate().map(|(i, &row)| (row, self.at(i)))
    }

    /// All texts, one after the other.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many rows have a text.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row has a text.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Removes all texts and keeps the memory.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.ends.clear();
        self.bytes.clear();
    }
}

impl Block {
    /// Number of records.
    #[inline]
    pub fn len(&self) -> usize {
        self.kind.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.kind.is_empty()
    }

    /// Whether the block is full, by its count of records or by its bytes of text.
    pub fn is_full(&self) -> bool {
        self.len() >= MAX_RECORDS || self.texts.bytes.len() + self.verbatim.bytes.len() >= MAX_TEXT
    }

    /// Removes all records and keeps the memory: fresh pages cost more than the parsing.
    pub fn clear(&mut self) {
        self.kind.clear();
        self.time.clear();
        self.map_id.clear();
        self.address.clear();
        self.value.clear();
        self.width.clear();
        self.pc.clear();
        self.cpu.clear();
        self.pid.clear();
        self.caller.clear();
        self.sequence.clear();
        self.repeat.clear();
        self.flags.clear();
        self.ranges.clear();
        self.texts.clear();
        self.opcodes.clear();
        self.verbatim.clear();
    }

    /// Appends a record with the fields every kind shares; the others are zero until set.
    #[inline]
    pub fn push(&mut self, fields: Fields) -> u32 {
        let row = self.kind.len();
        self.kind.push(fields.kind);
        self.time.push(fields.time);
        self.map_id.push(fields.map_id);
        self.address.push(fields.address);
        self.value.push(fields.value);
        self.width.push(fields.width);
        self.pc.push_at(row, fields.pc);
        self.pid.push_at(row, fields.pid);
        row as u32
    }

    /// Appends many records as [`Block::push`] does, column by column, which is faster.
    pub fn extend(&mut self, records: &[Fields]) {
        let row = self.kind.len();
        self.kind.extend(records.iter().map(|record| record.kind));
        self.time.extend(records.iter().map(|record| record.time));
        self.map_id.extend(records.iter().map(|record| record.map_id));
        self.address.extend(records.iter().map(|record| record.address));
        self.value.extend(records.iter().map(|record| record.value));
        self.width.extend(records.iter().map(|record| record.width));
        if records.iter().fold(0, |any, record| any | record.pc | u64::from(record.pid)) != 0 {
            for (row, record) in (row..).zip(records) {
                self.pc.push_at(row, record.pc);
                self.pid.push_at(row, record.pid);
            }
        }
    }

    /// Appends a MAP record.
    pub fn push_map(&mut self, fields: Fields, virt: u64, length: u64) -> u32 {
        let row = self.push(Fields { kind: Kind::MAP, ..fields });
        self.ranges.push(MapRange { row, virt, length });
        row
    }

    /// Appends a record that is mainly text; `time` is 0 for kinds without one.
    pub fn push_text(&mut self, kind: Kind, time: u64, text: &[u8]) -> u32 {
        let row = self.push(Fields { kind, time, ..Fields::default() });
        self.texts.push(row, text);
        row
    }

    /// Appends a LOST record.
    pub fn push_lost(&mut self, time: u64, cpu: u32, count: u64) -> u32 {
        let row = self.push(Fields { kind: Kind::LOST, time, value: count, ..Fields::default() });
        self.cpu.push_at(row as usize, cpu);
        row
    }

    /// Appends the record at `row` of `from`.
    pub fn push_row(&mut self, from: &Block, row: usize) {
        let (at, old) = (self.len(), row as u32);
        self.push(Fields {
            kind: from.kind[row],
            time: from.time[row],
            map_id: from.map_id[row],
            address: from.address[row],
            value: from.value[row],
            width: from.width[row],
            pc: from.pc.get(row),
            pid: from.pid.get(row),
        });
        self.cpu.push_at(at, from.cpu.get(row));
        self.caller.push_at(at, from.caller.get(row));
        self.sequence.push_at(at, from.sequence.get(row));
        self.repeat.push_at(at, from.repeat.get(row));
        self.flags.push_at(at, from.flags.get(row));
        let row = at as u32;
        self.ranges.extend(from.map_range(old).map(|range| MapRange { row, ..range }));
        let texts = [
            (&mut self.texts, &from.texts),
            (&mut self.opcodes, &from.opcodes),
            (&mut self.verbatim, &from.verbatim),
        ];
        for (to, from) in texts {
            if let Some(text) = from.get(old) {
                to.push(row, text);
            }
        }
    }

    /// What the MAP records have beyond the columns, by rising row.
    pub fn map_ranges(&self) -> &[MapRange] {
        &self.ranges
    }

    /// Virtual address and length of the MAP record at `row`.
    pub fn map_range(&self, row: u32) -> Option<MapRange> {
        let i = self.ranges.binary_search_by_key(&row, |r| r.row).ok()?;
        Some(self.ranges[i])
    }
}

/// The fields that most kinds share, see the columns of [`Block`].
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Fields {
    pub kind: Kind,
    pub time: u64,
    pub map_id: i32,
    pub address: u64,
    pub value: u64,
    pub width: u8,
    pub pc: u64,
    pub pid: u32,
}

/// Which columns a reader wants. `kind` is always read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns(u32);

#[allow(missing_docs)]
impl Columns {
    pub const KIND: Columns = Columns(0);
    pub const TIME: Columns = Columns(1 << 0);
    pub const MAP_ID: Columns = Columns(1 << 1);
    pub const ADDRESS: Columns = Columns(1 << 2);
    pub const VALUE: Columns = Columns(1 << 3);
    pub const WIDTH: Columns = Columns(1 << 4);
    /// pc, cpu, pid, caller, sequence, repeat, flags.
    pub const ORIGIN: Columns = Columns(1 << 5);
    /// MAP ranges, texts, opcodes and verbatim lines.
    pub const TEXT: Columns = Columns(1 << 6);
    pub const ALL: Columns = Columns(0x7f);

    /// Every column of both.
    pub const fn with(self, other: Columns) -> Columns {
        Columns(self.0 | other.0)
    }

    /// Whether every column of `other` is in here.
    pub const fn has(self, other: Columns) -> bool {
        self.0 & other.0 == other.0
    }
}
