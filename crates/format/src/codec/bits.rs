//! Bits, the lowest of a byte first.

use super::CodecError;

/// A writer that appends bits to bytes.
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    pending: u64,
    count: u32,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, pending: 0, count: 0 }
    }

    /// Appends the lowest `count` ≤ 32 bits of `value`, whose other bits must be 0.
    #[inline]
    pub(super) fn put(&mut self, value: u64, count: u32) {
        self.pending |= value << self.count;
        self.count += count;
        if self.count >= 32 {
            self.out.extend_from_slice(&(self.pending as u32).to_le_bytes());
            self.pending >>= 32;
            self.count -= 32;
        }
    }

    /// Appends an Elias gamma code of `value` ≥ 1: as many zeros as it has bits after the first one,
    /// a one, then those bits.
    pub(super) fn put_gamma(&mut self, value: u32) {
        let more = 31 - value.leading_zeros();
        self.put(1 << more, more + 1);
        self.put(u64::from(value & !(1 << more)), more);
    }

    /// Fills the last byte with zeros.
    pub(super) fn finish(self) {
        let bytes = self.count.div_ceil(8) as usize;
        self.out.extend_from_slice(&self.pending.to_le_bytes()[..bytes]);
    }
}

/// A reader that takes bits from the front of bytes.
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    /// How many bits were taken.
    position: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0 }
    }

    /// Only the zeros that fill the last byte may be left.
    pub(super) fn finish(mut self) -> Result<(), CodecError> {
        let left = (self.data.len() * 8).saturating_sub(self.position) as u32;
        if left < 8 && self.take(left)? == 0 {
            Ok(())
        } else {
            Err(CodecError::Invalid("bits that nothing needs"))
        }
    }

    /// The next `count` ≤ 32 bits.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> Result<u64, CodecError> {
        let tail = &self.data[(self.position / 8).min(self.data.len())..];
        let word = match tail.first_chunk::<8>() {
            Some(word) => u64::from_le_bytes(*word),
            None if self.position + count as usize > self.data.len() * 8 => {
                return Err(CodecError::Truncated);
            }
            None => tail.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        let value = word >> (self.position % 8) & ((1 << count) - 1);
        self.position += count as usize;
        Ok(value)
    }

    /// An integer ≥ 1 that [`BitWriter::put_gamma`] wrote.
    pub(super) fn take_gamma(&mut self) -> Result<u32, CodecError> {
        let mut more = 0;
        while self.take(1)? == 0 {
            more += 1;
            if more == 32 {
                return Err(CodecError::Invalid("a code of more than 32 bits"));
            }
        }
        Ok(1 << more | self.take(more)? as u32)
    }

    /// The bytes after the one that the last bit came from.
    pub(super) fn rest(self) -> &'a [u8] {
        &self.data[self.position.div_ceil(8).min(self.data.len())..]
    }
}
