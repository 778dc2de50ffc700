//! The blocks of an input, handed out when they are asked for.

use super::feed::{Feed, Origin, add};
use super::work::{Counted, Done, Job, Part};
use crate::block::Columns;
use crate::container::{BlockDecoder, BlockHead, Item};
use crate::error::{Damage, Result};
use std::path::Path;

/// Says by its head whether a block is wanted.
pub(crate) type HeadFilter<'t> = Box<dyn FnMut(&BlockHead) -> bool + 't>;

/// The blocks of a trace, one after the other, see [`Trace::blocks`](crate::Trace::blocks).
///
/// They share one piece of memory, so each is given back before the next one: `while let Some(part) = blocks.next()?`.
/// What is damaged is passed over, see [`Trace::damage`](crate::Trace::damage).
pub struct Blocks<'t> {
    feed: Feed<'t, HeadFilter<'t>>,
    damage: &'t mut Vec<Damage>,
    unknown_columns: &'t mut u64,
    counted: Counted,
    decoder: BlockDecoder,
    job: Job,
    done: Done<()>,
}

impl<'t> Blocks<'t> {
    /// The blocks that `origin` has left and `filter` takes, with the columns in `want`.
    pub(super) fn new(
        (origin, path): (&'t mut Origin, &'t Path),
        want: Columns,
        filter: HeadFilter<'t>,
        (damage, unknown_columns): (&'t mut Vec<Damage>, &'t mut u64),
    ) -> Blocks<'t> {
        Blocks {
            feed: Feed::new(origin, path, want, filter),
            damage,
            unknown_columns,
            counted: Counted::default(),
            decoder: BlockDecoder::new(),
            job: Job::default(),
            done: Done::default(),
        }
    }

    /// The next block; `None` at the end, when all damage is known.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) and [`Error::NewerVersion`](crate::Error::NewerVersion). Damage is not an error.
    // Not an iterator: what it gives lives until the next call only.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Part<'_>>> {
        let (is_text, want) = (self.feed.origin.is_text(), self.feed.want);
        let mut idle = |_: Option<&_>, _: &_, (): &mut ()| Ok(());
        while self.feed.next(&mut self.job)? {
            let done = &mut self.done;
            self.job.work(is_text, want, &mut self.decoder, &mut idle, done)?;
            *self.unknown_columns += done.unknown_columns as u64;
            if let Some(damage) = done.damage.take() {
                self.counted.lost_block = true;
                add(self.damage, &damage);
            } else if is_text || matches!(done.item, Some(Item::Block)) {
                return Ok(Some(self.counted.part(&mut self.done).0));
            }
        }
        if let Some(damage) = self.feed.damage.take() {
            add(self.damage, &damage);
        }
        self.feed.origin.add_damage(self.damage);
        Ok(None)
    }
}
