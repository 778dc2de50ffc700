//! Jumps by the index, which is made for a file that has none.

use super::index::{self, Builder, Entry, Index, PAGE_BLOCKS, Page, TRAILER_LEN};
use super::layout::{self, Own, Totals};
use super::raw_block::RawBlock;
use super::reader::Reader;
use super::sections::{Ask, Found, Sections};
use super::seek_table;
use crate::block::Columns;
use crate::error::Result;
use std::io::{Read, Seek};

impl<R: Read + Seek> Reader<R> {
    /// Goes to the first block for which `found` is true. For `found` it must hold that what is true for a
    /// block is true for the sum over blocks that contains it.
    pub(super) fn seek_where(&mut self, found: impl Fn(&Entry) -> bool) -> Result<bool> {
        self.load_index()?;
        let Some(index) = self.index.take() else { return Ok(false) };
        let hit = self.find(&index, &found);
        self.index = Some(index);
        if let Some(entry) = hit? {
            self.sections.jump(&entry)?;
            return Ok(true);
        }
        let end = self.sections.input.length().unwrap_or(0);
        self.sections.input.seek_to(end)?;
        self.sections.finish_quietly();
        Ok(false)
    }

    fn find(&mut self, index: &Index, found: impl Fn(&Entry) -> bool) -> Result<Option<Entry>> {
        for page in index.pages().filter(|p| found(&p.summary)) {
            if let Some(entry) = self.find_in_page(&page, &found)? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// Reads the index, or makes it by going over the heads of all blocks. Done once.
    ///
    /// # Errors
    /// [`crate::Error::Io`].
    pub fn load_index(&mut self) -> Result<()> {
        if self.index.is_none() {
            self.index = match self.stored_index()? {
                Some(index) => Some(index),
                None => Some(self.built_index()?),
            };
        }
        Ok(())
    }

    /// The index that the file has; `None` when there is none or it is damaged. The place of reading is lost.
    fn stored_index(&mut self) -> Result<Option<Index>> {
        let Some(length) = self.sections.input.length().filter(|_| self.sections.compressed) else {
            return Ok(None);
        };
        let footer = self.bytes_at(length.saturating_sub(seek_table::FOOTER as u64), seek_table::FOOTER)?;
        let table = footer.and_then(seek_table::footer_frames).map_or(0, seek_table::table_len);
        let Some(trailer) = length.checked_sub(table + TRAILER_LEN) else { return Ok(None) };
        let trailer = self.own_at(trailer, TRAILER_LEN, Own::TRAILER)?.and_then(index::read_trailer);
        let Some((root, root_len, _)) = trailer else { return Ok(None) };
        let index = self.own_at(root, u64::from(root_len), Own::ROOT)?.and_then(Index::read);
        Ok(index.filter(|i| i.pages().all(|p| p.offset < length && p.summary.offset < length)))
    }

    /// An index without pages, made by going over the whole file.
    fn built_index(&mut self) -> Result<Index> {
        let mut builder = Builder::default();
        let mut totals = Totals::default();
        let mut last_recording = 0;
        self.walk_heads(&Entry::default(), |entry| {
            totals.add(&entry.stats);
            last_recording = u64::from(entry.recording);
            builder.add(entry);
            if builder.in_page() == PAGE_BLOCKS {
                builder.end_page_unwritten();
            }
            true
        })?;
        if builder.in_page() > 0 {
            builder.end_page_unwritten();
        }
        totals.recordings = self.sections.ended.map_or(last_recording + 1, |t| t.recordings);
        Ok(builder.into_index(&totals))
    }

    /// The first block of a page for which `found` is true.
    fn find_in_page(&mut self, page: &Page, found: impl Fn(&Entry) -> bool) -> Result<Option<Entry>> {
        let stored = self.own_at(page.offset, page.length, Own::PAGE)?.and_then(index::read_page);
        let length = self.sections.input.length().unwrap_or(0);
        let fits = |entries: &Vec<Entry>| {
            entries.first().is_some_and(|e| e.block == page.summary.block)
                && entries.iter().all(|e| e.offset < length)
        };
        if let Some(entries) = stored.filter(fits) {
            return Ok(entries.into_iter().find(|e| found(e)));
        }
        let mut hit = None;
        let end = page.summary.block + page.blocks;
        self.walk_heads(&page.summary, |entry| {
            if found(entry) {
                hit = Some(entry.clone());
            }
            hit.is_none() && entry.block + 1 < end
        })?;
        Ok(hit)
    }

    /// Calls `each` for the blocks from `from` on until it returns `false`. Damage is not listed: it will be
    /// when the place is read.
    fn walk_heads(&mut self, from: &Entry, mut each: impl FnMut(&Entry) -> bool) -> Result<()> {
        let losses = std::mem::take(&mut self.sections.losses);
        let result = self.sections.heads(from, &mut each);
        self.sections.losses = losses;
        result
    }

    fn bytes_at(&mut self, offset: u64, n: usize) -> Result<Option<&[u8]>> {
        self.sections.input.seek_to(offset)?;
        Ok(self.sections.input.fill(n)?.get(..n))
    }

    /// Body of a frame of ours of a known place, length and kind; `None` when it is not there.
    fn own_at(&mut self, offset: u64, length: u64, kind: Own) -> Result<Option<&[u8]>> {
        let inside = self.sections.input.length().is_some_and(|end| offset.saturating_add(length) <= end);
        let possible = length > layout::OWN_AROUND as u64
            && length <= (index::MAX_ROOT + layout::OWN_AROUND) as u64
            && inside;
        if !possible {
            return Ok(None);
        }
        let Some(frame) = self.bytes_at(offset, length as usize)? else { return Ok(None) };
        let size = (length - 8).to_le_bytes();
        let framed = frame.starts_with(&layout::OWN_MAGIC) && frame[4..8] == size[..4];
        let own = layout::own_body(&frame[8..]).filter(|_| framed);
        Ok(own.filter(|own| own.0 == kind).map(|own| own.1))
    }
}

impl<R: Read> Sections<R> {
    /// Calls `each` for the blocks from `from` on until it returns `false`.
    fn heads(&mut self, from: &Entry, each: &mut dyn FnMut(&Entry) -> bool) -> Result<()> {
        self.jump(from)?;
        let mut raw = RawBlock::default();
        loop {
            match self.next(Ask { raw: &mut raw, want: Columns::KIND, filter: &mut |_| false })? {
                Found::Passed => {
                    if !each(&Entry::of(&raw, self.block_plain_offset)) {
                        return Ok(());
                    }
                }
                Found::End => return Ok(()),
                Found::Block | Found::Recording(_) | Found::Section(_) => {}
            }
        }
    }
}
