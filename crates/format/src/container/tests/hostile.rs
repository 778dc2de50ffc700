//! Files that lie, and files of other versions.

use super::*;
use crate::codec::EncodedColumn;
use crate::container::layout::{Own, SectionHead, put, put_own};
use crate::error::Error;
use std::sync::LazyLock;

/// `plain` as announced frames.
fn announced(parts: &[&[u8]]) -> Vec<u8> {
    let mut zstd = writer::compressor(3).unwrap();
    let frames: Vec<Vec<u8>> = parts.iter().map(|p| zstd.compress(p).unwrap()).collect();
    announce(&frames)
}

fn announce(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut sizes = Vec::new();
    frames.iter().for_each(|f| put(&mut sizes, f.len() as u64));
    let mut out = Vec::new();
    put_own(&mut out, Own::ANNOUNCEMENT, &sizes);
    frames.iter().for_each(|f| out.extend_from_slice(f));
    out
}

fn header(major: u16, minor: u16) -> Vec<u8> {
    let mut header = layout::header().to_vec();
    header[8..10].copy_from_slice(&major.to_le_bytes());
    header[10..12].copy_from_slice(&minor.to_le_bytes());
    let crc = crc32fast::hash(&header[..16]);
    header[16..].copy_from_slice(&crc.to_le_bytes());
    header
}

/// A file whose only block has this head and these plain columns.
fn with_head(head: &BlockHead, columns: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    head.put(&mut bytes);
    let payload = [&bytes[..], &columns.concat()].concat();
    let mut first = Vec::new();
    let length = bytes.len() as u64 + head.plain_len();
    SectionHead { length, ..SectionHead::of(layout::BLOCK, 0, &payload) }.put(&mut first);
    first.extend_from_slice(&bytes);
    let mut parts = vec![&first[..]];
    parts.extend_from_slice(columns);
    [announced(&[&header(1, 0)]), announced(&parts)].concat()
}

fn damage_of(bytes: &[u8]) -> (usize, String) {
    let mut reader = Reader::new(bytes, "test").unwrap();
    let blocks = read(&mut reader).len();
    (blocks, reader.damage().iter().map(|d| d.to_string() + "\n").collect())
}

#[test]
fn a_newer_major_version_is_refused_and_a_newer_minor_one_read() {
    for plain in [false, true] {
        let file = |header: Vec<u8>| if plain { header } else { announced(&[&header]) };
        let newer = file(header(2, 0));
        let error = Reader::new(&newer[..], "test").unwrap().next_raw(&mut RawBlock::default(), Columns::ALL);
        assert!(matches!(error, Err(Error::NewerVersion { found: 2, known: 1, .. })));
        let minor = file(header(1, 99));
        assert!(
            !Reader::new(&minor[..], "test")
                .unwrap()
                .next_raw(&mut RawBlock::default(), Columns::ALL)
                .unwrap()
        );
    }
}

#[test]
fn unknown_sections_and_columns_are_kept_and_do_no_harm() {
    let original = block(1, 100);
    let mut encoded = EncodedBlock::default();
    encoded.encode(&mut Encoder::new(3), &original);
    let unknown = b"a column of the future";
    encoded.columns.push(EncodedColumn {
        id: 200,
        plain_len: unknown.len() as u32,
        crc: crc32fast::hash(unknown),
        frame: writer::compressor(3).unwrap().compress(unknown).unwrap(),
    });
    let section = Section { tag: *b"NEW!", flags: 7, payload: vec![9; 1000] };
    let mut writer = Writer::new(Vec::new(), "test", 3).unwrap();
    writer.write_section(&section).unwrap();
    writer.write_encoded(&encoded).unwrap();
    assert!(writer.write_section(&Section { tag: layout::END, ..Section::default() }).is_err());
    let bytes = writer.finish().unwrap().0;
    for bytes in [plain(&bytes), bytes] {
        let mut reader = Reader::new(&bytes[..], "test").unwrap();
        let copy = repair(&mut reader, Writer::new(Vec::new(), "copy", 3).unwrap()).unwrap().0;
        for bytes in [&bytes, &copy] {
            let mut reader = Reader::new(&bytes[..], "test").unwrap();
            let mut raw = RawBlock::default();
            let item = reader.next_item(&mut raw, Columns::ALL).unwrap();
            assert!(matches!(item, Some(Item::Section(found)) if found == section));
            assert_eq!(read(&mut reader), [(0, original.clone())]);
            assert_eq!(reader.damage(), &[]);
        }
        let mut reader = Reader::new(&copy[..], "test").unwrap();
        let mut raw = RawBlock::default();
        assert!(reader.next_raw(&mut raw, Columns::ALL).unwrap());
        assert_eq!(raw.columns.last().unwrap().id, 200);
        assert_eq!(check(&mut reader, 2).unwrap().blocks, 0, "nothing is left after the block");
    }
}

