//! Any bytes as a container, read as a stream and as a file: blocks and damage, nothing else.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use mmio_format::container::{BlockDecoder, RawBlock, Reader, check};
use mmio_format::{Block, Columns};

fuzz_target!(|data: &[u8]| {
    let (mut raw, mut block, mut decoder) = (RawBlock::default(), Block::default(), BlockDecoder::new());
    if let Ok(mut reader) = Reader::new(data, "fuzz") {
        let mut next = 0;
        while let Ok(true) = reader.next_block(&mut raw, &mut decoder, Columns::ALL, &mut block) {
            assert!(raw.head().first_record >= next, "records come in order");
            next = raw.head().end_record();
            assert_eq!(block.len() as u64, next - raw.head().first_record);
        }
    }
    if let Ok(mut reader) = Reader::open(Cursor::new(data), "fuzz") {
        let _ = reader.seek_record(100);
        let _ = reader.next_block(&mut raw, &mut decoder, Columns::TIME, &mut block);
        let _ = reader.seek_time(1 << 40);
    }
    if let Ok(mut reader) = Reader::new(data, "fuzz") {
        let _ = check(&mut reader, 1);
    }
});
