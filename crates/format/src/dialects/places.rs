//! The places that this suite's own exports name: regions of a layout again.
//!
//! An export has a device's name, BAR and offset beside each address. So a BAR begins at the address less the offset, and
//! what has no address on PCI is a region with the device's name.

use std::collections::{HashMap, HashSet};

use super::Sink;
use super::layout::{Ids, RegionId};
use crate::devices::UNMAPPED;
use crate::pci::{PciDevice, Slot};

/// Most devices that are remembered for their records.
const MAX_DEVICES: usize = 4096;

/// A place as an export has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named<'a> {
    pub(super) device: &'a str,
    pub(super) bar: u8,
    pub(super) offset: u64,
}

/// Follows the places of accesses.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The device, BAR and base of the access before, and its region.
    recent: Option<(String, u8, u64, Option<RegionId>)>,
    /// Devices that a MAP record makes.
    mapped: HashSet<Box<str>>,
    /// Ids by bus, device and function, as PCIDEV records give them.
    listed: HashMap<(u8, u8), Ids>,
}

impl Places {
    /// `width` bytes at `address` lie at this place.
    pub(super) fn access(&mut self, place: Named<'_>, address: u64, width: u8, to: &mut Sink) {
        let Named { device, bar, offset } = place;
        let Some(base) = address.checked_sub(offset) else { return };
        let region = match &self.recent {
            Some((name, number, at, region)) if (&**name, *number, *at) == (device, bar, base) => *region,
            _ => {
                let region = self.region(device, bar, base, to);
                self.recent = Some((device.to_owned(), bar, base, region));
                region
            }
        };
        // Only that these bytes are used is noted: the address is known.
        let _ = region.and_then(|region| to.layout.reach(region, offset, width));
    }

    /// A MAP record makes this device.
    pub(super) fn mapped(&mut self, device: &str) {
        if self.mapped.len() < MAX_DEVICES && !self.mapped.contains(device) {
            self.mapped.insert(device.into());
            self.recent = None;
        }
    }

    /// A PCIDEV record names this device.
    pub(super) fn listed(&mut self, device: &PciDevice) {
        if self.listed.len() < MAX_DEVICES {
            let ids = Ids { vendor: device.vendor, device: device.device, ..Ids::default() };
            self.listed.insert((device.bus, device.devfn), ids);
        }
    }

    /// The region of a BAR; none for what has no name of its own, and for what a MAP record makes.
    fn region(&self, device: &str, bar: u8, base: u64, to: &mut Sink) -> Option<RegionId> {
        if device.is_empty()
            || device == UNMAPPED
            || device.starts_with("map:")
            || self.mapped.contains(device)
        {
            return None;
        }
        let key = format!("{base:x} {bar} {device}");
        if let Some(known) = to.layout.find(key.as_bytes()) {
            return Some(known);
        }
        let slot = Slot::parse(device);
        let name = if bar == 0 { device.to_owned() } else { format!("{device} BAR {bar}") };
        let region = to.layout.add(key.as_bytes(), &name, slot.map(|slot| (slot, bar)))?;
        to.layout.place(region, base);
        if let Some(slot) = slot
            && let Some(listed) = self.listed.get(&(slot.bus, slot.devfn))
            && let Some(ids) = to.layout.ids(slot)
        {
            *ids = *listed;
        }
        Some(region)
    }
}
