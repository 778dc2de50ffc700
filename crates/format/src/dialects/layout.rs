//! Where the regions of a log lie: what it names, and the addresses that it does not give.
//!
//! A region has offsets of its own (a BAR of a device, a peripheral), or the log gives physical addresses and says to
//! whom they belong. The first kind lies where the log or the user says, or else at a base that no machine has. Of the
//! second kind it is seen only which addresses were used; what lies between two of them belongs to the region too,
//! unless another one was seen there.

use std::collections::HashMap;
use std::sync::Arc;

use super::extents::{Extents, Grain, pieces};
use crate::container::{Recording, key};
use crate::named;
use crate::pci::{Bar, PciDevice, ROM, Slot};
use crate::places::Places;

/// Number of a region.
pub(crate) type RegionId = u32;

/// Most regions of a log.
const MAX_REGIONS: usize = 4096;
/// Where regions begin that lie nowhere: an address that is none on any machine. Each has 2^36 bytes.
const NOWHERE: u64 = 0x4d4d << 48;
const ROOM: u32 = 36;
/// Least bytes of a BAR of which no length is known: a page.
const PAGE: u64 = 4096;

/// A region.
#[derive(Debug)]
struct Region {
    name: String,
    /// The BAR that it is.
    bar: Option<(Slot, u8)>,
    at: At,
}

/// Where a region lies.
#[derive(Debug)]
enum At {
    /// Offsets count from here; the length where the log gives one, and the end of what was used.
    Base { base: u64, length: Option<u64>, used: u64 },
    /// Addresses are physical.
    Seen(Extents),
    /// Addresses are those of the log, and parts of it are devices of their own.
    Parts(Extents),
}

/// What is known of a PCI device beside its BARs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ids {
    pub(crate) vendor: u16,
    pub(crate) device: u16,
    pub(crate) subsystem: (u16, u16),
}

/// The regions of a log.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    regions: Vec<Region>,
    /// Regions by what the log calls them.
    known: HashMap<Box<[u8]>, RegionId>,
    ids: Vec<(Slot, Ids)>,
    places: Arc<Places>,
}

impl Layout {
    /// A layout of a log of which the user knows `places`.
    pub(crate) fn new(places: Arc<Places>) -> Layout {
        Layout { places, ..Layout::default() }
    }

    /// The physical address of a virtual one of the kernel, if the user knows mappings; nothing where none holds it.
    pub(crate) fn physical(&self, virt: u64) -> Option<Option<u64>> {
        (!self.places.virt.is_empty()).then(|| self.places.phys(virt))
    }

    /// The region that the log calls `name`, if it is known already.
    pub(crate) fn find(&self, name: &[u8]) -> Option<RegionId> {
        self.known.get(name).copied()
    }

    /// The name of a region.
    pub(crate) fn name(&self, id: RegionId) -> Option<&str> {
        self.regions.get(id as usize).map(|region| &*region.name)
    }

    /// A new region with offsets of its own, which the log calls `key`; nothing where there are too many.
    pub(crate) fn add(&mut self, key: &[u8], name: &str, bar: Option<(Slot, u8)>) -> Option<RegionId> {
        let known = match bar {
            Some((slot, bar)) => {
                self.known_bar(slot, bar).or_else(|| self.named(&String::from_utf8_lossy(key)))
            }
            None => self.named(name),
        };
        let (base, length) = known.unzip();
        let base = base.unwrap_or(NOWHERE | (self.regions.len() as u64) << ROOM);
        self.insert(key, Region { name: name.to_owned(), bar, at: At::Base { base, length, used: 0 } })
    }

    /// Start and length of the region that the user calls `name`.
    fn named(&self, name: &str) -> Option<(u64, u64)> {
        self.places.region_named(name).map(|region| (region.base, region.length))
    }

