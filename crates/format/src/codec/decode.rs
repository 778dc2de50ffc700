//! The way from columns to blocks.

use super::entropy::Tables;
use super::stream::{BYTES, Stream};
use super::varint::Reader;
use super::{CodecError, access, id, needed, planes, shape, side, spell, texts, time, token};
use crate::block::{Block, Columns, MAX_RECORDS, Sparse, Texts};
use crate::record::Kind;

/// Turns columns into blocks. It keeps its memory from block to block.
pub struct Decoder {
    shapes: Vec<u8>,
    tables: Tables,
    access: Box<access::Decoder>,
    column: Vec<u64>,
}

/// The columns that are there and needed.
#[derive(Clone, Copy)]
struct Given<'a> {
    columns: &'a [(u8, &'a [u8])],
    want: Columns,
}

impl<'a> Given<'a> {
    /// The encoding of a column and what follows it.
    fn find(&self, id: u8) -> Result<Option<(u8, Reader<'a>)>, CodecError> {
        let column = self.columns.iter().find(|c| c.0 == id && needed(id, self.want));
        let Some(&(_, plain)) = column else { return Ok(None) };
        let mut data = Reader(plain);
        Ok(Some((data.byte()?, data)))
    }

    /// The data of a column that has only one encoding.
    fn find_plain(&self, id: u8) -> Result<Option<Reader<'a>>, CodecError> {
        match self.find(id)? {
            None => Ok(None),
            Some((BYTES, data)) => Ok(Some(data)),
            Some((encoding, _)) => Err(CodecError::Encoding { id, encoding }),
        }
    }

    /// Whether one of these columns refers to the rows that rows are like.
    fn is_alike(&self, mut ids: impl Iterator<Item = u8>) -> bool {
        ids.any(|id| matches!(self.find(id), Ok(Some((encoding, _))) if encoding == side::Order::Alike as u8))
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder.
    pub fn new() -> Self {
        Self {
            shapes: Vec::new(),
            tables: Tables::new(),
            access: Box::new(access::Decoder::new()),
            column: Vec::new(),
        }
    }

    /// Replaces `block` by a block of `records` records from the plain bytes of its columns.
    ///
    /// Of `columns`, those that `want` does not need are ignored, as are those of unknown ids; missing ones
    /// are all zeros. Columns of the block that are not wanted stay empty.
    ///
    /// # Errors
    /// The bytes of a column are not what [`super::Encoder::encode`] writes; `block` then has no meaning.
    pub fn decode(
        &mut self,
        records: u32,
        columns: &[(u8, &[u8])],
        want: Columns,
        block: &mut Block,
    ) -> Result<(), CodecError> {
        // The long columns are overwritten rather than cleared and filled with zeros first.
        let long = [&mut block.time, &mut block.address, &mut block.value].map(std::mem::take);
        block.clear();
        [block.time, block.address, block.value] = long;
        if records as usize > MAX_RECORDS {
            return Err(CodecError::Records(records));
        }
        let records = records as usize;
        let given = Given { columns, want };
        self.kinds(given, records, block)?;
        match given.find(id::TIME)? {
            Some((encoding, data)) => {
                time::decode(data, encoding, &self.shapes, &mut self.tables, &mut block.time)?;
            }
            None => zeros(&mut block.time, if want.has(Columns::TIME) { records } else { 0 }),
        }
        self.accesses(given, block)?;
        self.origins(given, block)?;
        texts(given, records, block)
    }

    fn kinds(&mut self, given: Given, records: usize, block: &mut Block) -> Result<(), CodecError> {
        self.shapes.clear();
        let wide = given.want.has(Columns::WIDTH);
        let Some((encoding, mut data)) = given.find(id::KIND)? else {
            self.shapes.resize(records, 0);
            block.kind.resize(records, Kind(0));
            block.width.resize(if wide { records } else { 0 }, 0);
            return Ok(());
        };
        let shapes = shape::Shapes::read(&mut data, records)?;
        let numbers = Stream::open(id::KIND, encoding, data, records, shape::CONTEXTS, &mut self.tables)?;
        let widths = wide.then_some(&mut block.width);
        shapes.decode(records, numbers, &mut self.shapes, &mut block.kind, widths)
    }

    /// Addresses and values, also when other columns refer to the rows that they resemble.
    fn accesses(&mut self, given: Given, block: &mut Block) -> Result<(), CodecError> {
        let want = given.want;
        let records = self.shapes.len();
        let wanted = want.has(Columns::ADDRESS) || want.has(Columns::VALUE);
        if !wanted && !given.is_alike(id::PC..=id::FLAGS) {
            block.address.clear();
            block.value.clear();
            self.access.like.clear();
            return Ok(());
        }
        match given.find(id::TOKENS)? {
            None => {
                zeros(&mut block.address, records);
                zeros(&mut block.value, records);
                zeros(&mut self.access.like, records);
            }
            Some((encoding, tokens)) => {
                self.lists(given, records)?;
                let count = token::CONTEXTS;
                let tokens = Stream::open(id::TOKENS, encoding, tokens, records, count, &mut self.tables)?;
                self.access.decode(&self.shapes, tokens, &mut block.address, &mut block.value)?;
            }
        }
        if !want.has(Columns::ADDRESS) {
            block.address.clear();
        }
        if !want.has(Columns::VALUE) {
            block.value.clear();
        }
        Ok(())
    }

    /// The numbers that addresses and values spell out.
    fn lists(&mut self, given: Given, records: usize) -> Result<(), CodecError> {
        let access = &mut self.access;
        let lists: [(u8, planes::Lists<&mut [Vec<u64>]>); 2] = [
            (id::ADDRESS, (&mut access.addresses, &spell::ADDRESS_WIDTHS)),
            (id::VALUE, (&mut access.values, &spell::VALUE_WIDTHS)),
        ];
        for (id, (lists, widths)) in lists {
            match given.find_plain(id)? {
                None => lists.iter_mut().for_each(Vec::clear),
                Some(data) => planes::decode(data, widths, records, &mut self.tables, lists)?,
            }
        }
        Ok(())
    }

    /// Map ids, and what most traces lack.
    fn origins(&mut self, given: Given, block: &mut Block) -> Result<(), CodecError> {
        let records = self.shapes.len();
        let want = given.want;
        if needed(id::MAP_ID, want) && self.side(given, id::MAP_ID, &[])? {
            block.map_id.extend(self.column.iter().map(|&m| m as i32));
        } else if needed(id::MAP_ID, want) {
            block.map_id.resize(records, 0);
        }
        let maps = std::mem::take(&mut block.map_id);
        if self.side(given, id::PC, &maps)? {
            store(&self.column, &mut block.pc, |x| x);
        }
        if self.side(given, id::CPU, &maps)? {
            store(&self.column, &mut block.cpu, |x| x as u32);
        }
        if self.side(given, id::PID, &maps)? {
            store(&self.column, &mut block.pid, |x| x as u32);
        }
        if self.side(given, id::CALLER, &maps)? {
            store(&self.column, &mut block.caller, |x| x);
        }
        if self.side(given, id::SEQUENCE, &maps)? {
            store(&self.column, &mut block.sequence, |x| x);
        }
        if self.side(given, id::REPEAT, &maps)? {
            store(&self.column, &mut block.repeat, |x| x);
        }
        if self.side(given, id::FLAGS, &maps)? {
            store(&self.column, &mut block.flags, |x| x as u8);
        }
        block.map_id = maps;
        if !want.has(Columns::MAP_ID) {
            block.map_id.clear();
        }
        Ok(())
    }

    /// Reads a column, if it is there, as the current one.
    fn side(&mut self, given: Given, id: u8, map_ids: &[i32]) -> Result<bool, CodecError> {
        let Some((encoding, data)) = given.find(id)? else { return Ok(false) };
        let like = if id == id::MAP_ID { &[] } else { &self.access.like[..] };
        let rows = side::Rows { like, map_ids };
        side::decode(id, data, encoding, self.shapes.len(), rows, &mut self.column)?;
        Ok(true)
    }
}

/// Sets `column` to zeros.
fn zeros<T: Clone + Default>(column: &mut Vec<T>, records: usize) {
    column.clear();
    column.resize(records, T::default());
}

/// Sets a sparse column.
fn store<T: Copy + Default + PartialEq>(from: &[u64], to: &mut Sparse<T>, convert: impl Fn(u64) -> T) {
    from.iter().enumerate().for_each(|(row, &x)| to.push_at(row, convert(x)));
}

/// MAP ranges, texts, opcodes and verbatim lines.
fn texts(given: Given, records: usize, block: &mut Block) -> Result<(), CodecError> {
    if let Some(data) = given.find_plain(id::RANGES)? {
        texts::decode_ranges(data, records, &mut block.ranges)?;
    }
    let columns: [(u8, &mut Texts); 3] = [
        (id::TEXTS, &mut block.texts),
        (id::OPCODES, &mut block.opcodes),
        (id::VERBATIM, &mut block.verbatim),
    ];
    for (id, texts) in columns {
        if let Some(data) = given.find_plain(id)? {
            texts::decode_texts(data, records, texts)?;
        }
    }
    Ok(())
}
