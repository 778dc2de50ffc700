//! Devices of lists that are printed once, again, in domains, in recordings.

use super::*;
use crate::block::Fields;
use crate::devices::UNMAPPED;

fn collect(pci: &[&str], maps: &[(u64, u64)]) -> Devices {
    let mut block = Block::default();
    for line in pci {
        block.push_text(Kind::PCI_DEVICE, 0, line.as_bytes());
    }
    for &(address, length) in maps {
        block.push_map(Fields { address, ..Fields::default() }, 0xffff_0000, length);
    }
    let mut collector = Collector::default();
    collector.feed(0, &block);
    collector.finish()
}

fn name(devices: &Devices, address: u64) -> String {
    let p = devices.resolver().place(0, address);
    format!("{} {} +{:#x}", devices.get(p.device).name, p.space.bar().unwrap(), p.offset)
}

const NVME: &str = "0030 1b360010 b febac004 0 0 0 0 0 0 4000 0 0 0 0 0 0 nvme";

#[test]
fn a_bar_wins_over_its_mapping() {
    let d = collect(&[NVME], &[(0xfebac000, 0x2000)]);
    assert_eq!(name(&d, 0xfebad004), "00:06.0 0 +0x1004");
    assert_eq!(name(&d, 0xfebb0000), "unmapped 0 +0xfebb0000");
}

#[test]
fn overlapping_mappings_are_one_device_with_the_lowest_start() {
    let d = collect(&[NVME], &[(0xfed00400, 0x400), (0xfed00000, 0x500), (0xfed40000, 0x1000)]);
    assert_eq!(name(&d, 0xfed00404), "mem:fed00000 0 +0x404");
    assert_eq!(name(&d, 0xfed007ff), "mem:fed00000 0 +0x7ff");
    assert_eq!(name(&d, 0xfed40000), "mem:fed40000 0 +0x0");
}

#[test]
fn a_mapping_around_a_bar_keeps_only_what_the_bar_leaves() {
    let d = collect(&[NVME], &[(0xfebab000, 0x6000)]);
    assert_eq!(name(&d, 0xfebab010), "mem:febab000 0 +0x10");
    assert_eq!(name(&d, 0xfebac010), "00:06.0 0 +0x10");
    assert_eq!(name(&d, 0xfebb0010), "mem:febab000 0 +0x5010");
}

#[test]
fn addresses_at_the_very_end_do_not_overflow() {
    let d = collect(&[], &[(u64::MAX - 1, 0x1000), (0, 0)]);
    assert_eq!(name(&d, u64::MAX), "mem:fffffffffffffffe 0 +0x1");
}

#[test]
fn a_new_recording_has_its_own_addresses() {
    let mut block = Block::default();
    block.push_text(Kind::PCI_DEVICE, 0, NVME.as_bytes());
    block.push(Fields { address: 0xfebac000, ..Fields::default() });
    block.push_text(Kind::VERSION, 0, b"20070824");
    block.push_text(Kind::PCI_DEVICE, 0, NVME.replace("febac004", "c0000004").as_bytes());
    let mut collector = Collector::default();
    collector.feed(0, &block);
    let d = collector.finish();
    assert_eq!(d.recordings(), [0, 2]);
    let mut r = d.resolver();
    assert_eq!(d.get(r.place(1, 0xfebac000).device).name, "00:06.0");
    assert_eq!(d.get(r.place(4, 0xfebac000).device).name, UNMAPPED);
    assert_eq!(d.get(r.place(5, 0xc0000010).device).name, "00:06.0");
}

fn names(devices: &Devices) -> Vec<(&str, Option<&str>)> {
    devices.iter().filter(|(_, d)| d.slot.is_some()).map(|(_, d)| (&*d.name, d.driver())).collect()
}

const BRIDGE: &str = "0030 80869a09 1f 0 0 0 0 0 0 0 0 0 0 0 0 0 0 pcieport";
const FIRST: &str = "0100 8086f1a8 1f a1200004 0 0 0 0 0 0 4000 0 0 0 0 0 0 nvme";
const SECOND: &str = "0100 144da808 1f 7e000004 0 0 0 0 0 0 4000 0 0 0 0 0 0 nvme";

#[test]
fn an_address_that_comes_again_in_a_list_is_of_another_domain() {
    let d = collect(&[BRIDGE, FIRST, BRIDGE, SECOND], &[]);
    let bridge = |n| (["00:06.0#1", "00:06.0#2"][n], Some("pcieport"));
    assert_eq!(names(&d), [bridge(0), ("01:00.0#1", Some("nvme")), bridge(1), ("01:00.0#2", Some("nvme"))]);
    assert_eq!(name(&d, 0xa1200014), "01:00.0#1 0 +0x14");
    assert_eq!(name(&d, 0x7e000014), "01:00.0#2 0 +0x14");
    assert_eq!((d.called("nvme").len(), d.called("01:00.0").len(), d.called("01:00.0#2").len()), (2, 2, 1));
}

