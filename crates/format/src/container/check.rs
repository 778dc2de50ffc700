//! Verifies a file in full.

use super::layout::Totals;
use super::raw::{BlockDecoder, RawBlock};
use super::reader::{Item, Reader};
use crate::block::{Block, Columns};
use crate::error::Result;
use crate::stats::Stats;
use std::io::Read;

/// Reads the whole of a file that was just opened: every checksum, every column, the statistics of each block against
/// its records, the totals, the index and the seek table. Returns the totals of what is good;
/// [`Reader::damage`] then says what is not.
///
/// # Errors
/// As [`Reader::next_item`]. Damage is no error.
pub fn check(reader: &mut Reader<impl Read>) -> Result<Totals> {
    let (mut raw, mut decoder) = (RawBlock::default(), BlockDecoder::new());
    let mut block = Block::default();
    let mut good = Totals::default();
    while let Some(item) = reader.next_item(&mut raw, Columns::ALL)? {
        if !matches!(item, Item::Block) {
            continue;
        }
        let sound =
            raw.verify(&mut decoder).and_then(|()| raw.decode(&mut decoder, Columns::ALL, &mut block));
        match sound {
            Err(damage) => reader.report(damage),
            Ok(()) if Stats::of(&block) != raw.head.stats => {
                reader.report(raw.damage("the statistics of a block are not those of its records".into()));
            }
            Ok(()) => {
                good.add(&raw.head.stats);
                good.recordings = good.recordings.max(u64::from(raw.head.recording) + 1);
            }
        }
    }
    let announced = reader.recordings().iter().map(|r| u64::from(r.number) + 1).max().unwrap_or(0);
    good.recordings = good.recordings.max(announced);
    let ended = reader.totals().filter(|&ended| ended != good && reader.damage().is_empty());
    if ended.is_some() {
        let place = reader.walk.place();
        let what = "the totals are not those of the blocks; no record is missing";
        reader.walk.losses.add(crate::DamageKind::Damaged, what, place);
    }
    Ok(good)
}
