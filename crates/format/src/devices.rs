//! From a physical address to device, BAR and offset: the one place that knows.
//!
//! PCI devices and their BARs come from PCIDEV records, everything else from MAP records: a mapping
//! inside no BAR (HPET, TPM, I/O APIC, ACPI) is a device of its own, `mem:<start>`; overlapping and
//! repeated ones are one device, named by the lowest start. A recording without MAP records is parted by the tracer's
//! numbers of mappings, `map:<number>`. So a trace is looked through for both
//! kinds of record before its first access is resolved. Each recording of a trace has its own
//! addresses; a VERSION record after an access or mapping begins a new one.

use std::sync::Arc;

use crate::pci::{PciDevice, Slot};
use crate::regions::{Region, inside};
use crate::space::{DeviceId, Place, Space};

/// A device that the trace names or maps.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Device {
    /// A name that no other device of the trace has: `00:02.0`, with its domain where that is known and not 0,
    /// `mem:fed00000`, what the log calls its first region, `map:2`, or [`UNMAPPED`]. Where several devices have one address, in domains that the trace does not name
    /// or in different recordings, they are numbered: `00:02.0#1`, `00:02.0#2`.
    pub name: String,
    /// The address of a PCI device.
    pub slot: Option<Slot>,
    /// What PCIDEV says of it, from the last such line of its recording that names a driver.
    pub pci: Option<PciDevice>,
    /// What the log that was read calls its regions.
    pub regions: Vec<String>,
}

/// Name of the device that holds accesses outside of every BAR and mapping.
pub const UNMAPPED: &str = "unmapped";

impl Device {
    /// The driver's name, where PCIDEV gives one.
    pub fn driver(&self) -> Option<&str> {
        self.pci.as_ref()?.driver.as_deref()
    }

    /// Whether a user means this device by `name`: its own name, its bus address with or without domain, its driver, or the
    /// name of one of its regions.
    pub fn is_called(&self, name: &str) -> bool {
        let at = || self.slot.is_some_and(|slot| slot.is_called(name));
        let region = || self.regions.iter().any(|region| region == name);
        self.name == name || at() || self.driver() == Some(name) || region()
    }
}

/// All devices of a trace, and the regions of each of its recordings.
///
/// Clones share one list, so a clone costs nothing and stays when the trace is read on.
#[derive(Clone, Debug)]
pub struct Devices {
    /// The last one is [`UNMAPPED`].
    devices: Arc<[Device]>,
    /// One at least.
    recordings: Arc<[Recording]>,
}

/// The devices of a trace that names and maps none: all its accesses are [`UNMAPPED`].
impl Default for Devices {
    fn default() -> Devices {
        Devices::new(Vec::new(), vec![Recording::default()])
    }
}

/// The regions of a recording.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    pub(crate) first_record: u64,
    /// Disjoint, by rising address.
    pub(crate) regions: Vec<Region>,
    /// Whether it has a MAP record.
    pub(crate) has_maps: bool,
}

impl Devices {
    /// Most devices; the last number is for what is not mapped.
    pub(crate) const MOST: usize = u16::MAX as usize;

    /// `devices` by number, and after them the one for what is not mapped; at least one recording.
    pub(crate) fn new(mut devices: Vec<Device>, recordings: Vec<Recording>) -> Devices {
        devices.push(Device { name: UNMAPPED.into(), slot: None, pci: None, regions: Vec::new() });
        Devices { devices: devices.into(), recordings: recordings.into() }
    }

    /// The device with number `id`.
    ///
    /// # Panics
    /// Where `id` is the number of a device of another trace, which has more of them.
    pub fn get(&self, id: DeviceId) -> &Device {
        &self.devices[id.index()]
    }

    /// All devices, by number; the last one is [`UNMAPPED`].
    pub fn iter(&self) -> impl Iterator<Item = (DeviceId, &Device)> {
        self.devices.iter().enumerate().map(|(i, d)| (DeviceId::new(i as u16), d))
    }

    /// The devices that a user means by `name`.
    pub fn called(&self, name: &str) -> Vec<DeviceId> {
        self.iter().filter(|(_, device)| device.is_called(name)).map(|(id, _)| id).collect()
    }

    /// Number of the first record of each recording; one entry at least.
    pub fn recordings(&self) -> Vec<u64> {
        self.recordings.iter().map(|r| r.first_record).collect()
    }

    /// Each recording with its regions.
    pub(crate) fn regions(&self) -> &[Recording] {
        &self.recordings
    }

    /// Whether the recording with this number has a MAP record.
    pub(crate) fn has_maps(&self, recording: usize) -> bool {
        self.recordings[recording].has_maps
    }

    /// Whether the records from `first` to `last` belong to one recording, of which one region holds all these addresses.
    pub(crate) fn hold(&self, first: u64, last: u64, addresses: (u64, u64)) -> bool {
        let end = self.recordings.partition_point(|r| r.first_record <= first);
        let Some(recording) = end.checked_sub(1).map(|at| &self.recordings[at]) else { return false };
        self.recordings.get(end).is_none_or(|next| next.first_record > last)
            && inside(&recording.regions, addresses)
    }

    /// Whether one of the records from `first` to `last` belongs to a recording without MAP records.
    pub(crate) fn lacks_maps(&self, first: u64, last: u64) -> bool {
        let begin = self.recordings.partition_point(|r| r.first_record <= first).saturating_sub(1);
        let mut those = self.recordings[begin..].iter().take_while(|r| r.first_record <= last);
        those.any(|r| !r.has_maps)
    }

    /// A resolver for records in rising order.
    pub fn resolver(&self) -> Resolver<'_> {
        Resolver { devices: self, recording: 0, hit: 0 }
    }

    /// The device that holds what no BAR and no mapping covers.
    pub fn unmapped(&self) -> DeviceId {
        DeviceId::new((self.devices.len() - 1) as u16)
    }

    /// Address ranges of the devices that `wanted` chooses, both ends included.
    pub fn ranges(&self, wanted: impl Fn(DeviceId) -> bool) -> Vec<(u64, u64)> {
        let regions = self.recordings.iter().flat_map(|r| &r.regions);
        regions.filter(|r| wanted(r.device)).map(|r| (r.first, r.last)).collect()
    }
}

/// A guide from the addresses of records, which come in rising order, to their places.
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
            return r.place(address);
        }
        let i = regions.partition_point(|r| r.last < address);
        match regions.get(i).filter(|r| r.first <= address) {
            Some(r) => {
                self.hit = i;
                r.place(address)
            }
            None => Place { device: self.devices.unmapped(), space: Space::Bar(0), offset: address },
        }
    }

    /// Which recording the last resolved record belongs to, from 0.
    pub fn recording(&self) -> usize {
        self.recording
    }
}
