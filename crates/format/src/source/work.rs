//! The work on one piece of an input: text is parsed, a block of a container is decoded.

use crate::block::{Block, Columns};
use crate::container::{BlockDecoder, BlockHead, Item, RawBlock};
use crate::error::{Damage, Result};
use crate::stats::Stats;
use crate::text::{Chunk, parse_chunk};

/// A block and its place in the trace.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Part<'a> {
    /// The records.
    pub block: &'a Block,
    /// Counts and ranges of the block.
    pub stats: &'a Stats,
    /// Number of the block's first record.
    pub first_record: u64,
    /// Number of the block's first access, or of the next one.
    pub first_access: u64,
    /// Whether records before this block could not be read: nothing may be joined across.
    pub after_gap: bool,
}

/// A piece of input that goes to a worker.
#[derive(Default)]
pub(super) struct Job {
    pub(super) chunk: Chunk,
    pub(super) raw: RawBlock,
    pub(super) item: Option<Item>,
    pub(super) after_gap: bool,
    /// The records, where they were read already.
    pub(super) filled: Option<Block>,
}

/// A piece that comes back from a worker.
#[derive(Default)]
pub(super) struct Done<T> {
    block: Block,
    stats: Stats,
    /// Numbers of the first record and access, where a head has them.
    head: Option<(u64, u64)>,
    after_gap: bool,
    pub(super) item: Option<Item>,
    pub(super) damage: Option<Damage>,
    pub(super) unknown_columns: usize,
    made: T,
}

impl Job {
    pub(super) fn work<T>(
        &mut self,
        is_text: bool,
        want: Columns,
        decoder: &mut BlockDecoder,
        worker: &mut impl FnMut(Option<&BlockHead>, &Block, &mut T) -> Result<()>,
        done: &mut Done<T>,
    ) -> Result<()> {
        (done.item, done.after_gap, done.head) = (self.item.take(), self.after_gap, None);
        done.unknown_columns = 0;
        if let Some(filled) = &mut self.filled
            && matches!(done.item, Some(Item::Block))
        {
            std::mem::swap(filled, &mut done.block);
            done.stats = Stats::of(&done.block);
            return worker(None, &done.block, &mut done.made);
        }
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

/// Where the next block begins.
#[derive(Default)]
pub(super) struct Counted {
    records: u64,
    accesses: u64,
    /// Whether a block before could not be decoded.
    pub(super) lost_block: bool,
}

impl Counted {
    /// The next block with its place in the trace, which its head has, and what the worker made of it.
    pub(super) fn part<'b, T>(&mut self, done: &'b mut Done<T>) -> (Part<'b>, &'b mut T) {
        let Done { block, stats, head, after_gap, made, .. } = done;
        let (first_record, first_access) = head.unwrap_or((self.records, self.accesses));
        self.records = first_record + u64::from(stats.records);
        self.accesses = first_access + u64::from(stats.accesses);
        let after_gap = std::mem::take(&mut self.lost_block) || *after_gap;
        (Part { block, stats, first_record, first_access, after_gap }, made)
    }
}
