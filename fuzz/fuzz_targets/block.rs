//! Any bytes as the columns of a block: an error or a block that can be stored again, nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmio_format::codec::{Decoder, Encoder};
use mmio_format::container::EncodedBlock;
use mmio_format::{Block, Columns};

thread_local! {
    static ENCODER: std::cell::RefCell<(Encoder, EncodedBlock)> =
        std::cell::RefCell::new((Encoder::new(1), EncodedBlock::default()));
}

fuzz_target!(|data: &[u8]| {
    let Some((records, mut rest)) = data.split_first_chunk::<2>() else { return };
    let mut columns = Vec::new();
    while let Some(([id, low, high], more)) = rest.split_first_chunk::<3>() {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(more.len());
        columns.push((*id, &more[..length]));
        rest = &more[length..];
    }
    columns.sort_by_key(|c| c.0);
    columns.dedup_by_key(|c| c.0);
    let records = u32::from(u16::from_le_bytes(*records));
    let (mut decoder, mut block) = (Decoder::new(), Block::default());
    if decoder.decode(records, &columns, Columns::ALL, &mut block).is_ok() {
        assert_eq!(block.len(), records as usize);
        ENCODER.with_borrow_mut(|(encoder, encoded)| encoded.encode(encoder, &block));
    }
    let _ = decoder.decode(records, &columns, Columns::TIME, &mut block);
});
