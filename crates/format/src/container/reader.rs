//! A reader of containers: from any stream front to back, from a file with jumps.

use super::index::Entry;
use super::layout::{self, BlockHead, Totals};
use super::lookahead::Lookahead;
use super::raw_block::{BlockDecoder, RawBlock};
use super::recording::{Recording, Section};
use super::sections::{Ask, Found, Sections};
use crate::block::{Block, Columns};
use crate::error::{Damage, DamageKind, Error, Position, Result};
use std::io::{Read, Seek};
use std::path::PathBuf;

/// Bytes of recordings that a reader keeps.
const MAX_KEPT: usize = 32 << 20;

/// How a trace is stored, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// The `.mmio.zst` file.
    Compressed,
    /// The plain stream, what `zstd -dc` makes of the file.
    Plain,
}

/// The form of the container that begins with `bytes`, of which 16 are enough; `None` when it is not a container.
pub fn sniff(bytes: &[u8]) -> Option<Form> {
    if bytes.starts_with(&layout::PLAIN_MAGIC) {
        return Some(Form::Plain);
    }
    let own = bytes.starts_with(&layout::OWN_MAGIC) && bytes.get(8..16) == Some(&layout::MARK);
    own.then_some(Form::Compressed)
}

/// An item of a file; they come in its order.
#[derive(Debug)]
pub enum Item {
    /// A block, which is now in the [`RawBlock`].
    Block,
    /// A recording section; [`Reader::recordings`] has its contents too.
    Recording(Recording),
    /// A section that this version does not know.
    Section(Section),
}

/// A reader of containers. Damage does not end the reading: it is skipped, and listed by [`Reader::damage`].
pub struct Reader<R> {
    pub(super) sections: Sections<R>,
    pub(super) index: Option<super::index::Index>,
    recordings: Vec<Recording>,
    kept: usize,
    form: Form,
}

impl<R: Read> Reader<R> {
    /// A reader of a stream. `path` is its name in errors.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Data`] when it is not a container; [`Error::NewerVersion`] at the first read.
    pub fn new(input: R, path: impl Into<PathBuf>) -> Result<Self> {
        Self::over(Lookahead::stream(input, path.into()))
    }

    fn over(mut input: Lookahead<R>) -> Result<Self> {
        let window = input.fill(16)?;
        // A file that is cut in its first bytes is a cut container, not something else.
        let cut =
            |head: &[u8]| window.len() < 16 && head.starts_with(&window[..window.len().min(head.len())]);
        let form = match sniff(window) {
            Some(form) => form,
            None if cut(&layout::PLAIN_MAGIC) => Form::Plain,
            None if cut(&layout::OWN_MAGIC) => Form::Compressed,
            None => {
                let what = format!("{}: this is no mmio container", input.path().display());
                return Err(Error::Data { what, place: Position { byte: Some(0), ..Position::default() } });
            }
        };
        let sections = Sections::new(input, form == Form::Compressed);
        Ok(Self { sections, index: None, recordings: Vec::new(), kept: 0, form })
    }

    /// How the container is stored.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Reads the next item; `None` at the end. Of a block, only the columns in `want` need be read.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NewerVersion`].
    pub fn next_item(&mut self, raw: &mut RawBlock, want: Columns) -> Result<Option<Item>> {
        self.next_where(raw, want, |_| true)
    }

    /// As [`Reader::next_item`], passing over blocks that `filter` refuses by their head. Their data is not looked at.
    ///
    /// # Errors
    /// As [`Reader::next_item`].
    pub fn next_where(
        &mut self,
        raw: &mut RawBlock,
        want: Columns,
        mut filter: impl FnMut(&BlockHead) -> bool,
    ) -> Result<Option<Item>> {
        loop {
            match self.sections.next(Ask { raw, want, filter: &mut filter })? {
                Found::Block => return Ok(Some(Item::Block)),
                Found::Recording(recording) => {
                    self.keep(&recording);
                    return Ok(Some(Item::Recording(recording)));
                }
                Found::Section(section) => return Ok(Some(Item::Section(section))),
                Found::Passed => {}
                Found::End => return Ok(None),
            }
        }
    }

