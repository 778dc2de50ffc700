use super::*;
use crate::block::Block;
use crate::container::key;
use crate::dialects::whole::Whole;
use proptest::prelude::*;

const LOG: &str = "\
16:25:01.1000 [INFO] Loaded monitor commands from: /opt/renode/scripts/monitor.py
16:25:02.1234 [INFO] sysbus.uart0: [cpu: 0x8000164] ReadUInt32 from 0x4 (Control), returned 0x1F
16:25:02.1235 [INFO] sysbus.uart0: [cpu: 0x8000168] WriteUInt32 to 0x8 (unknown), value 0x20
16:25:02.1236 [DEBUG] timer1: ReadByte from 0x0 (Count), returned 0x7.
16:25:02.1237 [WARNING] sysbus: [cpu1: 0x87B84] ReadQuadWord from non existing peripheral at 0xE0001000, returning 0x5
16:25:02.1238 [WARNING] sysbus: [cpu: 0x87B88] WriteWord to non existing peripheral at 0xE0001008, value 0x6.
16:25:02.1239 [WARNING] sysbus: Write value 0x3 to RCC:CR (0x40021000)
16:25:02.1240 [WARNING] sysbus: [cpu: 0x1] (tag: 'CAN') ReadDoubleWord from non existingperipheral at 0x4000A810, returning 0x0A.
16:25:02.1241 [WARNING] sysbus: ReadDoubleWord from an unimplemented register RCC:CFGR (0x40021004), returning a value from SVD: 0x9
16:25:02.1242 [WARNING] uart0: Unhandled write to offset 0x2C. Unhandled bits: [0]
";

fn read(text: &str) -> Whole {
    Whole::of("renode", text.as_bytes())
}

#[test]
fn each_form_of_an_access_is_one() {
    let whole = read(LOG);
    let block = whole.records();
    let (r, w) = (Kind::READ, Kind::WRITE);
    assert_eq!(block.kind, [r, w, r, r, w, w, r, r]);
    assert_eq!(block.width, [4, 4, 1, 8, 2, 4, 4, 4]);
    assert_eq!(block.value, [0x1f, 0x20, 7, 5, 6, 3, 10, 9]);
    assert_eq!(block.address[3..], [0xe000_1000, 0xe000_1008, 0x4002_1000, 0x4000_a810, 0x4002_1004]);
    assert_eq!(block.address[1] - block.address[0], 4);
    assert_eq!(block.pc.as_slice(), [0x800_0164, 0x800_0168, 0, 0x87b84, 0x87b88, 0, 1]);
    assert_eq!(block.cpu.as_slice(), [0, 0, 0, 1]);
    let begin = (16 * 3600 + 25 * 60 + 2) * SECOND;
    assert_eq!(block.time[..2], [begin + 123_400_000, begin + 123_500_000]);
    assert_eq!(whole.left_out("lines that are no accesses"), 2);
    assert_eq!(whole.left_out("writes to tagged registers without a width, taken as 4 bytes"), 1);
    assert!(sniff(LOG.as_bytes()));
}

#[test]
fn regions_and_registers_have_their_names() {
    let whole = read(LOG);
    let regions: Vec<String> =
        whole.values(key::REGION).iter().map(|region| region.split(' ').nth(2).unwrap().to_owned()).collect();
    assert_eq!(regions, ["sysbus.uart0", "timer1", "sysbus", "sysbus"]);
    let registers =
        ["sysbus.uart0 4 Control", "timer1 0 Count", "sysbus 4000a810 CAN", "sysbus 40021000 RCC:CR"];
    assert_eq!(whole.values(key::REGISTER)[..4], registers);
    assert_eq!(whole.values(key::REGISTER).len(), 5);
}

