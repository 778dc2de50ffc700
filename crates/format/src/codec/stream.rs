//! Symbols of a column: as bytes, which zstd then compresses, or entropy coded.

use super::CodecError;
use super::entropy::{self, Tables};
use super::varint::Reader;

/// The symbols are bytes.
pub(super) const BYTES: u8 = 1;
/// The symbols are entropy coded.
pub(super) const CODED: u8 = 2;

/// Symbols that are being read.
pub(super) enum Stream<'a> {
    Bytes(&'a [u8]),
    Coded(entropy::Symbols<'a>),
}

impl<'a> Stream<'a> {
    /// The `count` symbols that `data` consists of, in `encoding`.
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
                Ok(Stream::Bytes(bytes))
            }
            CODED => Ok(Stream::Coded(tables.open(data, contexts)?)),
            _ => Err(CodecError::Encoding { id: column, encoding }),
        }
    }

    /// The next symbol, under `context`; 0 when there are none left, which [`Stream::finish`] reports.
    #[inline(always)]
    pub(super) fn take(&mut self, context: usize) -> u8 {
        match self {
            Stream::Bytes(bytes) => {
                let Some((&first, rest)) = bytes.split_first() else { return 0 };
                *bytes = rest;
                first
            }
            Stream::Coded(symbols) => symbols.take(context),
        }
    }

    /// Whether the symbols ended where they should.
    pub(super) fn finish(self) -> Result<(), CodecError> {
        match self {
            Stream::Bytes(_) => Ok(()),
            Stream::Coded(symbols) => symbols.finish(),
        }
    }
}