    /// The device at `slot`, where the user knows it.
    fn known(&self, slot: Slot) -> Option<&PciDevice> {
        let is_meant = |domain: &Option<u32>, device: &PciDevice| {
            let at = (device.bus, device.devfn) == (slot.bus, slot.devfn);
            at && domain.is_none_or(|domain| domain == slot.domain.unwrap_or(0))
        };
        self.places.pci.iter().find(|(domain, device)| is_meant(domain, device)).map(|(_, device)| device)
    }

    /// Start and length of a BAR of memory that the user knows.
    fn known_bar(&self, slot: Slot, bar: u8) -> Option<(u64, u64)> {
        let device = self.known(slot)?;
        let bar = device
            .bars
            .get(usize::from(bar))
            .filter(|bar| !bar.is_io && bar.start != 0 && bar.length != 0)?;
        Some((bar.start, bar.length))
    }

    /// A new region of physical addresses, which the log calls `key`.
    pub(crate) fn add_seen(&mut self, key: &[u8], name: &str) -> Option<RegionId> {
        self.insert(
            key,
            Region { name: name.to_owned(), bar: None, at: At::Seen(Extents::new(Grain::NAMED)) },
        )
    }

    /// New regions of addresses that the log gives, whose ends are not known: what is as near as `grain` says
    /// is one, and is called by `name` and its base.
    pub(crate) fn add_parts(&mut self, key: &[u8], name: &str, grain: Grain) -> Option<RegionId> {
        self.insert(key, Region { name: name.to_owned(), bar: None, at: At::Parts(Extents::new(grain)) })
    }

    fn insert(&mut self, key: &[u8], region: Region) -> Option<RegionId> {
        if self.regions.len() >= MAX_REGIONS {
            return None;
        }
        let id = self.regions.len() as RegionId;
        self.regions.push(region);
        self.known.insert(key.into(), id);
        Some(id)
    }

    /// The region begins at `base`; what was used of it lies where it lay.
    pub(crate) fn place(&mut self, id: RegionId, to: u64) {
        if let Some(Region { at: At::Base { base, used: 0, .. }, .. }) = self.regions.get_mut(id as usize)
            && *base >= NOWHERE
        {
            *base = to;
        }
    }

    /// The region has so many bytes.
    pub(crate) fn set_length(&mut self, id: RegionId, bytes: u64) {
        if let Some(Region { at: At::Base { length, .. }, .. }) = self.regions.get_mut(id as usize) {
            *length = Some(bytes).filter(|&bytes| bytes > 0);
        }
    }

    /// The ids of the device at `slot`.
    pub(crate) fn ids(&mut self, slot: Slot) -> Option<&mut Ids> {
        let at = match self.ids.iter().position(|(of, _)| *of == slot) {
            Some(at) => at,
            None if self.ids.len() >= MAX_REGIONS => return None,
            None => {
                self.ids.push((slot, Ids::default()));
                self.ids.len() - 1
            }
        };
        Some(&mut self.ids[at].1)
    }

    /// The number that accesses of the region have as their mapping.
    pub(crate) fn map_id(&self, id: RegionId) -> i32 {
        id as i32 + 1
    }

    /// The address of `width` bytes at `offset`, which are used now.
    pub(crate) fn reach(&mut self, id: RegionId, offset: u64, width: u8) -> Option<u64> {
        let Some(Region { at: At::Base { base, used, .. }, .. }) = self.regions.get_mut(id as usize) else {
            return None;
        };
        let end = offset.checked_add(u64::from(width))?;
        if *base >= NOWHERE && end > 1 << ROOM {
            return None;
        }
        let address = base.checked_add(offset)?;
        base.checked_add(end)?;
        *used = (*used).max(end).max(1);
        Some(address)
    }

    /// `width` bytes at `address` belong to the region.
    pub(crate) fn touch(&mut self, id: RegionId, address: u64, width: u8) {
        if let Some(Region { at: At::Seen(extents) | At::Parts(extents), .. }) =
            self.regions.get_mut(id as usize)
        {
            extents.add(address, address.saturating_add(u64::from(width.max(1)) - 1));
        }
    }

