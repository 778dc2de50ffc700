//! The blocks of any input, one after the other: parsed from text or decoded from a container.

mod blocks;
mod feed;
mod translation;
mod work;

use std::path::{Path, PathBuf};

use crate::block::{Block, Columns};
use crate::container::{BlockDecoder, BlockHead, Item, Reader, Recording, Section};
use crate::error::{Damage, Error, Result};
use crate::input::{Content, Input, Looks};
use crate::pipeline::ordered_map;
use crate::survey::Survey;
use crate::text::Splitter;

pub use blocks::Blocks;
pub(crate) use blocks::HeadFilter;
pub use feed::ReadSeek;
use feed::{Feed, Origin, add};
use translation::Translation;
pub use work::Part;
use work::{Counted, Done, Job};

/// An input that is read as blocks.
pub struct Source {
    path: PathBuf,
    origin: Origin,
    looks: Looks,
    damage: Vec<Damage>,
    unknown_columns: u64,
    /// What the user knows of devices, which stands before everything else.
    places: Option<Recording>,
}

/// Refuses what is not a trace.
pub(crate) fn judge(looks: Looks, survey: &Survey, path: &Path) -> Result<()> {
    match looks.judge(survey) {
        Some(kind) => Err(Error::NotATrace { path: path.to_owned(), kind }),
        None => Ok(()),
    }
}

/// A piece of an input, as [`Source::run`] hands them out in the order of the trace.
pub enum Piece<'a, T> {
    /// A block, and what the worker made of it.
    Block(Part<'a>, &'a mut T),
    /// A recording's data.
    Recording(&'a Recording),
    /// A section that this version does not know.
    Section(&'a Section),
}

impl Source {
    /// Reads `input` from front to back, once.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NewerVersion`] for a container that needs a newer program, and [`Error::NotATrace`] where
    /// the start of the input says so.
    pub fn new(input: Input) -> Result<Source> {
        let (path, looks, places) = (input.path.clone(), input.looks, input.places.recording());
        if let Some(kind) = looks.certain() {
            return Err(Error::NotATrace { path, kind });
        }
        let origin = match (input.content, input.file, input.dialect) {
            (_, _, Some(log)) => Origin::Dialect(Translation::new(log, input.reader, input.places)),
            (Content::Text, ..) => Origin::Text(Splitter::new(input.reader)),
            (_, Some(file), _) => return Ok(Source { places, ..Source::seekable(file, &path)? }),
            (_, None, _) => Origin::Stream(Reader::new(input.reader, &path)?),
        };
        Ok(Source { path, origin, looks, damage: Vec::new(), unknown_columns: 0, places })
    }

    /// Reads a container that can be read again and in parts.
    ///
    /// # Errors
    /// As [`Source::new`].
    pub fn seekable(container: impl ReadSeek + 'static, path: &Path) -> Result<Source> {
        let container: Box<dyn ReadSeek> = Box::new(container);
        let origin = Origin::File(Reader::open(container, path)?);
        let (looks, damage) = (Looks::default(), Vec::new());
        Ok(Source { path: path.to_owned(), origin, looks, damage, unknown_columns: 0, places: None })
    }

    /// Refuses an input that was read to its end and is not a trace, as `survey` counted it.
    ///
    /// # Errors
    /// [`Error::NotATrace`].
    pub fn judge(&self, survey: &Survey) -> Result<()> {
        judge(self.looks, survey, &self.path)
    }

    /// Goes back to the start, if the source can.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io).
    pub fn rewind(&mut self) -> Result<()> {
        match &mut self.origin {
            Origin::File(reader) => reader.rewind(),
            Origin::Text(_) | Origin::Dialect(_) | Origin::Stream(_) => Ok(()),
        }
    }

    /// The parts that could not be read so far; complete when [`Source::run`] has returned.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Columns in the blocks read so far that a newer version wrote and this one cannot read.
    pub fn unknown_columns(&self) -> u64 {
        self.unknown_columns
    }

    /// Bytes of a container that were read so far; 0 for text, see [`Input::meter`].
    pub fn offset(&self) -> u64 {
        match &self.origin {
            Origin::Text(_) | Origin::Dialect(_) => 0,
            Origin::Stream(reader) => reader.offset(),
            Origin::File(reader) => reader.offset(),
        }
    }

    /// Reads everything that is left. Blocks of a container that `filter` refuses by their head are
    /// passed over; only the columns in `want` are read of the others. Each block is parsed or decoded on one of
    /// `threads` threads, goes through a worker there, with its head if it comes from a container, and is handed
    /// to `consume` in order.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), [`Error::NewerVersion`](crate::Error::NewerVersion), and what workers and
    /// `consume` return. Damage is not an error.
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
        if let Some(places) = &self.places {
            consume(Piece::Recording(places))?;
        }
        let is_text = self.origin.is_text();
        let mut feed = Feed::new(&mut self.origin, &self.path, want, filter);
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
                let (part, made) = counted.part(done);
                consume(Piece::Block(part, made))
            },
        );
        found.extend(feed.damage.take());
        found.iter().for_each(|damage| add(&mut self.damage, damage));
        result.map(|()| self.origin.add_damage(&mut self.damage))
    }

    /// The blocks that are left and that `filter` takes by their head, decoded on the calling thread.
    pub(crate) fn blocks<'t>(&'t mut self, want: Columns, filter: HeadFilter<'t>) -> Blocks<'t> {
        let Source { path, origin, damage, unknown_columns, .. } = self;
        Blocks::new((origin, path), want, filter, (damage, unknown_columns))
    }
}
