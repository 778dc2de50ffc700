//! Variable-length integers and a reader of bytes that never reads too far.

use super::CodecError;

/// Appends `value` in 7-bit groups, lowest first; the top bit of a byte says that another follows.
#[inline]
pub(super) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Maps a wrapped difference to an integer that is small when the difference is: 0, −1, 1, −2, …
#[inline]
pub(super) fn zigzag(difference: u64) -> u64 {
    (difference << 1) ^ ((difference as i64 >> 63) as u64)
}

/// The inverse of [`zigzag`].
#[inline]
pub(super) fn unzigzag(value: u64) -> u64 {
    (value >> 1) ^ (value & 1).wrapping_neg()
}

/// Bytes that are taken from the front.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next `count` bytes.
    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let (head, tail) = self.0.split_at_checked(count).ok_or(CodecError::Truncated)?;
        self.0 = tail;
        Ok(head)
    }

    /// The next byte.
    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, CodecError> {
        let (&first, rest) = self.0.split_first().ok_or(CodecError::Truncated)?;
        self.0 = rest;
        Ok(first)
    }

    /// The next four bytes, lowest first.
    pub(super) fn word(&mut self) -> Result<u32, CodecError> {
        let (word, rest) = self.0.split_first_chunk().ok_or(CodecError::Truncated)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*word))
    }

    /// The next variable-length integer, at most 64 bits.
    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, CodecError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(CodecError::Invalid("an integer of more than 64 bits"))
    }

    /// An integer that must not exceed `limit`.
    #[inline]
    pub(super) fn varint_up_to(&mut self, limit: usize) -> Result<usize, CodecError> {
        let value = self.varint()?;
        if value > limit as u64 {
            return Err(CodecError::Invalid("a number beyond its limit"));
        }
        Ok(value as usize)
    }

    /// Checks that all bytes were taken.
    pub(super) fn finish(self) -> Result<(), CodecError> {
        if self.0.is_empty() { Ok(()) } else { Err(CodecError::Invalid("bytes behind the end of a column")) }
    }
}
