//! Bytes that are missing, changed, or too many.

use super::*;
use std::sync::LazyLock;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A range is cut out of the middle, or filled with something else: blocks that it does not touch are all
    /// read, with their right numbers.
    #[test]
    fn only_touched_blocks_are_missing(from in 0.0..1.0f64, length in 1usize..3000, with in 0u8..4, is_plain: bool) {
        static FILE: LazyLock<(Vec<Block>, Vec<u8>)> = LazyLock::new(|| file_of(8, 30));
        let all = numbered(&FILE.0);
        let bytes = if is_plain { plain(&FILE.1) } else { FILE.1.clone() };
        let from = 16 + ((bytes.len() - 17) as f64 * from) as usize;
        let to = (from + length).min(bytes.len());
        let filler = match with {
            0 => Vec::new(),
            1 => vec![0; to - from],
            2 => b"mmioscop".repeat((to - from) / 8 + 1),
            // The file is written over itself, a little earlier.
            _ => bytes[from / 2..from / 2 + (to - from).min(from / 2)].to_vec(),
        };
        let hurt = [&bytes[..from], &filler, &bytes[to..]].concat();
        prop_assume!(hurt != bytes);
        let mut reader = Reader::new(&hurt[..], "test").unwrap();
        let got = read(&mut reader);
        prop_assert!(got.iter().all(|b| all.contains(b)));
        prop_assert!(!reader.damage().is_empty());
        let mut start = 0;
        let ends = block_ends(&bytes);
        for (b, &end) in all.iter().zip(&ends) {
            let untouched = end as usize <= from || start >= to;
            prop_assert!(!untouched || got.contains(b), "block of record {} is missing: {:?}", b.0, reader.damage());
            start = end as usize;
        }
        let mut again = Reader::new(&hurt[..], "test").unwrap();
        let (repaired, totals) = repair(&mut again, Writer::new(Vec::new(), "repaired", 3).unwrap()).unwrap();
        let mut next = 0;
        let gaps = got.iter().filter(|(first, block)| std::mem::replace(&mut next, first + block.len() as u64) != *first);
        let blocks = (got.len() + gaps.count()) as u64;
        let mut reader = Reader::new(&repaired[..], "repaired").unwrap();
        prop_assert_eq!(check(&mut reader, 2).unwrap().blocks, blocks);
        prop_assert_eq!(reader.damage(), &[]);
        prop_assert_eq!(totals.blocks, blocks);
        let notes = reader.recordings().iter().flat_map(|r| &r.entries).filter(|e| e.0 == key::REPAIR).count();
        prop_assert!(notes > 0);
    }
}

#[test]
fn damage_says_where_and_how_much() {
    let blocks: Vec<Block> = (0..5).map(|i| block(i, 40)).collect();
    let bytes = file(&blocks);
    let ends = block_ends(&bytes);
    let mut hurt = bytes.clone();
    let at = ends[1] as usize;
    hurt[at + 10] ^= 0x40;
    let mut reader = Reader::new(&hurt[..], "test").unwrap();
    assert_eq!(read(&mut reader).len(), 4);
    let [damage] = reader.damage() else { panic!("{:?}", reader.damage()) };
    let expected = format!(
        "damaged at block 2, record 80, byte {at}: the mark of a frame is wrong; 40 records are missing"
    );
    assert_eq!(damage.to_string(), expected);

    let middle = (ends[1] + ends[2]) as usize / 2;
    let mut hurt = bytes.clone();
    hurt[middle] ^= 0x40;
    let mut reader = Reader::new(&hurt[..], "test").unwrap();
    assert_eq!(read(&mut reader).len(), 4);
    let [damage] = reader.damage() else { panic!("{:?}", reader.damage()) };
    let expected = format!("damaged at block 2, record 80, byte {at}: the data of column");
    assert!(damage.to_string().starts_with(&expected), "{damage}");
    assert!(damage.to_string().ends_with("; 40 records are missing"), "{damage}");

    let hurt = [&bytes[..ends[1] as usize], &bytes[ends[3] as usize..]].concat();
    let mut reader = Reader::new(&hurt[..], "test").unwrap();
    assert_eq!(read(&mut reader).len(), 3);
    let expected = format!("damaged at block 2, record 80, byte {at}: 80 records are missing");
    assert_eq!(reader.damage()[0].to_string(), expected);

    let reader = &mut Reader::new(&bytes[..middle], "test").unwrap();
    assert_eq!(read(reader).len(), 2);
    let expected = format!("truncated at block 2, record 80, byte {at}: the file ends inside a block");
    assert_eq!(reader.damage()[0].to_string(), expected);
}

#[test]
fn what_stands_after_the_end_is_reported() {
    let bytes = file(&[block(1, 10)]);
    let twice = [&bytes[..], &bytes].concat();
    let mut reader = Reader::new(&twice[..], "test").unwrap();
    assert_eq!(read(&mut reader), [(0, block(1, 10))]);
    assert!(reader.damage()[0].what.starts_with("there is a block behind the totals"));
}