#[test]
fn two_recordings_share_a_file() {
    let mut writer = Writer::new(Vec::new(), "test", 3).unwrap();
    for i in 0..2u8 {
        let mut recording = Recording::default();
        recording.push(key::TRACER, [i]);
        assert_eq!(writer.write_recording(&recording).unwrap(), u32::from(i));
        writer.write_block(&block(u64::from(i), 10)).unwrap();
        let mut end = Recording::default();
        end.push(key::END, "12");
        writer.extend_recording(&end).unwrap();
    }
    let bytes = writer.finish().unwrap().0;
    let mut reader = Reader::new(&bytes[..], "test").unwrap();
    let mut raw = RawBlock::default();
    for i in 0..2 {
        assert!(reader.next_raw(&mut raw, Columns::ALL).unwrap());
        assert_eq!((raw.head().recording, raw.head().first_record), (i, u64::from(i) * 10));
    }
    assert!(!reader.next_raw(&mut raw, Columns::ALL).unwrap());
    assert_eq!(reader.recordings().len(), 2);
    assert_eq!(reader.recordings()[1].get(key::TRACER), Some(&[1][..]));
    assert_eq!(reader.recordings()[1].get(key::END), Some(&b"12"[..]));
    assert_eq!(reader.totals().unwrap().recordings, 2);
}

#[test]
fn a_file_without_blocks_is_whole_and_one_without_bytes_is_cut() {
    let empty = Writer::new(Vec::new(), "test", 3).unwrap().finish().unwrap().0;
    assert_eq!(damage_of(&empty), (0, String::new()));
    assert_eq!(damage_of(&plain(&empty)), (0, String::new()));
    assert_eq!(
        damage_of(&[]).1,
        "truncated at block 0, record 0, byte 0: the file ends without its totals\n"
    );
    let mut reader = Reader::open(Cursor::new(&empty[..]), "test").unwrap();
    assert!(!reader.seek_record(0).unwrap());
    assert!(Reader::new(&b"R 4 1.000000 1 0xfe000000 0x0 0x0 0\n"[..], "test").is_err());
}

#[test]
fn lying_heads_and_bombs_are_refused() {
    let good = || BlockHead { stats: crate::Stats::of(&block(1, 10)), ..BlockHead::default() };
    let column = |id: u8, plain_len: u32| BlockHead { columns: vec![(id, plain_len)], ..good() };
    let records = |records: u32| BlockHead { stats: crate::Stats { records, ..good().stats }, ..good() };
    let heads = [
        with_head(&records(0), &[]),
        with_head(&records(65_537), &[]),
        with_head(&BlockHead { first_record: u64::MAX, ..good() }, &[]),
        with_head(&BlockHead { columns: vec![(1, 4), (1, 4)], ..good() }, &[&[0; 4], &[0; 4]]),
        with_head(&column(1, u32::MAX), &[&[0; 4]]),
        with_head(&BlockHead { columns: (1..=200).map(|i| (i, 1 << 20)).collect(), ..good() }, &[]),
        with_head(&column(1, 100), &[&[0; 4]]),
        with_head(&column(1, 4), &[&[0; 400]]),
        with_head(&column(1, 4), &[]),
        with_head(&column(1, 11), &[&[0xff; 11]]),
    ];
    for (i, bytes) in heads.iter().enumerate() {
        let (blocks, damage) = damage_of(bytes);
        assert!(blocks == 0 && damage.contains("damaged"), "head {i}: {damage}");
    }
    // A first frame that says it holds a gigabyte, and one that does not say.
    let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 3).unwrap();
    let mut unknown = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    std::io::Write::write_all(&mut unknown, &[0; 100]).unwrap();
    for frame in [bomb, unknown.finish().unwrap()] {
        let bytes = [announced(&[&header(1, 0)]), announce(&[frame])].concat();
        let (blocks, damage) = damage_of(&bytes);
        assert!(blocks == 0 && damage.contains("the head of a section is wrong"), "{damage}");
    }
}

#[test]
fn lengths_beyond_the_file_do_not_allocate() {
    let mut sizes = Vec::new();
    put(&mut sizes, layout::MAX_BLOCK);
    let mut announcement = announced(&[&header(1, 0)]);
    put_own(&mut announcement, Own::ANNOUNCEMENT, &sizes);
    let mut plain = header(1, 0);
    SectionHead { length: layout::MAX_BLOCK, ..SectionHead::of(layout::BLOCK, 0, &[]) }.put(&mut plain);
    for bytes in [announcement, plain] {
        let mut input = lookahead::Lookahead::stream(&bytes[..], "test".into());
        assert!(input.fill(layout::MAX_BLOCK as usize).unwrap().len() == bytes.len());
        assert!(input.capacity() < 1 << 20);
        assert!(damage_of(&bytes).1.starts_with("truncated"));
    }
}

