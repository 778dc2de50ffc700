//! From a physical address to device, BAR and offset: the one place that knows.
//!
//! PCI devices and their BARs come from PCIDEV records, everything else from MAP records: a mapping
//! inside no BAR (HPET, TPM, I/O APIC, ACPI) is a device of its own, `mem:<start>`; overlapping and
//! repeated ones are one device, named by the lowest start. So a trace is looked through for both
//! kinds of record before its first access is resolved. Each recording of a trace has its own
//! addresses; a VERSION record behind an access or mapping begins a new one.

use std::collections::HashMap;

use crate::block::Block;
use crate::pci::PciDevice;
use crate::record::Kind;

/// Number of a device in [`Devices`].
pub type DeviceId = u16;

/// Where an address lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The device, see [`Devices::get`].
    pub device: DeviceId,
    /// BAR 0–5, 6 the ROM; 0 for a device that has no BARs.
    pub bar: u8,
    /// Bytes from the start of the BAR or mapping; the address itself outside of every mapping.
    pub offset: u64,
}

/// A device that the trace names or maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// `00:02.0`, `mem:fed00000`, or [`UNMAPPED`].
    pub name: String,
    /// What PCIDEV says of it, from the last such line of its recording that names a driver.
    pub pci: Option<PciDevice>,
}

/// Name of the device that holds accesses outside of every BAR and mapping.
pub const UNMAPPED: &str = "unmapped";

impl Device {
    /// The driver's name, where PCIDEV gives one.
    pub fn driver(&self) -> Option<&str> {
        self.pci.as_ref()?.driver.as_deref()
    }

    /// Whether a user means this device by `name`: bus address with or without domain, driver, `mem:…`.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || name.strip_prefix("0000:") == Some(&self.name) || self.driver() == Some(name)
    }
}

/// A stretch of physical addresses that belongs to one BAR or mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Region {
    first: u64,
    last: u64,
    device: DeviceId,
    bar: u8,
    /// Address of offset 0, not above `first`.
    base: u64,
}

/// All devices of a trace, and the regions of each of its recordings.
#[derive(Clone, Debug, Default)]
pub struct Devices {
    devices: Vec<Device>,
    recordings: Vec<Recording>,
}

#[derive(Clone, Debug, Default)]
struct Recording {
    first_record: u64,
    /// Disjoint, by rising address.
    regions: Vec<Region>,
}

impl Devices {
    /// The device with number `id`.
    pub fn get(&self, id: DeviceId) -> &Device {
        &self.devices[usize::from(id)]
    }

    /// All devices, by number.
    pub fn iter(&self) -> impl Iterator<Item = (DeviceId, &Device)> {
        self.devices.iter().enumerate().map(|(i, d)| (i as DeviceId, d))
    }

    /// Number of the first record of each recording; one entry at least.
    pub fn recordings(&self) -> Vec<u64> {
        self.recordings.iter().map(|r| r.first_record).collect()
    }

    /// A resolver for records in rising order.
    pub fn resolver(&self) -> Resolver<'_> {
        Resolver { devices: self, recording: 0, hit: 0 }
    }

    /// The device that holds what no BAR and no mapping covers.
    fn unmapped(&self) -> DeviceId {
        (self.devices.len() - 1) as DeviceId
    }

    /// Address ranges of the devices that `wanted` chooses, both ends included.
    pub fn ranges(&self, wanted: impl Fn(DeviceId) -> bool) -> Vec<(u64, u64)> {
        let regions = self.recordings.iter().flat_map(|r| &r.regions);
        regions.filter(|r| wanted(r.device)).map(|r| (r.first, r.last)).collect()
    }
}

/// Resolves addresses of records that come in rising order.
#[derive(Clone, Debug)]
pub struct Resolver<'a> {
    devices: &'a Devices,
    recording: usize,
    hit: usize,
}

