use super::symbols::SymbolReader;
use super::*;
use crate::Kind;
use crate::block::{Block, Fields, Sparse};
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

/// A generator of numbers that look random, for large inputs.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) % limit
    }
}

/// `count` symbols whose distribution depends on their context.
fn symbols(count: usize, contexts: u64, alphabet: u64, seed: u64) -> (Vec<u8>, Vec<u8>) {
    let mut random = Random(seed);
    let pair = |_| {
        let context = random.below(contexts);
        let spread = 1 + (context * 7) % alphabet;
        let high = 1 + random.below(spread);
        (random.below(high) as u8, context as u8)
    };
    (0..count).map(pair).unzip()
}

#[test]
fn coded_symbols_come_back() {
    let mut encoder = entropy::Encoder::default();
    let mut tables = entropy::Tables::new();
    for (i, contexts) in [1, 2, 7, 100, 256].into_iter().enumerate() {
        for (j, alphabet) in [1, 2, 3, 17, 200, 256].into_iter().enumerate() {
            for count in [0, 1, 2, 3, 1000, 65_536] {
                let (symbols, ctx) = symbols(count, contexts, alphabet, (i * 10 + j) as u64);
                let mut bytes = Vec::new();
                encoder.encode(&symbols, &ctx, contexts as usize, count == 1000 && contexts < 10, &mut bytes);
                let mut coded = tables.open(varint::Reader(&bytes), contexts as usize).unwrap();
                let back: Vec<u8> = ctx.iter().map(|&c| coded.take(c)).collect();
                assert!(back == symbols, "{contexts} contexts, {alphabet} symbols, {count} of them");
                coded.finish().unwrap();
            }
        }
    }
}

/// A trace like those of drivers: polls, scripts, counters, payload, several shapes and mappings.
fn driver_like(records: usize, seed: u64) -> Block {
    let mut random = Random(seed);
    let mut block = Block::default();
    let mut time = 1_000_000;
    while block.len() < records {
        let (base, payload) = (0xf600_0000 + random.below(40) * 4, random.below(1 << 32));
        let kind = random.below(5);
        for i in 0..1 + random.below(60) {
            time +=
                1000 * (2 + random.below(3) + if random.below(50) == 0 { random.below(1 << 30) } else { 0 });
            let (address, value) = match kind {
                0 => (base, payload),
                1 => (base + 4 * i, random.below(1 << 32)),
                2 => (base, payload + i * 3),
                3 => (base + 8 * (i % 3), base ^ 1 << (i % 8)),
                _ => (random.below(1 << 33) << random.below(31), random.below(1 << 33) << random.below(31)),
            };
            let kind = if random.below(4) == 0 { Kind::WRITE } else { Kind::READ };
            let map_id = (address >> 4 & 3) as i32 - 1;
            let pc = 0xffff_ffff_8100_0000 + (address & 0xff) * 16;
            let pid = 100 + (random.below(100) == 0) as u32;
            let width = [4, 4, 4, 1][address as usize & 3];
            let row = block.push(Fields { kind, time, map_id, address, value, width, pc, pid });
            block.sequence.push_at(row as usize, 1 + u64::from(row));
            block.cpu.push_at(row as usize, random.below(2) as u32);
        }
    }
    block
}

#[test]
fn driver_like_blocks_survive() {
    for (seed, records) in [(1, 1), (2, 500), (3, 5000), (4, 65_000)] {
        let block = driver_like(records, seed);
        for level in [1, 3, 10] {
            let columns = encode(&block, level);
            assert!(
                decode(block.len(), &columns, Columns::ALL).unwrap() == block,
                "{records} at level {level}"
            );
        }
    }
}

#[test]
fn columns_of_a_coded_block_can_be_read_alone() {
    let block = driver_like(60_000, 5);
    let whole = encode(&block, 3);
    // A decoder and its block are used again: what an earlier call left there must not show.
    let mut decoder = Decoder::new();
    let mut got = Block::default();
    for want in [
        Columns::ALL,
        Columns::TIME,
        Columns::MAP_ID,
        Columns::ADDRESS,
        Columns::KIND,
        Columns::ORIGIN,
        Columns::VALUE.with(Columns::TIME),
        Columns::ALL,
    ] {
        let columns: Vec<(u8, &[u8])> =
            whole.iter().filter(|c| needed(c.0, want)).map(|c| (c.0, &c.1[..])).collect();
        decoder.decode(block.len() as u32, &columns, want, &mut got).unwrap();
        assert!(got == restrict(&block, want), "{want:?}");
    }
}

