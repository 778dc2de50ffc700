//! Events of the module: what they become, and the order of accesses that several CPUs make.

#[allow(dead_code)]
mod build;

use std::path::Path;

use build::Page;
use mmio_capture::Tracer;
use mmio_capture::formats::{Formats, X86_64};
use mmio_capture::merge::{Merge, Stop, Tally};
use mmio_format::{Block, Kind, text};
use proptest::prelude::*;

const READ: u8 = 1;
const WRITE: u8 = 2;

fn formats() -> Formats {
    let text = format!("{}{X86_64}", include_str!("build/mmiotap.txt"));
    Formats::parse(&text, Path::new("formats")).unwrap()
}

fn common(kind: u16) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &[0, 0], &7i32.to_le_bytes()].concat()
}

/// The event `mmiotap_rw` of an access that is made `count` times, with these flags.
/// The number of the mapping is the device's.
fn block_of(opcode: u8, device: u32, sequence: u64, count: u32, flags: u16) -> Vec<u8> {
    let mut data = common(1340);
    for number in [0xfebc_0010u64, sequence, 0] {
        data.extend_from_slice(&number.to_le_bytes());
    }
    data.extend_from_slice(&device.to_le_bytes());
    data.extend_from_slice(&[opcode, 4]);
    data.extend_from_slice(&flags.to_le_bytes());
    data.extend_from_slice(&count.to_le_bytes());
    data.extend_from_slice(&device.to_le_bytes());
    data.extend_from_slice(&sequence.to_le_bytes());
    data
}

fn access(device: u32, sequence: u64) -> Vec<u8> {
    block_of(READ, device, sequence, 1, 0)
}

fn gap(reason: u8) -> Vec<u8> {
    let mut data = common(1338);
    data.resize(40, 0);
    data.extend_from_slice(&[reason, 3, 0x0f, 0x01, 0xd0]);
    data.resize(60, 0);
    data
}

