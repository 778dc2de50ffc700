//! The first pass over a trace: its devices and what is mapped.

use std::collections::{HashMap, HashSet};

use crate::block::Block;
use crate::container::{self, key};
use crate::devices::{Device, Devices, Recording};
use crate::domains::{Listed, Listings};
use crate::pci::PciDevice;
use crate::record::Kind;
use crate::regions::{Region, regions};
use crate::space::DeviceId;

/// Most distinct mappings remembered for one recording; a hostile log cannot make it more.
const MAX_MAPPINGS: usize = 1 << 16;
/// Most recordings that are kept apart.
const MAX_RECORDINGS: usize = 1 << 16;
/// Most devices; the last number is for what is not mapped.
const MAX_DEVICES: usize = u16::MAX as usize;

/// A collector of PCIDEV and MAP records.
#[derive(Clone, Debug)]
pub(crate) struct Collector {
    recordings: Vec<Found>,
    /// The PCI devices that each recording's own data names, with their domains.
    recorded: Vec<Vec<(u32, PciDevice)>>,
}

/// What was found of a recording.
#[derive(Clone, Debug, Default)]
struct Found {
    first_record: u64,
    /// Its place in [`Collector::recorded`], from 1; 0 for none.
    recorded: usize,
    pci: Listings,
    /// First and last address of each distinct mapping.
    maps: Vec<(u64, u64)>,
    known: HashSet<(u64, u64)>,
    in_use: bool,
}

impl Default for Collector {
    fn default() -> Self {
        Collector { recordings: vec![Found::default()], recorded: Vec::new() }
    }
}

impl Collector {
    /// Looks at a recording's own data, which stands before its blocks or continues what stood there.
    pub(crate) fn recording(&mut self, recording: &container::Recording) {
        let entries = recording.entries.iter().filter(|(name, _)| name == key::PCI_DEVICE);
        let devices = entries.filter_map(|(_, value)| recorded(value)).take(MAX_MAPPINGS);
        let number = recording.number as usize;
        if number >= self.recorded.len() && number < MAX_RECORDINGS {
            self.recorded.resize_with(number + 1, Vec::new);
        }
        if let Some(of_this) = self.recorded.get_mut(number) {
            of_this.extend(devices);
        }
        let now = self.recordings.last_mut().expect("starts with one");
        if !now.in_use && now.pci.is_empty() {
            now.recorded = self.recorded.len();
        }
    }

    /// Looks at a block whose first record has number `first_record`. Blocks come in order; left out
    /// may be those without PCIDEV, MAP and VERSION records that do not hold the first access after one.
    pub(crate) fn feed(&mut self, first_record: u64, block: &Block) {
        for (row, &kind) in block.kind.iter().enumerate() {
            let text = || block.texts.get(row as u32).unwrap_or_default();
            let room = self.recordings.len() < MAX_RECORDINGS;
            let recorded = self.recorded.len();
            let now = self.recordings.last_mut().expect("starts with one");
            match kind {
                Kind::VERSION if now.in_use && room => {
                    let first_record = first_record + row as u64;
                    self.recordings.push(Found { first_record, recorded, ..Found::default() });
                }
                Kind::VERSION => now.pci.end_listing(),
                Kind::PCI_DEVICE => {
                    if let Some(device) = PciDevice::parse(text()) {
                        now.pci.add(device);
                    }
                }
                Kind::MAP => {
                    now.begin();
                    now.add_map(block.address[row], block.map_range(row as u32).map_or(0, |r| r.length));
                }
                kind if kind.is_access() => now.begin(),
                _ => {}
            }
        }
    }

    /// The devices and regions found.
    pub(crate) fn finish(self) -> Devices {
        let mut known = Known::default();
        let recorded = &self.recorded;
        let recordings = self.recordings.into_iter().map(|mut found| {
            let recorded = found.recorded.checked_sub(1).and_then(|at| recorded.get(at));
            let listed = std::mem::take(&mut found.pci).finish(recorded.map_or(&[], Vec::as_slice));
            Recording { first_record: found.first_record, regions: known.regions(&listed, &found.maps) }
        });
        let recordings = recordings.collect();
        Devices::new(named(known.devices), recordings)
    }
}

