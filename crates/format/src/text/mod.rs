//! The text log of the kernel's tracer: lines to records and back, byte for byte.
//!
//! A line becomes exactly one record. A line whose meaning is doubtful becomes a raw record; one whose
//! meaning is certain but whose spelling is not the kernel's is kept whole beside the record, in
//! [`Block::verbatim`]. So `render(parse(bytes)) == bytes` for any bytes.
//!
//! ```
//! use mmio_format::{Block, Kind, text};
//!
//! let log = b"W 4 1.000000 1 0xfed00010 0x1 0x0 0\nwhat is this?\n";
//! let mut block = Block::default();
//! text::parse(log, &mut block);
//! let kinds: Vec<Kind> = block.records().map(|record| record.kind()).collect();
//! assert_eq!(kinds, [Kind::WRITE, Kind::RAW]);
//!
//! let mut back = Vec::new();
//! text::render(&block, &mut back);
//! assert_eq!(back, log);
//! ```

pub mod grammar;

mod fast;
mod number;
mod render;
mod splitter;
mod unparsed;

pub use render::render;
pub use splitter::{Chunk, MAX_LINE, Splitter};
pub use unparsed::UnparsedLines;

use crate::block::{Block, Fields};
use crate::record::Kind;
use grammar::Record;

/// Records that go to the block's columns together.
const BATCH: usize = 64;

/// Appends the record of one line, which includes its line end if it has one.
pub fn parse_line(line: &[u8], block: &mut Block) {
    let mut window = [0; fast::WINDOW];
    if let Some(start) = window.get_mut(..line.len()) {
        start.copy_from_slice(line);
        if let Some((fields, length)) = fast::access(&window).or_else(|| fast::unknown(&window))
            && length == line.len()
        {
            block.push(fields);
            return;
        }
        if is_one_line(line) && fast::mapping(&window, block).is_some() {
            return;
        }
    }
    parse_line_by_grammar(line, block);
}

/// Whether the only line end, if there is one, is the last byte.
fn is_one_line(line: &[u8]) -> bool {
    memchr::memchr(b'\n', line).is_none_or(|end| end + 1 == line.len())
}

/// [`parse_line`] without its fast path: the same result, slower.
pub fn parse_line_by_grammar(line: &[u8], block: &mut Block) {
    let Some(record) = grammar::record(line) else {
        block.push_text(Kind::RAW, 0, line);
        return;
    };
    let row = record.push(block);
    let text = if let Record::Text(_, _, text) = record { text } else { b"" };
    if !render::is_canonical(block, row, text, line) {
        block.verbatim.push(row, line);
    }
}

/// Appends one record for each line of `lines`. The last line may lack its line end.
///
/// A block takes at most [`MAX_RECORDS`](crate::block::MAX_RECORDS) records: [`Splitter`] cuts a log accordingly.
pub fn parse(lines: &[u8], block: &mut Block) {
    let mut rest = lines;
    let mut batch = [Fields::default(); BATCH];
    while !rest.is_empty() {
        let mut filled = 0;
        while let Some(window) = rest.first_chunk::<{ fast::WINDOW }>()
            && filled < BATCH
            && let Some((fields, length)) = fast::access(window).or_else(|| fast::unknown(window))
        {
            batch[filled] = fields;
            filled += 1;
            rest = &rest[length..];
        }
        block.extend(&batch[..filled]);
        if filled < BATCH && !rest.is_empty() {
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            parse_line(&rest[..length], block);
            rest = &rest[length..];
        }
    }
}

/// Replaces the records of `block` by those of `chunk`.
pub fn parse_chunk(chunk: &Chunk, block: &mut Block) {
    block.clear();
    let bytes = chunk.bytes();
    let mut at = 0;
    for piece in chunk.pieces() {
        parse(&bytes[at..piece.start], block);
        block.push_text(Kind::RAW, 0, &bytes[piece.clone()]);
        at = piece.end;
    }
    parse(&bytes[at..], block);
}
