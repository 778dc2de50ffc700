//! What an input is made of, taken off it piece by piece.

use std::io::{Read, Seek};
use std::path::Path;

use super::translation::Translation;
use super::work::Job;
use crate::block::Columns;
use crate::container::{BlockHead, Item, Reader};
use crate::error::{Damage, Error, Result};
use crate::text::Splitter;

/// A stream that can go back.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// Where the pieces come from.
pub(super) enum Origin {
    /// A text log.
    Text(Splitter<Box<dyn Read + Send>>),
    /// The log of another tracer.
    Dialect(Translation),
    /// A container that is read once, from front to back.
    Stream(Reader<Box<dyn Read + Send>>),
    /// A container that can be read again.
    File(Reader<Box<dyn ReadSeek>>),
}

impl Origin {
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Origin::Text(_))
    }

    /// Adds the damage that a container's reader found to `damage`, each place once.
    pub(super) fn add_damage(&self, damage: &mut Vec<Damage>) {
        let (found, more): (&[Damage], u64) = match self {
            Origin::Text(_) | Origin::Dialect(_) => return,
            Origin::Stream(reader) => (reader.damage(), reader.more_damage()),
            Origin::File(reader) => (reader.damage(), reader.more_damage()),
        };
        found.iter().for_each(|new| add(damage, new));
        if more > 0
            && let Some(last) = found.last()
        {
            let noun = if more == 1 { "place" } else { "places" };
            add(damage, &Damage { what: format!("{more} more {noun}"), ..last.clone() });
        }
    }
}

/// Adds `new` unless it is listed already.
pub(super) fn add(damage: &mut Vec<Damage>, new: &Damage) {
    if !damage.contains(new) {
        damage.push(new.clone());
    }
}

/// A reader that takes the next piece off an input.
pub(super) struct Feed<'a, F> {
    pub(super) origin: &'a mut Origin,
    path: &'a Path,
    pub(super) want: Columns,
    filter: F,
    /// Number of the record that should come next.
    next: u64,
    gap: bool,
    /// Why a text log ended before its end.
    pub(super) damage: Option<Damage>,
}

impl<'a, F: FnMut(&BlockHead) -> bool> Feed<'a, F> {
    pub(super) fn new(origin: &'a mut Origin, path: &'a Path, want: Columns, filter: F) -> Self {
        Feed { origin, path, want, filter, next: 0, gap: false, damage: None }
    }

    /// Puts the next piece into `job`; `false` at the end.
    pub(super) fn next(&mut self, job: &mut Job) -> Result<bool> {
        let Feed { origin, want, filter, next, gap, .. } = self;
        match origin {
            Origin::Text(splitter) => match splitter.next(&mut job.chunk) {
                Ok(more) => Ok(more),
                Err(error) => self.ended(error).map(|()| false),
            },
            Origin::Dialect(translation) => match translation.next(job) {
                Ok(more) => Ok(more),
                // What was read before the damage comes next.
                Err(error) => {
                    self.ended(error)?;
                    self.next(job)
                }
            },
            Origin::Stream(reader) => next_item(reader, job, *want, filter, next, gap),
            Origin::File(reader) => next_item(reader, job, *want, filter, next, gap),
        }
    }
}

impl<F> Feed<'_, F> {
    /// The input ended before its end: that is damage, or an error.
    fn ended(&mut self, error: std::io::Error) -> Result<()> {
        let damage = Damage::of(&error).cloned();
        if damage.is_none() {
            return Err(Error::Io { action: "cannot read", path: self.path.to_owned(), source: error });
        }
        self.damage = damage;
        Ok(())
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
