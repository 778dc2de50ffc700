//! Goes through a file section by section and gets over damage.

use super::layout::{self, BLOCK, BlockHead, Bytes, END, Own, RECORDING, SECTION_HEAD, SectionHead, Totals};
use super::losses::Losses;
use super::raw::{RawBlock, decompressor, open_frame, plain_len};
use super::recording::{Recording, Section};
use super::source::Source;
use super::{index, seek_table};
use crate::block::Columns;
use crate::codec;
use crate::error::{DamageKind, Error, Position, Result};
use std::io::Read;
use zstd::bulk::Decompressor;

/// Bytes behind a section that are looked at to see whether it ends where it should.
const AHEAD: usize = SECTION_HEAD;
/// Longest announcement: 256 sizes.
const MAX_ANNOUNCEMENT: usize = 8 + 1 + 256 * 5 + 4;

/// What comes next in a file.
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
enum Step {
    Found(Found),
    /// Something without meaning for a reader was passed over.
    Nothing,
    /// These bytes are wrong. The next section may begin so many bytes further on, 0: unknown.
    Bad(&'static str, usize),
    /// The input ends inside something.
    Short(&'static str),
    EndOfInput,
}

type Filter<'a> = &'a mut dyn FnMut(&BlockHead) -> bool;

/// The state of going through a file.
pub(super) struct Walk<R> {
    pub(super) source: Source<R>,
    pub(super) compressed: bool,
    zstd: Decompressor<'static>,
    plain: Vec<u8>,
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
    /// Whether trailer and seek table were met.
    has_tail: bool,
    done: bool,
}

impl<R: Read> Walk<R> {
    pub(super) fn new(source: Source<R>, compressed: bool) -> Self {
        Self {
            source,
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
            has_tail: false,
            done: false,
        }
    }

    /// Goes on at a block whose place and numbers are known.
    pub(super) fn jump(&mut self, to: &index::Entry) -> Result<()> {
        self.source.seek_to(if self.compressed { to.offset } else { to.plain_offset })?;
        self.losses.forget_pending();
        (self.block, self.plain_offset) = (to.block, to.plain_offset);
        (self.next_record, self.next_access) = (to.first_record, to.first_access);
        (self.ended, self.has_tail, self.done) = (None, false, false);
        Ok(())
    }

    /// Where the next byte stands.
    pub(super) fn place(&self) -> Position {
        Position {
            byte: Some(self.source.offset()),
            line: None,
            block: Some(self.block),
            record: Some(self.next_record),
        }
    }

    /// Goes on to the next thing of interest. A block is read into `raw` if `filter` takes it.
    pub(super) fn next(&mut self, raw: &mut RawBlock, want: Columns, filter: Filter) -> Result<Found> {
        loop {
            if self.done {
                return Ok(Found::End);
            }
            let place = self.place();
            if !self.compressed {
                self.plain_offset = self.source.offset();
            }
            let step = if self.compressed {
                self.step_compressed(raw, want, filter)?
            } else {
                self.step_plain(raw, want, filter)?
            };
            match step {
                Step::Found(found) => return Ok(found),
                Step::Nothing => {}
                Step::Bad(what, resume) => {
                    self.losses.begin(DamageKind::Damaged, what, place);
                    self.resume(resume)?;
                }
                Step::Short(what) => {
                    let again = self.search()?;
                    let kind = if again { DamageKind::Damaged } else { DamageKind::Truncated };
                    self.losses.begin(kind, what, place);
                }
                Step::EndOfInput => self.end_of_input(),
            }
        }
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
        } else if self.compressed && !self.has_tail {
            let what = "the file ends inside its index; no record is missing";
            self.losses.add(DamageKind::Truncated, what, self.place());
        }
    }

    fn step_compressed(&mut self, raw: &mut RawBlock, want: Columns, filter: Filter) -> Result<Step> {
        let window = self.source.fill(16)?;
        if window.is_empty() {
            return Ok(Step::EndOfInput);
        }
        let Some((magic, size)) = skippable(window) else {
            let short = window.len() < 8;
            let bad = Step::Bad("there is no announcement before a frame", 0);
            return Ok(if short { Step::Short("the file ends inside a frame") } else { bad });
        };
        if magic != layout::OWN_MAGIC || window.get(8..16) != Some(&layout::MARK) {
            return self.pass_foreign(magic, size);
        }
        let length = 8 + size as usize;
        if size as usize > index::MAX_ROOT + layout::OWN_AROUND {
            return Ok(Step::Bad("the length of a frame is impossible", 0));
        }
        let window = self.source.fill(length)?;
        if window.len() < length {
            return Ok(Step::Short("the file ends inside an announcement or its index"));
        }
        let Some((own, body)) = layout::own_body(&window[8..length]) else {
            return Ok(Step::Bad("the checksum of an announcement or of the index is wrong", length));
        };
        if own == Own::ANNOUNCEMENT {
            return match sizes(body) {
                Some(sizes) => self.step_group(length, &sizes, raw, want, filter),
                None => Ok(Step::Bad("an announcement contradicts itself", length)),
            };
        }
        if own == Own::TRAILER {
            self.has_tail = index::read_trailer(body).is_some_and(|trailer| trailer.2 == 0);
        }
        self.source.consume(length);
        Ok(Step::Nothing)
    }

    /// Passes over a skippable frame of somebody else, or the seek table.
    fn pass_foreign(&mut self, magic: [u8; 4], size: u32) -> Result<Step> {
        let whole = self.source.skip(8 + u64::from(size))?;
        self.has_tail |= whole && magic == seek_table::MAGIC;
        Ok(if whole { Step::Nothing } else { Step::Short("the file ends inside a skippable frame") })
    }

    /// Reads the frames that an announcement of `start` bytes announces.
    fn step_group(
        &mut self,
        start: usize,
        sizes: &[usize],
        raw: &mut RawBlock,
        want: Columns,
        filter: Filter,
    ) -> Result<Step> {
        let total = start + sizes.iter().sum::<usize>();
        let first = start..start + sizes[0];
        let window = self.source.fill(first.end)?;
        let Some(frame) = window.get(first.clone()) else {
            return Ok(Step::Short("the file ends inside a section"));
        };
        self.plain.clear();
        if !append_frame(&mut self.zstd, frame, &mut self.plain) {
            return Ok(Step::Bad("the head of a section is wrong", total));
        }
        if self.plain.starts_with(&layout::PLAIN_MAGIC) {
            return self.take_header(total);
        }
        match SectionHead::read(&self.plain) {
            Some(head) if head.tag == BLOCK => self.block_frames(&head, start, sizes, raw, want, filter),
            Some(head) => self.section_frames(&head, start, sizes),
            None => Ok(Step::Bad("the head of a section is wrong", total)),
        }
    }

    fn take_header(&mut self, total: usize) -> Result<Step> {
        match layout::header_version(&self.plain) {
            Some(found) if found > layout::VERSION.0 => {
                return Err(Error::NewerVersion { found, known: layout::VERSION.0 });
            }
            Some(_) if self.plain.len() == layout::HEADER_LEN => {}
            _ => return Ok(Step::Bad("the header is wrong", total)),
        }
        self.source.consume(total);
        self.plain_offset += layout::HEADER_LEN as u64;
        Ok(Step::Nothing)
    }

    fn section_frames(&mut self, head: &SectionHead, start: usize, sizes: &[usize]) -> Result<Step> {
        let total = start + sizes.iter().sum::<usize>();
        let window = self.source.fill(total)?;
        if window.len() < total {
            return Ok(Step::Short("the file ends inside a section"));
        }
        let mut at = start + sizes[0];
        for size in &sizes[1..] {
            if !append_frame(&mut self.zstd, &window[at..at + size], &mut self.plain) {
                return Ok(Step::Bad("the data of a section is wrong", total));
            }
            at += size;
        }
        let payload = &self.plain[SECTION_HEAD..];
        if payload.len() as u64 != head.length || crc32fast::hash(payload) != head.crc {
            return Ok(Step::Bad("the checksum of a section is wrong", total));
        }
        let payload = payload.to_vec();
        Ok(self.take_section(head, payload, total))
    }

    fn block_frames(
        &mut self,
        section: &SectionHead,
        start: usize,
        sizes: &[usize],
        raw: &mut RawBlock,
        want: Columns,
        filter: Filter,
    ) -> Result<Step> {
        let total = start + sizes.iter().sum::<usize>();
        let rest = &self.plain[SECTION_HEAD..];
        let whole = raw.head.read(rest) == Some(rest.len());
        let length = rest.len() as u64 + raw.head.plain_len();
        if !whole || length != section.length || raw.head.columns.len() != sizes.len() - 1 {
            return Ok(Step::Bad("the head of a block is wrong", total));
        }
        if let Some(what) = self.out_of_order(&raw.head) {
            return Ok(Step::Bad(what, total));
        }
        raw.place = Position { record: Some(raw.head.first_record), ..self.place() };
        raw.clear(true);
        let plain = section.length + SECTION_HEAD as u64;
        if !filter(&raw.head) {
            self.source.consume(start + sizes[0]);
            if !self.source.skip((total - start - sizes[0]) as u64)? {
                return Ok(Step::Short("the file ends inside a block"));
            }
            self.accept(&raw.head, plain);
            return Ok(Step::Found(Found::Passed));
        }
        let some = raw.head.columns.iter().any(|c| !codec::needed(c.0, want));
        let step = if some && want != Columns::ALL && self.source.length().is_some() {
            self.load_some(start, sizes, raw, want)?
        } else {
            self.load_all(start, sizes, raw)?
        };
        if matches!(step, Step::Found(_)) {
            self.accept(&raw.head, plain);
        }
        Ok(step)
    }

    /// Reads all columns. When the block does not seem to end where it should, they are checked at once:
    /// the next block may begin inside.
    fn load_all(&mut self, start: usize, sizes: &[usize], raw: &mut RawBlock) -> Result<Step> {
        let total = start + sizes.iter().sum::<usize>();
        if self.source.fill(total + AHEAD)?.len() < total {
            return Ok(Step::Short("the file ends inside a block"));
        }
        let sound = self.begins_section(total);
        let window = self.source.window();
        let mut at = start + sizes[0];
        for (&(id, plain_len), size) in raw.head.columns.iter().zip(&sizes[1..]) {
            let frame = &window[at..at + size];
            at += size;
            self.plain.clear();
            if !sound && !append_frame(&mut self.zstd, frame, &mut self.plain) {
                return Ok(Step::Bad("the data of a block is wrong", 0));
            }
            let start = raw.bytes.len();
            raw.bytes.extend_from_slice(frame);
            let range = start..raw.bytes.len();
            raw.columns.push(super::raw::RawColumn { id, plain_len, range });
        }
        self.source.consume(total);
        Ok(Step::Found(Found::Block))
    }

    /// Reads the columns that are needed and jumps over the others.
    fn load_some(
        &mut self,
        start: usize,
        sizes: &[usize],
        raw: &mut RawBlock,
        want: Columns,
    ) -> Result<Step> {
        self.source.consume(start + sizes[0]);
        for i in 1..sizes.len() {
            let (id, plain_len) = raw.head.columns[i - 1];
            let whole = if codec::needed(id, want) {
                let frame = self.source.fill(sizes[i])?.get(..sizes[i]);
                frame.map(|frame| raw.push(id, plain_len, frame)).is_some()
                    && self.source.skip(sizes[i] as u64)?
            } else {
                self.source.skip(sizes[i] as u64)?
            };
            if !whole {
                return Ok(Step::Short("the file ends inside a block"));
            }
        }
        Ok(Step::Found(Found::Block))
    }

    fn step_plain(&mut self, raw: &mut RawBlock, want: Columns, filter: Filter) -> Result<Step> {
        let at_start = self.source.offset() == 0;
        let window = self.source.fill(SECTION_HEAD)?;
        if window.is_empty() {
            return Ok(Step::EndOfInput);
        }
        if at_start && window.len() >= layout::HEADER_LEN {
            self.plain.clear();
            self.plain.extend_from_slice(&window[..layout::HEADER_LEN]);
            return self.take_header(layout::HEADER_LEN);
        }
        if window.len() < SECTION_HEAD {
            return Ok(Step::Short("the file ends inside the head of a section"));
        }
        let Some(head) = SectionHead::read(window) else {
            return Ok(Step::Bad("the head of a section is wrong", 0));
        };
        let is_block = head.tag == BLOCK;
        let limit = if is_block { layout::MAX_BLOCK + (64 << 10) } else { layout::MAX_SECTION };
        if head.length > limit {
            return Ok(Step::Bad("a section is longer than possible", 0));
        }
        let total = SECTION_HEAD + head.length as usize;
        let window = self.source.fill(total)?;
        let Some(payload) = window.get(SECTION_HEAD..total) else {
            return Ok(Step::Short("the file ends inside a section"));
        };
        if crc32fast::hash(payload) != head.crc {
            return Ok(Step::Bad("the checksum of a section is wrong", total));
        }
        if is_block {
            return self.plain_block(total, raw, want, filter);
        }
        let payload = payload.to_vec();
        Ok(self.take_section(&head, payload, total))
    }

    fn plain_block(
        &mut self,
        total: usize,
        raw: &mut RawBlock,
        want: Columns,
        filter: Filter,
    ) -> Result<Step> {
        let payload = &self.source.window()[SECTION_HEAD..total];
        let start = raw.head.read(payload);
        let Some(mut at) = start.filter(|&n| (n as u64 + raw.head.plain_len()) == payload.len() as u64)
        else {
            return Ok(Step::Bad("the head of a block is wrong", total));
        };
        if let Some(what) = self.out_of_order(&raw.head) {
            return Ok(Step::Bad(what, total));
        }
        raw.place = Position { record: Some(raw.head.first_record), ..self.place() };
        raw.clear(false);
        let taken = filter(&raw.head);
        if taken {
            for (id, plain_len) in raw.head.columns.clone() {
                let end = at + plain_len as usize;
                if codec::needed(id, want) || want == Columns::ALL {
                    raw.push(id, plain_len, &payload[at..end]);
                }
                at = end;
            }
        }
        self.source.consume(total);
        self.accept(&raw.head, total as u64);
        Ok(Step::Found(if taken { Found::Block } else { Found::Passed }))
    }

    /// Takes a section other than a block, `total` bytes of the input.
    fn take_section(&mut self, head: &SectionHead, payload: Vec<u8>, total: usize) -> Step {
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
        self.source.consume(total);
        self.plain_offset += head.length + SECTION_HEAD as u64;
        found
    }

    /// Why a block cannot follow what was read, if so.
    fn out_of_order(&self, head: &BlockHead) -> Option<&'static str> {
        if self.ended.is_some() {
            return Some("there is a block behind the totals");
        }
        let again = head.first_record < self.next_record || head.first_access < self.next_access;
        again.then_some("a block repeats earlier records")
    }

