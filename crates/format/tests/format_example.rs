//! The file that docs/format.md shows in hexadecimal is one.

use mmio_format::container::{BlockDecoder, RawBlock, Reader, check, key};
use mmio_format::{Block, Columns, Kind};

const SPECIFICATION: &str = include_str!("../../../docs/format.md");

/// The bytes of a line: pairs of digits up to two spaces.
fn bytes(line: &str) -> impl Iterator<Item = u8> {
    let digits = line.split("  ").next().unwrap_or_default();
    digits.split(' ').map(|pair| u8::from_str_radix(pair, 16).expect("two digits"))
}

/// The file, and its plain stream as the lines with `=` have it.
fn example() -> (Vec<u8>, Vec<u8>) {
    let (_, example) = SPECIFICATION.split_once("```\n").expect("there is an example");
    let (example, _) = example.split_once("```").expect("the example ends");
    let (mut file, mut plain) = (Vec::new(), Vec::new());
    for line in example.lines().filter(|l| !l.is_empty()) {
        if let Some(line) = line.trim_start().strip_prefix("= ") {
            plain.extend(bytes(line));
        } else {
            let (offset, line) = line.split_at(6);
            assert_eq!(usize::from_str_radix(offset.trim(), 16), Ok(file.len()));
            file.extend(bytes(line));
        }
    }
    (file, plain)
}

#[test]
fn the_example_is_what_the_text_says() {
    let (file, plain) = example();
    assert!(SPECIFICATION.contains(&format!("is this file of {} bytes", file.len())));
    assert_eq!(zstd::stream::decode_all(&file[..]).unwrap(), plain);
    let mut reader = Reader::new(&file[..], "example").unwrap();
    let totals = check(&mut reader, 1).unwrap();
    assert_eq!((totals.records, totals.accesses, reader.damage()), (6, 3, &[][..]));
    assert_eq!(reader.recordings()[0].get(key::KERNEL), Some(&b"6.1.0"[..]));

    for bytes in [file, plain] {
        let mut reader = Reader::new(&bytes[..], "example").unwrap();
        let (mut raw, mut decoder, mut block) = (RawBlock::default(), BlockDecoder::new(), Block::default());
        assert!(reader.next_block(&mut raw, &mut decoder, Columns::ALL, &mut block).unwrap());
        let kinds = [Kind::VERSION, Kind::MAP, Kind::READ, Kind::WRITE, Kind::READ, Kind::MARKER];
        assert_eq!(block.kind, kinds);
        assert_eq!(block.record(0).text(), Some(&b"20070824"[..]));
        assert_eq!(
            block.record(1).map_range().map(|r| (r.virt, r.length)),
            Some((0xffff_c900_0010_0000, 0x1000))
        );
        let write = block.record(3);
        assert_eq!((write.time(), write.address(), write.value()), (1_000_120_000, 0xfebc_0000, 0x414_0241));
        assert_eq!(block.record(5).text(), Some(&b"link up"[..]));
        assert!(!reader.next_raw(&mut raw, Columns::ALL).unwrap());
    }
}
