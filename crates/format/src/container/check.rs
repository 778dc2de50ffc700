//! A check of a whole file.

use super::layout::{BlockHead, Totals};
use super::raw_block::{BlockDecoder, RawBlock};
use super::reader::Reader;
use crate::block::{Block, Columns};
use crate::error::{Damage, DamageKind, Result};
use crate::pipeline::ordered_map;
use crate::stats::Stats;
use std::io::Read;

/// Reads the whole of a file that was just opened: every checksum, every column, the statistics of each block against
/// its records, the totals, the index and the seek table. The blocks are looked at on `threads` threads. Returns the
/// totals of what is good; [`Reader::damage`] then says what is not.
///
/// # Errors
/// As [`Reader::next_item`]. Damage is not an error.
pub fn check(reader: &mut Reader<impl Read>, threads: usize) -> Result<Totals> {
    let (mut good, mut damaged) = (Totals::default(), Vec::new());
    let next_block = |raw: &mut RawBlock| reader.next_raw(raw, Columns::ALL);
    let worker = || {
        let (mut decoder, mut block) = (BlockDecoder::new(), Block::default());
        move |raw: &mut RawBlock, out: &mut Verdict| {
            out.head = raw.head.clone();
            out.damage = sound(raw, &mut decoder, &mut block).err();
            Ok(())
        }
    };
    ordered_map(threads, next_block, worker, |verdict| {
        match verdict.damage.take() {
            Some(damage) => damaged.push(damage),
            None => {
                good.add(&verdict.head.stats);
                good.recordings = good.recordings.max(u64::from(verdict.head.recording) + 1);
            }
        }
        Ok(())
    })?;
    damaged.into_iter().for_each(|damage| reader.report(damage));
    compare_totals(reader, &mut good);
    Ok(good)
}

/// The outcome of the check of a block.
#[derive(Default)]
struct Verdict {
    head: BlockHead,
    damage: Option<Damage>,
}

fn sound(raw: &RawBlock, decoder: &mut BlockDecoder, block: &mut Block) -> std::result::Result<(), Damage> {
    raw.verify(decoder)?;
    raw.decode(decoder, Columns::ALL, block)?;
    if Stats::of(block) == raw.head.stats {
        return Ok(());
    }
    Err(raw.damage("the statistics of a block are not those of its records".into()))
}

/// Completes the totals by the recordings without a block, and holds the file's own against them.
fn compare_totals(reader: &mut Reader<impl Read>, good: &mut Totals) {
    let announced = reader.recordings().iter().map(|r| u64::from(r.number) + 1).max().unwrap_or(0);
    good.recordings = good.recordings.max(announced);
    let ended = reader.totals().filter(|&ended| ended != *good && reader.damage().is_empty());
    if ended.is_some() {
        let place = reader.sections.place();
        let what = "the totals are not those of the blocks; no record is missing";
        reader.sections.losses.add(DamageKind::Damaged, what, place);
    }
}
