//! The records of containers, and containers of records.

use mmio_format::block::Columns;
use mmio_format::container::{BlockDecoder, Item, RawBlock, Reader, Recording, Writer};
use mmio_format::{Block, text};

/// An undamaged container's records in one block (samples are small), and its recordings' data.
pub fn contents(container: &[u8]) -> (Block, Recording) {
    let mut reader = Reader::new(container, "container").unwrap();
    let (mut raw, mut decoder) = (RawBlock::default(), BlockDecoder::new());
    let (mut all, mut block, mut data) = (Block::default(), Block::default(), Recording::default());
    while let Some(item) = reader.next_where(&mut raw, Columns::ALL, |_| true).unwrap() {
        match item {
            Item::Block => {
                raw.decode(&mut decoder, Columns::ALL, &mut block).unwrap();
                (0..block.len()).for_each(|row| all.push_row(&block, row));
            }
            Item::Recording(more) => data.entries.extend(more.entries),
            _ => {}
        }
    }
    assert!(reader.damage().is_empty(), "{:?}", reader.damage());
    (all, data)
}

/// The text log of a block.
pub fn lines(block: &Block) -> String {
    let mut out = Vec::new();
    text::render(block, &mut out);
    String::from_utf8(out).unwrap()
}

/// A container with the records of a text log.
pub fn container(log: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), "container", 3).unwrap();
    let mut block = Block::default();
    text::parse(log, &mut block);
    writer.write_block(&block).unwrap();
    writer.finish().unwrap().0
}
