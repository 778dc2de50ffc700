//! The first pass over a trace: its devices and what is mapped.

use std::collections::{HashMap, HashSet};

use crate::block::Block;
use crate::container::{self, key};
use crate::devices::{Device, Devices, Recording};
use crate::domains::{Listed, Listings, Recorded};
use crate::named::{self, Named};
use crate::pci::PciDevice;
use crate::record::Kind;
use crate::regions::{Region, regions};
use crate::space::DeviceId;

/// Most distinct mappings remembered for one recording; a hostile log cannot make it more.
const MAX_MAPPINGS: usize = 1 << 16;
/// Most mappings remembered for all recordings.
const MAX_ALL_MAPPINGS: usize = 1 << 20;
/// Most devices remembered for all recordings: those that are listed, and those that the recordings' own data names.
const MAX_ALL_DEVICES: usize = 1 << 18;
/// Most recordings that are kept apart.
const MAX_RECORDINGS: usize = 1 << 16;

/// A collector of PCIDEV and MAP records.
#[derive(Clone, Debug)]
pub(crate) struct Collector {
    recordings: Vec<Found>,
    /// The PCI devices that each recording's own data names, with their domains.
    recorded: Vec<Recorded>,
    /// The named ranges of addresses that each recording's own data has.
    named: Vec<Vec<Named>>,
    /// How much more may be remembered.
    room: Room,
}

/// How much more a collector may remember of all recordings: of each kind of thing.
#[derive(Clone, Debug)]
struct Room {
    mappings: usize,
    listed: usize,
    recorded: usize,
}

/// The findings about a recording.
#[derive(Clone, Debug, Default)]
struct Found {
    first_record: u64,
    /// Its place in [`Collector::recorded`], from 1; 0 for none.
    recorded: usize,
    pci: Listings,
    /// First and last address of each distinct mapping.
    maps: Vec<(u64, u64)>,
    /// The mappings in `maps`, to be looked up while the recording goes on.
    known: HashSet<(u64, u64)>,
    /// Whether it has a MAP record.
    has_maps: bool,
    in_use: bool,
}

impl Default for Collector {
    fn default() -> Self {
        let room = Room { mappings: MAX_ALL_MAPPINGS, listed: MAX_ALL_DEVICES, recorded: MAX_ALL_DEVICES };
        Collector { recordings: vec![Found::default()], recorded: Vec::new(), named: Vec::new(), room }
    }
}

impl Collector {
    /// Looks at a recording's own data, which stands before its blocks or continues what stood there.
    pub(crate) fn recording(&mut self, recording: &container::Recording) {
        let entries = recording.entries.iter().filter(|(name, _)| name == key::PCI_DEVICE);
        let devices = entries.filter_map(|(_, value)| recorded(value));
        let number = recording.number as usize;
        if number >= self.recorded.len() && number < MAX_RECORDINGS {
            self.recorded.resize_with(number + 1, Recorded::default);
            self.named.resize_with(number + 1, Vec::new);
        }
        if let Some(of_this) = self.named.get_mut(number) {
            let entries = recording.entries.iter().filter(|(name, _)| name == key::REGION);
            let all = entries.filter_map(|(_, value)| Named::parse(value));
            of_this.extend(all.take(MAX_MAPPINGS.saturating_sub(of_this.len()).min(self.room.mappings)));
            self.room.mappings = self.room.mappings.saturating_sub(of_this.len());
        }
        if let Some(of_this) = self.recorded.get_mut(number) {
            devices.for_each(|(domain, device)| of_this.add(domain, device, &mut self.room.recorded));
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
                    now.known = HashSet::new();
                    self.recordings.push(Found { first_record, recorded, ..Found::default() });
                }
                Kind::VERSION => now.pci.end_listing(),
                Kind::PCI_DEVICE => {
                    if let Some(device) = PciDevice::parse(text()).filter(|_| self.room.listed > 0) {
                        let before = now.pci.len();
                        now.pci.add(device);
                        self.room.listed -= now.pci.len() - before;
                    }
                }
                Kind::MAP => {
                    now.begin();
                    now.has_maps = true;
                    let length = block.map_range(row as u32).map_or(0, |r| r.length);
                    now.add_map(block.address[row], length, &mut self.room.mappings);
                }
                kind if kind.is_access() => now.begin(),
                _ => {}
            }
        }
    }

    /// The devices and regions found. A recording that lists no devices has those that its own data names.
    pub(crate) fn finish(mut self) -> Devices {
        let mut known = Known::default();
        let (none, room) = (Recorded::default(), &mut self.room.listed);
        let recordings = self.recordings.into_iter().map(|mut found| {
            let recorded =
                found.recorded.checked_sub(1).and_then(|at| self.recorded.get(at)).unwrap_or(&none);
            if found.pci.is_empty() {
                recorded.devices().take(*room).for_each(|device| found.pci.add(device.clone()));
                *room -= found.pci.len();
            }
            let listed = std::mem::take(&mut found.pci).finish(recorded);
            let named = found.recorded.checked_sub(1).and_then(|at| self.named.get(at));
            let named = named.map_or(&[][..], Vec::as_slice);
            found.maps.extend(named.iter().map(Named::range));
            let regions = known.regions(&listed, &found.maps);
            named::give(&mut known.devices, &regions, named);
            let has_maps = found.has_maps || !named.is_empty();
            Recording { first_record: found.first_record, regions, has_maps }
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

    fn add_map(&mut self, start: u64, length: u64, room: &mut usize) {
        let range = (start, start.saturating_add(length.saturating_sub(1)));
        if *room > 0 && self.maps.len() < MAX_MAPPINGS && self.known.insert(range) {
            *room -= 1;
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
            let device =
                || Device { name: format!("mem:{start:x}"), slot: None, pci: None, regions: Vec::new() };
            self.number(Identity::Mapping(start), device)
        })
    }

    fn pci(&mut self, listed: &Listed) -> Option<DeviceId> {
        let Listed { device: pci, domain, number } = listed;
        let slot = pci.slot().in_domain(*domain);
        let domain = (domain.unwrap_or(0), if domain.is_some() { 0 } else { *number });
        let identity = Identity::Pci { domain, at: (pci.bus, pci.devfn), id: (pci.vendor, pci.device) };
        let device = || Device {
            name: slot.to_string(),
            slot: Some(slot),
            pci: Some(pci.clone()),
            regions: Vec::new(),
        };
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
        if self.devices.len() >= Devices::MOST {
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
mod tests;
