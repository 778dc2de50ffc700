//! The blocks of any input, one after the other: parsed from text or decoded from a container.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use crate::block::{Block, Columns};
use crate::container::{BlockDecoder, BlockHead, Item, RawBlock, Reader, Recording, Section};
use crate::error::{Damage, Error, Result};
use crate::input::{Content, Input};
use crate::pipeline::ordered_map;
use crate::stats::Stats;
use crate::text::{Chunk, Splitter, parse_chunk};

/// A stream that can go back.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// An input that is read as blocks.
pub struct Source {
    path: PathBuf,
    kind: Kind,
    damage: Vec<Damage>,
    unknown_columns: u64,
}

enum Kind {
    Text(Splitter<Box<dyn Read + Send>>),
    Stream(Reader<Box<dyn Read + Send>>),
    File(Reader<Box<dyn ReadSeek>>),
}

/// What [`Source::run`] hands out, in the order of the trace.
pub enum Piece<'a, T> {
    /// A block, and what the worker made of it.
    Block(Part<'a>, &'a mut T),
    /// A recording's data.
    Recording(&'a Recording),
    /// A section that this version does not know.
    Section(&'a Section),
}

/// A block and its place in the trace.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The records.
    pub block: &'a Block,
    /// Counts and ranges of the block.
    pub stats: &'a Stats,
    /// Number of the block's first record.
    pub first_record: u64,
    /// Number of the block's first access, or of the next one.
    pub first_access: u64,
    /// Records before this block could not be read: nothing may be joined across.
    pub after_gap: bool,
}

/// What goes to a worker.
#[derive(Default)]
struct Job {
    chunk: Chunk,
    raw: RawBlock,
    item: Option<Item>,
    after_gap: bool,
}

/// What comes back.
#[derive(Default)]
struct Done<T> {
    block: Block,
    stats: Stats,
    head: Option<(u64, u64)>,
    after_gap: bool,
    item: Option<Item>,
    damage: Option<Damage>,
    unknown_columns: usize,
    made: T,
}

impl Source {
    /// Reads `input` from front to back, once.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::NewerVersion`] for a container that needs a newer program.
    pub fn new(input: Input) -> Result<Source> {
        let path = input.path.clone();
        let kind = match (input.content, input.file) {
            (Content::Text, _) => Kind::Text(Splitter::new(input.reader)),
            (_, Some(file)) => return Source::seekable(file, &path),
            (_, None) => Kind::Stream(Reader::new(input.reader, &path)?),
        };
        Ok(Source { path, kind, damage: Vec::new(), unknown_columns: 0 })
    }

    /// Reads a container that can be read again and in parts.
    ///
    /// # Errors
    /// As [`Source::new`].
    pub fn seekable(container: impl ReadSeek + 'static, path: &Path) -> Result<Source> {
        let container: Box<dyn ReadSeek> = Box::new(container);
        let kind = Kind::File(Reader::open(container, path)?);
        Ok(Source { path: path.to_owned(), kind, damage: Vec::new(), unknown_columns: 0 })
    }

