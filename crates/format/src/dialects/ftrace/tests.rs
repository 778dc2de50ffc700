//! Whole logs.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::block::{Block, Fields};
use crate::devices::Devices;
use crate::export::{Exporter, Ftrace as Spelling, Resolved};
use crate::record::Kind;

/// All blocks of a log, and what is known at its end.
fn read_with(options: &Options, log: &[u8]) -> (Vec<Block>, Sink) {
    let mut reader = Ftrace { events: Events::new(options, log) };
    let (mut window, mut sink) = (Window::new(Box::new(Cursor::new(log.to_vec()))), Sink::new("ftrace"));
    let mut blocks = Vec::new();
    loop {
        let more = reader.read(&mut window, &mut sink).unwrap();
        while !sink.is_empty() {
            let mut block = Block::default();
            sink.swap(&mut block);
            blocks.push(block);
        }
        if !more {
            return (blocks, sink);
        }
    }
}

/// The records of a short log, a line each: kind, microseconds, address, value, width, CPU and process.
fn read(log: &str) -> Vec<String> {
    let (blocks, _) = read_with(&Options::default(), log.as_bytes());
    let rows = blocks.iter().flat_map(|block| (0..block.len()).map(move |row| (block, row)));
    let line = |(block, row): (&Block, usize)| {
        let (kind, time) = (block.kind[row], block.time[row] / 1000);
        let text = block.texts.get(row as u32).map(|text| String::from_utf8_lossy(text).into_owned());
        let what = text.unwrap_or_else(|| {
            format!("{:x}={:x}/{}", block.address[row], block.value[row], block.width[row])
        });
        format!("{} {time} {what} {} {}", kind.name(), block.cpu.get(row), block.pid.get(row))
    };
    rows.map(line).collect()
}

fn source(log: &str) -> String {
    let (_, sink) = read_with(&Options::default(), log.as_bytes());
    let closing = sink.closing();
    String::from_utf8_lossy(closing.get(crate::container::key::SOURCE).unwrap()).into_owned()
}

const RWMMIO: &str = "\
# entries-in-buffer/entries-written: 5/5   #P:4
    kworker/0:1-23      [001] .....    91.100010: rwmmio_write: f+0x24/0x60 -> g+0x18/0x40 width=32 val=0x200000 addr=0xffff800008a00004
    kworker/0:1-23      [001] .....    91.100012: rwmmio_post_write: f+0x24/0x60 -> g+0x18/0x40 width=32 val=0x200000 addr=0xffff800008a00004
    kworker/0:1-23      [001] .....    91.100032: rwmmio_read: f+0x14/0x38 -> g+0x8/0x40 width=32 addr=0xffff800008a00034
    kworker/0:1-23      [001] .....    91.100034: rwmmio_post_read: f+0x14/0x38 -> g+0x8/0x40 width=32 val=0x20000 addr=0xffff800008a00034
    kworker/0:1-23      [001] .....    91.100044: rwmmio_write: f+0x24/0x60 width=8 val=0x1 addr=0xffff800008a00050
    kworker/0:1-23      [001] .....    91.100050: rwmmio_read: f+0x24/0x60 width=8 addr=0xffff800008a00054
";

#[test]
fn calls_and_returns_are_one_access() {
    let expected = [
        "access 91100010 ffff800008a00004=200000/4 1 23",
        "access 91100034 ffff800008a00034=20000/4 1 23",
        "access 91100044 ffff800008a00050=1/1 1 23",
        "unknown 91100050 ffff800008a00054=0/0 1 23",
    ];
    assert_eq!(read(RWMMIO), expected);
    assert_eq!(source(RWMMIO), "ftrace rwmmio");
    let (_, sink) = read_with(&Options::default(), RWMMIO.as_bytes());
    assert_eq!((sink.tally.count(SECOND_EVENTS), sink.tally.count("comment lines")), (2, 1));
}

const TRACE_CMD: &str = "\
cpus=1
        modprobe-1042  [000]   101.000100: mmiotrace_map:        fea00000 ffffc90000100000 1000 1 3
        modprobe-1042  [000]   101.000200: mmiotrace_rw:         fea00008 0 0 1 1 4