#[test]
fn check_sees_statistics_and_totals_that_lie() {
    let original = block(1, 50);
    let mut encoded = EncodedBlock::default();
    encoded.encode(&mut Encoder::new(3), &original);
    encoded.stats.accesses -= 1;
    let mut writer = Writer::new(Vec::new(), "test", 3).unwrap();
    writer.write_encoded(&encoded).unwrap();
    let bytes = writer.finish().unwrap().0;
    let mut reader = Reader::new(&bytes[..], "test").unwrap();
    assert_eq!(check(&mut reader, 2).unwrap().records, 0);
    assert!(reader.damage()[0].what.starts_with("the statistics of a block are not those of its records"));

    let bytes = file(&[original]);
    let mut reader = Reader::new(&bytes[..], "test").unwrap();
    let totals = check(&mut reader, 2).unwrap();
    assert_eq!((totals, reader.damage()), (reader.totals().unwrap(), &[][..]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Frames of ours whose bodies were changed and sealed with the right checksum again.
    #[test]
    fn sealed_lies_do_no_harm(which in 0usize..20, at in 0usize..200, byte: u8, cut in 0usize..100) {
        static FILE: LazyLock<(Vec<Block>, Vec<u8>)> = LazyLock::new(|| file_of(5, 10));
        let (blocks, bytes) = &*FILE;
        let marks: Vec<usize> = memchr::memmem::find_iter(bytes, &layout::MARK).map(|m| m - 8).collect();
        let start = marks[which % marks.len()];
        let end = start + 8 + u32::from_le_bytes(bytes[start + 4..start + 8].try_into().unwrap()) as usize;
        let mut body = bytes[start + 17..end - 4].to_vec();
        let at = at % body.len();
        body[at] = byte;
        body.truncate(body.len().saturating_sub(cut / 4).max(1));
        let mut hurt = bytes[..start].to_vec();
        put_own(&mut hurt, Own(bytes[start + 16]), &body);
        hurt.extend_from_slice(&bytes[end..]);
        let all = numbered(blocks);
        let mut stream = Reader::new(&hurt[..], "test").unwrap();
        let got = read(&mut stream);
        prop_assert!(got.iter().all(|b| all.contains(b)));
        prop_assert!(hurt == *bytes || !stream.damage().is_empty());
        let mut seekable = Reader::open(Cursor::new(&hurt[..]), "test").unwrap();
        for record in [0, 25, 49] {
            if seekable.seek_record(record).unwrap() {
                prop_assert!(read(&mut seekable).iter().all(|b| all.contains(b)));
            }
        }
    }

    #[test]
    fn random_bytes_do_no_harm(tail in prop::collection::vec(any::<u8>(), 0..400), is_plain: bool) {
        let start = if is_plain { header(1, 0) } else { announced(&[&header(1, 0)]) };
        let bytes = [start, tail].concat();
        prop_assert_eq!(damage_of(&bytes).0, 0);
        prop_assert!(!Reader::open(Cursor::new(&bytes[..]), "test").unwrap().seek_record(0).unwrap());
    }
}

#[test]
fn a_file_of_too_many_frames_has_no_seek_table() {
    let mut table = seek_table::SeekTable::default();
    (0..seek_table::MAX_FRAMES).for_each(|_| table.add(1, 1));
    let mut out = Vec::new();
    table.put(&mut out);
    assert_eq!(out.len() as u64, seek_table::table_len(table.frames()));
    table.add(1, 1);
    let mut none = Vec::new();
    table.put(&mut none);
    assert_eq!((table.frames(), none.len()), (0, 0));

    let blocks = [block(1, 10), block(2, 10)];
    let bytes = file(&blocks);
    let frames = seek_table::footer_frames(&bytes[bytes.len() - seek_table::FOOTER..]).unwrap();
    let trailer = bytes.len() - (seek_table::table_len(frames) + index::TRAILER_LEN) as usize;
    let (root, length, _) = index::read_trailer(&bytes[trailer + 17..]).unwrap();
    let mut without = bytes[..trailer].to_vec();
    index::put_trailer(&mut without, root, length, 0);
    let mut reader = Reader::new(&without[..], "test").unwrap();
    assert_eq!((read(&mut reader), reader.damage()), (numbered(&blocks), &[][..]));
    let mut reader = Reader::open(Cursor::new(&without[..]), "test").unwrap();
    assert!(reader.seek_record(15).unwrap());
    assert_eq!(read(&mut reader), numbered(&blocks)[1..]);
}

/// A sink that takes so many bytes.
struct Full(usize);

impl std::io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let took = bytes.len().min(self.0);
        self.0 -= took;
        if took == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(took) }
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_that_names_the_file() {
    let whole = file(&[block(1, 100), block(2, 100)]).len();
    for room in (0..whole).step_by(whole / 50) {
        let write = || -> crate::Result<()> {
            let mut writer = Writer::new(Full(room), "out.mmio.zst", 3)?;
            writer.write_recording(&Recording {
                number: 0,
                entries: vec![("kernel".into(), b"6.1.0".to_vec())],
            })?;
            writer.write_block(&block(1, 100))?;
            writer.write_block(&block(2, 100))?;
            writer.finish().map(|_| ())
        };
        assert_eq!(write().unwrap_err().to_string(), "out.mmio.zst: cannot write");
    }
}