    /// Counts a block of `plain` bytes of the plain stream.
    fn accept(&mut self, head: &BlockHead, plain: u64) {
        self.losses.end_pending_or_gap(head.first_record - self.next_record, self.place());
        self.block += 1;
        self.block_plain_offset = self.plain_offset;
        self.plain_offset += plain;
        self.next_record = head.end_record();
        self.next_access = head.first_access + u64::from(head.stats.accesses);
    }

    /// Goes to the next section behind wrong bytes: `ahead` bytes on if one begins there, else the next there is.
    fn resume(&mut self, ahead: usize) -> Result<()> {
        if ahead > 0 && self.source.fill(ahead + AHEAD)?.len() >= ahead && self.begins_section(ahead) {
            self.source.consume(ahead);
            return Ok(());
        }
        self.search().map(|_| ())
    }

    /// Whether a section, or the end, seems to be `at` bytes on in the window.
    fn begins_section(&self, at: usize) -> bool {
        let ahead = &self.source.window()[at..];
        if !self.compressed {
            return ahead.is_empty() || SectionHead::read(ahead).is_some();
        }
        let own = ahead.starts_with(&layout::OWN_MAGIC) && ahead.get(8..16) == Some(&layout::MARK);
        ahead.is_empty() || own || ahead.starts_with(&seek_table::MAGIC)
    }