CPU:0 [7 EVENTS DROPPED]
        modprobe-1042  [000]   101.000400: mmiotrace_rw:         fea0000a ff 0 1 1 1
        modprobe-1042  [000]   101.000450: kvm_mmio:             mmio write len 2 gpa 0xb0 val 0x7
           <...>-1042  [000]   101.000500: print:                tracing_mark_write: probe  done 
        modprobe-1042  [000]   101.000600: mmiotrace_rw:         fea0000a ff 0 1 1
";

#[test]
fn records_of_all_kinds() {
    let expected = [
        "map 101000100 fea00000=0/0 0 1042",
        "access 101000200 fea00008=0/4 0 1042",
        "lost 101000200 0=7/0 0 0",
        "access 101000400 fea0000a=ff/1 0 1042",
        "access 101000450 b0=7/2 0 1042",
        "marker 101000500 probe  done  0 1042",
        "raw 0         modprobe-1042  [000]   101.000600: mmiotrace_rw:         fea0000a ff 0 1 1\n 0 0",
    ];
    assert_eq!(read(TRACE_CMD), expected);
    assert_eq!(source(TRACE_CMD), "ftrace mmiotrace, kvm_mmio");
}

#[test]
fn events_of_qemu_are_read_where_they_are_markers() {
    let log = "  CPU 0/KVM-5664 [002] ..... 7.000001: tracing_mark_write: \
               vfio_region_write  (0000:01:00.0:region0+0x28, 0x5a, 4)\n";
    let (blocks, _) = read_with(&Options::default(), log.as_bytes());
    assert_eq!(
        (blocks[0].kind[0], blocks[0].value[0], blocks[0].time[0]),
        (Kind::WRITE, 0x5a, 7_000_001_000)
    );
    assert_eq!(blocks[0].pid.get(0), 5664);
    assert!(sniff(log.as_bytes()) && Dialect::of(log.as_bytes()).unwrap().name == "ftrace");
}

#[test]
fn counts_of_a_clock_are_not_times() {
    let log = TRACE_CMD.replace("101.000", "101000");
    let (blocks, sink) = read_with(&Options::default(), log.as_bytes());
    assert!(blocks[0].time.iter().all(|&time| time == 0));
    assert!(!sink.times.has_any());
    assert_eq!(sink.tally.count("events timed by a count that is not of seconds"), 5);
}

#[test]
fn only_logs_with_an_access_are_known() {
    assert!(sniff(RWMMIO.as_bytes()) && sniff(TRACE_CMD.as_bytes()));
    for other in [
        "",
        "  bash-109 [000] ..... 93.2: sched_switch: prev_comm=bash ==> next_comm=cat\n",
        "  bash-109 [000] ..... 93.2: tracing_mark_write: probe done\n",
        "MARK 1.0 x-1 [000] 1.5: kvm_mmio: mmio\nR 4 1.000000 1 0xfea00008 0x1 0x0 0\n",
        "vfio_region_write  (0000:05:00.0:region2+0x26c962, 0x5a5a5a5a, 4)\n",
    ] {
        assert!(!sniff(other.as_bytes()), "{other}");
    }
    let guest = "1@2.000000:vfio_region_write  (0000:05:00.0:region2+0x26c962, 0x5a5a5a5a, 4)\n";
    assert!(!sniff(format!("{guest}{RWMMIO}").as_bytes()), "a guest prints its own log");
}