fn mapping() -> Vec<u8> {
    let mut data = common(1339);
    for number in [0xfebc_0000u64, 0xffff_c900_0010_0000, 0x1000] {
        data.extend_from_slice(&number.to_le_bytes());
    }
    data.extend_from_slice(&3i32.to_le_bytes());
    data.extend_from_slice(&[3, 0, 0x10, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    data
}

fn merge(cpus: &[Page]) -> Merge {
    let numbers: Vec<u32> = (0..cpus.len() as u32).collect();
    let mut merge = Merge::new(formats(), &numbers);
    for (lane, page) in cpus.iter().enumerate() {
        merge.push(lane, page.finish(None));
        merge.close(lane);
    }
    merge
}

fn read(cpus: &[Page]) -> (Block, Tally) {
    let (mut merge, mut block) = (merge(cpus), Block::default());
    assert_eq!(merge.fill(u64::MAX, &mut block), Stop::Done);
    (block, *merge.tally())
}

/// A CPU's accesses, as time, device and number.
fn cpu(accesses: &[(u64, u32, u64)]) -> Page {
    let mut page = Page::new(0);
    let mut now = 0;
    for &(time, device, sequence) in accesses {
        page.extend(time - now).event(0, &access(device, sequence));
        now = time;
    }
    page
}

fn lines(block: &Block) -> String {
    let mut out = Vec::new();
    text::render(block, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn the_description_says_whose_events_they_are() {
    assert_eq!(formats().tracer(), Tracer::Mmiotap);
    assert_eq!(Formats::parse(X86_64, Path::new("")).unwrap().tracer(), Tracer::Mmiotrace);
    let clash = include_str!("build/mmiotap.txt").replace("ID: 1338", "ID: 5");
    let error = Formats::parse(&format!("{clash}{X86_64}"), Path::new("")).unwrap_err();
    assert!(error.to_string().contains("event numbers [1340, 1339, 5, 5] are not all different"), "{error}");
}

#[test]
fn each_kind_of_event_becomes_its_record() {
    let mut page = Page::new(1_000_000_000);
    page.event(0, &mapping())
        .event(1000, &access(1, 1))
        .event(1, &block_of(WRITE, 1, 2, 3, 0))
        .event(1, &block_of(WRITE, 1, 3, 2, 0x10))
        .event(1, &block_of(5, 1, 4, 1, 1))
        .event(0, &gap(2))
        .event(9, &gap(0));
    let (block, tally) = read(&[page]);
    assert_eq!(
        lines(&block),
        "MAP 1.000000 3 0xfebc0000 0xffffc90000100000 0x1000 0x0 0\nR 4 1.000001 1 0xfebc0010 0x1 0x0 0\n\
         W 4 1.000001 1 0xfebc0010 0x2 0x0 0\nW 4 1.000001 1 0xfebc0014 0x2 0x0 0\n\
         W 4 1.000001 1 0xfebc0018 0x2 0x0 0\n\
         W 4 1.000001 1 0xfebc0010 0x3 0x0 0\nW 4 1.000001 1 0xfebc000c 0x3 0x0 0\n\
         UNKNOWN 1.000001 1 0xfebc0010 00,00,04 0x0 0\nCPU:0 [LOST EVENTS]\nCPU:0 [LOST EVENTS]\n"
    );
    assert_eq!((tally.losses, tally.uncounted, tally.others), (2, 2, 0));
}

#[test]
fn no_block_gets_more_records_than_it_can_hold() {
    let mut page = Page::new(0);
    for i in 1..=60 {
        page.event(1, &block_of(WRITE, 1, i, 4096, 0));
    }
    let (mut merge, mut block, mut records) = (merge(&[page]), Block::default(), 0);
    while merge.fill(u64::MAX, &mut block) == Stop::Full {
        assert_eq!(block.len(), 65_536);
        records += block.len();
        block.clear();
    }
    assert_eq!(records + block.len(), 60 * 4096);
}

#[test]
fn counts_that_no_module_writes_are_damage() {
    let mut page = Page::new(0);
    page.event(1, &block_of(WRITE, 1, 1, 0, 0)).event(1, &block_of(WRITE, 1, 2, u32::MAX, 0));
    let (block, tally) = read(&[page]);
    assert_eq!((lines(&block).as_str(), tally.uncounted), ("CPU:0 [LOST EVENTS]\nCPU:0 [LOST EVENTS]\n", 2));
}

#[test]
fn accesses_to_a_device_are_in_the_order_in_which_they_were_made() {
    // The second CPU was slow to give the stamps of 2 and 5; the other device has an order of its own.
    let (block, _) = read(&[
        cpu(&[(10, 1, 1), (20, 1, 3), (30, 1, 4), (90, 2, 1)]),
        cpu(&[(25, 2, 8), (26, 1, 2), (31, 1, 5), (95, 2, 2)]),
    ]);
    assert_eq!(block.value, [1, 8, 2, 3, 4, 5, 1, 2]);
    assert_eq!(block.time, [10, 25, 26, 20, 30, 31, 90, 95]);
}

#[test]
fn numbers_that_are_missing_are_not_waited_for_too_long() {
    const SECOND: u64 = 1_000_000_000;
    let cpus = [cpu(&[(10, 1, 1), (20, 1, 3), (30, 1, 4)]), cpu(&[(40, 2, 1), (SECOND, 2, 2)])];
    let (block, _) = read(&cpus);
    assert_eq!(block.value, [1, 1, 3, 4, 2]);
    // While recording, what is early waits for what may still come, and no longer than that.
    let (mut merge, mut block) = (merge(&cpus), Block::default());
    assert_eq!(merge.fill(SECOND / 20, &mut block), Stop::Done);
    assert_eq!(block.value, [1, 1]);
    assert_eq!(merge.fill(SECOND / 2, &mut block), Stop::Done);
    assert_eq!(block.value, [1, 1, 3, 4]);
}

#[test]
fn after_a_loss_nothing_is_waited_for() {
    let mut lost = Page::new(15);
    lost.event(5, &access(1, 7)).event(5, &access(1, 9));
    let mut merge = Merge::new(formats(), &[0, 1]);
    merge.push(0, cpu(&[(10, 1, 1)]).finish(None));
    merge.push(0, lost.finish(Some((5, true))));
    merge.push(1, cpu(&[(12, 1, 2), (30, 1, 8)]).finish(None));
    (0..2).for_each(|lane| merge.close(lane));
    let mut block = Block::default();
    assert_eq!(merge.fill(u64::MAX, &mut block), Stop::Done);
    let values: Vec<u64> =
        (0..block.len()).filter(|&i| block.kind[i] == Kind::READ).map(|i| block.value[i]).collect();
    assert_eq!(values, [1, 2, 7, 8, 9]);
}

proptest! {
    /// However accesses are spread over CPUs, and however late their stamps are, each device's are in order.
    #[test]
    fn any_spread_is_put_in_order(made in proptest::collection::vec((0u32..3, 0usize..4, 0u64..5_000), 1..50)) {
        let mut cpus = vec![Vec::new(); 4];
        let (mut clocks, mut numbers) = ([0u64; 4], [0u64; 3]);
        for (i, &(device, cpu, late)) in made.iter().enumerate() {
            numbers[device as usize] += 1;
            clocks[cpu] = clocks[cpu].max(i as u64 * 1000 + late);
            cpus[cpu].push((clocks[cpu], device, numbers[device as usize]));
        }
        // The first access of a device has nothing before it that could tell.
        for device in 0..3 {
            cpus[0].insert(0, (0, device, 0));
        }
        let pages: Vec<Page> = cpus.iter().map(|accesses| cpu(accesses)).collect();
        let (block, tally) = read(&pages);
        prop_assert_eq!(tally.losses, 0);
        for (device, &last) in numbers.iter().enumerate() {
            let rows = (0..block.len()).filter(|&row| block.map_id[row] == device as i32);
            let found: Vec<u64> = rows.map(|row| block.value[row]).collect();
            prop_assert_eq!(found, (0..=last).collect::<Vec<_>>());
        }
    }
}
