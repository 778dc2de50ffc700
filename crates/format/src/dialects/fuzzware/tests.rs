use super::*;
use crate::block::{Block, MAX_RECORDS};
use crate::container::key;
use crate::dialects::whole::Whole;
use proptest::prelude::*;

const LOG: &str = "\
# event_id, pc, lr, mode, orig_access_size, access_fuzz_ind, num_consumed_fuzz_bytes, address, val_text
009e: e98 641 r 1 118 0 0x4000c014:1
00a0: ea0 641 w 4 119 0 0x4000c030:ffff0301
1ffe: 12b6 1617 r 4 64 4 0x40094008:7c6e5ef4 7c 7c7c7c7c
";

fn read(text: &[u8]) -> Block {
    Whole::of("fuzzware", text).records()
}

#[test]
fn each_value_is_an_access() {
    let whole = Whole::of("fuzzware", LOG.as_bytes());
    let block = whole.records();
    assert_eq!(block.kind, [Kind::READ, Kind::WRITE, Kind::READ, Kind::READ, Kind::READ]);
    assert_eq!(block.address, [0x4000_c014, 0x4000_c030, 0x4009_4008, 0x4009_4008, 0x4009_4008]);
    assert_eq!(block.value, [1, 0xffff_0301, 0x7c6e_5ef4, 0x7c, 0x7c7c_7c7c]);
    assert_eq!(block.width, [1, 4, 4, 4, 4]);
    assert_eq!(block.pc.as_slice(), [0xe98, 0xea0, 0x12b6, 0x12b6, 0x12b6]);
    assert_eq!(
        (whole.values(key::CLOCK), whole.values(key::FIELDS)),
        (vec!["none".into()], vec!["pc".into()])
    );
    assert_eq!(whole.left_out("lines that are no accesses"), 1);
    assert!(sniff(LOG.as_bytes()));
}

#[test]
fn a_line_that_is_another_one_is_kept() {
    let line = "009e: e98 641 r 1 118 0 0x4000c014:1 2";
    assert_eq!(read(line.as_bytes()).len(), 2);
    let changes = [
        ("r", "x"),
        (": ", ":"),
        (" 1 118", " 9 118"),
        ("118", "a8"),
        ("0x4", "4"),
        (":1 2", ""),
        (":1 2", ":1 g"),
        (":1 2", ":1 "),
        ("641 ", ""),
        (":1", ":12345678123456781"),
    ];
    for (old, new) in changes.iter().take(7).chain(&changes[8..]) {
        let line = line.replacen(old, new, 1);
        let block = read(line.as_bytes());
        assert_eq!((&block.kind[..], block.texts.at(0)), (&[Kind::RAW][..], line.as_bytes()));
        assert!(!sniff(line.as_bytes()), "{line}");
    }
}

#[test]
fn there_may_be_any_number_of_values() {
    let line = format!("0: 1 2 r 4 0 0 0x1000:0{}\n", " 1".repeat(MAX_RECORDS + 9));
    let blocks = Whole::of("fuzzware", line.as_bytes()).blocks;
    assert_eq!(blocks.iter().map(Block::len).collect::<Vec<_>>(), [MAX_RECORDS, 10]);
}

proptest! {
    #[test]
    fn every_line_is_accounted(
        order in proptest::collection::vec(0..3_usize, 0..20),
        at in any::<prop::sample::Index>(),
        bytes in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let lines: Vec<&str> = LOG.split_inclusive('\n').take(3).collect();
        let mut text: Vec<u8> = order.iter().flat_map(|&line| lines[line].bytes()).collect();
        let at = at.index(text.len() + 1);
        text.splice(at..at, bytes);
        let whole = Whole::of("fuzzware", &text);
        let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        // A line of these has one value; what is put in may add more.
        let is_access = |line: &&[u8]| Line::read(line).is_some();
        let (accesses, others): (Vec<&[u8]>, Vec<&[u8]>) = lines.partition(is_access);
        let block = whole.records();
        let raw = block.kind.iter().filter(|&&kind| kind == Kind::RAW).count();
        prop_assert_eq!(raw as u64 + whole.left_out("lines that are no accesses"), others.len() as u64);
        prop_assert!(block.len() - raw >= accesses.len());
    }
}
