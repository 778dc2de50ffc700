//! Blocks as compressed columns and back.
//!
//! Each column becomes one zstd frame. Its plain bytes begin with the number of an encoding,
//! so each column describes itself and can be read alone.

mod access;
mod bits;
mod cluster;
mod decode;
mod encode;
mod entropy;
mod planes;
mod predict;
mod shape;
mod side;
mod spell;
mod stream;
mod texts;
mod time;
mod token;
mod varint;

pub use decode::Decoder;
pub use encode::Encoder;

use crate::block::Columns;

/// The longest plain length of a column. It leaves room for [`crate::block::MAX_TEXT`] bytes of text,
/// one more text of the same length, and the lengths of all.
pub const MAX_PLAIN: u32 = 12 << 20;

/// Numbers of the columns in a file.
#[allow(missing_docs)]
pub mod id {
    /// Kind and width.
    pub const KIND: u8 = 1;
    pub const TIME: u8 = 2;
    /// How address and value of each record are predicted; the next two hold what is not.
    pub const TOKENS: u8 = 3;
    pub const ADDRESS: u8 = 4;
    pub const VALUE: u8 = 5;
    pub const MAP_ID: u8 = 6;
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
#[non_exhaustive]
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

/// Whether this version knows what a column holds.
pub fn is_known(column: u8) -> bool {
    matches!(column, id::KIND..=id::MAP_ID | id::PC..=id::FLAGS | id::RANGES..=id::VERBATIM)
}

/// Which column must be decompressed for `want`.
pub fn needed(column: u8, want: Columns) -> bool {
    let any = |columns: &[Columns]| columns.iter().any(|&c| want.has(c));
    match column {
        id::KIND => true,
        id::TIME => want.has(Columns::TIME),
        id::TOKENS..=id::VALUE => any(&[Columns::ADDRESS, Columns::VALUE, Columns::ORIGIN]),
        id::MAP_ID => any(&[Columns::MAP_ID, Columns::ORIGIN]),
        id::PC..=id::FLAGS => want.has(Columns::ORIGIN),
        id::RANGES..=id::VERBATIM => want.has(Columns::TEXT),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
