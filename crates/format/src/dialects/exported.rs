//! For tests: blocks as the exporters write them.

use proptest::prelude::*;

use super::whole::Whole;
use crate::block::{Block, Fields, LOST_COUNT_UNKNOWN};
use crate::collect::Collector;
use crate::devices::Devices;
use crate::export::{Exporter, Resolved};
use crate::record::Kind;
use crate::text;

/// What an exporter writes of a block.
pub(super) fn export(exporter: &dyn Exporter, devices: &Devices, block: &Block) -> Vec<u8> {
    let mut out = exporter.header().as_bytes().to_vec();
    let (mut resolver, mut index) = (devices.resolver(), 0);
    for (row, &kind) in block.kind.iter().enumerate() {
        let has_place = kind.is_access() || kind == Kind::MAP;
        let place = has_place.then(|| resolver.place(row as u64, block.address[row]));
        exporter.record(&Resolved { devices, block, row, index, place }, &mut out);
        index += u64::from(kind.is_access());
    }
    out
}

/// A sample's records, without what only the log's own spelling needs, and its devices.
pub(super) fn sample(name: &str) -> (Block, Devices) {
    let mut block = Block::default();
    text::parse(&mmio_testkit::sample_log(name), &mut block);
    block.verbatim.clear();
    let mut collector = Collector::default();
    collector.feed(0, &block);
    (block, collector.finish())
}

/// The devices of a log that was read.
pub(super) fn devices(whole: &Whole) -> Devices {
    let mut collector = Collector::default();
    collector.recording(&whole.closing);
    collector.feed(0, &whole.records());
    collector.finish()
}

/// Name, BAR and offset of each access.
pub(super) fn places(devices: &Devices, block: &Block) -> Vec<(String, u8, u64)> {
    let mut resolver = devices.resolver();
    let rows = (0..block.len()).filter(|&row| block.kind[row].is_access());
    let places = rows.map(|row| resolver.place(row as u64, block.address[row]));
    places.map(|place| (devices.get(place.device).name.clone(), place.bar(), place.offset)).collect()
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..4u64, any::<u64>(), any::<u32>().prop_map(u64::from), Just(u64::MAX)]
}

/// A block of any records of kinds that have a name.
pub(super) fn block() -> impl Strategy<Value = Block> {
    let numbers = (number(), any::<i32>(), number(), number(), any::<u8>());
    let origin = (number(), any::<u32>(), any::<u32>(), number(), number(), number(), any::<u8>());
    let text = proptest::collection::vec(any::<u8>(), 0..12);
    let row = (0..=Kind::RAW.0, numbers, origin, text, any::<bool>());
    proptest::collection::vec(row, 0..30).prop_map(|rows| {
        let mut block = Block::default();
        for (kind, (time, map_id, address, value, width), origin, text, has_origin) in rows {
            let (kind, at) = (Kind(kind), block.len());
            let fields = Fields { kind, time, map_id, ..Fields::default() };
            match kind {
                Kind::UNKNOWN => {
                    block.push(Fields { address, value: value & 0xff_ffff, ..fields });
                    if !text.is_empty() {
                        block.opcodes.push(at as u32, &text);
                    }
                }
                Kind::READ | Kind::WRITE => {
                    block.push(Fields { address, value, width, ..fields });
                }
                Kind::MAP => {
                    block.push_map(Fields { address, ..fields }, value, origin.0);
                }
                Kind::UNMAP => {
                    block.push(fields);
                }
                Kind::LOST => {
                    let count = if width == 0 { LOST_COUNT_UNKNOWN } else { value };
                    block.push_lost(time, origin.1, count);
                }
                kind => {
                    block.push_text(kind, if kind.is_timed() { time } else { 0 }, &text);
                }
            }
            if has_origin {
                add_origin(&mut block, at, origin);
            }
        }
        block
    })
}

type Origin = (u64, u32, u32, u64, u64, u64, u8);

fn add_origin(block: &mut Block, at: usize, (pc, cpu, pid, caller, sequence, repeat, flags): Origin) {
    block.pc.push_at(at, pc);
    if block.kind[at] != Kind::LOST {
        block.cpu.push_at(at, cpu);
    }
    block.pid.push_at(at, pid);
    block.caller.push_at(at, caller);
    block.sequence.push_at(at, sequence);
    block.repeat.push_at(at, repeat);
    block.flags.push_at(at, flags);
}
