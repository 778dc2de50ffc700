//! Round trips, cuts, flips and jumps over small files.

mod damage;
mod hostile;
mod seeks;

use super::*;
use crate::block::{Block, Columns, Fields};
use crate::codec::Encoder;
use crate::error::DamageKind;
use crate::pipeline::ordered_map;
use crate::record::Kind;
use proptest::prelude::*;
use std::cell::RefCell;
use std::io::Cursor;

/// A block of `n` records that depend on `seed`.
pub(super) fn block(seed: u64, n: usize) -> Block {
    let mut block = Block::default();
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for i in 0..n as u64 {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        let time = seed * 1_000_000 + i * 700 + x % 600;
        match x % 11 {
            0 => {
                block.push_text(Kind::MARKER, time, format!("marker {x:x}").as_bytes());
            }
            1 => {
                block.push_lost(time, 1, x % 9);
            }
            _ => {
                let kind = if x & 0x100 == 0 { Kind::READ } else { Kind::WRITE };
                let address = 0xfe00_0000 + (x >> 20) % 64 * 4;
                block.push(Fields {
                    kind,
                    time,
                    map_id: 2,
                    address,
                    value: x >> 40,
                    width: 4,
                    ..Fields::default()
                });
            }
        }
    }
    block
}

pub(super) fn file(blocks: &[Block]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), "test", 3).unwrap();
    let mut recording = Recording::default();
    recording.push(key::KERNEL, "6.1.0");
    writer.write_recording(&recording).unwrap();
    blocks.iter().for_each(|b| writer.write_block(b).unwrap());
    writer.finish().unwrap().0
}

/// `n` blocks and the file that holds them.
pub(super) fn file_of(n: u64, records: usize) -> (Vec<Block>, Vec<u8>) {
    let blocks: Vec<Block> = (0..n).map(|i| block(i, records)).collect();
    let bytes = file(&blocks);
    (blocks, bytes)
}

/// Blocks that a reader gives, with the number of each one's first record.
pub(super) fn read(reader: &mut Reader<impl std::io::Read>) -> Vec<(u64, Block)> {
    // Made once: a decoder's tables cost more than these small blocks.
    thread_local!(static DECODER: RefCell<BlockDecoder> = RefCell::default());
    let mut raw = RawBlock::default();
    let mut found = Vec::new();
    let mut block = Block::default();
    DECODER.with_borrow_mut(|decoder| {
        while reader.next_block(&mut raw, decoder, Columns::ALL, &mut block).unwrap() {
            found.push((raw.head().first_record, block.clone()));
        }
    });
    found
}

pub(super) fn plain(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::decode_all(bytes).unwrap()
}

