//! A block as it stands in the file, to be decoded on any thread.

use super::layout::BlockHead;
use crate::block::{Block, Columns};
use crate::codec;
use crate::error::{Damage, DamageKind, Position};
use crc32fast::Hasher;
use std::ops::Range;
use zstd::bulk::Decompressor;
use zstd::zstd_safe::{find_frame_compressed_size, get_frame_content_size};

/// A block that was read and not decoded. Its memory is kept from block to block.
#[derive(Clone, Debug, Default)]
pub struct RawBlock {
    pub(super) head: BlockHead,
    pub(super) place: Position,
    /// CRC-32 of the section's payload.
    pub(super) crc: u32,
    /// CRC-32 of the head, in the compressed form.
    pub(super) head_crc: u32,
    /// Whether the columns are zstd frames, or plain.
    pub(super) compressed: bool,
    pub(super) bytes: Vec<u8>,
    /// The columns that were read.
    pub(super) columns: Vec<RawColumn>,
}

/// A column in the bytes of a [`RawBlock`].
#[derive(Clone, Debug)]
pub(super) struct RawColumn {
    pub(super) id: u8,
    pub(super) plain_len: u32,
    pub(super) range: Range<usize>,
}

impl RawBlock {
    /// The head of the block.
    pub fn head(&self) -> &BlockHead {
        &self.head
    }

    /// How many columns a newer version wrote that this one does not know.
    pub fn unknown_columns(&self) -> usize {
        self.head.columns.iter().filter(|c| !codec::is_known(c.0)).count()
    }

    /// Place of the block in its file.
    pub fn place(&self) -> Position {
        self.place
    }

    /// Forgets the columns; `head` belongs to the new block already.
    pub(super) fn begin(&mut self, compressed: bool, crc: u32, place: Position) {
        (self.compressed, self.crc, self.place) = (compressed, crc, place);
        self.bytes.clear();
        self.columns.clear();
    }

    pub(super) fn push(&mut self, id: u8, plain_len: u32, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.columns.push(RawColumn { id, plain_len, range: start..self.bytes.len() });
    }

    /// Replaces `block` by the columns in `want`, which must have been asked of the reader.
    ///
    /// # Errors
    /// The block is damaged: none of its records can be trusted.
    pub fn decode(&self, decoder: &mut BlockDecoder, want: Columns, block: &mut Block) -> Result<(), Damage> {
        let needed = |c: &RawColumn| codec::needed(c.id, want);
        if self.compressed {
            self.open(decoder, needed)?;
        }
        let mut plain = [(0, &[][..]); super::layout::MAX_COLUMNS];
        let mut used = 0;
        let mut at = 0;
        for column in self.columns.iter().filter(|c| needed(c)) {
            let bytes = if self.compressed {
                &decoder.plain[at..at + column.plain_len as usize]
            } else {
                &self.bytes[column.range.clone()]
            };
            at += column.plain_len as usize;
            plain[used] = (column.id, bytes);
            used += 1;
        }
        let records = self.head.stats.records;
        decoder.columns.decode(records, &plain[..used], want, block).map_err(|e| self.damage(e.to_string()))
    }

    /// Checks the data of all columns, which must have been read, against the checksum of the section; it was
    /// checked on reading in the plain form. The decoder then holds the plain columns.
    pub(super) fn verify(&self, decoder: &mut BlockDecoder) -> Result<(), Damage> {
        if !self.compressed {
            return Ok(());
        }
        self.open(decoder, |_| true)?;
        let mut crc = Hasher::new_with_initial(self.head_crc);
        crc.update(&decoder.plain[..self.head.plain_len() as usize]);
        if crc.finalize() == self.crc {
            return Ok(());
        }
        Err(self.damage("the checksum of a block is wrong".into()))
    }

    /// Decompresses the columns that `which` takes, one after the other.
    fn open(&self, decoder: &mut BlockDecoder, which: impl Fn(&RawColumn) -> bool) -> Result<(), Damage> {
        let needed = || self.columns.iter().filter(|c| which(c));
        let total: usize = needed().map(|c| c.plain_len as usize).sum();
        if decoder.plain.len() < total {
            decoder.plain.resize(total, 0);
        }
        let mut at = 0;
        for column in needed() {
            let end = at + column.plain_len as usize;
            let frame = &self.bytes[column.range.clone()];
            if !open_frame(&mut decoder.zstd, frame, &mut decoder.plain[at..end]) {
                return Err(self.damage(format!("the data of column {} is wrong", column.id)));
            }
            at = end;
        }
        Ok(())
    }

    pub(super) fn damage(&self, what: String) -> Damage {
        let what = format!("{what}; {} are missing", records(u64::from(self.head.stats.records)));
        Damage { kind: DamageKind::Damaged, what, place: self.place }
    }
}

/// `n` records, in words.
pub(super) fn records(n: u64) -> String {
    format!("{n} record{}", if n == 1 { "" } else { "s" })
}

/// The memory that decoding needs; each thread has its own.
pub struct BlockDecoder {
    zstd: Decompressor<'static>,
    columns: codec::Decoder,
    pub(super) plain: Vec<u8>,
}

impl BlockDecoder {
    /// A decoder.
    pub fn new() -> Self {
        Self { zstd: decompressor(), columns: codec::Decoder::new(), plain: Vec::new() }
    }
}

impl Default for BlockDecoder {
    fn default() -> Self {
        Self::new()
    }
}

pub(super) fn decompressor() -> Decompressor<'static> {
    Decompressor::new().expect("zstd has memory for a context")
}

/// Bytes that `frame` holds, when it is one whole zstd frame that says so.
pub(super) fn plain_len(frame: &[u8]) -> Option<u64> {
    let whole = find_frame_compressed_size(frame).ok()? == frame.len();
    get_frame_content_size(frame).ok()?.filter(|_| whole)
}

/// Decompresses `frame`, which must be one whole frame of exactly the length of `out`.
pub(super) fn open_frame(zstd: &mut Decompressor, frame: &[u8], out: &mut [u8]) -> bool {
    plain_len(frame) == Some(out.len() as u64)
        && zstd.decompress_to_buffer(frame, out).is_ok_and(|n| n == out.len())
}