    /// Goes to the next thing behind the next byte that begins a section for sure; to the end if none does.
    fn search(&mut self) -> Result<bool> {
        self.source.skip(1)?;
        loop {
            let window = self.source.fill(SEARCH)?;
            let at_end = window.len() < SEARCH;
            // The last bytes may begin something whose rest is not in the window yet.
            let until = if at_end { window.len() } else { window.len() - MAX_ANNOUNCEMENT - 8 };
            let found =
                if self.compressed { find_announcement(window, until) } else { find_head(window, until) };
            self.source.consume(found.unwrap_or(until));
            if found.is_some() || at_end {
                return Ok(found.is_some());
            }
        }
    }
}

/// Window in which sections are searched.
const SEARCH: usize = 64 << 10;

/// The first announcement that begins before `until`.
fn find_announcement(window: &[u8], until: usize) -> Option<usize> {
    memchr::memmem::find_iter(window, &layout::MARK).filter_map(|mark| mark.checked_sub(8)).find(|&at| {
        let payload = || {
            let (magic, size) = skippable(&window[at..])?;
            let fits = size as usize <= MAX_ANNOUNCEMENT && magic == layout::OWN_MAGIC;
            window[at + 8..].get(..size as usize).filter(|_| fits)
        };
        at < until && payload().and_then(layout::own_body).is_some_and(|own| own.0 == Own::ANNOUNCEMENT)
    })
}

