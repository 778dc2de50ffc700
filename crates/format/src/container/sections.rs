//! The sections of a file, one after the other, over damaged places too.

use super::layout::{self, BlockHead, Bytes, END, RECORDING, SECTION_HEAD, SectionHead, Totals};
use super::lookahead::Lookahead;
use super::losses::Losses;
use super::raw_block::{RawBlock, decompressor};
use super::recording::{Recording, Section};
use super::{index, seek_table};
use crate::block::Columns;
use crate::error::{DamageKind, Error, Position, Result};
use std::io::Read;
use zstd::bulk::Decompressor;

/// The next thing in a file.
#[derive(Debug)]
pub(super) enum Found {
    Block,
    Recording(Recording),
    Section(Section),
    /// A block that the filter refused was passed over.
    Passed,
    End,
}

/// How one step ended.
pub(super) enum Step {
    Found(Found),
    /// Something without meaning for a reader was passed over.
    Nothing,
    /// These bytes are wrong. The next section may begin so many bytes further on, 0: unknown.
    Bad(&'static str, usize),
    /// The input ends inside something.
    Short(&'static str),
    EndOfInput,
}

/// The part of a compressed file's end that is expected next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    Trailer,
    SeekTable,
    Complete,
}

/// The wishes of a reader about blocks.
pub(super) struct Ask<'a> {
    /// Where a block is read to.
    pub(super) raw: &'a mut RawBlock,
    /// Columns that must be read.
    pub(super) want: Columns,
    /// Whether a block is wanted at all.
    pub(super) filter: &'a mut dyn FnMut(&BlockHead) -> bool,
}

/// The sections of a file, and how far they were read.
pub(super) struct Sections<R> {
    pub(super) input: Lookahead<R>,
    pub(super) compressed: bool,
    pub(super) zstd: Decompressor<'static>,
    /// Content of the section's first frames.
    pub(super) plain: Vec<u8>,
    /// Number of the next block.
    pub(super) block: u64,
    /// Number of the next record and access, unless something is missing.
    pub(super) next_record: u64,
    pub(super) next_access: u64,
    plain_offset: u64,
    /// Offset in the plain stream of the last block.
    pub(super) block_plain_offset: u64,
    pub(super) losses: Losses,
    pub(super) ended: Option<Totals>,
    /// The part of the compressed file's end that was not met yet.
    pub(super) tail: Tail,
    /// The frames from the start on, for the seek table.
    pub(super) seen: seek_table::Seen,
    /// The index of the blocks from the start on, which the stored one must be like.
    pub(super) index_so_far: index::Builder,
    /// Offset and length of the root of the index, once met.
    pub(super) root: (u64, u32),
    /// Whether there was a jump, so that not all frames were seen.
    jumped: bool,
    done: bool,
}

impl<R: Read> Sections<R> {
    pub(super) fn new(input: Lookahead<R>, compressed: bool) -> Self {
        Self {
            input,
            compressed,
            zstd: decompressor(),
            plain: Vec::new(),
            block: 0,
            next_record: 0,
            next_access: 0,
            plain_offset: 0,
            block_plain_offset: 0,
            losses: Losses::default(),
            ended: None,
            tail: Tail::Trailer,
            seen: seek_table::Seen::default(),
            index_so_far: index::Builder::default(),
            root: (0, 0),
            jumped: false,
            done: false,
        }
    }

    /// Goes on at a block whose place and numbers are known.
    pub(super) fn jump(&mut self, to: &index::Entry) -> Result<()> {
        self.input.seek_to(if self.compressed { to.offset } else { to.plain_offset })?;
        self.losses.forget_pending();
        (self.block, self.plain_offset) = (to.block, to.plain_offset);
        (self.next_record, self.next_access) = (to.first_record, to.first_access);
        (self.ended, self.tail, self.done) = (None, Tail::Trailer, false);
        self.seen = seek_table::Seen::default();
        self.index_so_far = index::Builder::default();
        self.jumped = self.input.offset() > 0;
        Ok(())
    }

    /// Where the next byte stands.
    pub(super) fn place(&self) -> Position {
        Position {
            byte: Some(self.input.offset()),
            line: None,
            block: Some(self.block),
            record: Some(self.next_record),
        }
    }