/// A value of [`key::PCI_DEVICE`]: domain, subsystem, and a line of the list of devices.
fn recorded(value: &[u8]) -> Option<(u32, PciDevice)> {
    let mut parts = value.splitn(3, |&byte| byte == b' ');
    let domain = std::str::from_utf8(parts.next()?).ok()?;
    let domain = u32::from_str_radix(domain, 16).ok()?;
    Some((domain, PciDevice::parse(parts.nth(1)?)?))
}

impl Found {
    /// An access or a mapping: the list of devices that came before it is complete.
    fn begin(&mut self) {
        self.in_use = true;
        self.pci.end_listing();
    }

    fn add_map(&mut self, start: u64, length: u64) {
        let range = (start, start.saturating_add(length.saturating_sub(1)));
        if self.maps.len() < MAX_MAPPINGS && self.known.insert(range) {
            self.maps.push(range);
        }
    }
}

/// What makes a device the same in several recordings: domain or number of the list, bus, device and function, and ids;
/// or the start of a mapping.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Identity {
    Pci { domain: (u32, u16), at: (u8, u8), id: (u16, u16) },
    Mapping(u64),
}

/// The devices of all recordings so far.
#[derive(Default)]
struct Known {
    devices: Vec<Device>,
    numbers: HashMap<Identity, DeviceId>,
}

impl Known {
    /// The regions of a recording with these devices and mappings.
    fn regions(&mut self, listed: &[Listed], maps: &[(u64, u64)]) -> Vec<Region> {
        let mut bars = Vec::new();
        for listed in listed {
            let Some(device) = self.pci(listed) else { continue };
            for (bar, b) in listed.device.bars.iter().enumerate() {
                if b.length != 0 && b.start != 0 && !b.is_io {
                    let last = b.start.saturating_add(b.length - 1);
                    bars.push(Region { first: b.start, last, device, bar: bar as u8, base: b.start });
                }
            }
        }
        regions(bars, maps, |start| {
            let device = || Device { name: format!("mem:{start:x}"), slot: None, pci: None };
            self.number(Identity::Mapping(start), device)
        })
    }

    fn pci(&mut self, listed: &Listed) -> Option<DeviceId> {
        let Listed { device: pci, domain, number } = listed;
        let slot = pci.slot().in_domain(*domain);
        let domain = (domain.unwrap_or(0), if domain.is_some() { 0 } else { *number });
        let identity = Identity::Pci { domain, at: (pci.bus, pci.devfn), id: (pci.vendor, pci.device) };
        let device = || Device { name: slot.to_string(), slot: Some(slot), pci: Some(pci.clone()) };
        let id = self.number(identity, device)?;
        let known = &mut self.devices[id.index()];
        if known.driver().is_none() {
            known.pci = Some(pci.clone());
        }
        Some(id)
    }

    fn number(&mut self, identity: Identity, device: impl FnOnce() -> Device) -> Option<DeviceId> {
        if let Some(&id) = self.numbers.get(&identity) {
            return Some(id);
        }
        if self.devices.len() >= MAX_DEVICES {
            return None;
        }
        let id = DeviceId::new(self.devices.len() as u16);
        self.devices.push(device());
        self.numbers.insert(identity, id);
        Some(id)
    }
}

/// The devices with names that differ: those of one address are numbered.
fn named(mut devices: Vec<Device>) -> Vec<Device> {
    let mut counts: HashMap<String, (u32, u32)> = HashMap::new();
    for device in &devices {
        counts.entry(device.name.clone()).or_default().0 += 1;
    }
    for device in &mut devices {
        if let Some((all, before)) = counts.get_mut(&device.name)
            && *all > 1
        {
            *before += 1;
            device.name = format!("{}#{before}", device.name);
        }
    }
    devices
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            names(&d),
            [bridge(0), ("01:00.0#1", Some("nvme")), bridge(1), ("01:00.0#2", Some("nvme"))]
        );
        assert_eq!(name(&d, 0xa1200014), "01:00.0#1 0 +0x14");
        assert_eq!(name(&d, 0x7e000014), "01:00.0#2 0 +0x14");
        assert_eq!(
            (d.called("nvme").len(), d.called("01:00.0").len(), d.called("01:00.0#2").len()),
            (2, 2, 1)
        );
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
}
