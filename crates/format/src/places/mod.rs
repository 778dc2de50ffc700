//! Files beside a trace that say where devices lie.
//!
//! A log of another tracer often has no PCIDEV lines, names a device instead of an address, or has the kernel's virtual
//! addresses. What it lacks stands in files that are saved with it: the machine's PCI devices, QEMU's memory map, the
//! kernel's list of mappings. [`Places`] reads them, and answers.
//!
//! The files are other programs' output for people, often pasted or saved from a terminal, so lines that are not
//! understood are passed over. A file of which nothing was understood is an error.

mod error;
mod info_pci;
mod kept;
mod lines;
mod lspci;
mod mtree;
mod number;
mod overlay;
mod pci;
mod recorded;
mod region;
#[cfg(test)]
mod tests;
mod vmallocinfo;

use std::cmp::Reverse;
use std::sync::OnceLock;

pub use error::PlacesError;

use crate::pci::PciDevice;
use kept::Kept;
use overlay::Overlay;

/// Most entries of each kind that are kept; a hostile file cannot make it more.
pub const MAX_ENTRIES: usize = 1 << 16;

/// Places of devices, as files beside a trace tell them.
///
/// Entries are added by the functions; the lookups do not find what is pushed into the lists directly.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The PCI devices, with their domains where the file tells them.
    pub pci: Vec<(Option<u32>, PciDevice)>,
    /// Ranges of physical addresses that have names, in the order in which they were added.
    pub regions: Vec<NamedRegion>,
    /// Mappings of the kernel, in the order in which they were added.
    pub virt: Vec<VirtRange>,
    /// Number of entries that were not kept, as there were [`MAX_ENTRIES`] of their kind.
    pub left_out: u64,
    lookup: Lookup,
}

/// A range of physical addresses with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRegion {
    /// The name; several regions may have the same.
    pub name: String,
    /// First address.
    pub base: u64,
    /// Length in bytes, at least 1. The last address is not above the highest of 64 bits.
    pub length: u64,
}

/// A range of virtual addresses of the kernel, and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VirtRange {
    /// First virtual address.
    pub virt: u64,
    /// Length in bytes, at least 1.
    pub length: u64,
    /// Physical address of the first byte.
    pub phys: u64,
}

/// What the lookups search, made at the first one after an entry was added.
#[derive(Clone, Debug, Default)]
struct Lookup {
    virt: OnceLock<Overlay>,
    regions: OnceLock<Overlay>,
    /// Places in the list of regions, by name and then in order.
    names: OnceLock<Vec<usize>>,
}

impl Places {
    /// The physical address of a virtual one of the kernel. Of mappings that overlap the one added last counts, as the
    /// kernel uses addresses again.
    pub fn phys(&self, virt: u64) -> Option<u64> {
        let overlay = self.lookup.virt.get_or_init(|| {
            Overlay::new(self.virt.iter().enumerate().map(|(i, v)| (i, v.virt, v.length)).collect())
        });
        let range = self.virt.get(overlay.find(virt)?)?;
        range.phys.checked_add(virt.checked_sub(range.virt)?)
    }

    /// The first region that was added with this name.
    pub fn region_named(&self, name: &str) -> Option<&NamedRegion> {
        let name_of = |place: usize| self.regions.get(place).map(|region| region.name.as_str());
        let names = self.lookup.names.get_or_init(|| {
            let mut places: Vec<usize> = (0..self.regions.len()).collect();
            places.sort_by_key(|&place| name_of(place));
            places
        });
        let place = *names.get(names.partition_point(|&place| name_of(place) < Some(name)))?;
        self.regions.get(place).filter(|region| region.name == name)
    }

    /// The region that holds a physical address. Of regions that overlap the shortest counts, as it lies in the others;
    /// of equally long ones the one added last.
    pub fn region_at(&self, address: u64) -> Option<&NamedRegion> {
        let overlay = self.lookup.regions.get_or_init(|| {
            let mut ranges: Vec<_> =
                self.regions.iter().enumerate().map(|(i, r)| (i, r.base, r.length)).collect();
            ranges.sort_by_key(|&(_, _, length)| Reverse(length));
            Overlay::new(ranges)
        });
        self.regions.get(overlay.find(address)?)
    }

    fn keep_pci(&mut self, devices: Kept<(Option<u32>, PciDevice)>) -> usize {
        devices.move_to(&mut self.pci, &mut self.left_out)
    }

    fn keep_regions(&mut self, regions: Kept<NamedRegion>) -> usize {
        (self.lookup.regions, self.lookup.names) = Default::default();
        regions.move_to(&mut self.regions, &mut self.left_out)
    }

    fn keep_virt(&mut self, ranges: Kept<VirtRange>) -> usize {
        self.lookup.virt = OnceLock::new();
        ranges.move_to(&mut self.virt, &mut self.left_out)
    }
}

/// Whether `length` bytes from `base` are at least one and end within 64 bits.
fn is_range(base: u64, length: u64) -> bool {
    length.checked_sub(1).is_some_and(|more| base.checked_add(more).is_some())
}
