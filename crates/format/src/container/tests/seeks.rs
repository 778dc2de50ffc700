//! Jumps against a plain scan.

use super::*;
use crate::container::index::{self, Entry};

/// 600 small blocks: two full pages and a part.
fn many() -> Vec<Block> {
    (0..600).map(|i| block(i, 1 + (i as usize * 7) % 9)).collect()
}

/// The first block that a scan finds, by the number of its first record.
fn scan(blocks: &[(u64, Block)], found: impl Fn(u64, &Block) -> bool) -> Option<u64> {
    blocks.iter().find(|(first, b)| found(*first, b)).map(|b| b.0)
}

fn accesses(block: &Block) -> u64 {
    block.kind.iter().filter(|k| k.is_access()).count() as u64
}

fn check_seeks(bytes: &[u8], blocks: &[Block]) {
    let all = numbered(blocks);
    let records: u64 = blocks.iter().map(|b| b.len() as u64).sum();
    let mut first_access = vec![0];
    blocks.iter().for_each(|b| first_access.push(first_access.last().unwrap() + accesses(b)));
    let mut reader = Reader::open(Cursor::new(bytes), "test").unwrap();
    let mut raw = RawBlock::default();
    let mut at = |reader: &mut Reader<Cursor<&[u8]>>, found: bool| {
        let next = reader.next_raw(&mut raw, Columns::KIND).unwrap();
        assert_eq!(next, found);
        next.then(|| raw.head().first_record)
    };
    for i in 0..120 {
        let record = records * i / 118;
        let found = reader.seek_record(record).unwrap();
        assert_eq!(at(&mut reader, found), scan(&all, |first, b| first + b.len() as u64 > record));

        let access = first_access[600] * i / 118;
        let found = reader.seek_access(access).unwrap();
        let expected = first_access[1..].iter().position(|&end| end > access).map(|b| all[b].0);
        assert_eq!(at(&mut reader, found), expected);

        let time = 600_000_000 * i / 118;
        let found = reader.seek_time(time).unwrap();
        let late = |b: &Block| b.time.iter().any(|&t| t >= time);
        assert_eq!(at(&mut reader, found), scan(&all, |_, b| late(b)));
    }
    assert_eq!(reader.damage(), &[]);
    assert!(reader.seek_record(records / 2).unwrap());
    let rest = read(&mut reader);
    assert_eq!(rest[..], all[all.len() - rest.len()..], "reading goes on from there");
    assert!(rest[0].0 <= records / 2);
    reader.rewind().unwrap();
    assert_eq!(read(&mut reader), all);
}

#[test]
fn seeks_find_what_a_scan_finds_with_and_without_an_index() {
    let blocks = many();
    let bytes = file(&blocks);
    check_seeks(&bytes, &blocks);
    check_seeks(&plain(&bytes), &blocks);
    // A trailer or page that is not what it should be: the heads of the blocks are read instead.
    for kind in [layout::Own::TRAILER, layout::Own::PAGE, layout::Own::ROOT] {
        let mut hurt = bytes.clone();
        for at in own_frames(&bytes, kind) {
            hurt[at + 20] ^= 1;
        }
        let mut reader = Reader::open(Cursor::new(&hurt[..]), "test").unwrap();
        for record in [0, 1000, 2500] {
            assert!(reader.seek_record(record).unwrap());
            let mut raw = RawBlock::default();
            assert!(reader.next_raw(&mut raw, Columns::KIND).unwrap());
            assert!(raw.head.first_record <= record && raw.head.end_record() > record);
        }
    }
}

/// Offsets of our skippable frames of a kind.
fn own_frames(bytes: &[u8], kind: layout::Own) -> Vec<usize> {
    let marks = memchr::memmem::find_iter(bytes, &layout::MARK).map(|mark| mark - 8);
    marks.filter(|&at| bytes[at + 16] == kind.0).collect()
}

