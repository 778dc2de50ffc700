//! Texts, opcodes, verbatim lines and MAP ranges.

use super::CodecError;
use super::varint::{self, Reader};
use crate::block::{MapRange, Texts};

/// Appends `texts`: count, gaps between the rows, lengths, bytes.
pub(super) fn encode_texts(texts: &Texts, out: &mut Vec<u8>) {
    varint::put(out, texts.len() as u64);
    let mut next = 0;
    for &row in texts.rows() {
        varint::put(out, u64::from(row - next));
        next = row + 1;
    }
    for (_, text) in texts.iter() {
        varint::put(out, text.len() as u64);
    }
    out.extend_from_slice(texts.bytes());
}

/// Reads what [`encode_texts`] wrote.
pub(super) fn decode_texts(mut data: Reader, records: usize, texts: &mut Texts) -> Result<(), CodecError> {
    let count = data.varint_up_to(records)?;
    let mut rows = data;
    skip_varints(&mut data, count)?;
    let mut lengths = data;
    skip_varints(&mut data, count)?;
    let mut next = 0;
    for _ in 0..count {
        let row = next_row(&mut rows, next, records)?;
        let length = lengths.varint_up_to(data.0.len())?;
        texts.push(row as u32, data.take(length)?);
        next = row + 1;
    }
    data.finish()
}

/// Appends MAP ranges: count, then gap, virtual address and length of each.
pub(super) fn encode_ranges(ranges: &[MapRange], out: &mut Vec<u8>) {
    varint::put(out, ranges.len() as u64);
    let (mut next, mut virt) = (0, 0u64);
    for range in ranges {
        varint::put(out, u64::from(range.row - next));
        varint::put(out, varint::zigzag(range.virt.wrapping_sub(virt)));
        varint::put(out, range.length);
        next = range.row + 1;
        virt = range.virt;
    }
}

/// Reads what [`encode_ranges`] wrote.
pub(super) fn decode_ranges(
    mut data: Reader,
    records: usize,
    ranges: &mut Vec<MapRange>,
) -> Result<(), CodecError> {
    let count = data.varint_up_to(records)?;
    let (mut next, mut virt) = (0, 0u64);
    for _ in 0..count {
        let row = next_row(&mut data, next, records)?;
        virt = virt.wrapping_add(varint::unzigzag(data.varint()?));
        let length = data.varint()?;
        ranges.push(MapRange { row: row as u32, virt, length });
        next = row + 1;
    }
    data.finish()
}

/// The row that a gap after `next` leads to.
fn next_row(data: &mut Reader, next: usize, records: usize) -> Result<usize, CodecError> {
    let gap = data.varint_up_to(records)?;
    let row = next + gap;
    if row < records { Ok(row) } else { Err(CodecError::Invalid("a row behind the last record")) }
}

fn skip_varints(data: &mut Reader, count: usize) -> Result<(), CodecError> {
    for _ in 0..count {
        data.varint()?;
    }
    Ok(())
}