/// The first head of a known section that begins before `until`.
fn find_head(window: &[u8], until: usize) -> Option<usize> {
    (0..until).find(|&at| {
        let tag = &window[at..];
        [BLOCK, RECORDING, END].iter().any(|t| tag.starts_with(t)) && SectionHead::read(tag).is_some()
    })
}

/// Magic number and payload length when the bytes begin with the head of a skippable frame.
fn skippable(bytes: &[u8]) -> Option<([u8; 4], u32)> {
    let mut b = Bytes(bytes);
    let magic = b.u32()?;
    let size = b.u32()?;
    (magic & !0xf == 0x184D_2A50).then_some((magic.to_le_bytes(), size))
}

/// The sizes in an announcement: at least one, together no more than a block can have.
fn sizes(body: &[u8]) -> Option<Vec<usize>> {
    let mut b = Bytes(body);
    let mut sizes = Vec::with_capacity(32);
    let mut total = 0;
    while !b.0.is_empty() {
        let size = b.number32()?;
        total += u64::from(size);
        let limit = layout::MAX_BLOCK + layout::MAX_BLOCK / 64;
        if size == 0 || total > limit || sizes.len() > layout::MAX_COLUMNS {
            return None;
        }
        sizes.push(size as usize);
    }
    (!sizes.is_empty()).then_some(sizes)
}

/// Appends what `frame` holds, if it is one whole frame within the limit of a section.
fn append_frame(zstd: &mut Decompressor, frame: &[u8], out: &mut Vec<u8>) -> bool {
    let limit = layout::MAX_BLOCK.max(layout::MAX_SECTION + SECTION_HEAD as u64);
    let start = out.len();
    let Some(length) = plain_len(frame).filter(|&n| start as u64 + n <= limit) else {
        return false;
    };
    out.resize(start + length as usize, 0);
    open_frame(zstd, frame, &mut out[start..])
}