    /// Reads up to the next block, whatever stands before it. `false` at the end.
    ///
    /// # Errors
    /// As [`Reader::next_item`].
    pub fn next_raw(&mut self, raw: &mut RawBlock, want: Columns) -> Result<bool> {
        loop {
            match self.next_item(raw, want)? {
                Some(Item::Block) => return Ok(true),
                Some(_) => {}
                None => return Ok(false),
            }
        }
    }

    /// Reads and decodes the next good block. `false` at the end.
    ///
    /// # Errors
    /// As [`Reader::next_item`].
    pub fn next_block(
        &mut self,
        raw: &mut RawBlock,
        decoder: &mut BlockDecoder,
        want: Columns,
        block: &mut Block,
    ) -> Result<bool> {
        while self.next_raw(raw, want)? {
            match raw.decode(decoder, want, block) {
                Ok(()) => return Ok(true),
                Err(damage) => self.report(damage),
            }
        }
        Ok(false)
    }

    /// Adds damage that showed when a block was decoded elsewhere.
    pub fn report(&mut self, damage: Damage) {
        self.sections.losses.push(damage);
    }

    /// What is missing of the part that was read: complete when the end was reached. At most 1,000 places.
    pub fn damage(&self) -> &[Damage] {
        self.sections.losses.found()
    }

    /// Damaged places beyond those that [`Reader::damage`] lists.
    pub fn more_damage(&self) -> u64 {
        self.sections.losses.more()
    }

    /// The recordings met so far, sections of one number as one.
    pub fn recordings(&self) -> &[Recording] {
        &self.recordings
    }

    /// The totals of the file, when its end was read or its index is known.
    pub fn totals(&self) -> Option<Totals> {
        self.sections.ended.or_else(|| self.index.as_ref().map(|i| i.totals))
    }

    /// Offset in the input of the next byte, for progress bars.
    pub fn offset(&self) -> u64 {
        self.sections.input.offset()
    }

    fn keep(&mut self, recording: &Recording) {
        self.kept = self.kept.saturating_add(recording.size() + 64);
        if self.kept > MAX_KEPT {
            let what = "more recordings than can be kept are left out";
            return self.sections.losses.add(DamageKind::Damaged, what, self.sections.place());
        }
        match self.recordings.iter_mut().find(|r| r.number == recording.number) {
            Some(known) => known.entries.extend_from_slice(&recording.entries),
            None => self.recordings.push(recording.clone()),
        }
    }
}

impl<R: Read + Seek> Reader<R> {
    /// A reader of a file, in which it can jump. `path` is its name in errors.
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn open(input: R, path: impl Into<PathBuf>) -> Result<Self> {
        Self::over(Lookahead::file(input, path.into())?)
    }

    /// Goes back to the start. What was found damaged stays listed; recordings are read again.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn rewind(&mut self) -> Result<()> {
        self.recordings.clear();
        self.kept = 0;
        self.sections.jump(&Entry::default())
    }

    /// Goes to the block of record `number`, so that it is read next. `false` at the end of the file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn seek_record(&mut self, number: u64) -> Result<bool> {
        self.seek_where(|e| e.end_record() > number)
    }

    /// Goes to the block of access `number`. `false` at the end of the file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn seek_access(&mut self, number: u64) -> Result<bool> {
        self.seek_where(|e| e.end_access() > number)
    }

    /// Goes to the first block with a record at or after `time` (nanoseconds of the trace's clock).
    /// `false` at the end of the file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn seek_time(&mut self, time: u64) -> Result<bool> {
        self.seek_where(|e| e.stats.time.is_some_and(|t| t.1 >= time))
    }
}