impl Resolver<'_> {
    /// Where `address` lies in the recording that record number `record` belongs to.
    #[inline]
    pub fn place(&mut self, record: u64, address: u64) -> Place {
        let recordings = &self.devices.recordings;
        while self.recording + 1 < recordings.len() && record >= recordings[self.recording + 1].first_record {
            self.recording += 1;
            self.hit = 0;
        }
        let regions = &recordings[self.recording].regions;
        if let Some(r) = regions.get(self.hit).filter(|r| r.first <= address && address <= r.last) {
            return Place { device: r.device, bar: r.bar, offset: address - r.base };
        }
        let i = regions.partition_point(|r| r.last < address);
        match regions.get(i).filter(|r| r.first <= address) {
            Some(r) => {
                self.hit = i;
                Place { device: r.device, bar: r.bar, offset: address - r.base }
            }
            None => Place { device: self.devices.unmapped(), bar: 0, offset: address },
        }
    }

    /// Which recording the last resolved record belongs to, from 0.
    pub fn recording(&self) -> usize {
        self.recording
    }
}

/// Most distinct ranges remembered for one recording; a hostile log cannot make it more.
const MAX_RANGES: usize = 1 << 16;
/// Most recordings told apart.
const MAX_RECORDINGS: usize = 1 << 16;
/// Most devices; the last number is for [`UNMAPPED`].
const MAX_DEVICES: usize = DeviceId::MAX as usize;

/// Collects PCIDEV and MAP records on a first pass over a trace.
#[derive(Clone, Debug)]
pub struct Collector {
    recordings: Vec<Found>,
}

#[derive(Clone, Debug, Default)]
struct Found {
    first_record: u64,
    pci: Vec<PciDevice>,
    /// First and last address of each distinct mapping.
    maps: Vec<(u64, u64)>,
    known: std::collections::HashSet<(u64, u64)>,
    in_use: bool,
}

impl Default for Collector {
    fn default() -> Self {
        Collector { recordings: vec![Found::default()] }
    }
}

impl Collector {
    /// Looks at a block whose first record has number `first_record`. Blocks come in order; left out
    /// may be those without PCIDEV, MAP and VERSION records that do not hold the first access behind one.
    pub fn feed(&mut self, first_record: u64, block: &Block) {
        for (row, &kind) in block.kind.iter().enumerate() {
            let text = || block.texts.get(row as u32).unwrap_or_default();
            let room = self.recordings.len() < MAX_RECORDINGS;
            let now = self.recordings.last_mut().expect("starts with one");
            match kind {
                Kind::VERSION if now.in_use && room => {
                    self.recordings
                        .push(Found { first_record: first_record + row as u64, ..Found::default() });
                }
                Kind::PCI_DEVICE => now.add_pci(text()),
                Kind::MAP => {
                    now.in_use = true;
                    now.add_map(block.address[row], block.map_range(row as u32).map_or(0, |r| r.length));
                }
                kind if kind.is_access() => now.in_use = true,
                _ => {}
            }
        }
    }

    /// The devices and regions found.
    pub fn finish(self) -> Devices {
        let mut devices = Devices::default();
        let mut by_name: HashMap<(String, Option<(u16, u16)>), DeviceId> = HashMap::new();
        for found in self.recordings {
            let regions = found.regions(|name, pci| {
                let key = (name, pci.map(|p| (p.vendor, p.device)));
                if let Some(&id) = by_name.get(&key) {
                    let known: &mut Device = &mut devices.devices[usize::from(id)];
                    if known.driver().is_none() && pci.is_some() {
                        known.pci = pci.cloned();
                    }
                    return Some(id);
                }
                if devices.devices.len() >= MAX_DEVICES {
                    return None;
                }
                let id = devices.devices.len() as DeviceId;
                devices.devices.push(Device { name: key.0.clone(), pci: pci.cloned() });
                by_name.insert(key, id);
                Some(id)
            });
            devices.recordings.push(Recording { first_record: found.first_record, regions });
        }
        devices.devices.push(Device { name: UNMAPPED.into(), pci: None });
        devices
    }
}

