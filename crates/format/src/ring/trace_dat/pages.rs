//! The pages of a CPU in a file, one after the other.

use std::borrow::Cow;

use super::buffers::{Buffer, CpuData};
use super::bytes::Bytes;
use super::compression::Compressor;
use super::{damage, limits};
use crate::error::{Damage, DamageKind};

/// The name of a chunk in errors.
const OF: &str = "a piece of a CPU's pages";

/// The bytes of pages that may still be read, of all CPUs.
#[derive(Debug)]
pub(super) struct Budget(u64);

impl Default for Budget {
    fn default() -> Budget {
        Budget(limits::PAGES)
    }
}

impl Budget {
    fn spend(&mut self, size: usize, at: u64) -> Result<(), Damage> {
        let left = self.0.checked_sub(size as u64);
        let what = || format!("the file has more than {} GiB of pages", limits::PAGES >> 30);
        self.0 = left.ok_or_else(|| damage(DamageKind::Damaged, at, what()))?;
        Ok(())
    }
}

/// The pages of a CPU.
#[derive(Debug)]
pub(super) struct Pages<'a> {
    /// What follows in the file.
    rest: Bytes<'a>,
    /// Whether the place that the file names goes beyond its end.
    is_cut: bool,
    /// The chunks of pages that follow, where they are compressed.
    chunks: Option<Chunks>,
    /// Pages that were decompressed together.
    chunk: Cow<'a, [u8]>,
    /// The offset of the chunk in the file.
    chunk_at: u64,
    /// The offset of the page in the chunk, and of the one behind.
    page: (usize, usize),
    page_size: usize,
}

/// Compressed chunks of pages that follow.
#[derive(Clone, Copy, Debug)]
struct Chunks {
    left: u32,
    compressor: Compressor,
    /// Most bytes of a chunk, decompressed.
    most: usize,
}

impl<'a> Pages<'a> {
    /// The pages of a CPU of `buffer`. `cpus` is the number of CPUs that are read side by side.
    pub(super) fn new(
        file: &'a [u8],
        buffer: &Buffer,
        data: &CpuData,
        compressor: Compressor,
        cpus: usize,
    ) -> Result<Pages<'a>, Damage> {
        let mut rest = Bytes::of_file(file, data.offset)?;
        let mut is_cut = false;
        let mut chunks = None;
        if buffer.is_compressed && data.size > 0 {
            let left = rest.u32("the number of pieces of a CPU")?;
            chunks = Some(Chunks { left, compressor, most: limits::CHUNK.min(limits::HELD / cpus.max(1)) });
        } else {
            is_cut = data.size > rest.len() as u64;
            rest = rest.take(data.size.min(rest.len() as u64), "the pages of a CPU")?;
        }
        let chunk_at = rest.at();
        let page_size = buffer.page_size;
        Ok(Pages { rest, is_cut, chunks, chunk: Cow::Borrowed(&[]), chunk_at, page: (0, 0), page_size })
    }

    /// The page that was read last; the last one may be cut.
    pub(super) fn page(&self) -> &[u8] {
        self.chunk.get(self.page.0..self.page.1).unwrap_or_default()
    }

    /// The offset in the file of a byte of the page, or of the compressed bytes that it is in.
    pub(super) fn place(&self, at: usize) -> u64 {
        let within = if self.chunks.is_some() { 0 } else { self.page.0 + at };
        self.chunk_at + within as u64
    }

    /// Whether the page is the last one of a file that was cut.
    pub(super) fn is_cut_here(&self) -> bool {
        self.is_cut && self.page.1 >= self.chunk.len()
    }

    /// Goes to the next page; false when there is none.
    /// After an error it goes on with the next piece that can be read.
    pub(super) fn advance(&mut self, budget: &mut Budget) -> Result<bool, Damage> {
        if self.page.1 >= self.chunk.len() && !self.next_chunk(budget)? {
            return Ok(false);
        }
        let start = self.page.1;
        self.page = (start, (start + self.page_size).min(self.chunk.len()));
        Ok(true)
    }

    fn next_chunk(&mut self, budget: &mut Budget) -> Result<bool, Damage> {
        self.page = (0, 0);
        self.chunk = Cow::Borrowed(&[]);
        self.chunk_at = self.rest.at();
        match &mut self.chunks {
            None => {
                let all = self.rest.take(self.rest.len() as u64, "the pages of a CPU")?;
                budget.spend(all.len(), all.at())?;
                self.chunk = Cow::Borrowed(all.as_slice());
            }
            Some(chunks) => {
                // An empty piece is nothing to stop at.
                while self.chunk.is_empty() && chunks.left > 0 {
                    chunks.left -= 1;
                    self.chunk = Cow::Owned(chunks.next(&mut self.rest, budget)?);
                }
            }
        }
        Ok(!self.chunk.is_empty())
    }
}

impl Chunks {
    /// Decompresses the next chunk. Where it ends, or pages are too many, is not known or of no use: then no other one
    /// follows.
    fn next(&mut self, rest: &mut Bytes<'_>, budget: &mut Budget) -> Result<Vec<u8>, Damage> {
        let at = rest.at();
        let found = Chunk::read(rest).and_then(|chunk| budget.spend(chunk.size, at).map(|()| chunk));
        let chunk = found.inspect_err(|_| self.left = 0)?;
        if chunk.size > self.most {
            let what = format!("{OF} claims {} bytes, {} are possible", chunk.size, self.most);
            return Err(damage(DamageKind::Damaged, at, what));
        }
        self.compressor.decompress(chunk.compressed, chunk.size, at)
    }
}

/// A chunk as it is in the file.
struct Chunk<'a> {
    size: usize,
    compressed: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn read(rest: &mut Bytes<'a>) -> Result<Chunk<'a>, Damage> {
        let (length, size) = (rest.u32(OF)?, rest.u32(OF)? as usize);
        Ok(Chunk { size, compressed: rest.take(length.into(), OF)?.as_slice() })
    }
}
