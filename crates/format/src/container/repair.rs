//! Copies what is good of a file.

use super::layout::Totals;
use super::raw::{BlockDecoder, RawBlock};
use super::reader::{Item, Reader};
use super::recording::{Recording, key};
use super::writer::{EncodedBlock, Writer};
use crate::block::Columns;
use crate::codec::EncodedColumn;
use crate::error::{Damage, Result};
use std::io::{Read, Write};
use zstd::bulk::Compressor;

/// Copies all whole blocks of a file that was just opened to `writer`, without decoding them, along with its recordings and
/// the sections that this version does not know, and ends it. Records get new numbers where some are missing; what
/// is missing is written down under [`key::REPAIR`], and [`Reader::damage`] says it too.
///
/// # Errors
/// Those of reading and writing. Damage is no error.
pub fn repair<W: Write>(reader: &mut Reader<impl Read>, mut writer: Writer<W>) -> Result<(W, Totals)> {
    let (mut raw, mut decoder) = (RawBlock::default(), BlockDecoder::new());
    let mut encoded = EncodedBlock::default();
    let mut recording = None;
    while let Some(item) = reader.next_item(&mut raw, Columns::ALL)? {
        match item {
            Item::Block => match raw.copy_to(&mut encoded, &mut decoder, writer.compressor()) {
                Ok(()) => {
                    let number = raw.head.recording;
                    if recording.is_some_and(|last| last != number) {
                        writer.write_recording(&Recording::default())?;
                    }
                    recording = Some(number);
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
