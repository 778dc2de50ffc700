//! A count of the lines that could not be parsed.

use crate::block::Block;
use crate::record::Kind;

/// A count of the lines that raw records stand for, over the blocks of a trace in order.
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

    /// How many lines there are so far.
    pub fn count(&self) -> u64 {
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(texts: &[&str]) -> Block {
        let mut block = Block::default();
        for text in texts {
            let kind = if text.starts_with('#') { Kind::COMMENT } else { Kind::RAW };
            block.push_text(kind, 0, text.as_bytes());
        }
        block
    }

    fn count(blocks: &[&[&str]]) -> u64 {
        let mut unparsed = UnparsedLines::default();
        blocks.iter().for_each(|texts| unparsed.add(&block(texts)));
        unparsed.count()
    }

    #[test]
    fn pieces_of_a_line_count_once_even_in_several_blocks() {
        assert_eq!(count(&[&["#", "a", "b"], &["c"], &[], &["d\n", "e\n"], &["f"]]), 3);
    }

    #[test]
    fn another_record_ends_a_line_that_lacks_its_line_end() {
        assert_eq!(count(&[&["a", "#", "b"], &["#", "c"]]), 3);
        assert_eq!(count(&[&["a", "#"], &["b"]]), 2);
        assert_eq!(count(&[&["a"], &["#"], &["b"]]), 2);
    }
}