    /// Puts devices and regions that were used into what a container says of a recording.
    pub(crate) fn describe(&self, recording: &mut Recording) {
        let mut slots: Vec<Slot> = Vec::new();
        for region in &self.regions {
            match (region.bar, &region.at) {
                // What the user knows of a device is said already.
                (Some((slot, bar)), At::Base { used: 1.., .. }) if self.known_bar(slot, bar).is_some() => {}
                (Some((slot, _)), At::Base { used: 1.., .. }) if slots.contains(&slot) => {}
                (Some((slot, _)), At::Base { used: 1.., .. }) if self.known(slot).is_none() => {
                    slots.push(slot)
                }
                (_, &At::Base { base, length, used: used @ 1.. }) => {
                    push(recording, base, length.unwrap_or(0).max(used), &region.name);
                }
                _ => {}
            }
        }
        for slot in slots {
            recording.push(key::PCI_DEVICE, self.device(slot));
        }
        let seen = self.regions.iter().filter_map(|region| match &region.at {
            At::Seen(extents) => Some(((&*region.name, false), extents)),
            At::Parts(extents) => Some(((&*region.name, true), extents)),
            At::Base { .. } => None,
        });
        let known = |address| self.places.region_at(address).is_some();
        for (base, length, (name, is_part)) in pieces(seen, known) {
            match is_part {
                true => push(recording, base, length, &format!("{name}:{base:x}")),
                false => push(recording, base, length, name),
            }
        }
    }

    /// Bytes from `base` to the next region that lies above.
    fn room_above(&self, base: u64) -> u64 {
        let bases = self.regions.iter().filter_map(|region| match region.at {
            At::Base { base: other, used: 1.., .. } if other > base => Some(other - base),
            _ => None,
        });
        bases.min().unwrap_or(u64::MAX)
    }

    /// The device at `slot` as a value of [`key::PCI_DEVICE`].
    fn device(&self, slot: Slot) -> String {
        let mut bars = [Bar::default(); ROM + 1];
        for region in &self.regions {
            if let (Some((of, bar)), &At::Base { base, length, used: used @ 1.. }) = (region.bar, &region.at)
                && of == slot
                && let Some(bar) = bars.get_mut(usize::from(bar))
            {
                let guess = used.max(PAGE).checked_next_power_of_two().unwrap_or(used);
                let guess = guess.min(self.room_above(base)).max(used);
                bar.start = base;
                bar.length = length.map_or(guess, |length| length.max(used));
            }
        }
        let ids = self.ids.iter().find(|(of, _)| *of == slot).map(|(_, ids)| *ids).unwrap_or_default();
        let (bus, devfn, vendor, device) = (slot.bus, slot.devfn, ids.vendor, ids.device);
        let device = PciDevice { bus, devfn, vendor, device, irq: 0, bars, driver: None };
        device.recorded(slot.domain, ids.subsystem)
    }
}

/// Adds a value of [`key::REGION`].
fn push(recording: &mut Recording, base: u64, length: u64, name: &str) {
    recording.push(key::REGION, named::recorded(base, length, name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_called_by_their_bases() {
        let mut layout = Layout::default();
        let pages = layout.add_parts(b"virt", "virt", Grain::PAGES).unwrap();
        for address in [0xffff_8000_0098_0004, 0xffff_8000_0098_1000, 0xffff_8000_0098_3000] {
            layout.touch(pages, address, 4);
        }
        let mut recording = Recording::default();
        layout.describe(&mut recording);
        let regions: Vec<&[u8]> = recording.entries.iter().map(|(_, value)| &value[..]).collect();
        let expected: [&[u8]; 2] =
            [b"ffff800000980000 1004 virt:ffff800000980000", b"ffff800000983000 4 virt:ffff800000983000"];
        assert_eq!(regions, expected);
    }
}
