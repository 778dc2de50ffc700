//! Symbols of a column: as bytes, which zstd then compresses, or entropy coded.

use super::CodecError;
use super::entropy::{Symbols, Tables};
use super::varint::Reader;

/// The symbols are bytes.
pub(super) const BYTES: u8 = 1;
/// The symbols are entropy coded.
pub(super) const CODED: u8 = 2;

/// Symbols in one of the two encodings.
pub(super) enum Stream<'a> {
    Bytes(std::slice::Iter<'a, u8>),
    Coded(Symbols<'a>),
}

impl<'a> Stream<'a> {
    /// The `count` symbols that `data` consists of.
    pub(super) fn open(
        column: u8,
        encoding: u8,
        mut data: Reader<'a>,
        count: usize,
        contexts: usize,
        tables: &'a mut Tables,
    ) -> Result<Self, CodecError> {
        match encoding {
            BYTES => {
                let bytes = data.take(count)?;
                data.finish()?;
                Ok(Stream::Bytes(bytes.iter()))
            }
            CODED => Ok(Stream::Coded(tables.open(data, contexts)?)),
            _ => Err(CodecError::Encoding { id: column, encoding }),
        }
    }
}