    /// Goes back to the start, if the source can.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn rewind(&mut self) -> Result<()> {
        match &mut self.kind {
            Kind::File(reader) => reader.rewind(),
            Kind::Text(_) | Kind::Stream(_) => Ok(()),
        }
    }

    /// What could not be read so far; complete when [`Source::run`] has returned.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Columns in the blocks read so far that a newer version wrote and this one cannot read.
    pub fn unknown_columns(&self) -> u64 {
        self.unknown_columns
    }

    /// Bytes of a container that were read so far; 0 for text, see [`Input::meter`].
    pub fn offset(&self) -> u64 {
        match &self.kind {
            Kind::Text(_) => 0,
            Kind::Stream(reader) => reader.offset(),
            Kind::File(reader) => reader.offset(),
        }
    }

    /// Reads everything that is left. Blocks of a container that `filter` refuses by their head are
    /// passed over; only the columns in `want` are read of the others. Each block is parsed or decoded on one of
    /// `threads` threads, goes through a worker there, with its head if it comes from a container, and is handed
    /// to `consume` in order.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NewerVersion`], and what workers and `consume` return. Damage is no error.
    pub fn run<T, W>(
        &mut self,
        threads: usize,
        want: Columns,
        filter: impl FnMut(&BlockHead) -> bool,
        make_worker: impl Fn() -> W,
        mut consume: impl FnMut(Piece<'_, T>) -> Result<()>,
    ) -> Result<()>
    where
        T: Default + Send,
        W: FnMut(Option<&BlockHead>, &Block, &mut T) -> Result<()> + Send,
    {
        let is_text = matches!(self.kind, Kind::Text(_));
        let mut feed =
            Feed { kind: &mut self.kind, path: &self.path, want, filter, next: 0, gap: false, damage: None };
        let (mut counted, mut found) = (Counted::default(), Vec::new());
        let unknown_columns = &mut self.unknown_columns;
        let result = ordered_map(
            threads,
            |job| feed.next(job),
            || {
                let (mut worker, mut decoder) = (make_worker(), BlockDecoder::new());
                move |job: &mut Job, done: &mut Done<T>| {
                    job.work(is_text, want, &mut decoder, &mut worker, done)
                }
            },
            |done| {
                if let Some(damage) = done.damage.take() {
                    counted.lost_block = true;
                    found.push(damage);
                    return Ok(());
                }
                match &done.item {
                    Some(Item::Recording(recording)) => return consume(Piece::Recording(recording)),
                    Some(Item::Section(section)) => return consume(Piece::Section(section)),
                    _ => {}
                }
                *unknown_columns += done.unknown_columns as u64;
                let Done { block, stats, head, after_gap, made, .. } = done;
                consume(Piece::Block(counted.part(block, stats, *head, *after_gap), made))
            },
        );
        found.extend(feed.damage.take());
        found.iter().for_each(|damage| add(&mut self.damage, damage));
        result.map(|()| take_damage(&self.kind, &mut self.damage))
    }

    /// The blocks that are left, one after the other, decoded on this thread; as [`Source::run`] otherwise.
    pub(crate) fn blocks<F: FnMut(&BlockHead) -> bool>(&mut self, want: Columns, filter: F) -> Blocks<'_, F> {
        let Source { path, kind, damage, unknown_columns } = self;
        let feed = Feed { kind, path, want, filter, next: 0, gap: false, damage: None };
        Blocks {
            feed,
            damage,
            unknown_columns,
            counted: Counted::default(),
            decoder: BlockDecoder::new(),
            job: Job::default(),
            done: Done::default(),
        }
    }
}

/// Adds what a reader found, once.
fn take_damage(kind: &Kind, damage: &mut Vec<Damage>) {
    let (found, more): (Vec<Damage>, u64) = match kind {
        Kind::Text(_) => return,
        Kind::Stream(reader) => (reader.damage().to_vec(), reader.more_damage()),
        Kind::File(reader) => (reader.damage().to_vec(), reader.more_damage()),
    };
    found.iter().for_each(|new| add(damage, new));
    if more > 0
        && let Some(last) = found.last()
    {
        add(damage, &Damage { what: format!("{more} more places"), ..last.clone() });
    }
}

fn add(damage: &mut Vec<Damage>, new: &Damage) {
    if !damage.contains(new) {
        damage.push(new.clone());
    }
}

/// Where the next block begins.
#[derive(Default)]
struct Counted {
    records: u64,
    accesses: u64,
    /// A block before could not be decoded.
    lost_block: bool,
}

impl Counted {
    /// The next block with its place in the trace, which its head has.
    fn part<'b>(
        &mut self,
        block: &'b Block,
        stats: &'b Stats,
        head: Option<(u64, u64)>,
        after_gap: bool,
    ) -> Part<'b> {
        let (first_record, first_access) = head.unwrap_or((self.records, self.accesses));
        self.records = first_record + u64::from(stats.records);
        self.accesses = first_access + u64::from(stats.accesses);
        let after_gap = std::mem::take(&mut self.lost_block) || after_gap;
        Part { block, stats, first_record, first_access, after_gap }
    }
}

/// The blocks of a source.
pub(crate) struct Blocks<'s, F> {
    feed: Feed<'s, F>,
    damage: &'s mut Vec<Damage>,
    unknown_columns: &'s mut u64,
    counted: Counted,
    decoder: BlockDecoder,
    job: Job,
    done: Done<()>,
}

