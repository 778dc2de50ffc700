//! A writer of containers, from front to back.

use super::index::{self, Entry};
use super::layout::{self, BLOCK, BlockHead, END, Own, RECORDING, SectionHead, Totals, put, put_own};
use super::recording::{Recording, Section};
use super::seek_table::SeekTable;
use crate::block::Block;
use crate::codec::{EncodedColumn, Encoder};
use crate::error::{Error, Position, Result};
use crate::stats::Stats;
use crc32fast::Hasher;
use std::io::Write;
use std::path::PathBuf;
use zstd::bulk::Compressor;

/// Compression level that is used unless the user asks for another.
pub const DEFAULT_LEVEL: i32 = 3;

/// A block in its compressed form, without the numbers that depend on its place in the file.
#[derive(Clone, Debug, Default)]
pub struct EncodedBlock {
    pub(super) stats: Stats,
    pub(super) columns: Vec<EncodedColumn>,
}

impl EncodedBlock {
    /// Replaces this by `block`, which must have all its columns.
    pub fn encode(&mut self, encoder: &mut Encoder, block: &Block) {
        self.stats = Stats::of(block);
        encoder.encode(block, &mut self.columns);
    }

    /// Statistics of the block.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// CRC-32 of `head` and the plain bytes of all columns after it.
    fn crc_with(&self, head: &[u8]) -> u32 {
        let mut crc = Hasher::new();
        crc.update(head);
        for column in &self.columns {
            crc.combine(&Hasher::new_with_initial_len(column.crc, u64::from(column.plain_len)));
        }
        crc.finalize()
    }
}

/// A writer of containers to any sink, which never goes back: after each call that returns, what was
/// written before is a readable file that only lacks its end.
pub struct Writer<W> {
    out: W,
    path: PathBuf,
    encoder: Encoder,
    encoded: EncodedBlock,
    zstd: Compressor<'static>,
    /// The frames of a section, written at once.
    group: Vec<u8>,
    offset: u64,
    plain_offset: u64,
    totals: Totals,
    index: index::Builder,
    seek_table: SeekTable,
}

impl<W: Write> Writer<W> {
    /// Begins a file on `out`. `path` is its name in errors, `level` zstd's compression level.
    ///
    /// # Errors
    /// [`Error::Io`] when `out` refuses the header.
    pub fn new(out: W, path: impl Into<PathBuf>, level: i32) -> Result<Self> {
        Self::begin(out, path.into(), level, Encoder::new(level))
    }

    /// As [`Writer::new`], with [`Encoder::live`].
    ///
    /// # Errors
    /// As [`Writer::new`].
    pub fn live(out: W, path: impl Into<PathBuf>, level: i32) -> Result<Self> {
        Self::begin(out, path.into(), level, Encoder::live(level))
    }

    fn begin(out: W, path: PathBuf, level: i32, encoder: Encoder) -> Result<Self> {
        let zstd = compressor(level).map_err(|source| write_error(&path, source))?;
        let mut writer = Self {
            out,
            path,
            encoder,
            encoded: EncodedBlock::default(),
            zstd,
            group: Vec::new(),
            offset: 0,
            plain_offset: 0,
            totals: Totals::default(),
            index: index::Builder::default(),
            seek_table: SeekTable::default(),
        };
        writer.write_single(&layout::header())?;
        Ok(writer)
    }

    /// Begins a recording; the blocks that follow belong to it. Its number is set here and returned.
    ///
    /// # Errors
    /// [`Error::Data`] when it is longer than [`layout::MAX_SECTION`], [`Error::Io`].
    pub fn write_recording(&mut self, recording: &Recording) -> Result<u32> {
        let number = self.totals.recordings as u32;
        self.put_recording(recording, number)?;
        self.totals.recordings += 1;
        Ok(number)
    }

    /// Adds facts to the recording that was begun last.
    ///
    /// # Errors
    /// As [`Writer::write_recording`].
    pub fn extend_recording(&mut self, more: &Recording) -> Result<()> {
        self.totals.recordings = self.totals.recordings.max(1);
        self.put_recording(more, self.current_recording())
    }

    /// Writes `block` compressed; an empty one is left out.
    ///
    /// # Errors
    /// As [`Writer::write_encoded`].
    pub fn write_block(&mut self, block: &Block) -> Result<()> {
        if block.is_empty() {
            return Ok(());
        }
        let mut encoded = std::mem::take(&mut self.encoded);
        encoded.encode(&mut self.encoder, block);
        let result = self.write_encoded(&encoded);
        self.encoded = encoded;
        result
    }

    /// Writes a block that was compressed elsewhere, as on another thread. Its records follow those written so far.
    ///
    /// # Errors
    /// [`Error::Data`] for a block beyond the format's limits, [`Error::Io`].
    pub fn write_encoded(&mut self, block: &EncodedBlock) -> Result<()> {
        let head = BlockHead {
            recording: self.current_recording(),
            first_record: self.totals.records,
            first_access: self.totals.accesses,
            stats: block.stats.clone(),
            columns: block.columns.iter().map(|c| (c.id, c.plain_len)).collect(),
        };
        let length = head.plain_len();
        let mut head_bytes = Vec::with_capacity(256);
        head.put(&mut head_bytes);
        if BlockHead::default().read(&head_bytes) != Some(head_bytes.len()) {
            return Err(self.beyond("a block of that size"));
        }
        let section = SectionHead {
            tag: BLOCK,
            flags: 0,
            length: head_bytes.len() as u64 + length,
            crc: block.crc_with(&head_bytes),
        };
        let mut plain = Vec::with_capacity(256);
        section.put(&mut plain);
        plain.extend_from_slice(&head_bytes);
        let entry = Entry {
            offset: self.offset,
            plain_offset: self.plain_offset,
            block: self.totals.blocks,
            recording: head.recording,
            first_record: head.first_record,
            first_access: head.first_access,
            stats: head.stats,
        };
        let first = self.compress(&plain)?;
        let columns = block.columns.iter().map(|c| (&c.frame[..], c.plain_len));
        self.write_group(std::iter::once((&first[..], plain.len() as u32)).chain(columns))?;
        self.totals.recordings = self.totals.recordings.max(1);
        self.totals.add(&entry.stats);
        self.index.add(&entry);
        if self.index.in_page() == index::PAGE_BLOCKS { self.write_page() } else { Ok(()) }
    }