impl Found {
    fn add_pci(&mut self, text: &[u8]) {
        let Some(new) = PciDevice::parse(text) else { return };
        match self.pci.iter_mut().find(|old| (old.bus, old.devfn) == (new.bus, new.devfn)) {
            // The lines are printed again at each opening; a driver may have come or gone since.
            Some(old) => {
                if new.driver.is_some() || old.driver.is_none() {
                    *old = new;
                }
            }
            None => {
                if self.pci.len() < MAX_RANGES {
                    self.pci.push(new);
                }
            }
        }
    }

    fn add_map(&mut self, start: u64, length: u64) {
        let range = (start, start.saturating_add(length.saturating_sub(1)));
        if self.maps.len() < MAX_RANGES && self.known.insert(range) {
            self.maps.push(range);
        }
    }

    /// Disjoint regions: BARs first, then what mappings cover beside them.
    fn regions(&self, mut device: impl FnMut(String, Option<&PciDevice>) -> Option<DeviceId>) -> Vec<Region> {
        let mut regions: Vec<Region> = Vec::new();
        for pci in &self.pci {
            let Some(id) = device(pci.slot(), Some(pci)) else { continue };
            for (bar, b) in pci.bars.iter().enumerate() {
                if b.length != 0 && b.start != 0 && !b.is_io {
                    let last = b.start.saturating_add(b.length - 1);
                    regions.push(Region { first: b.start, last, device: id, bar: bar as u8, base: b.start });
                }
            }
        }
        regions.sort_by_key(|r| (r.first, r.last));
        let bars = disjoint(regions);
        let mut all = bars.clone();
        for (first, last) in merge(self.maps.iter().copied().filter(|&m| !inside(&bars, m)).collect()) {
            if let Some(id) = device(format!("mem:{first:x}"), None) {
                let whole = Region { first, last, device: id, bar: 0, base: first };
                all.extend(gaps(&bars, first, last).map(|(first, last)| Region { first, last, ..whole }));
            }
        }
        all.sort_by_key(|r| r.first);
        all
    }
}

/// Cuts regions sorted by start so that none overlaps the one before it.
fn disjoint(sorted: Vec<Region>) -> Vec<Region> {
    let mut out: Vec<Region> = Vec::with_capacity(sorted.len());
    for mut r in sorted {
        if let Some(before) = out.last() {
            if r.last <= before.last {
                continue;
            }
            r.first = r.first.max(before.last + 1);
        }
        out.push(r);
    }
    out
}

/// Whether `range` lies wholly inside one of `regions`.
fn inside(regions: &[Region], range: (u64, u64)) -> bool {
    let i = regions.partition_point(|r| r.last < range.0);
    regions.get(i).is_some_and(|r| r.first <= range.0 && range.1 <= r.last)
}

/// Joins ranges that overlap.
fn merge(mut ranges: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    ranges.sort_unstable();
    let mut out: Vec<(u64, u64)> = Vec::new();
    for (first, last) in ranges {
        match out.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => out.push((first, last)),
        }
    }
    out
}

/// The parts of `first..=last` that no region covers.
fn gaps(regions: &[Region], first: u64, last: u64) -> impl Iterator<Item = (u64, u64)> {
    let mut start = Some(first);
    let begin = regions.partition_point(|r| r.last < first);
    let over = regions[begin..].iter().take_while(move |r| r.first <= last).map(|r| Some((r.first, r.last)));
    over.chain([None]).filter_map(move |region| {
        let from = start?;
        let (gap, next) = match region {
            Some((f, l)) => {
                (f.checked_sub(1).filter(|&end| end >= from), l.checked_add(1).filter(|&n| n <= last))
            }
            None => (Some(last), None),
        };
        start = next;
        gap.map(|end| (from, end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Fields;

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
        format!("{} {} +{:#x}", devices.get(p.device).name, p.bar, p.offset)
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
}
