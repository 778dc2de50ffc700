//! The seek table of zstd's seekable format, so that other tools can jump in the file as well.
//!
//! Layout: <https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md>.

use super::lookahead::Lookahead;
use crate::error::Result;
use crc32fast::Hasher;
use std::io::Read;

/// Magic number of the skippable frame.
pub(super) const MAGIC: [u8; 4] = 0x184D_2A5Eu32.to_le_bytes();
const FOOTER_MAGIC: [u8; 4] = 0x8F92_EAB1u32.to_le_bytes();

/// Bytes of a table beside its entries, and of an entry.
const AROUND: u64 = 8 + FOOTER as u64;
const ENTRY: u64 = 8;
/// Bytes of the footer.
pub(super) const FOOTER: usize = 9;

/// Most frames that a table lists: 32 MiB of entries. A longer file has no table.
pub(super) const MAX_FRAMES: usize = 4 << 20;

/// The frames of a file, collected while it is written.
#[derive(Default)]
pub(super) struct SeekTable {
    entries: Vec<u8>,
    too_many: bool,
}

impl SeekTable {
    /// Appends a frame by its compressed and plain length.
    pub(super) fn add(&mut self, length: u32, plain: u32) {
        if self.entries.len() / ENTRY as usize >= MAX_FRAMES {
            self.entries = Vec::new();
            self.too_many = true;
        }
        if !self.too_many {
            self.entries.extend_from_slice(&length.to_le_bytes());
            self.entries.extend_from_slice(&plain.to_le_bytes());
        }
    }

    /// Frames in the table, 0 when there are too many of them.
    pub(super) fn frames(&self) -> u32 {
        (self.entries.len() / ENTRY as usize) as u32
    }

    /// Appends the table's frame; nothing when there are too many entries.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        if self.too_many {
            return;
        }
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&((self.entries.len() + FOOTER) as u32).to_le_bytes());
        out.extend_from_slice(&self.entries);
        out.extend_from_slice(&self.frames().to_le_bytes());
        out.push(0);
        out.extend_from_slice(&FOOTER_MAGIC);
    }
}

/// The entries that a table must have, by the frames that a reader met.
#[derive(Default)]
pub(super) struct Seen {
    frames: u64,
    crc: Hasher,
}

impl Seen {
    /// Counts a frame by its compressed and plain length.
    pub(super) fn add(&mut self, length: u32, plain: u32) {
        self.frames += 1;
        self.crc.update(&length.to_le_bytes());
        self.crc.update(&plain.to_le_bytes());
    }

    /// Frames counted.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// Reads the payload of a table, `size` bytes, and says whether it lists these frames; `None` when it is cut.
    pub(super) fn check(&self, input: &mut Lookahead<impl Read>, size: u32) -> Result<Option<bool>> {
        let Some(mut left) = (size as usize).checked_sub(FOOTER) else {
            return Ok(input.skip(u64::from(size))?.then_some(false));
        };
        let mut crc = Hasher::new();
        while left > 0 {
            let window = input.fill(1)?;
            let now = window.len().min(left);
            if now == 0 {
                return Ok(None);
            }
            crc.update(&window[..now]);
            input.consume(now);
            left -= now;
        }
        let Some(footer) = input.fill(FOOTER)?.get(..FOOTER) else { return Ok(None) };
        let listed = footer_frames(footer).map(u64::from) == Some(self.frames);
        let fits = self.frames * ENTRY + FOOTER as u64 == u64::from(size);
        input.consume(FOOTER);
        Ok(Some(listed && fits && crc.finalize() == self.crc.clone().finalize()))
    }
}

/// Bytes of a whole table of `frames` entries.
pub(super) fn table_len(frames: u32) -> u64 {
    AROUND + ENTRY * u64::from(frames)
}

/// Frames of the table that ends in `footer`; `None` when it is not a footer of ours.
pub(super) fn footer_frames(footer: &[u8]) -> Option<u32> {
    let (count, rest) = footer.split_first_chunk::<4>()?;
    (rest[0] == 0 && rest[1..] == FOOTER_MAGIC).then(|| u32::from_le_bytes(*count))
}
