//! Blocks as compressed columns and back.
//!
//! Each column becomes one zstd frame. Its plain bytes begin with the number of an encoding,
//! so each column describes itself and can be read alone.

mod texts;
mod varint;

use crate::block::{Block, Columns, MAX_RECORDS, Texts};
use crate::record::Kind;
use varint::Reader;
use zstd::bulk::Compressor;

/// The longest plain length of a column. It leaves room for [`crate::block::MAX_TEXT`] bytes of text,
/// one more text of the same length, and the lengths of all.
pub const MAX_PLAIN: u32 = 12 << 20;

/// Numbers of the columns in a file.
#[allow(missing_docs)]
pub mod id {
    pub const KIND: u8 = 1;
    pub const TIME: u8 = 2;
    pub const ADDRESS: u8 = 3;
    pub const VALUE: u8 = 4;
    pub const MAP_ID: u8 = 5;
    pub const WIDTH: u8 = 6;
    pub const PC: u8 = 16;
    pub const CPU: u8 = 17;
    pub const PID: u8 = 18;
    pub const CALLER: u8 = 19;
    pub const SEQUENCE: u8 = 20;
    pub const REPEAT: u8 = 21;
    pub const FLAGS: u8 = 22;
    pub const RANGES: u8 = 32;
    pub const TEXTS: u8 = 33;
    pub const OPCODES: u8 = 34;
    pub const VERBATIM: u8 = 35;
}

/// Why columns cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The bytes of a column end too early.
    #[error("a column ends too early")]
    Truncated,
    /// A column is of an encoding that this version does not know.
    #[error("column {id} has encoding {encoding}, which this version does not know")]
    Encoding {
        /// The column.
        id: u8,
        /// Its encoding.
        encoding: u8,
    },
    /// The bytes of a column contradict themselves.
    #[error("a column has {0}")]
    Invalid(&'static str),
    /// More records than a block can have.
    #[error("a block of {0} records, at most 65536 are possible")]
    Records(u32),
}

/// A column of a block, compressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncodedColumn {
    /// Which column, see [`id`].
    pub id: u8,
    /// Bytes that the frame decompresses to, at most [`MAX_PLAIN`].
    pub plain_len: u32,
    /// CRC-32 (zlib's) of those bytes.
    pub crc: u32,
    /// One complete zstd frame with content size and checksum.
    pub frame: Vec<u8>,
}

/// Which column must be decompressed for `want`.
pub fn needed(column: u8, want: Columns) -> bool {
    match column {
        id::KIND => true,
        id::TIME => want.has(Columns::TIME),
        id::ADDRESS => want.has(Columns::ADDRESS),
        id::VALUE => want.has(Columns::VALUE),
        id::MAP_ID => want.has(Columns::MAP_ID),
        id::WIDTH => want.has(Columns::WIDTH),
        id::PC..=id::FLAGS => want.has(Columns::ORIGIN),
        id::RANGES..=id::VERBATIM => want.has(Columns::TEXT),
        _ => false,
    }
}

/// Turns blocks into columns. It keeps its memory from block to block.
pub struct Encoder {
    zstd: Compressor<'static>,
    plain: Vec<u8>,
}

impl Encoder {
    /// An encoder at zstd's compression level `level`; levels out of range mean the nearest one.
    pub fn new(level: i32) -> Self {
        let range = zstd::compression_level_range();
        let level = level.clamp(*range.start(), *range.end());
        let mut zstd = Compressor::new(level).expect("the level is in range");
        zstd.include_checksum(true).expect("zstd has checksums");
        zstd.include_contentsize(true).expect("zstd stores sizes");
        Self { zstd, plain: Vec::new() }
    }

    /// Replaces `out` by the columns of `block`, by rising id. Columns of zeros are left out.
    ///
    /// Of the block, `kind` … `width` must be of one length, at most [`MAX_RECORDS`], and no text column
    /// longer than [`MAX_PLAIN`] allows: what [`Block::is_full`] ends in time.
    pub fn encode(&mut self, block: &Block, out: &mut Vec<EncodedColumn>) {
        let mut used = 0;
        let numbers: [(u8, &mut dyn Iterator<Item = u64>); 13] = [
            (id::KIND, &mut block.kind.iter().map(|k| u64::from(k.0))),
            (id::TIME, &mut block.time.iter().copied()),
            (id::ADDRESS, &mut block.address.iter().copied()),
            (id::VALUE, &mut block.value.iter().copied()),
            (id::MAP_ID, &mut block.map_id.iter().map(|&m| m as u64)),
            (id::WIDTH, &mut block.width.iter().map(|&w| u64::from(w))),
            (id::PC, &mut block.pc.as_slice().iter().copied()),
            (id::CPU, &mut block.cpu.as_slice().iter().map(|&x| u64::from(x))),
            (id::PID, &mut block.pid.as_slice().iter().map(|&x| u64::from(x))),
            (id::CALLER, &mut block.caller.as_slice().iter().copied()),
            (id::SEQUENCE, &mut block.sequence.as_slice().iter().copied()),
            (id::REPEAT, &mut block.repeat.as_slice().iter().copied()),
            (id::FLAGS, &mut block.flags.as_slice().iter().map(|&x| u64::from(x))),
        ];
        for (id, values) in numbers {
            self.plain.clear();
            self.plain.push(0);
            let mut last = 0u64;
            let mut any = 0;
            for value in values {
                any |= value;
                varint::put(&mut self.plain, varint::zigzag(value.wrapping_sub(last)));
                last = value;
            }
            if any != 0 {
                self.finish(id, out, &mut used);
            }
        }
        if !block.ranges.is_empty() {
            self.plain.clear();
            self.plain.push(0);
            texts::encode_ranges(&block.ranges, &mut self.plain);
            self.finish(id::RANGES, out, &mut used);
        }
        let columns =
            [(id::TEXTS, &block.texts), (id::OPCODES, &block.opcodes), (id::VERBATIM, &block.verbatim)];
        for (id, texts) in columns {
            if !texts.is_empty() {
                self.plain.clear();
                self.plain.push(0);
                texts::encode_texts(texts, &mut self.plain);
                self.finish(id, out, &mut used);
            }
        }
        out.truncate(used);
    }