#[test]
fn a_domain_begins_where_the_addresses_last_fell() {
    let lower = "0018 10ec8168 1f f0000004 0 0 0 0 0 0 1000 0 0 0 0 0 0 r8169";
    for times in 1..3 {
        let list = [BRIDGE, FIRST, lower, BRIDGE, SECOND].map(str::as_bytes);
        let mut collector = Collector::default();
        for _ in 0..times {
            let mut block = Block::default();
            block.push_text(Kind::VERSION, 0, b"20070824");
            for line in list {
                block.push_text(Kind::PCI_DEVICE, 0, line);
            }
            collector.feed(0, &block);
        }
        let d = collector.finish();
        let all: Vec<&str> = names(&d).iter().map(|n| n.0).collect();
        assert_eq!(all, ["00:06.0#1", "01:00.0#1", "00:03.0", "00:06.0#2", "01:00.0#2"], "{times}");
    }
}

#[test]
fn a_list_that_is_printed_twice_is_one() {
    let d = collect(&[BRIDGE, FIRST, BRIDGE, FIRST], &[]);
    assert_eq!(names(&d), [("00:06.0", Some("pcieport")), ("01:00.0", Some("nvme"))]);
}

#[test]
fn the_recordings_own_data_has_the_domains() {
    let mut recording = container::Recording::default();
    for (domain, line) in [("0000", BRIDGE), ("0000", FIRST), ("10000", BRIDGE), ("10000", SECOND)] {
        recording.push(key::PCI_DEVICE, format!("{domain} 00000000 {line}"));
    }
    let mut block = Block::default();
    for line in [BRIDGE, FIRST, BRIDGE, SECOND] {
        block.push_text(Kind::PCI_DEVICE, 0, line.as_bytes());
    }
    let mut collector = Collector::default();
    collector.recording(&recording);
    collector.feed(0, &block);
    let d = collector.finish();
    let all: Vec<&str> = names(&d).iter().map(|n| n.0).collect();
    assert_eq!(all, ["00:06.0", "01:00.0", "10000:00:06.0", "10000:01:00.0"]);
    assert_eq!(
        (d.called("01:00.0").len(), d.called("10000:01:00.0").len(), d.called("0000:01:00.0").len()),
        (2, 1, 1)
    );
}

/// The devices of a recording whose own data names `data` (domain and line), and which lists `list`.
fn with_data(data: &[(&str, &str)], list: &[&str]) -> Devices {
    let mut recording = container::Recording::default();
    for (domain, line) in data {
        recording.push(key::PCI_DEVICE, format!("{domain} 00000000 {line}"));
    }
    let mut block = Block::default();
    list.iter().for_each(|line| {
        block.push_text(Kind::PCI_DEVICE, 0, line.as_bytes());
    });
    block.push(Fields { address: 0xa1200014, ..Fields::default() });
    let mut collector = Collector::default();
    collector.recording(&recording);
    collector.feed(0, &block);
    collector.finish()
}

#[test]
fn a_recording_that_lists_no_devices_has_those_of_its_own_data() {
    let d = with_data(&[("0000", BRIDGE), ("0000", FIRST)], &[]);
    assert_eq!(names(&d), [("00:06.0", Some("pcieport")), ("01:00.0", Some("nvme"))]);
    assert_eq!(name(&d, 0xa1200014), "01:00.0 0 +0x14");
    let d = with_data(&[("0000", BRIDGE), ("10000", FIRST)], &[]);
    assert_eq!(names(&d)[1].0, "10000:01:00.0");
}

#[test]
fn a_list_without_domains_parts_them_by_its_order() {
    let d = with_data(&[("0000", BRIDGE), ("0000", FIRST), ("0000", BRIDGE), ("0000", SECOND)], &[]);
    assert_eq!(names(&d)[1..], [("01:00.0#1", Some("nvme")), ("01:00.0#2", Some("nvme"))]);
    assert_eq!(name(&d, 0xa1200014), "01:00.0#1 0 +0x14");
    assert_eq!(name(&d, 0x7e000014), "01:00.0#2 0 +0x14");
}

#[test]
fn a_driver_that_came_later_is_that_of_its_device() {
    let bare = FIRST.trim_end_matches("nvme");
    // The list of the log, and what the recorder saw at the start and at the end.
    let d = with_data(&[("0000", bare), ("0000", FIRST)], &[bare]);
    assert_eq!(names(&d), [("01:00.0", Some("nvme"))]);
    // The log's own word holds, and a list of another machine says nothing.
    let d = with_data(&[("0000", &FIRST.replace("nvme", "vfio-pci"))], &[FIRST]);
    assert_eq!(names(&d), [("01:00.0", Some("nvme"))]);
    let d = with_data(&[("0000", &FIRST.replace("f1a8", "f1a9"))], &[bare]);
    assert_eq!(names(&d), [("01:00.0", None)]);
}

#[test]
fn two_recordings_may_have_two_chips_in_one_slot() {
    let mut block = Block::default();
    block.push_text(Kind::PCI_DEVICE, 0, FIRST.as_bytes());
    block.push(Fields { address: 0xa1200000, ..Fields::default() });
    block.push_text(Kind::VERSION, 0, b"20070824");
    block.push_text(Kind::PCI_DEVICE, 0, SECOND.replace("7e000004", "a1200004").as_bytes());
    let mut collector = Collector::default();
    collector.feed(0, &block);
    let d = collector.finish();
    let mut r = d.resolver();
    assert_eq!(d.get(r.place(1, 0xa1200000).device).name, "01:00.0#1");
    assert_eq!(d.get(r.place(4, 0xa1200000).device).name, "01:00.0#2");
}
