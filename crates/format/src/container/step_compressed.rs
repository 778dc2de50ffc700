//! One step through the compressed form: an announcement and the frames after it.

use super::layout::{self, BLOCK, Bytes, Own, SECTION_HEAD, SectionHead, skippable};
use super::raw_block::{open_frame, plain_len};
use super::sections::{Ask, Found, Sections, Step, Tail};
use super::{index, seek_table};
use crate::block::Columns;
use crate::codec;
use crate::error::{DamageKind, Position, Result};
use std::io::Read;
use zstd::bulk::Decompressor;

/// Bytes after a block that are looked at to see whether it ends where it should.
const AHEAD: usize = 16;

/// An announcement and the frames that it announces.
struct Group {
    /// Length of the announcement.
    start: usize,
    /// Lengths of the frames.
    sizes: Vec<usize>,
    /// Length of all.
    total: usize,
}

impl Group {
    /// End of the first frame.
    fn first_end(&self) -> usize {
        self.start + self.sizes[0]
    }

    /// The sizes in the body of an announcement of `start` bytes; `None` for none, and for more than a block can have.
    fn read(start: usize, body: &[u8]) -> Option<Group> {
        let mut b = Bytes(body);
        let mut sizes = Vec::with_capacity(32);
        let mut total = start as u64;
        while !b.0.is_empty() {
            let size = b.number32()?;
            total += u64::from(size);
            let limit = layout::MAX_BLOCK + layout::MAX_BLOCK / 64;
            if size == 0 || total > limit || sizes.len() > layout::MAX_COLUMNS {
                return None;
            }
            sizes.push(size as usize);
        }
        (!sizes.is_empty()).then_some(Group { start, sizes, total: total as usize })
    }
}

impl<R: Read> Sections<R> {
    pub(super) fn step_compressed(&mut self, ask: &mut Ask) -> Result<Step> {
        let window = self.input.fill(16)?;
        if window.is_empty() {
            return Ok(Step::EndOfInput);
        }
        let Some((magic, size)) = skippable(window) else {
            let short = window.len() < 8;
            let bad = Step::Bad("there is no announcement before a frame", 0);
            return Ok(if short { Step::Short("the file ends inside a frame") } else { bad });
        };
        let marked = window.get(8..16) == Some(&layout::MARK);
        if magic != layout::OWN_MAGIC && !marked {
            return self.pass_foreign(magic, size);
        }
        if size as usize > index::MAX_ROOT + layout::OWN_AROUND {
            return Ok(Step::Bad("the length of a frame is impossible", 0));
        }
        let length = 8 + size as usize;
        if window.len() >= 16 && (magic != layout::OWN_MAGIC || !marked) {
            return Ok(Step::Bad("the mark of a frame is wrong", length));
        }
        let window = self.input.fill(length)?;
        if window.len() < length {
            return Ok(Step::Short("the file ends inside an announcement or its index"));
        }
        let Some((own, body)) = layout::own_body(&window[8..length]) else {
            return Ok(Step::Bad("the checksum of an announcement or of the index is wrong", length));
        };
        self.seen.add(length as u32, 0);
        if own != Own::ANNOUNCEMENT {
            self.index_frame(own, length);
            return Ok(Step::Nothing);
        }
        match Group::read(length, body) {
            Some(group) => self.step_group(&group, ask),
            None => Ok(Step::Bad("an announcement contradicts itself", length)),
        }
    }

    /// Passes over a frame of the index. Reading on does not need it, but it should be right.
    fn index_frame(&mut self, own: Own, length: usize) {
        let frame = &self.input.window()[..length];
        let offset = self.input.offset();
        let right = match own {
            Own::PAGE => self.index_so_far.ends_page(offset, frame),
            Own::ROOT => {
                self.root = (offset, length as u32);
                self.index_so_far.is_root(self.ended.as_ref(), frame)
            }
            Own::TRAILER => {
                let body = layout::own_body(&frame[8..]).and_then(|own| index::read_trailer(own.1));
                let (root, root_length, frames) = body.unwrap_or_default();
                self.tail = if frames > 0 { Tail::SeekTable } else { Tail::Complete };
                (root_length == 0 || (root, root_length) == self.root)
                    && (frames == 0 || u64::from(frames) == self.seen.frames())
            }
            _ => true,
        };
        if !right && self.trusts_numbers() {
            let what = "the index is wrong; no record is missing";
            self.losses.add(DamageKind::Damaged, what, self.place());
        }
        self.input.consume(length);
    }

    /// Passes over the seek table or a skippable frame of another program.
    fn pass_foreign(&mut self, magic: [u8; 4], size: u32) -> Result<Step> {
        let table = magic == seek_table::MAGIC;
        self.input.skip(8)?;
        let whole = if table && self.trusts_numbers() {
            let right = self.seen.check(&mut self.input, size)?;
            if right == Some(false) {
                let what = "the seek table is wrong; no record is missing";
                self.losses.add(DamageKind::Damaged, what, self.place());
            }
            right.is_some()
        } else {
            self.input.skip(u64::from(size))?
        };
        if !whole {
            return Ok(Step::Short("the file ends inside a skippable frame"));
        }
        if table && self.tail == Tail::SeekTable {
            self.tail = Tail::Complete;
        }
        self.seen.add(size.saturating_add(8), 0);
        Ok(Step::Nothing)
    }

