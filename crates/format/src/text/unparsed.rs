//! How many lines could not be parsed.

use crate::block::Block;
use crate::record::Kind;

/// Counts the lines behind raw records, over the blocks of a trace in order.
///
/// A very long line is stored as several raw records, of which only the last one ends in a line end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnparsedLines {
    lines: u64,
    inside_line: bool,
}

impl UnparsedLines {
    /// Counts the raw lines that begin in `block`, which must have its texts.
    pub fn add(&mut self, block: &Block) {
        let mut next = 0;
        for (row, text) in block.texts.iter() {
            if block.kind[row as usize] != Kind::RAW {
                continue;
            }
            let continues = self.inside_line && row == next;
            self.lines += u64::from(!continues);
            self.inside_line = !text.ends_with(b"\n");
            next = row + 1;
        }
        self.inside_line &= next as usize == block.len();
    }

    /// Lines so far.
    pub fn count(&self) -> u64 {
        self.lines
    }
}