    /// Writes a section of a kind that this version does not know, as a reader found it.
    ///
    /// # Errors
    /// As [`Writer::write_recording`]; [`Error::Data`] too for a tag that is known.
    pub fn write_section(&mut self, section: &Section) -> Result<()> {
        if [RECORDING, BLOCK, END].contains(&section.tag) {
            return Err(self.beyond("a known section as an unknown one"));
        }
        self.put_section(section.tag, section.flags, &section.payload)
    }

    /// Hands everything written so far to the operating system.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(|e| write_error(&self.path, e))
    }

    /// Totals of what was written so far.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Ends the file with its totals and index, and gives back the sink.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(mut self) -> Result<(W, Totals)> {
        let mut payload = Vec::new();
        self.totals.put(&mut payload);
        self.put_section(END, 0, &payload)?;
        if self.index.in_page() > 0 {
            self.write_page()?;
        }
        let root = self.offset;
        self.group.clear();
        self.index.put_root(&self.totals, &mut self.group);
        let root_len = self.group.len() as u32;
        if root_len > 0 {
            self.seek_table.add(root_len, 0);
        }
        self.seek_table.add(index::TRAILER_LEN as u32, 0);
        index::put_trailer(&mut self.group, root, root_len, self.seek_table.frames());
        self.seek_table.put(&mut self.group);
        self.write_out()?;
        self.flush()?;
        Ok((self.out, self.totals))
    }

    /// The compressor for columns that are only copied.
    pub(super) fn compressor(&mut self) -> &mut Compressor<'static> {
        &mut self.zstd
    }

    fn current_recording(&self) -> u32 {
        self.totals.recordings.saturating_sub(1) as u32
    }

    fn put_recording(&mut self, recording: &Recording, number: u32) -> Result<()> {
        let mut payload = Vec::with_capacity(recording.size() + 64);
        Recording { number, entries: recording.entries.clone() }.put(&mut payload);
        self.put_section(RECORDING, 0, &payload)
    }

    fn put_section(&mut self, tag: [u8; 4], flags: u32, payload: &[u8]) -> Result<()> {
        if payload.len() as u64 > layout::MAX_SECTION {
            return Err(self.beyond("a section of that size"));
        }
        let mut plain = Vec::with_capacity(payload.len() + layout::SECTION_HEAD);
        SectionHead::of(tag, flags, payload).put(&mut plain);
        plain.extend_from_slice(payload);
        self.write_single(&plain)
    }

    /// Writes `plain` as one frame with its announcement.
    fn write_single(&mut self, plain: &[u8]) -> Result<()> {
        let frame = self.compress(plain)?;
        self.write_group(std::iter::once((&frame[..], plain.len() as u32)))
    }

    fn compress(&mut self, plain: &[u8]) -> Result<Vec<u8>> {
        self.zstd.compress(plain).map_err(|e| write_error(&self.path, e))
    }

    /// Writes frames, given with their plain lengths, after their announcement.
    fn write_group<'a>(&mut self, frames: impl Iterator<Item = (&'a [u8], u32)> + Clone) -> Result<()> {
        let mut sizes = Vec::with_capacity(64);
        frames.clone().for_each(|(frame, _)| put(&mut sizes, frame.len() as u64));
        self.group.clear();
        put_own(&mut self.group, Own::ANNOUNCEMENT, &sizes);
        self.seek_table.add(self.group.len() as u32, 0);
        for (frame, plain) in frames {
            self.seek_table.add(frame.len() as u32, plain);
            self.group.extend_from_slice(frame);
            self.plain_offset += u64::from(plain);
        }
        self.write_out()
    }

    fn write_page(&mut self) -> Result<()> {
        self.group.clear();
        self.index.end_page(self.offset, &mut self.group);
        self.seek_table.add(self.group.len() as u32, 0);
        self.write_out()
    }

    fn write_out(&mut self) -> Result<()> {
        self.out.write_all(&self.group).map_err(|e| write_error(&self.path, e))?;
        self.offset += self.group.len() as u64;
        Ok(())
    }

    fn beyond(&self, what: &str) -> Error {
        let place = Position { block: Some(self.totals.blocks), ..Position::default() };
        Error::Data { what: format!("{}: the format cannot hold {what}", self.path.display()), place }
    }
}

/// A compressor of frames with content size and checksum.
pub(super) fn compressor(level: i32) -> std::io::Result<Compressor<'static>> {
    let range = zstd::compression_level_range();
    let mut zstd = Compressor::new(level.clamp(*range.start(), *range.end()))?;
    zstd.include_checksum(true)?;
    zstd.include_contentsize(true)?;
    Ok(zstd)
}

fn write_error(path: &std::path::Path, source: std::io::Error) -> Error {
    Error::Io { action: "cannot write", path: path.to_owned(), source }
}