#[test]
fn the_index_is_what_a_walk_finds() {
    let bytes = file(&many());
    let pages = own_frames(&bytes, layout::Own::PAGE);
    assert_eq!(pages.len(), 3);
    let mut stored = Vec::new();
    for at in pages {
        let size = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
        let (_, body) = layout::own_body(&bytes[at + 8..at + 8 + size]).unwrap();
        stored.extend(index::read_page(body).unwrap());
    }
    let mut reader = Reader::new(&bytes[..], "test").unwrap();
    let mut raw = RawBlock::default();
    let mut walked: Vec<Entry> = Vec::new();
    while reader.next_raw(&mut raw, Columns::KIND).unwrap() {
        walked.push(crate::container::index::Entry::of(&raw, reader.sections.block_plain_offset));
    }
    assert_eq!(stored, walked);
    let unpacked = plain(&bytes);
    for entry in &walked {
        assert!(unpacked[entry.plain_offset as usize..].starts_with(&layout::BLOCK));
    }
}

#[test]
fn the_seek_table_lists_every_frame() {
    let bytes = file(&many());
    let frames = seek_table::footer_frames(&bytes[bytes.len() - seek_table::FOOTER..]).unwrap();
    let table = bytes.len() - seek_table::table_len(frames) as usize;
    let entries = &bytes[table + 8..bytes.len() - seek_table::FOOTER];
    let (mut at, mut unpacked) = (0, Vec::new());
    for entry in entries.chunks(8) {
        let number = |i: usize| u32::from_le_bytes(entry[i..i + 4].try_into().unwrap()) as usize;
        let frame = &bytes[at..at + number(0)];
        let content = zstd::stream::decode_all(frame).unwrap();
        assert_eq!(content.len(), number(4));
        unpacked.extend(content);
        at += number(0);
    }
    assert_eq!(at, table);
    assert_eq!(unpacked, plain(&bytes));
}

#[test]
fn blocks_are_passed_over_by_their_head() {
    let blocks = many();
    let bytes = file(&blocks);
    let wanted = |h: &BlockHead| h.stats.lost > 3;
    let expected: Vec<u64> =
        numbered(&blocks).iter().filter(|(_, b)| crate::Stats::of(b).lost > 3).map(|b| b.0).collect();
    let mut raw = RawBlock::default();
    let mut found = [Vec::new(), Vec::new()];
    let mut stream = Reader::new(&bytes[..], "test").unwrap();
    while let Some(item) = stream.next_where(&mut raw, Columns::ALL, wanted).unwrap() {
        found[0].extend(matches!(item, Item::Block).then_some(raw.head.first_record));
    }
    let mut seekable = Reader::open(Cursor::new(&bytes[..]), "test").unwrap();
    while let Some(item) = seekable.next_where(&mut raw, Columns::TIME, wanted).unwrap() {
        found[1].extend(matches!(item, Item::Block).then_some(raw.head.first_record));
    }
    assert_eq!(found, [expected.clone(), expected]);
    assert_eq!((stream.damage(), seekable.damage()), (&[][..], &[][..]));
}

#[test]
fn columns_are_read_alone() {
    let blocks: Vec<Block> = (0..3).map(|i| block(i, 500)).collect();
    let bytes = file(&blocks);
    let (mut raw, mut decoder) = (RawBlock::default(), BlockDecoder::new());
    let mut block = Block::default();
    let mut reader = Reader::open(Cursor::new(&bytes[..]), "test").unwrap();
    for original in &blocks {
        assert!(reader.next_block(&mut raw, &mut decoder, Columns::TIME, &mut block).unwrap());
        assert_eq!((&block.kind, &block.time), (&original.kind, &original.time));
        assert!(block.value.is_empty() && block.texts.is_empty());
        assert!(raw.columns.len() < raw.head.columns.len());
    }
    assert!(!reader.next_raw(&mut raw, Columns::TIME).unwrap());
    assert_eq!(reader.damage(), &[]);
}