#[test]
fn events_of_drivers_are_those_of_the_table() {
    let log = "    Xorg-7 [000] ..... 7.000001: amdgpu_device_wreg: 0x73bf, 0x00001234, 0x0000ff01\n\
               \x20   Xorg-7 [000] ..... 7.000002: i915:i915_reg_rw: read reg=0x2358, len=8, val=(0x1, 0x2)\n\
               \x20   Xorg-7 [000] ..... 7.000003: amdgpu_device_rreg: 0x73bf, what\n\
               \x20   Xorg-7 [000] ..... 7.000004: hda_send_cmd: [0000:00:03.0:0] val=0x000f0000\n\
               \x20   Xorg-7 [000] ..... 7.000005: smbus_write: i2c-0 a=048 f=0000 c=3 BYTE_DATA l=1 [1e]\n\
               \x20   Xorg-7 [000] ..... 7.000006: spi_transfer_start: spi0.0 00000000d8 len=2 tx=[01 02] rx=[]\n";
    assert!(sniff(log.as_bytes()));
    let (blocks, sink) = read_with(&Options::default(), log.as_bytes());
    let block = &blocks[0];
    let (write, read) = (Kind::WRITE, Kind::READ);
    assert_eq!(block.kind, [write, read, Kind::RAW, write, write]);
    assert_eq!((block.value[1], block.width[1], block.pid.get(1)), (0x2_0000_0001, 8, 7));
    assert_eq!(sink.tally.count("transfers of SPI, whose registers are not known"), 1);
    assert_eq!(source(log), "ftrace amdgpu_device_wreg, i915_reg_rw, hda, i2c");
}

#[test]
fn events_that_a_user_describes_stand_in_any_line() {
    let log = "[   12.345678] foo 1-2: my_wr: dev=nic0 offset=0x10 val=31\n\
               \x20 cat-7 [000] ..... 7.000001: foo_write: my_wr: dev=nic0 offset=0x14 val=32\n\
               \x20 cat-7 [002] ..... 8.000001: my_wr: dev=nic1 offset=0x18 val=33\n\
               \x20 cat-7 [002] ..... 8.000002: my_wr: dev=nic1\n\
               [   13.345678] foo 1-2: my_wr: done\n";
    let events = vec![EventRule::parse("my_wr: W addr=offset value=val device=dev").unwrap()];
    let options = Options { events, ..Options::default() };
    let (blocks, sink) = read_with(&options, log.as_bytes());
    let block = &blocks[0];
    assert_eq!(block.kind, [Kind::WRITE, Kind::WRITE, Kind::WRITE, Kind::RAW]);
    assert_eq!(block.value[..3], [31, 32, 33]);
    assert_eq!(block.time[..3], [12_345_678_000, 7_000_001_000, 8_000_001_000]);
    assert_eq!((block.cpu.get(2), block.pid.get(2), block.map_id[2]), (2, 7, 2));
    assert_eq!(sink.tally.count(other::NO_EVENTS), 1);
    let told = |options: &Options| Dialect::told(options, log.as_bytes()).map(|dialect| dialect.name);
    assert_eq!((told(&options), told(&Options::default())), (Some("ftrace"), None));
}

fn record() -> impl Strategy<Value = (Fields, u8, [u64; 2], u32, String)> {
    let numbers =
        (any::<u64>(), any::<i32>(), any::<u64>(), any::<u64>(), prop_oneof![Just(0), any::<u64>()]);
    let rest = (0_u8..7, 1_u8..=8, any::<[u64; 2]>(), 0_u32..5000, any::<u32>(), "[ -~]{0,40}");
    (numbers, rest).prop_map(|((time, map_id, address, value, pc), (kind, width, range, cpu, pid, text))| {
        let kind = Kind(kind);
        let is_access = kind.is_access();
        let width = if is_access && kind != Kind::UNKNOWN { width } else { 0 };
        let value = if is_access || kind == Kind::LOST { value & crate::width::bits(width) } else { 0 };
        let time = time % 1_000_000_000_000 * 1000;
        let address = if is_access || kind == Kind::MAP { address } else { 0 };
        let pc = if is_access { pc } else { 0 };
        let map_id = if is_access || matches!(kind, Kind::MAP | Kind::UNMAP) { map_id } else { 0 };
        (Fields { kind, time, map_id, address, value, width, pc, pid }, width, range, cpu, text)
    })
}