fn numbered(blocks: &[Block]) -> Vec<(u64, Block)> {
    let mut first = 0;
    let with_number = |b: &Block| {
        let numbered = (first, b.clone());
        first += b.len() as u64;
        numbered
    };
    blocks.iter().map(with_number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn blocks_survive_both_forms(sizes in prop::collection::vec(1usize..300, 0..12), seed in 0u64..1000) {
        let blocks: Vec<Block> = sizes.iter().enumerate().map(|(i, &n)| block(seed + i as u64, n)).collect();
        let bytes = file(&blocks);
        for (bytes, form) in [(plain(&bytes), Form::Plain), (bytes, Form::Compressed)] {
            prop_assert_eq!(sniff(&bytes), Some(form));
            let mut reader = Reader::new(&bytes[..], "test").unwrap();
            prop_assert_eq!(read(&mut reader), numbered(&blocks));
            prop_assert_eq!(reader.damage(), &[]);
            let totals = reader.totals().unwrap();
            prop_assert_eq!(totals.records, sizes.iter().sum::<usize>() as u64);
            prop_assert_eq!(totals.blocks, blocks.len() as u64);
            prop_assert_eq!(reader.recordings()[0].get(key::KERNEL), Some(&b"6.1.0"[..]));
        }
    }
}

#[test]
fn the_file_is_the_same_for_any_number_of_threads() {
    let blocks: Vec<Block> = (0..20).map(|i| block(i, 50)).collect();
    let write = |threads| {
        let mut left = blocks.iter();
        let mut writer = Writer::new(Vec::new(), "test", 3).unwrap();
        let produce = |input: &mut Block| Ok(left.next().map(|b| input.clone_from(b)).is_some());
        let worker = || {
            let mut encoder = Encoder::new(3);
            move |input: &mut Block, output: &mut EncodedBlock| {
                output.encode(&mut encoder, input);
                Ok(())
            }
        };
        ordered_map(threads, produce, worker, |output| writer.write_encoded(output)).unwrap();
        writer.finish().unwrap().0
    };
    let bytes = write(1);
    assert_eq!(write(3), bytes);
    assert_eq!(read(&mut Reader::new(&bytes[..], "test").unwrap()), numbered(&blocks));
}

/// Ends of the blocks in a file of either form.
fn block_ends(bytes: &[u8]) -> Vec<u64> {
    let mut reader = Reader::new(bytes, "test").unwrap();
    let mut raw = RawBlock::default();
    let mut ends = Vec::new();
    while reader.next_raw(&mut raw, Columns::ALL).unwrap() {
        ends.push(reader.offset());
    }
    ends
}

#[test]
fn every_cut_gives_the_whole_blocks_before_it() {
    let blocks: Vec<Block> = (0..4).map(|i| block(i, 20 + i as usize)).collect();
    let bytes = file(&blocks);
    let all = numbered(&blocks);
    for bytes in [plain(&bytes), bytes] {
        let ends = block_ends(&bytes);
        for cut in 0..bytes.len() {
            let whole = ends.iter().filter(|&&end| end <= cut as u64).count();
            let mut stream = Reader::new(&bytes[..cut], "test").unwrap();
            assert_eq!(read(&mut stream), all[..whole], "cut at {cut}");
            assert_eq!(stream.damage().len(), 1, "cut at {cut}");
            assert_eq!(stream.damage()[0].kind, DamageKind::Truncated, "cut at {cut}");
            let place = stream.damage()[0].place.byte.unwrap();
            let last_end = if whole == 0 { 0 } else { ends[whole - 1] };
            assert!(place >= last_end && place <= cut as u64, "cut at {cut}: {place}");
            let mut seekable = Reader::open(Cursor::new(&bytes[..cut]), "test").unwrap();
            assert_eq!(seekable.seek_record(0).unwrap(), whole > 0);
            assert_eq!(read(&mut seekable), all[..whole], "cut at {cut}");
        }
    }
}

#[test]
fn no_flipped_bit_makes_a_wrong_record() {
    let blocks: Vec<Block> = (0..6).map(|i| block(i, 40)).collect();
    let bytes = file(&blocks);
    let all = numbered(&blocks);
    let whole = plain(&bytes);
    let mut x = 88_172_645_463_325_252u64;
    for bytes in [whole.clone(), bytes] {
        for _ in 0..5000 {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            let bit = (x >> 8) as usize % (bytes.len() * 8);
            let mut hurt = bytes.clone();
            hurt[bit / 8] ^= 1 << (bit % 8);
            let Ok(mut reader) = Reader::new(&hurt[..], "test") else {
                assert!(bit / 8 < 16, "bit {bit}");
                continue;
            };
            let got = read(&mut reader);
            assert!(got.iter().all(|b| all.contains(b)), "bit {bit}");
            assert!(got.len() + 1 >= all.len(), "bit {bit}: {} blocks, {:?}", got.len(), reader.damage());
            // A zstd frame has a bit without meaning; whatever changes the data must be reported.
            let harmless = got.len() == all.len()
                && bytes != whole
                && zstd::stream::decode_all(&hurt[..]).ok() == Some(whole.clone());
            assert!(
                !reader.damage().is_empty() || harmless,
                "bit {bit} of byte {}: {:?}",
                bit / 8,
                zstd::stream::decode_all(&hurt[..]).err()
            );
        }
    }
}