#[test]
fn lines_without_time_level_and_cpu_are_read() {
    let access = "gpioPortC: ReadUInt32 from 0x4 (Mode), returned 0x0";
    for before in ["", "[INFO] ", "[12:00:00.0001] [NOISY] ", "12:00:00.0001 ", "  12:00:00.00017 [INFO] "] {
        let block = read(&format!("{before}{access}\r\n")).records();
        assert_eq!(block.kind, [Kind::READ], "{before}");
    }
    assert_eq!(read(access).values(key::CLOCK), ["none"]);
}

#[test]
fn a_read_of_nothing_without_a_value_is_0() {
    let whole = read("[WARNING] sysbus: [cpu: 0x1] ReadByte from non existing peripheral at 0xBF00BF00.\n");
    assert_eq!((whole.records().value, whole.records().address), (vec![0], vec![0xbf00_bf00]));
    assert_eq!(whole.left_out("reads of no peripheral without a value, taken as 0"), 1);
}

#[test]
fn times_go_on_over_midnight() {
    let line = |time: &str| format!("{time} [INFO] t: ReadByte from 0x0 (unknown), returned 0x0\n");
    let times = ["23:59:59.5", "00:00:00.5", "23:59:59.9", "00:00:01", "12:00:00", "11:59:59", "01:00:00"];
    let block = read(&times.map(line).concat()).records();
    let hour = 3600 * SECOND;
    let expected = [
        DAY - SECOND / 2,
        DAY + SECOND / 2,
        DAY - SECOND / 10,
        DAY + SECOND,
        DAY + 12 * hour,
        DAY + 12 * hour - SECOND,
        2 * DAY + hour,
    ];
    assert_eq!(block.time, expected);
}

#[test]
fn there_may_be_any_number_of_midnights() {
    let mut midnights = Midnights::default();
    let last = (0..1_000_000).map(|i| midnights.time(if i % 2 == 0 { DAY - SECOND } else { DAY / 2 })).last();
    assert_eq!(last, Some(u64::MAX));
}

#[test]
fn what_begins_as_an_access_and_is_none_is_kept() {
    for line in [
        "t: ReadUInt32 from 0x4 (Mode), returned",
        "t: ReadUInt32 from 0x4 (Mode), returned 0x1234hello",
        "t: WriteUInt32 to 0x4 (Mode), returned 0x1",
        "t: WriteUInt32 to somewhere",
        "sysbus: WriteByte to non existing peripheral at 0x4",
        "sysbus: Write value 0x1 to nowhere",
    ] {
        let block = read(line).records();
        assert_eq!((&block.kind[..], block.texts.at(0)), (&[Kind::RAW][..], line.as_bytes()));
        assert!(!sniff(line.as_bytes()), "{line}");
    }
    for line in
        ["t: ReadUInt32 by 0x4", "t: Reading", "a b: ReadByte from 0x0, returned 0x1", "ReadByte", "\u{1}"]
    {
        assert_eq!(read(line).left_out("lines that are no accesses"), 1, "{line}");
    }
}

/// Every line that is not blank is a record or counted.
fn is_accounted(text: &[u8]) -> bool {
    let whole = Whole::of("renode", text);
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    let others: u64 = ["lines that are no accesses", "accesses at offsets beyond every region"]
        .iter()
        .map(|class| whole.left_out(class))
        .sum();
    lines as u64 == whole.records().len() as u64 + others
}

proptest! {
    #[test]
    fn every_line_is_accounted(
        order in proptest::collection::vec(0..10_usize, 0..30),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
    ) {
        let lines: Vec<&str> = LOG.split_inclusive('\n').collect();
        let mut text: Vec<u8> = order.iter().flat_map(|&line| lines[line].bytes()).collect();
        for (at, byte) in changes.iter().filter(|_| !order.is_empty()) {
            let at = at.index(text.len());
            text[at] = *byte;
        }
        prop_assert!(is_accounted(&text));
    }

    #[test]
    fn any_bytes_are_accounted(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(is_accounted(&bytes));
        let _: Block = Whole::of("renode", &bytes).records();
    }
}