#[test]
fn an_encoder_can_be_used_again() {
    let mut encoder = Encoder::new(3);
    let mut columns = Vec::new();
    for (seed, records) in [(6, 65_000), (7, 300), (8, 0), (9, 60_000)] {
        let block = driver_like(records, seed);
        encoder.encode(&block, &mut columns);
        let mut fresh = Vec::new();
        Encoder::new(3).encode(&block, &mut fresh);
        assert!(columns == fresh, "{records} records");
        assert!(columns.iter().all(|c| c.plain_len <= MAX_PLAIN));
    }
}

#[test]
fn frames_have_a_checksum_and_their_size() {
    let mut columns = Vec::new();
    Encoder::new(3).encode(&driver_like(1000, 10), &mut columns);
    for column in &columns {
        let descriptor = column.frame[4];
        assert!(descriptor & 4 != 0, "column {} has no checksum", column.id);
        let size = zstd::zstd_safe::get_frame_content_size(&column.frame).unwrap();
        assert_eq!(size, Some(u64::from(column.plain_len)));
    }
}

#[test]
fn unknown_columns_are_ignored_and_unknown_encodings_are_not() {
    let block = driver_like(100, 11);
    let mut columns = encode(&block, 3);
    columns.push((99, vec![1, 2, 3]));
    assert!(decode(block.len(), &columns, Columns::ALL).unwrap() == block);
    for i in 0..columns.len() - 1 {
        let mut changed = columns.clone();
        changed[i].1[0] = 200;
        let expected = CodecError::Encoding { id: changed[i].0, encoding: 200 };
        assert_eq!(decode(block.len(), &changed, Columns::ALL), Err(expected));
    }
}

/// Damage in the coded form of a large block, where tables and words are.
#[test]
fn damage_in_a_coded_block_does_no_harm() {
    let block = driver_like(50_000, 12);
    let mut random = Random(13);
    let whole = encode(&block, 3);
    for column in 0..whole.len() {
        for _ in 0..12 {
            let mut columns = whole.clone();
            let bytes = &mut columns[column].1;
            // Half of it in front, where lengths and tables are.
            let reach = if random.below(2) == 0 { bytes.len().min(300) } else { bytes.len() };
            let at = random.below(reach as u64) as usize;
            match random.below(3) {
                0 => bytes.truncate(at),
                1 => bytes[at] ^= 1 << random.below(8),
                _ => bytes.insert(at, random.below(256) as u8),
            }
            let _ = decode(block.len(), &columns, Columns::ALL);
        }
    }
}

#[test]
fn flat_and_steep_distributions_come_back() {
    // Every symbol once, and one symbol almost always: the corners of the frequency tables.
    let flat: Vec<u8> = (0..=255).collect();
    let mut steep = vec![7; 60_000];
    steep.extend_from_slice(&flat);
    for symbols in [flat, steep] {
        let contexts = vec![0; symbols.len()];
        let mut bytes = Vec::new();
        entropy::Encoder::default().encode(&symbols, &contexts, 1, false, &mut bytes);
        let mut tables = entropy::Tables::new();
        let mut coded = tables.open(varint::Reader(&bytes), 1).unwrap();
        assert!(symbols.iter().all(|&s| coded.take(0) == s));
        coded.finish().unwrap();
    }
}

#[test]
fn references_to_columns_that_are_not_read_are_refused_or_followed() {
    let alike = [2, 0, 0, 0];
    let mut decoder = Decoder::new();
    let mut block = Block::default();
    // The decoder has seen a longer block before.
    let long = driver_like(100, 1);
    let many = encode(&long, 3);
    let many: Vec<(u8, &[u8])> = many.iter().map(|(id, bytes)| (*id, &bytes[..])).collect();
    decoder.decode(long.len() as u32, &many, Columns::ALL, &mut block).unwrap();
    for id in [id::PC, id::CPU, id::PID, id::SEQUENCE, id::REPEAT, id::FLAGS] {
        assert_eq!(decoder.decode(3, &[(id, &alike)], Columns::ORIGIN, &mut block), Ok(()), "column {id}");
    }
    let refused = decoder.decode(3, &[(id::MAP_ID, &alike)], Columns::ALL, &mut block);
    assert_eq!(refused, Err(CodecError::Encoding { id: id::MAP_ID, encoding: 2 }));
    assert!(
        decoder.decode(3, &[(id::MAP_ID, &[1, 0, 0, 3, 0])], Columns::ALL, &mut block).is_err(),
        "a run of no rows"
    );
}
