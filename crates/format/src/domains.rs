//! PCI domains, which PCIDEV lines leave out.
//!
//! The kernel lists the devices of one domain after those of another (`for_each_pci_dev`), each with bus, device and
//! function alone. So an address that comes again in one list is of another domain, unless the whole of what comes
//! again is the same: then the list was printed twice. A recording's own data may have the numbers of the domains.

use std::collections::{HashMap, HashSet};

use crate::pci::{Bar, PciDevice};

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
    /// The number of the domain among all of all lists, and for each device that in which it was listed last: so a
    /// look into `present` takes no search.
    span: u64,
    spans: Vec<u64>,
}

impl Listings {
    /// Whether no device was listed.
    pub(crate) fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }

    /// Ends the list at hand: what comes next is another one.
    pub(crate) fn end_listing(&mut self) {
        if !self.present.is_empty() {
            self.present.clear();
            self.span += 1;
        }
        self.number = 0;
    }

    /// How many devices are remembered.
    pub(crate) fn len(&self) -> usize {
        self.devices.len()
    }

    /// Adds the device in the next line of a list.
    pub(crate) fn add(&mut self, device: PciDevice) {
        if self.devices.len() >= MAX_LISTED {
            return;
        }
        let key = (self.number, device.bus, device.devfn);
        let again = self.places.get(&key).copied();
        if again.is_some_and(|place| self.spans[place] == self.span) && self.number + 1 < GONE {
            self.next_domain(address_of(&device));
        }
        let key = (self.number, device.bus, device.devfn);
        match self.places.get(&key) {
            Some(&place) => self.see_again(place, device),
            None => {
                self.places.insert(key, self.devices.len());
                self.present.push(self.devices.len());
                self.spans.push(self.span);
                self.devices.push(Listed { device, domain: None, number: self.number });
            }
        }
    }

    /// Begins a domain with the device at `next`, or with the last one before it whose address is lower than that of
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
        self.span += 1;
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
                    self.list(place);
                }
            }
        }
    }

    /// Takes over what a line says of a known device. The lines are printed again at each opening of the tracer's file;
    /// a driver may have come or gone since.
    fn see_again(&mut self, place: usize, device: PciDevice) {
        let old = &mut self.devices[place].device;
        if device.driver.is_some() || old.driver.is_none() {
            *old = device;
        }
        self.list(place);
    }

    /// Notes that the device at `place` is of the present domain, once.
    fn list(&mut self, place: usize) {
        if self.spans[place] != self.span {
            self.spans[place] = self.span;
            self.present.push(place);
        }
    }

    /// The devices, each once, with the domains that `recorded` gives, and the drivers that the list lacks: it is printed
    /// before a driver comes.
    pub(crate) fn finish(self, recorded: &Recorded) -> Vec<Listed> {
        let mut devices = self.devices;
        devices.retain(|listed| listed.number != GONE);
        let mut devices = without_repeats(devices);
        let mut named: HashMap<Identity, Named<'_>> = HashMap::new();
        // The last ones first, so that the first one is on top of those that are alike.
        for (domain, device) in recorded.devices.iter().rev() {
            named.entry(identity(device)).or_default().push(*domain, device);
        }
        for listed in &mut devices {
            let named = named.get_mut(&identity(&listed.device));
            let Some((domain, device)) = named.and_then(|named| named.take(&listed.device)) else { continue };
            listed.domain = Some(domain).filter(|_| recorded.knows_domains());
            if listed.device.driver.is_none() {
                listed.device.driver.clone_from(&device.driver);
            }
        }
        devices
    }
}

/// The devices that a recording's own data names, with their domains.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    devices: Vec<(u32, PciDevice)>,
    /// Places in `devices` of what makes a device the same at the start and at the end of a recording.
    places: HashMap<(u32, Identity, [Bar; 7]), usize>,
    /// Addresses in one domain.
    addresses: HashSet<(u32, u8, u8)>,
    /// Whether two devices have one address in one domain.
    is_ambiguous: bool,
    /// Whether there is a domain but 0.
    has_domains: bool,
}

impl Recorded {
    /// Adds a device, if there is `room` for one more. One that is named again has a driver by now.
    pub(crate) fn add(&mut self, domain: u32, device: PciDevice, room: &mut usize) {
        let key = (domain, identity(&device), device.bars);
        if let Some(&place) = self.places.get(&key) {
            let known = &mut self.devices[place].1.driver;
            *known = device.driver.or_else(|| known.take());
        } else if *room > 0 {
            *room -= 1;
            self.has_domains |= domain != 0;
            self.is_ambiguous |= !self.addresses.insert((domain, device.bus, device.devfn));
            self.places.insert(key, self.devices.len());
            self.devices.push((domain, device));
        }
    }

    /// The devices in order.
    pub(crate) fn devices(&self) -> impl Iterator<Item = &PciDevice> {
        self.devices.iter().map(|(_, device)| device)
    }

    /// Whether the domains are those of the machine: a list that was saved elsewhere does not have them, and all its
    /// devices are said to be in domain 0.
    fn knows_domains(&self) -> bool {
        self.has_domains || !self.is_ambiguous
    }
}

fn address_of(device: &PciDevice) -> (u8, u8) {
    (device.bus, device.devfn)
}

/// What a recording's own data says of the devices of one [`Identity`].
#[derive(Default)]
struct Named<'a> {
    devices: Vec<(u32, &'a PciDevice)>,
    /// Places in `devices` by the BARs of the device, the first of a recording last.
    by_bars: HashMap<[Bar; 7], Vec<usize>>,
    taken: Vec<bool>,
    left: usize,
}

impl<'a> Named<'a> {
    fn push(&mut self, domain: u32, device: &'a PciDevice) {
        self.by_bars.entry(device.bars).or_default().push(self.devices.len());
        self.devices.push((domain, device));
        self.taken.push(false);
        self.left += 1;
    }

    /// The one with the BARs of `device`, or the only one that is left, with its domain; each is given once.
    fn take(&mut self, device: &PciDevice) -> Option<(u32, &'a PciDevice)> {
        let same = self.by_bars.get_mut(&device.bars).and_then(Vec::pop);
        let only = || (self.left == 1).then(|| self.taken.iter().position(|taken| !taken)).flatten();
        let place = same.filter(|&place| !self.taken[place]).or_else(only)?;
        self.taken[place] = true;
        self.left -= 1;
        Some(self.devices[place])
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    /// Adds a list of devices at 60,000 addresses.
    fn print(listings: &mut Listings, device: &PciDevice) {
        for address in 0..60_000u16 {
            let [bus, devfn] = address.to_be_bytes();
            listings.add(PciDevice { bus, devfn, ..device.clone() });
        }
        listings.end_listing();
    }

    /// The shortest of three times.
    fn time(work: impl Fn()) -> Duration {
        let once = || {
            let begin = Instant::now();
            work();
            begin.elapsed()
        };
        (0..3).map(|_| once()).min().unwrap_or_default()
    }

    #[test]
    fn a_list_that_is_printed_again_takes_no_longer_than_the_first_time() {
        let device = PciDevice::parse(b"0100 10de0640 10 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ").unwrap();
        let once = time(|| print(&mut Listings::default(), &device));
        let again = time(|| {
            let mut listings = Listings::default();
            (0..4).for_each(|_| print(&mut listings, &device));
            assert_eq!(listings.finish(&Recorded::default()).len(), 60_000);
        });
        // With a search in each line, four lists took a hundred times as long as one.
        assert!(again < 4 * 6 * once, "{once:?}, then {again:?}");
    }
}
