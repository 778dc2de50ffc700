use super::*;
use crate::block::{Fields, Sparse};
use proptest::prelude::*;

type Row = ((u8, u64, i32, u64, u64, u8), (u64, u32, u32, u64, u64, u64, u8), Option<Vec<u8>>, u8);

/// Any value, small ones and repeats more often.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..4u64, any::<u64>(), any::<u32>().prop_map(u64::from), Just(u64::MAX)]
}

fn row() -> impl Strategy<Value = Row> {
    let base = (any::<u8>(), number(), any::<i32>(), number(), number(), any::<u8>());
    let origin = (number(), any::<u32>(), any::<u32>(), number(), number(), number(), any::<u8>());
    let text = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..20));
    (base, origin, text, 0..16u8)
}

fn build(rows: &[Row]) -> Block {
    let mut block = Block::default();
    for (i, (base, origin, text, which)) in rows.iter().enumerate() {
        let &(kind, time, map_id, address, value, width) = base;
        let &(pc, cpu, pid, caller, sequence, repeat, flags) = origin;
        let with_origin = which & 4 != 0;
        let fields = Fields { kind: Kind(kind), time, map_id, address, value, width, pc: 0, pid: 0 };
        let row = block.push(fields);
        if with_origin {
            block.pc.push_at(i, pc);
            block.cpu.push_at(i, cpu);
            block.pid.push_at(i, pid);
            block.caller.push_at(i, caller);
            block.sequence.push_at(i, sequence);
            block.repeat.push_at(i, repeat);
            block.flags.push_at(i, flags);
        }
        let Some(text) = text else { continue };
        match which & 3 {
            0 => block.texts.push(row, text),
            1 => block.opcodes.push(row, text),
            2 => block.verbatim.push(row, text),
            _ => block.ranges.push(crate::MapRange { row, virt: pc, length: caller }),
        }
    }
    block
}

fn encode(block: &Block, level: i32) -> Vec<(u8, Vec<u8>)> {
    let mut columns = Vec::new();
    Encoder::new(level).encode(block, &mut columns);
    columns.iter().map(|c| (c.id, zstd::bulk::decompress(&c.frame, c.plain_len as usize).unwrap())).collect()
}

fn decode(records: usize, columns: &[(u8, Vec<u8>)], want: Columns) -> Result<Block, CodecError> {
    let columns: Vec<(u8, &[u8])> = columns.iter().map(|(id, bytes)| (*id, &bytes[..])).collect();
    let mut block = Block::default();
    Decoder::new().decode(records as u32, &columns, want, &mut block).map(|()| block)
}

/// `whole` without the columns that are not in `want`.
fn restrict(whole: &Block, want: Columns) -> Block {
    let mut block = whole.clone();
    let drop = |column| !want.has(column);
    if drop(Columns::TIME) {
        block.time.clear();
    }
    if drop(Columns::MAP_ID) {
        block.map_id.clear();
    }
    if drop(Columns::ADDRESS) {
        block.address.clear();
    }
    if drop(Columns::VALUE) {
        block.value.clear();
    }
    if drop(Columns::WIDTH) {
        block.width.clear();
    }
    if drop(Columns::ORIGIN) {
        block.pc.clear();
        block.cpu.clear();
        block.pid.clear();
        block.caller.clear();
        block.sequence.clear();
        block.repeat.clear();
        block.flags = Sparse::default();
    }
    if drop(Columns::TEXT) {
        block.ranges.clear();
        block.texts.clear();
        block.opcodes.clear();
        block.verbatim.clear();
    }
    block
}

proptest! {
    #[test]
    fn any_block_survives(rows in proptest::collection::vec(row(), 0..300)) {
        let block = build(&rows);
        let columns = encode(&block, 3);
        prop_assert_eq!(decode(block.len(), &columns, Columns::ALL).unwrap(), block);
    }

    #[test]
    fn a_subset_of_columns_is_the_same(rows in proptest::collection::vec(row(), 0..100), bits in 0..128u32) {
        let block = build(&rows);
        let single = [Columns::TIME, Columns::MAP_ID, Columns::ADDRESS, Columns::VALUE, Columns::WIDTH,
            Columns::ORIGIN, Columns::TEXT];
        let want = (0..7).filter(|i| bits >> i & 1 != 0).fold(Columns::KIND, |w, i| w.with(single[i]));
        let mut columns = encode(&block, 3);
        columns.retain(|c| needed(c.0, want));
        prop_assert_eq!(decode(block.len(), &columns, want).unwrap(), restrict(&block, want));
    }

    #[test]
    fn damaged_columns_do_no_harm(
        rows in proptest::collection::vec(row(), 1..100),
        column in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        flip in any::<u8>(),
        records in 0..200usize,
    ) {
        let mut columns = encode(&build(&rows), 3);
        let bytes = &mut column.get_mut(&mut columns).1;
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let _ = decode(records, &columns, Columns::ALL);
        column.get_mut(&mut columns).1.truncate(at);
        let _ = decode(records, &columns, Columns::ALL);
    }

    #[test]
    fn random_bytes_do_no_harm(
        columns in proptest::collection::vec((0..40u8, proptest::collection::vec(any::<u8>(), 0..200)), 0..20),
        records in prop_oneof![0..300usize, Just(65_536), Just(65_537)],
    ) {
        let _ = decode(records, &columns, Columns::ALL);
    }
}
