//! A copy of what is good of a file.

use super::layout::Totals;
use super::raw_block::{BlockDecoder, RawBlock};
use super::reader::{Item, Reader};
use super::recording::{Recording, key};
use super::writer::{EncodedBlock, Writer};
use crate::block::{Block, Columns};
use crate::codec::EncodedColumn;
use crate::error::{Damage, Result};
use std::io::{Read, Write};
use zstd::bulk::Compressor;

/// Copies all whole blocks of a file that was just opened to `writer`, without decoding them, along with its recordings and
/// the sections that this version does not know, and ends it. Where records are missing, a LOST record with their
/// number stands in their place, so that nothing is joined across; the others get new numbers. What is missing is
/// written down under [`key::REPAIR`] too, and [`Reader::damage`] says it.
///
/// # Errors
/// Errors of reading and writing. Damage is not an error.
pub fn repair<W: Write>(reader: &mut Reader<impl Read>, mut writer: Writer<W>) -> Result<(W, Totals)> {
    let (mut raw, mut decoder) = (RawBlock::default(), BlockDecoder::new());
    let mut encoded = EncodedBlock::default();
    let (mut recording, mut next) = (None, 0);
    while let Some(item) = reader.next_item(&mut raw, Columns::ALL)? {
        match item {
            Item::Block => match raw.copy_to(&mut encoded, &mut decoder, writer.compressor()) {
                Ok(()) => {
                    let number = raw.head.recording;
                    if recording.is_some_and(|last| last != number) {
                        writer.write_recording(&Recording::default())?;
                    }
                    recording = Some(number);
                    if raw.head.first_record > next {
                        writer.write_block(&lost(raw.head.first_record - next))?;
                    }
                    next = raw.head.end_record();
                    writer.write_encoded(&encoded)?;
                }
                Err(damage) => reader.report(damage),
            },
            Item::Recording(found) if recording == Some(found.number) => writer.extend_recording(&found)?,
            Item::Recording(found) => {
                recording = Some(found.number);
                writer.write_recording(&found)?;
            }
            Item::Section(section) => writer.write_section(&section)?,
        }
    }
    if !reader.damage().is_empty() {
        let mut note = Recording::default();
        reader.damage().iter().for_each(|damage| note.push(key::REPAIR, damage.to_string()));
        writer.extend_recording(&note)?;
    }
    writer.finish()
}

/// A block of one LOST record.
fn lost(count: u64) -> Block {
    let mut block = Block::default();
    block.push_lost(0, 0, count);
    block
}

impl RawBlock {
    /// Replaces `to` by this block, whose columns were all read; columns of unknown ids included.
    fn copy_to(
        &self,
        to: &mut EncodedBlock,
        decoder: &mut BlockDecoder,
        zstd: &mut Compressor<'static>,
    ) -> std::result::Result<(), Damage> {
        self.verify(decoder)?;
        to.stats = self.head.stats.clone();
        to.columns.clear();
        let mut at = 0;
        for column in &self.columns {
            let stored = &self.bytes[column.range.clone()];
            let (plain, frame) = if self.compressed {
                let end = at + column.plain_len as usize;
                let plain = &decoder.plain[at..end];
                at = end;
                (plain, stored.to_vec())
            } else {
                let frame = zstd.compress(stored).map_err(|e| self.damage(e.to_string()))?;
                (stored, frame)
            };
            let crc = crc32fast::hash(plain);
            to.columns.push(EncodedColumn { id: column.id, plain_len: column.plain_len, crc, frame });
        }
        Ok(())
    }
}