proptest! {
    #[test]
    fn what_the_exporter_writes_comes_back(records in prop::collection::vec(record(), 1..60)) {
        let mut block = Block::default();
        let mut time = 0;
        for (fields, _, [virt, length], cpu, text) in records {
            // A loss has no time of its own.
            time = if fields.kind == Kind::LOST { time } else { fields.time };
            let row = match fields.kind {
                Kind::MAP => block.push_map(Fields { time, ..fields }, virt, length),
                Kind::MARKER => block.push_text(Kind::MARKER, time, text.as_bytes()),
                Kind::LOST => block.push(Fields { time, pid: 0, ..fields }),
                _ => block.push(fields),
            };
            if fields.kind == Kind::MARKER {
                block.pid.push_at(row as usize, fields.pid);
            }
            block.cpu.push_at(row as usize, cpu);
        }
        let devices = Devices::default();
        let mut log = Spelling.header().as_bytes().to_vec();
        for row in 0..block.len() {
            let record = Resolved { devices: &devices, block: &block, row, index: 0, place: None };
            prop_assert!(Spelling.record(&record, &mut log));
        }
        let (blocks, _) = read_with(&Options::default(), &log);
        prop_assert_eq!(&blocks[0], &block);
    }

    #[test]
    fn every_line_becomes_something(pieces in prop::collection::vec(piece(), 0..80)) {
        let log = pieces.concat();
        let events = vec![EventRule::parse("my_wr: W addr=a value=v unit=4").unwrap()];
        let (blocks, sink) = read_with(&Options { events, ..Options::default() }, &log);
        let records: usize = blocks.iter().map(Block::len).sum();
        let lines = log.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count() as u64;
        let counted: u64 = sink.closing().entries.iter().filter_map(|(_, value)| {
            let text = std::str::from_utf8(value).ok()?;
            text.split_once(' ')?.0.parse::<u64>().ok()
        }).sum();
        prop_assert!(records as u64 + counted >= lines, "{records} records, {counted} counted, {lines} lines");
    }

    #[test]
    fn any_bytes_are_read(log in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = (sniff(&log), read_with(&Options::default(), &log));
    }
}

/// Lines of other events, with numbers that are as large as they can be.
const OTHERS: &str = "\
  Xorg-7 [000] ..... 7.000001: amdgpu_device_wreg: 0x73bf, 0xffffffffffffffff, 0x0000ff01
  Xorg-7 [000] ..... 7.000002: i915:i915_reg_rw: read reg=0x2358, len=8, val=(0x1, 0xffffffffff)
  Xorg-7 [000] ..... 7.000004: hda_send_cmd: [0000:00:03.0:0] val=0xffffffffffffffff
  Xorg-7 [000] ..... 7.000004: hda_get_response: [0000:00:03.0:0] val=0xffffffffffffffff
  Xorg-7 [000] ..... 7.000005: smbus_write: i2c-0 a=048 f=0000 c=ffffffffffffffff I2C l=10 [1-2-3-4-5-6-7-8-9-a]
  Xorg-7 [000] ..... 7.000005: i2c_write: i2c-0 #0 a=048 f=0000 l=10 [1-2-3-4-5-6-7-8-9-a]
  Xorg-7 [000] ..... 7.000006: regmap_bulk_write: d reg=ffffffffffffffff val=01 02 03 04
  Xorg-7 [000] ..... 7.000006: regmap_hw_write_start: d reg=ffffffffffffffff count=18446744073709551615
  Xorg-7 [000] ..... 7.000006: kvm_mmio: mmio write len 9 gpa 0xffffffffffffffff val 0xffffffffffffffff
  Xorg-7     0d.h1.  18446744073709551us : kvm_mmio: mmio write len 8 gpa 0xfffffffffffffffc val 0x1
  Xorg-7 [000] 7.1: my_wr: a=0xffffffffffffffff v=1
  Xorg-7 [000] 7.1: habanalabs_wreg32: x: addr: 0xffffffffffffffff, val: 0x1
";

/// A part of a line: lines that are known, cut anywhere, and anything.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let lines = RWMMIO.lines().chain(TRACE_CMD.lines()).chain(OTHERS.lines());
    let lines: Vec<String> = lines.map(|line| format!("{line}\n")).collect();
    let cut = (prop::sample::select(lines), any::<prop::sample::Index>(), any::<bool>());
    prop_oneof![
        4 => cut.prop_map(|(line, at, is_whole)| {
            let end = if is_whole { line.len() } else { at.index(line.len()) };
            line.as_bytes()[..end].to_vec()
        }),
        1 => prop::collection::vec(any::<u8>(), 0..20),
        1 => Just(b"\n".to_vec()),
    ]
}