impl<F: FnMut(&BlockHead) -> bool> Blocks<'_, F> {
    /// The next block; nothing at the end, when all damage is known.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::NewerVersion`]. Damage is not an error.
    pub(crate) fn next(&mut self) -> Result<Option<Part<'_>>> {
        let is_text = matches!(self.feed.kind, Kind::Text(_));
        while self.feed.next(&mut self.job)? {
            let (want, done) = (self.feed.want, &mut self.done);
            self.job.work(
                is_text,
                want,
                &mut self.decoder,
                &mut |_: Option<&_>, _: &_, (): &mut ()| Ok(()),
                done,
            )?;
            *self.unknown_columns += done.unknown_columns as u64;
            if let Some(damage) = done.damage.take() {
                self.counted.lost_block = true;
                add(self.damage, &damage);
            } else if is_text || matches!(done.item, Some(Item::Block)) {
                let Done { block, stats, head, after_gap, .. } = &self.done;
                return Ok(Some(self.counted.part(block, stats, *head, *after_gap)));
            }
        }
        if let Some(damage) = self.feed.damage.take() {
            add(self.damage, &damage);
        }
        take_damage(self.feed.kind, self.damage);
        Ok(None)
    }
}

/// Takes the next piece off the input.
struct Feed<'a, F> {
    kind: &'a mut Kind,
    path: &'a Path,
    want: Columns,
    filter: F,
    /// Number of the record that should come next.
    next: u64,
    gap: bool,
    damage: Option<Damage>,
}

impl<F: FnMut(&BlockHead) -> bool> Feed<'_, F> {
    fn next(&mut self, job: &mut Job) -> Result<bool> {
        match &mut self.kind {
            Kind::Text(splitter) => match splitter.next(&mut job.chunk) {
                Ok(more) => Ok(more),
                Err(error) => match Damage::of(&error) {
                    Some(damage) => {
                        self.damage = Some(damage.clone());
                        Ok(false)
                    }
                    None => {
                        Err(Error::Io { action: "cannot read", path: self.path.to_owned(), source: error })
                    }
                },
            },
            Kind::Stream(reader) => {
                next_item(reader, job, self.want, &mut self.filter, &mut self.next, &mut self.gap)
            }
            Kind::File(reader) => {
                next_item(reader, job, self.want, &mut self.filter, &mut self.next, &mut self.gap)
            }
        }
    }
}

fn next_item<R: Read>(
    reader: &mut Reader<R>,
    job: &mut Job,
    want: Columns,
    filter: &mut impl FnMut(&BlockHead) -> bool,
    next: &mut u64,
    gap: &mut bool,
) -> Result<bool> {
    let watch = |head: &BlockHead| {
        *gap |= head.first_record != *next;
        *next = head.end_record();
        filter(head)
    };
    job.item = reader.next_where(&mut job.raw, want, watch)?;
    if matches!(job.item, Some(Item::Block)) {
        job.after_gap = std::mem::take(gap);
    }
    Ok(job.item.is_some())
}

impl Job {
    fn work<T>(
        &mut self,
        is_text: bool,
        want: Columns,
        decoder: &mut BlockDecoder,
        worker: &mut impl FnMut(Option<&BlockHead>, &Block, &mut T) -> Result<()>,
        done: &mut Done<T>,
    ) -> Result<()> {
        (done.item, done.after_gap, done.head) = (self.item.take(), self.after_gap, None);
        done.unknown_columns = 0;
        if is_text {
            parse_chunk(&self.chunk, &mut done.block);
            done.stats = Stats::of(&done.block);
            return worker(None, &done.block, &mut done.made);
        }
        if matches!(done.item, Some(Item::Block)) {
            if let Err(damage) = self.raw.decode(decoder, want, &mut done.block) {
                done.damage = Some(damage);
                return Ok(());
            }
            let head = self.raw.head();
            done.unknown_columns = self.raw.unknown_columns();
            done.head = Some((head.first_record, head.first_access));
            done.stats = head.stats.clone();
            return worker(Some(head), &done.block, &mut done.made);
        }
        Ok(())
    }
}
