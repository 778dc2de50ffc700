//! The index: pages of up to 256 blocks, a root over the pages, a trailer that says where the root is.

use super::layout::{BlockHead, Bytes, Own, Totals, put, put_own, put_stats, read_stats};
use super::raw_block::RawBlock;
use crate::stats::Stats;

/// Blocks in a page.
pub(super) const PAGE_BLOCKS: u64 = 256;
/// Longest root: room for some 60 million blocks. A file with more has no root.
pub(super) const MAX_ROOT: usize = 16 << 20;
/// Length of the trailer's frame.
pub(super) const TRAILER_LEN: u64 = super::layout::OWN_AROUND as u64 + 16;

/// What the index knows of a block, or of all blocks of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Offset in the file of the (first) block's announcement.
    pub(super) offset: u64,
    /// Offset of the block's section in the plain stream.
    pub(super) plain_offset: u64,
    /// Number of the block, from 0.
    pub(super) block: u64,
    /// Number of its recording.
    pub(super) recording: u32,
    /// Number of its first record.
    pub(super) first_record: u64,
    /// Number of its first access.
    pub(super) first_access: u64,
    /// Counts and ranges.
    pub(super) stats: Stats,
}

impl Entry {
    /// The entry of a block whose head was read, and whose section has this offset in the plain stream.
    pub(super) fn of(raw: &RawBlock, plain_offset: u64) -> Entry {
        let BlockHead { recording, first_record, first_access, stats, .. } = raw.head.clone();
        let offset = raw.place.byte.unwrap_or_default();
        let block = raw.place.block.unwrap_or_default();
        Entry { offset, plain_offset, block, recording, first_record, first_access, stats }
    }

    /// Number of the first record after it.
    pub(super) fn end_record(&self) -> u64 {
        self.first_record + u64::from(self.stats.records)
    }

    /// Number of the first access after it.
    pub(super) fn end_access(&self) -> u64 {
        self.first_access + u64::from(self.stats.accesses)
    }

    /// Appends this, relative to the entry before it; the block's number is known from the place.
    fn put(&self, last: &Entry, out: &mut Vec<u8>) {
        put(out, self.offset - last.offset);
        put(out, self.plain_offset - last.plain_offset);
        put(out, u64::from(self.recording));
        put(out, self.first_record - last.end_record());
        put(out, self.first_access - last.end_access());
        put_stats(out, &self.stats);
    }

    fn read(b: &mut Bytes, last: &Entry, block: u64) -> Option<Entry> {
        let offset = last.offset.checked_add(b.number()?)?;
        let plain_offset = last.plain_offset.checked_add(b.number()?)?;
        let recording = b.number32()?;
        let first_record = last.end_record().checked_add(b.number()?)?;
        let first_access = last.end_access().checked_add(b.number()?)?;
        let stats = read_stats(b)?;
        first_record.checked_add(u64::from(stats.records))?;
        first_access.checked_add(u64::from(stats.accesses))?;
        Some(Entry { offset, plain_offset, block, recording, first_record, first_access, stats })
    }

    /// Widens the entry of a page by a block.
    fn merge(&mut self, block: &Entry) {
        let (a, b) = (&mut self.stats, &block.stats);
        a.records = (block.end_record() - self.first_record).try_into().unwrap_or(u32::MAX);
        a.accesses = (block.end_access() - self.first_access).try_into().unwrap_or(u32::MAX);
        a.raw = a.raw.saturating_add(b.raw);
        a.lost = a.lost.saturating_add(b.lost);
        a.kinds |= b.kinds;
        a.time = widest(a.time, b.time);
        a.address = widest(a.address, b.address);
    }
}

fn widest(a: Option<(u64, u64)>, b: Option<(u64, u64)>) -> Option<(u64, u64)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}

/// The index that is built while blocks are written or passed. It holds one page and the root.
#[derive(Default)]
pub(super) struct Builder {
    page: Vec<u8>,
    in_page: u64,
    last: Entry,
    summary: Entry,
    root: Vec<u8>,
    pages: u64,
    last_page: (u64, Entry),
}

impl Builder {
    /// Appends a block.
    pub(super) fn add(&mut self, entry: &Entry) {
        if self.in_page == 0 {
            self.last = Entry::default();
            self.summary = entry.clone();
        } else {
            self.summary.merge(entry);
        }
        entry.put(&self.last, &mut self.page);
        self.in_page += 1;
        self.last = entry.clone();
    }

    /// Blocks in the page that is being filled.
    pub(super) fn in_page(&self) -> u64 {
        self.in_page
    }

    /// Ends the page, which will stand at `offset` of the file, and appends its frame to `out`.
    pub(super) fn end_page(&mut self, offset: u64, out: &mut Vec<u8>) {
        let mut body = Vec::with_capacity(self.page.len() + 16);
        put(&mut body, self.summary.block);
        put(&mut body, self.in_page);
        body.extend_from_slice(&self.page);
        let start = out.len();
        put_own(out, Own::PAGE, &body);
        self.list_page(offset, (out.len() - start) as u64);
    }

    /// Ends the page at its frame in a file, and says whether it is right.
    pub(super) fn ends_page(&mut self, offset: u64, frame: &[u8]) -> bool {
        let mut expected = Vec::new();
        let any = self.in_page > 0 && offset >= self.last_page.0;
        if any {
            self.end_page(offset, &mut expected);
        }
        any && expected == frame
    }

