//! The examples say what is in the samples.

#![allow(dead_code)] // Their `main` functions.

use mmio_format::container::Reader;
use mmio_testkit::{sample, sample_log};
use std::io::Cursor;

#[path = "../examples/busiest.rs"]
mod busiest;
#[path = "../examples/changes.rs"]
mod changes;
#[path = "../examples/log_to_container.rs"]
mod log_to_container;
#[path = "../examples/records.rs"]
mod records;

fn lines(out: Vec<u8>) -> Vec<String> {
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_busiest_registers() {
    let (path, mut out) = (sample("i6300esb.txt"), Vec::new());
    busiest::list(path.to_str().unwrap(), Some("00:0c.0".into()), &mut out).unwrap();
    // Counted by hand in the log.
    assert_eq!(
        lines(out),
        [
            "00:0c.0 BAR 0 +0xc/2: 1 reads, 12 writes",
            "00:0c.0 BAR 0 +0x0/4: 0 reads, 1 writes",
            "00:0c.0 BAR 0 +0x4/4: 0 reads, 1 writes",
        ]
    );
}

#[test]
fn the_bits_of_a_register_that_change() {
    let (path, mut out) = (sample("edu.mmio.zst"), Vec::new());
    changes::show(path.to_str().unwrap(), "00:02.0", "+0x20", &mut out).unwrap();
    // Bit 0 is set while the device computes, bit 7 asks for an interrupt (QEMU, docs/specs/edu.rst).
    let lines = lines(out);
    let bits: Vec<&str> = lines.iter().filter_map(|line| line.split_once(": ")).map(|line| line.1).collect();
    let computes = ["0x1 set, 0x0 cleared", "0x0 set, 0x1 cleared"];
    assert_eq!(bits[..4], [computes, computes].concat());
    assert_eq!(bits[4..], ["0x80 set, 0x0 cleared", "0x0 set, 0x80 cleared"]);
    assert_eq!(lines[0], "4.178261736 R 0x0");
}

#[test]
fn a_log_becomes_a_container_that_lists_its_records() {
    let log = sample_log("i6300esb.txt");
    let mut stored = Vec::new();
    let totals = log_to_container::store(&log[..], &mut stored, "stored").unwrap();
    assert_eq!((totals.records, totals.accesses), (40, 15));
    let (mut reader, mut out) = (Reader::open(Cursor::new(stored), "stored").unwrap(), Vec::new());
    records::list(&mut reader, &mut out).unwrap();
    let lines = lines(out);
    assert_eq!(lines[..3], ["recording 0: tool", "block of 40 records", "  0.000000 version 20070824"]);
    assert_eq!(lines[lines.len() - 3], "  66.397269 marker i6300esb: worked");
    assert_eq!(lines.iter().filter(|line| line.contains(" access ")).count(), 15);
}
