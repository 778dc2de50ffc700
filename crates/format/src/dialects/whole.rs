//! A log that is read from memory to its end.

use std::io::Cursor;

use super::{Dialect, Options, Sink, Window};
use crate::block::Block;
use crate::container::Recording;

/// All blocks of a log, and what is known of it at its end.
pub(crate) struct Whole {
    pub(crate) blocks: Vec<Block>,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(crate) closing: Recording,
}

impl Whole {
    /// Reads `bytes` as a log of this dialect, whatever they are.
    pub(crate) fn read(dialect: &Dialect, options: &Options, bytes: &[u8]) -> Whole {
        let start = &bytes[..bytes.len().min(crate::input::START)];
        let mut reader = dialect.reader(options, start);
        let mut window = Window::new(Box::new(Cursor::new(bytes.to_vec())));
        let mut sink = Sink::new(dialect.name);
        let mut blocks = Vec::new();
        loop {
            // Reading from memory does not fail, but a log may say that it is damaged.
            let more = reader.read(&mut window, &mut sink).unwrap_or(false);
            while !sink.is_empty() {
                let mut block = Block::default();
                sink.swap(&mut block);
                blocks.push(block);
            }
            if !more {
                return Whole { blocks, closing: sink.closing() };
            }
        }
    }
}

/// The blocks that a log of this dialect has; for tests of hostile input.
#[doc(hidden)]
pub fn read_all(dialect: &Dialect, bytes: &[u8]) -> Vec<Block> {
    Whole::read(dialect, &Options::default(), bytes).blocks
}

#[cfg(test)]
impl Whole {
    /// Reads a log of the dialect with this name.
    pub(crate) fn of(name: &str, bytes: &[u8]) -> Whole {
        Whole::read(Dialect::named(name).unwrap(), &Options::default(), bytes)
    }

    /// All records as one block.
    pub(crate) fn records(&self) -> Block {
        let mut all = Block::default();
        for block in &self.blocks {
            (0..block.len()).for_each(|row| all.push_row(block, row));
        }
        all
    }

    /// All values of a key.
    pub(crate) fn values(&self, key: &str) -> Vec<String> {
        let entries = self.closing.entries.iter().filter(|(name, _)| name == key);
        entries.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
    }

    /// How many things of a class were left out, 0 for none.
    pub(crate) fn left_out(&self, class: &str) -> u64 {
        let values = self.values(crate::container::key::LEFT_OUT);
        let count = values.iter().filter_map(|value| value.split_once(' ')).find(|(_, of)| *of == class);
        count.map_or(0, |(n, _)| n.parse().unwrap())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::DIALECTS;

    /// A small log of each dialect, with its name.
    fn logs() -> Vec<(&'static str, Vec<u8>)> {
        let folder = mmio_testkit::at_top("fuzz/corpus/dialects");
        DIALECTS
            .iter()
            .map(|dialect| (dialect.name, std::fs::read(folder.join(dialect.name)).unwrap()))
            .collect()
    }

    #[test]
    fn each_dialect_knows_its_own_log() {
        for (name, log) in logs() {
            assert_eq!(Dialect::of(&log).unwrap().name, name);
            let block = Whole::of(name, &log).records();
            assert!(block.kind.iter().filter(|kind| kind.is_timed()).count() > 1, "{name}");
            assert!(Dialect::of(&[&b"words\n"[..], &log[..9]].concat()).is_none(), "{name}");
        }
    }

    #[test]
    fn each_dialect_reads_any_log_that_is_cut_anywhere() {
        for (_, log) in logs() {
            for cut in 0..=log.len() {
                for dialect in DIALECTS {
                    let blocks = read_all(dialect, &log[..cut]);
                    assert!(blocks.iter().all(|block| !block.is_empty()));
                }
            }
        }
    }
}