    /// Whether this is the frame of the root.
    pub(super) fn is_root(&self, totals: Option<&Totals>, frame: &[u8]) -> bool {
        let mut expected = Vec::new();
        totals.is_some_and(|totals| self.put_root(totals, &mut expected)) && expected == frame
    }

    /// Ends a page that has no frame in the file.
    pub(super) fn end_page_unwritten(&mut self) {
        self.list_page(self.last_page.0, 0);
    }

    fn list_page(&mut self, offset: u64, length: u64) {
        put(&mut self.root, offset - self.last_page.0);
        put(&mut self.root, length);
        put(&mut self.root, self.in_page);
        self.summary.put(&self.last_page.1, &mut self.root);
        self.last_page = (offset, self.summary.clone());
        self.pages += 1;
        self.page.clear();
        self.in_page = 0;
    }

    /// Appends the root's frame, nothing when it would be too long.
    pub(super) fn put_root(&self, totals: &Totals, out: &mut Vec<u8>) -> bool {
        let body = self.root_body(totals);
        let fits = body.len() <= MAX_ROOT;
        if fits {
            put_own(out, Own::ROOT, &body);
        }
        fits
    }

    fn root_body(&self, totals: &Totals) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.root.len() + 64);
        totals.put(&mut body);
        put(&mut body, self.pages);
        body.extend_from_slice(&self.root);
        body
    }

    /// The index of what was added, all pages ended.
    pub(super) fn into_index(self, totals: &Totals) -> Index {
        Index::read(&self.root_body(totals)).expect("what was just built can be read")
    }
}

/// A page as the root describes it.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// Offset of its frame in the file.
    pub(super) offset: u64,
    /// Length of its frame, 0 when the file has none.
    pub(super) length: u64,
    /// Blocks in it.
    pub(super) blocks: u64,
    /// First block, all counts and ranges.
    pub(super) summary: Entry,
}

/// The root of the index in memory.
pub(super) struct Index {
    pub(super) totals: Totals,
    root: Vec<u8>,
}

impl Index {
    /// The index in the body of a root frame; `None` when it contradicts itself.
    pub(super) fn read(body: &[u8]) -> Option<Index> {
        let mut b = Bytes(body);
        let totals = Totals::read(&mut b)?;
        let pages = b.number()?;
        let mut found = Pages::over(b.0);
        // A later minor version may have more after the pages.
        let all = found.by_ref().take(usize::try_from(pages).ok()?).count() as u64;
        let root = b.0[..b.0.len() - found.bytes.0.len()].to_vec();
        (found.good() && all == pages && found.block == totals.blocks).then_some(Index { totals, root })
    }

    pub(super) fn pages(&self) -> Pages<'_> {
        Pages::over(&self.root)
    }
}

/// Pages in order.
pub(super) struct Pages<'a> {
    bytes: Bytes<'a>,
    failed: bool,
    offset: u64,
    block: u64,
    last: Entry,
}

impl<'a> Pages<'a> {
    fn over(root: &'a [u8]) -> Self {
        Self { bytes: Bytes(root), failed: false, offset: 0, block: 0, last: Entry::default() }
    }

    fn good(&self) -> bool {
        !self.failed
    }

    fn page(&mut self) -> Option<Page> {
        let offset = self.offset.checked_add(self.bytes.number()?)?;
        let length = self.bytes.number()?;
        let blocks = self.bytes.number().filter(|&n| n <= PAGE_BLOCKS)?;
        let summary = Entry::read(&mut self.bytes, &self.last, self.block)?;
        self.block = self.block.checked_add(blocks)?;
        (self.offset, self.last) = (offset, summary.clone());
        Some(Page { offset, length, blocks, summary })
    }
}

impl Iterator for Pages<'_> {
    type Item = Page;

    fn next(&mut self) -> Option<Page> {
        if self.failed || self.bytes.0.is_empty() {
            return None;
        }
        let page = self.page();
        self.failed = page.is_none();
        page
    }
}

/// The blocks in the body of a page; `None` when it contradicts itself.
pub(super) fn read_page(body: &[u8]) -> Option<Vec<Entry>> {
    let mut b = Bytes(body);
    let first = b.number()?;
    let count = b.number()?;
    if count > PAGE_BLOCKS || first.checked_add(count).is_none() {
        return None;
    }
    let mut entries: Vec<Entry> = Vec::with_capacity(count as usize);
    let mut last = Entry::default();
    for block in first..first + count {
        last = Entry::read(&mut b, &last, block)?;
        entries.push(last.clone());
    }
    // A later minor version may have more after the entries.
    Some(entries)
}

/// Appends the trailer's frame for a root of `length` bytes (0: none) at `root`, with `frames` in the seek table.
pub(super) fn put_trailer(out: &mut Vec<u8>, root: u64, length: u32, frames: u32) {
    let mut body = Vec::with_capacity(16);
    body.extend_from_slice(&root.to_le_bytes());
    body.extend_from_slice(&length.to_le_bytes());
    body.extend_from_slice(&frames.to_le_bytes());
    put_own(out, Own::TRAILER, &body);
}

/// Offset and length of the root, and frames of the seek table, from the body of a trailer.
pub(super) fn read_trailer(body: &[u8]) -> Option<(u64, u32, u32)> {
    let mut b = Bytes(body);
    Some((b.u64()?, b.u32()?, b.u32()?))
}
