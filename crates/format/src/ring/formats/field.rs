//! A number at a place in a page or event.

/// The place of a number, little-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// The first byte.
    pub offset: usize,
    /// The number of bytes: 1, 2, 4 or 8; any where the field is not a number.
    pub size: usize,
}

impl Field {
    /// The first byte after the number.
    pub fn end(self) -> usize {
        self.offset + self.size
    }

    /// The number in `bytes`; `None` when these end before the number does.
    #[inline]
    pub fn read(self, bytes: &[u8]) -> Option<u64> {
        let number = bytes.get(self.offset..)?;
        Some(match self.size {
            8 => u64::from_le_bytes(*number.first_chunk()?),
            4 => u32::from_le_bytes(*number.first_chunk()?).into(),
            2 => u16::from_le_bytes(*number.first_chunk()?).into(),
            _ => (*number.first()?).into(),
        })
    }
}