    /// Reads the frames after an announcement.
    fn step_group(&mut self, group: &Group, ask: &mut Ask) -> Result<Step> {
        let window = self.input.fill(group.first_end())?;
        let Some(frame) = window.get(group.start..group.first_end()) else {
            return Ok(Step::Short("the file ends inside a section"));
        };
        self.plain.clear();
        if !append_frame(&mut self.zstd, frame, &mut self.plain) {
            return Ok(Step::Bad("the head of a section is wrong", group.total));
        }
        self.seen.add(group.sizes[0] as u32, self.plain.len() as u32);
        if self.plain.starts_with(&layout::PLAIN_MAGIC) {
            return self.take_header(group.total);
        }
        match SectionHead::read(&self.plain) {
            Some(head) if head.tag == BLOCK => self.block_frames(&head, group, ask),
            Some(head) => self.section_frames(&head, group),
            None => Ok(Step::Bad("the head of a section is wrong", group.total)),
        }
    }

    fn section_frames(&mut self, head: &SectionHead, group: &Group) -> Result<Step> {
        let window = self.input.fill(group.total)?;
        if window.len() < group.total {
            return Ok(Step::Short("the file ends inside a section"));
        }
        let mut at = group.first_end();
        for &size in &group.sizes[1..] {
            let before = self.plain.len();
            if !append_frame(&mut self.zstd, &window[at..at + size], &mut self.plain) {
                return Ok(Step::Bad("the data of a section is wrong", group.total));
            }
            self.seen.add(size as u32, (self.plain.len() - before) as u32);
            at += size;
        }
        let payload = &self.plain[SECTION_HEAD..];
        let right = payload.len() as u64 == head.length && head.length <= layout::MAX_SECTION;
        if !right || crc32fast::hash(payload) != head.crc {
            return Ok(Step::Bad("the checksum of a section is wrong", group.total));
        }
        let payload = payload.to_vec();
        Ok(self.take_section(head, payload, group.total))
    }

    fn block_frames(&mut self, section: &SectionHead, group: &Group, ask: &mut Ask) -> Result<Step> {
        let raw = &mut *ask.raw;
        let rest = &self.plain[SECTION_HEAD..];
        let whole = raw.head.read(rest) == Some(rest.len());
        let length = rest.len() as u64 + raw.head.plain_len();
        if !whole || length != section.length || raw.head.columns.len() != group.sizes.len() - 1 {
            return Ok(Step::Bad("the head of a block is wrong", group.total));
        }
        if let Some(what) = self.out_of_order(&raw.head) {
            return Ok(Step::Bad(what, group.total));
        }
        raw.begin(true, section.crc, Position { record: Some(raw.head.first_record), ..self.place() });
        raw.head_crc = crc32fast::hash(rest);
        let taken = (ask.filter)(&raw.head);
        let some = raw.head.columns.iter().any(|c| !codec::needed(c.0, ask.want));
        let whole = if !taken {
            self.input.skip(group.total as u64)?
        } else if some && ask.want != Columns::ALL && self.input.length().is_some() {
            self.load_some(group, ask)?
        } else {
            match self.load_all(group, ask)? {
                Step::Nothing => true,
                step => return Ok(step),
            }
        };
        if !whole {
            return Ok(Step::Short("the file ends inside a block"));
        }
        for (column, &size) in ask.raw.head.columns.iter().zip(&group.sizes[1..]) {
            self.seen.add(size as u32, column.1);
        }
        self.accept(ask.raw, section.length + SECTION_HEAD as u64);
        Ok(Step::Found(if taken { Found::Block } else { Found::Passed }))
    }

    /// Reads all columns. When the block does not seem to end where it should, they are checked at once:
    /// the next block may begin inside.
    fn load_all(&mut self, group: &Group, ask: &mut Ask) -> Result<Step> {
        if self.input.fill(group.total + AHEAD)?.len() < group.total {
            return Ok(Step::Short("the file ends inside a block"));
        }
        let sound = self.begins_section(group.total);
        let window = self.input.window();
        let mut at = group.first_end();
        for (i, size) in group.sizes[1..].iter().enumerate() {
            let frame = &window[at..at + size];
            at += size;
            self.plain.clear();
            if !sound && !append_frame(&mut self.zstd, frame, &mut self.plain) {
                return Ok(Step::Bad("the data of a block is wrong", 0));
            }
            let (id, plain_len) = ask.raw.head.columns[i];
            ask.raw.push(id, plain_len, frame);
        }
        self.input.consume(group.total);
        Ok(Step::Nothing)
    }

    /// Reads the columns that are needed and jumps over the others. `false` when the input ends before.
    fn load_some(&mut self, group: &Group, ask: &mut Ask) -> Result<bool> {
        self.input.consume(group.first_end());
        for (i, &size) in group.sizes[1..].iter().enumerate() {
            let (id, plain_len) = ask.raw.head.columns[i];
            if codec::needed(id, ask.want) {
                let Some(frame) = self.input.fill(size)?.get(..size) else { return Ok(false) };
                ask.raw.push(id, plain_len, frame);
            }
            if !self.input.skip(size as u64)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Appends what `frame` holds, if it is one whole frame within the limit of a section.
fn append_frame(zstd: &mut Decompressor, frame: &[u8], out: &mut Vec<u8>) -> bool {
    let limit = layout::MAX_SECTION.max(u64::from(codec::MAX_PLAIN)) + SECTION_HEAD as u64;
    let start = out.len();
    let Some(length) = plain_len(frame).filter(|&n| start as u64 + n <= limit) else {
        return false;
    };
    out.resize(start + length as usize, 0);
    open_frame(zstd, frame, &mut out[start..])
}
