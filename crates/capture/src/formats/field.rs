//! A number at a place in a page or event.

/// Where a number stands, little-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// First byte.
    pub offset: usize,
    /// Bytes: 1, 2, 4 or 8; for what is no number, any.
    pub size: usize,
}

impl Field {
    /// The byte behind it.
    pub fn end(self) -> usize {
        self.offset + self.size
    }

    /// The number in `bytes`; `None` when they end before it does.
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

    pub(super) fn furthest(so_far: usize, field: &Field) -> usize {
        so_far.max(field.end())
    }
}