    /// Goes on to the next thing of interest. A block is read if the filter takes it.
    pub(super) fn next(&mut self, mut ask: Ask) -> Result<Found> {
        while !self.done {
            let place = self.place();
            let step = if self.compressed {
                self.step_compressed(&mut ask)?
            } else {
                self.plain_offset = self.input.offset();
                self.step_plain(&mut ask)?
            };
            match step {
                Step::Found(found) => return Ok(found),
                Step::Nothing => {}
                Step::Bad(what, resume) => {
                    self.losses.begin(DamageKind::Damaged, what, place);
                    self.resume(resume)?;
                }
                Step::Short(what) => {
                    let more = self.search()?;
                    let kind = if more { DamageKind::Damaged } else { DamageKind::Truncated };
                    self.losses.begin(kind, what, place);
                }
                Step::EndOfInput => self.end_of_input(),
            }
        }
        Ok(Found::End)
    }

    /// Whether everything from the start of the file was seen and good.
    pub(super) fn trusts_numbers(&self) -> bool {
        !self.jumped && self.losses.is_empty()
    }

    /// Takes the input as read to its end.
    pub(super) fn finish_quietly(&mut self) {
        self.done = true;
    }

    fn end_of_input(&mut self) {
        self.done = true;
        if self.losses.end_pending(None) {
            return;
        }
        if self.ended.is_none() {
            self.losses.add(DamageKind::Truncated, "the file ends without its totals", self.place());
        } else if self.compressed && self.tail != Tail::Complete {
            let what = "the file ends inside its index; no record is missing";
            self.losses.add(DamageKind::Truncated, what, self.place());
        }
    }

    pub(super) fn take_header(&mut self, total: usize) -> Result<Step> {
        match layout::header_version(&self.plain) {
            Some(found) if found > layout::VERSION.0 => {
                let path = self.input.path().clone();
                return Err(Error::NewerVersion { path, found, known: layout::VERSION.0 });
            }
            Some(_) if self.plain.len() == layout::HEADER_LEN => {}
            _ => return Ok(Step::Bad("the header is wrong", total)),
        }
        self.input.consume(total);
        self.plain_offset = self.plain_offset.saturating_add(layout::HEADER_LEN as u64);
        Ok(Step::Nothing)
    }

    /// Takes a section other than a block, `total` bytes of the input.
    pub(super) fn take_section(&mut self, head: &SectionHead, payload: Vec<u8>, total: usize) -> Step {
        let found = match head.tag {
            RECORDING => match Recording::read(&payload) {
                Some(recording) => Step::Found(Found::Recording(recording)),
                None => return Step::Bad("a recording contradicts itself", total),
            },
            END => match Totals::read(&mut Bytes(&payload)) {
                Some(totals) if totals.records >= self.next_record => {
                    self.losses.end_pending_or_gap(totals.records - self.next_record, self.place());
                    self.next_record = totals.records;
                    self.ended = Some(totals);
                    Step::Nothing
                }
                _ => return Step::Bad("the totals are not those of the file", total),
            },
            tag => Step::Found(Found::Section(Section { tag, flags: head.flags, payload })),
        };
        self.input.consume(total);
        self.plain_offset = self.plain_offset.saturating_add(head.length + SECTION_HEAD as u64);
        found
    }

    /// Why a block cannot follow what was read, if so.
    pub(super) fn out_of_order(&self, head: &BlockHead) -> Option<&'static str> {
        if self.ended.is_some() {
            return Some("there is a block behind the totals");
        }
        let again = head.first_record < self.next_record || head.first_access < self.next_access;
        again.then_some("a block repeats earlier records")
    }

    /// Counts a block of `plain` bytes of the plain stream.
    pub(super) fn accept(&mut self, raw: &RawBlock, plain: u64) {
        let head = &raw.head;
        let place = Position { record: Some(self.next_record), ..raw.place };
        self.losses.end_pending_or_gap(head.first_record - self.next_record, place);
        self.block += 1;
        self.block_plain_offset = self.plain_offset;
        self.plain_offset = self.plain_offset.saturating_add(plain);
        if self.compressed && self.trusts_numbers() && self.index_so_far.in_page() < index::PAGE_BLOCKS {
            self.index_so_far.add(&index::Entry::of(raw, self.block_plain_offset));
        }
        self.next_record = head.end_record();
        self.next_access = head.first_access + u64::from(head.stats.accesses);
    }
}