    /// Compresses `plain` as the next column of `out`, into a buffer that may be there already.
    fn finish(&mut self, id: u8, out: &mut Vec<EncodedColumn>, used: &mut usize) {
        if *used == out.len() {
            out.push(EncodedColumn::default());
        }
        let column = &mut out[*used];
        *used += 1;
        column.id = id;
        column.plain_len = self.plain.len() as u32;
        column.crc = crc32fast::hash(&self.plain);
        column.frame.clear();
        column.frame.reserve(zstd::zstd_safe::compress_bound(self.plain.len()));
        self.zstd.compress_to_buffer(&self.plain, &mut column.frame).expect("the buffer is long enough");
    }
}

/// Turns columns into blocks.
pub struct Decoder {}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder.
    pub fn new() -> Self {
        Self {}
    }

    /// Replaces `block` by a block of `records` records from the plain bytes of its columns.
    ///
    /// Of `columns`, those that `want` does not need are ignored, as are those of unknown ids; missing ones
    /// are all zeros. Columns of the block that are not wanted stay empty.
    ///
    /// # Errors
    /// The bytes of a column are not what [`Encoder::encode`] writes; `block` then has no meaning.
    pub fn decode(
        &mut self,
        records: u32,
        columns: &[(u8, &[u8])],
        want: Columns,
        block: &mut Block,
    ) -> Result<(), CodecError> {
        block.clear();
        let n = records as usize;
        if n > MAX_RECORDS {
            return Err(CodecError::Records(records));
        }
        let find = |id: u8| columns.iter().find(|c| c.0 == id && needed(id, want)).map(|c| c.1);
        numbers(find(id::KIND), id::KIND, n, true, |_, v| block.kind.push(Kind(v as u8)))?;
        let time = want.has(Columns::TIME);
        numbers(find(id::TIME), id::TIME, n, time, |_, v| block.time.push(v))?;
        let address = want.has(Columns::ADDRESS);
        numbers(find(id::ADDRESS), id::ADDRESS, n, address, |_, v| block.address.push(v))?;
        numbers(find(id::VALUE), id::VALUE, n, want.has(Columns::VALUE), |_, v| block.value.push(v))?;
        let map_id = want.has(Columns::MAP_ID);
        numbers(find(id::MAP_ID), id::MAP_ID, n, map_id, |_, v| block.map_id.push(v as i32))?;
        let width = want.has(Columns::WIDTH);
        numbers(find(id::WIDTH), id::WIDTH, n, width, |_, v| block.width.push(v as u8))?;
        numbers(find(id::PC), id::PC, n, false, |i, v| block.pc.push_at(i, v))?;
        numbers(find(id::CPU), id::CPU, n, false, |i, v| block.cpu.push_at(i, v as u32))?;
        numbers(find(id::PID), id::PID, n, false, |i, v| block.pid.push_at(i, v as u32))?;
        numbers(find(id::CALLER), id::CALLER, n, false, |i, v| block.caller.push_at(i, v))?;
        numbers(find(id::SEQUENCE), id::SEQUENCE, n, false, |i, v| block.sequence.push_at(i, v))?;
        numbers(find(id::REPEAT), id::REPEAT, n, false, |i, v| block.repeat.push_at(i, v))?;
        numbers(find(id::FLAGS), id::FLAGS, n, false, |i, v| block.flags.push_at(i, v as u8))?;
        if let Some(plain) = find(id::RANGES) {
            texts::decode_ranges(open(id::RANGES, plain)?, n, &mut block.ranges)?;
        }
        let texts: [(u8, &mut Texts); 3] = [
            (id::TEXTS, &mut block.texts),
            (id::OPCODES, &mut block.opcodes),
            (id::VERBATIM, &mut block.verbatim),
        ];
        for (id, texts) in texts {
            if let Some(plain) = find(id) {
                texts::decode_texts(open(id, plain)?, n, texts)?;
            }
        }
        Ok(())
    }
}

/// The data of a column behind its encoding, which must be 0.
fn open(id: u8, plain: &[u8]) -> Result<Reader<'_>, CodecError> {
    let mut data = Reader(plain);
    match data.byte()? {
        0 => Ok(data),
        encoding => Err(CodecError::Encoding { id, encoding }),
    }
}

fn numbers(
    plain: Option<&[u8]>,
    id: u8,
    records: usize,
    fill: bool,
    mut put: impl FnMut(usize, u64),
) -> Result<(), CodecError> {
    let mut last = 0u64;
    if let Some(plain) = plain {
        let mut data = open(id, plain)?;
        for row in 0..records {
            if data.0.is_empty() && !fill {
                break;
            }
            last = last.wrapping_add(varint::unzigzag(data.varint()?));
            put(row, last);
        }
        data.finish()?;
    } else if fill {
        (0..records).for_each(|row| put(row, 0));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
