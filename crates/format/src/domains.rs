//! PCI domains, which PCIDEV lines do not tell.
//!
//! The kernel lists the devices of one domain after those of another (`for_each_pci_dev`), each with bus, device and
//! function alone. So an address that comes again in one list is of another domain, unless the whole of what comes
//! again is the same: then the list was printed twice. A recording's own data may have the numbers of the domains.

use std::collections::HashMap;

use crate::pci::PciDevice;

/// Most devices remembered for one recording; a hostile log cannot make it more.
const MAX_LISTED: usize = 1 << 16;
/// The number of a device that is in the list once more.
const GONE: u16 = u16::MAX;

/// A device of a list.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) device: PciDevice,
    /// Its domain, where the recording's own data has it.
    pub(crate) domain: Option<u32>,
    /// The number of its domain in the list, from 0.
    pub(crate) number: u16,
}

/// The lists of a recording. They are printed again at each opening of the tracer's file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listings {
    devices: Vec<Listed>,
    /// Places in `devices` by number of the domain and address.
    places: HashMap<(u16, u8, u8), usize>,
    /// Of the list at hand: places in `devices` of the present domain, in order, and the number of that domain.
    present: Vec<usize>,
    number: u16,
}

impl Listings {
    /// Whether there is not any device.
    pub(crate) fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }

    /// What comes next is another list.
    pub(crate) fn end_listing(&mut self) {
        self.present.clear();
        self.number = 0;
    }

    /// The next line of a list.
    pub(crate) fn add(&mut self, device: PciDevice) {
        if self.devices.len() >= MAX_LISTED {
            return;
        }
        let key = (self.number, device.bus, device.devfn);
        let again = self.places.get(&key).copied();
        if again.is_some_and(|place| self.present.contains(&place)) && self.number + 1 < GONE {
            self.next_domain(address_of(&device));
        }
        let key = (self.number, device.bus, device.devfn);
        match self.places.get(&key) {
            Some(&place) => self.see_again(place, device),
            None => {
                self.places.insert(key, self.devices.len());
                self.present.push(self.devices.len());
                self.devices.push(Listed { device, domain: None, number: self.number });
            }
        }
    }

    /// A domain begins with the device at `next`, or with the last one before it whose address is lower than that of
    /// the device before.
    fn next_domain(&mut self, next: (u8, u8)) {
        let addresses: Vec<(u8, u8)> =
            self.present.iter().map(|&place| address_of(&self.devices[place].device)).collect();
        let mut first = addresses.len();
        if addresses.last().is_some_and(|&last| last < next) {
            let falls = |i: &usize| addresses[*i] < addresses[*i - 1];
            first = (1..addresses.len()).rev().find(falls).unwrap_or(first);
        }
        let moved = self.present.split_off(first);
        let before = self.number;
        self.number += 1;
        self.present = Vec::new();
        for place in moved {
            let (bus, devfn) = address_of(&self.devices[place].device);
            self.places.remove(&(before, bus, devfn));
            match self.places.get(&(self.number, bus, devfn)) {
                Some(&known) => {
                    let listed = &mut self.devices[place];
                    listed.number = GONE;
                    let device = listed.device.clone();
                    self.see_again(known, device);
                }
                None => {
                    self.places.insert((self.number, bus, devfn), place);
                    self.devices[place].number = self.number;
                    self.present.push(place);
                }
            }
        }
    }

    /// The lines are printed again at each opening; a driver may have come or gone since.
    fn see_again(&mut self, place: usize, device: PciDevice) {
        let old = &mut self.devices[place].device;
        if device.driver.is_some() || old.driver.is_none() {
            *old = device;
        }
        self.present.push(place);
    }

    /// The devices, each once, with the domains that `recorded` gives.
    pub(crate) fn finish(self, recorded: &[(u32, PciDevice)]) -> Vec<Listed> {
        let mut devices = self.devices;
        devices.retain(|listed| listed.number != GONE);
        let mut devices = without_repeats(devices);
        let mut left: HashMap<Identity, Vec<&(u32, PciDevice)>> = HashMap::new();
        for entry in recorded.iter().rev() {
            left.entry(identity(&entry.1)).or_default().push(entry);
        }
        for listed in &mut devices {
            let Some(left) = left.get_mut(&identity(&listed.device)) else { continue };
            let same = left.iter().rposition(|(_, d)| d.bars == listed.device.bars);
            let alone = (left.len() == 1).then_some(0);
            listed.domain = same.or(alone).map(|i| left.remove(i).0);
        }
        devices
    }
}

fn address_of(device: &PciDevice) -> (u8, u8) {
    (device.bus, device.devfn)
}

/// Bus, device and function, vendor and device id.
type Identity = (u8, u8, u16, u16);

fn identity(device: &PciDevice) -> Identity {
    (device.bus, device.devfn, device.vendor, device.device)
}

/// Leaves out what was printed twice in one list: a domain of which every device with a BAR has a twin with the same
/// addresses in an earlier one.
fn without_repeats(devices: Vec<Listed>) -> Vec<Listed> {
    let most = devices.iter().map(|l| l.number).max().unwrap_or(0);
    if most == 0 {
        return devices;
    }
    let has_bars = |d: &PciDevice| d.bars.iter().any(|b| b.length != 0);
    let mut first: HashMap<_, u16> = HashMap::new();
    for listed in devices.iter().filter(|l| has_bars(&l.device)) {
        let number = first.entry((identity(&listed.device), listed.device.bars)).or_insert(listed.number);
        *number = (*number).min(listed.number);
    }
    let mut own = vec![false; usize::from(most) + 1];
    own[0] = true;
    for listed in devices.iter().filter(|l| has_bars(&l.device)) {
        let known = first.get(&(identity(&listed.device), listed.device.bars));
        own[usize::from(listed.number)] |= known == Some(&listed.number);
    }
    devices.into_iter().filter(|l| own[usize::from(l.number)]).collect()
}
