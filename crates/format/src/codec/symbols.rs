//! Symbols of a column, one after the other.

use super::CodecError;

/// Symbols that are being read.
pub(super) trait SymbolReader {
    /// The next symbol, under `context`; any when there are none left, which [`SymbolReader::finish`] reports.
    fn take(&mut self, context: u8) -> u8;

    /// Whether the symbols ended where they should.
    fn finish(self) -> Result<(), CodecError>;
}

/// Symbols that are bytes, as many as are needed.
impl SymbolReader for std::slice::Iter<'_, u8> {
    #[inline(always)]
    fn take(&mut self, _: u8) -> u8 {
        self.next().copied().unwrap_or(0)
    }

    fn finish(self) -> Result<(), CodecError> {
        Ok(())
    }
}
