//! Lists of devices that no kernel prints: they are read, as far as the limits go, and nothing panics.
//!
//! Each is as long as a list can be: work that grows with its square would take minutes here.

use std::fmt::Write;
use std::io::Cursor;

use mmio_format::container::{Recording, Writer, key};
use mmio_format::{Block, Kind, Scope, Trace};

/// Opens a log and counts its accesses, which must lie somewhere.
fn look(log: &[u8]) -> (usize, usize) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, log).unwrap();
    let mut trace = Trace::open(file.path()).unwrap();
    let devices = trace.devices().clone();
    let accesses = trace.accesses(&Scope::default()).unwrap();
    let named = accesses.filter(|access| !devices.get(access.as_ref().unwrap().device()).name.is_empty());
    (devices.iter().count(), named.count())
}

/// A line of a device at `slot` (bus, device and function) whose BAR 0 starts at `bar`.
fn line(log: &mut String, slot: usize, bar: usize) {
    writeln!(log, "PCIDEV {slot:04x} 10de0640 10 {bar:x} 0 0 0 0 0 0 1000 0 0 0 0 0 0 nouveau").unwrap();
}

const ACCESS: &str = "R 4 1.000000 1 0xf6000000 0x1 0x0 0\n";
/// More devices than a recording can list.
const MANY: usize = 70_000;

#[test]
fn lines_that_are_all_equal() {
    let log = |n: usize| {
        let mut log = String::new();
        (0..n).for_each(|_| line(&mut log, 0x100, 0xf600_0000));
        log + ACCESS
    };
    // The list was printed again and again: one device, and the one for what is not mapped.
    assert_eq!(look(log(1000).as_bytes()), (2, 1));
    assert_eq!(look(log(MANY).as_bytes()), (2, 1));
}

#[test]
fn lines_of_one_slot_with_different_bars() {
    let log = |n: usize| {
        let mut log = String::new();
        (0..n).for_each(|i| line(&mut log, 0x100, 0x1_0000_0000 + i * 0x1000));
        log + ACCESS
    };
    // Each is in a domain of its own.
    assert_eq!(look(log(1000).as_bytes()), (1001, 1));
    let (devices, accesses) = look(log(MANY).as_bytes());
    assert!((65_000..=65_536).contains(&devices) && accesses == 1, "{devices}");
}

#[test]
fn a_list_of_all_slots_that_is_printed_again_between_accesses() {
    let log = |n: usize| {
        let mut log = String::new();
        for _ in 0..4 {
            (0..n.min(60_000)).for_each(|slot| line(&mut log, slot, 0x1_0000_0000 + slot * 0x1000));
            log.push_str(ACCESS);
        }
        log
    };
    assert_eq!(look(log(1000).as_bytes()), (1001, 4));
    assert_eq!(look(log(MANY).as_bytes()), (60_001, 4));
}

#[test]
fn addresses_that_fall_and_rise() {
    let log = |n: usize| {
        let mut log = String::new();
        for i in 0..n {
            let slot = [0xffff, i % 0xfff0, 0xffff, 0xfffe][i % 4];
            line(&mut log, slot, 0x1_0000_0000 + i * 0x1000);
        }
        log + ACCESS
    };
    assert!(look(log(1000).as_bytes()).0 > 500);
    let (devices, accesses) = look(log(MANY).as_bytes());
    assert!((500..=65_536).contains(&devices) && accesses == 1, "{devices}");
}

#[test]
fn a_recordings_own_data_names_one_slot_many_times() {
    let device = |i: usize| format!("0100 10de0640 10 {:x} 0 0 0 0 0 0 1000 0 0 0 0 0 0 nouveau", i * 0x1000);
    let store = |n: usize| {
        let mut writer = Writer::new(Vec::new(), "stored", 1).unwrap();
        let (mut recording, mut block) = (Recording::default(), Block::default());
        for i in (1..=n).rev() {
            recording.push(key::PCI_DEVICE, format!("{i:04x} 00000000 {}", device(i)));
        }
        writer.write_recording(&recording).unwrap();
        for i in 1..=n {
            block.push_text(Kind::PCI_DEVICE, 0, device(i).as_bytes());
            if block.is_full() {
                writer.write_block(&block).unwrap();
                block.clear();
            }
        }
        writer.write_block(&block).unwrap();
        writer.finish().unwrap().0
    };
    let names = |n| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::copy(&mut Cursor::new(store(n)), &mut file).unwrap();
        let trace = Trace::open(file.path()).unwrap();
        trace.devices().iter().map(|(_, device)| device.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(3), ["0001:01:00.0", "0002:01:00.0", "0003:01:00.0", "unmapped"]);
    assert_eq!(names(MANY / 2).len(), MANY / 2 + 1);
}
