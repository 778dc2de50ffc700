//! Registers that events give by a device and an offset.

use std::borrow::Cow;

use super::layout::RegionId;
use super::qemu_log::TOO_MANY;
use super::{Found, Sink};
use crate::pci::Slot;
use crate::record::Kind;

/// The place where the registers of a device are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// Offsets in a space of the device.
    #[default]
    Offsets,
    /// Offsets in this BAR, if the device is a PCI device.
    Bar(u8),
    /// Addresses of a bus.
    Addresses,
}

/// A device as an event names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Device<'a> {
    /// What it is, for devices of which the log says no name, or a number only; or which registers of it these are.
    pub(crate) class: &'a str,
    /// What the log calls it.
    pub(crate) name: Cow<'a, [u8]>,
    /// A part of it, where the log gives one beside the name.
    pub(crate) part: Cow<'a, [u8]>,
    pub(crate) place: Place,
}

/// An access to a register as an event tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told<'a> {
    pub(crate) device: Device<'a>,
    pub(crate) kind: Kind,
    /// Bytes from the start of the device's registers, or a number where it has no such.
    pub(crate) register: u64,
    pub(crate) value: u64,
    /// Bytes.
    pub(crate) width: u8,
}

/// The fields of an event by their names.
pub(crate) trait Fields {
    /// A field that is a number.
    fn number(&self, name: &str) -> Option<u64>;
    /// A field that is a text.
    fn text(&self, name: &str) -> Option<&[u8]>;
}

/// The devices seen so far.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    /// The key of the one used last.
    recent: Vec<u8>,
    region: Option<RegionId>,
}

impl Devices {
    /// An access to a register; `found` says when it was, and of whom.
    pub(crate) fn access(&mut self, told: &Told<'_>, found: &Found, to: &mut Sink) {
        let device = &told.device;
        if self.region.is_none() || !is_key(&self.recent, device) {
            self.recent.clear();
            for part in [device.class.as_bytes(), &device.name, &device.part] {
                self.recent.extend_from_slice(part);
                self.recent.push(0);
            }
            self.region = region(&self.recent, device, to);
        }
        let found = Found { kind: told.kind, value: told.value, width: told.width, ..*found };
        match (self.region, device.place) {
            (Some(region), Place::Addresses) => to.access_at(region, told.register, &found),
            (Some(region), _) => to.access_in(region, told.register, &found),
            (None, _) => to.tally.add(TOO_MANY, 1),
        }
    }
}

/// Whether `key` is that of the device.
fn is_key(key: &[u8], device: &Device<'_>) -> bool {
    let parts = [device.class.as_bytes(), &device.name, &device.part];
    let rest = parts.iter().try_fold(key, |key, part| key.strip_prefix(*part)?.strip_prefix(b"\0"));
    rest == Some(b"")
}

/// The region of a device, a new one where it is seen for the first time.
fn region(key: &[u8], device: &Device<'_>, to: &mut Sink) -> Option<RegionId> {
    let known = to.layout.find(key);
    if known.is_some() {
        return known;
    }
    let (name, part) = (String::from_utf8_lossy(&device.name), String::from_utf8_lossy(&device.part));
    let words = [device.class, &name, &part];
    let called: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let called = called.join(" ");
    match device.place {
        Place::Addresses => to.layout.add_seen(key, &called),
        Place::Bar(bar) => {
            let bar = Slot::parse(&name).map(|slot| (slot, bar));
            to.layout.add(key, &called, bar)
        }
        Place::Offsets => to.layout.add(key, &called, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;

    #[test]
    fn devices_have_spaces_of_their_own() {
        let (mut devices, mut to) = (Devices::default(), Sink::new("test"));
        let device = |class, name: &'static str, part: &'static str, place| Device {
            class,
            name: name.as_bytes().into(),
            part: part.as_bytes().into(),
            place,
        };
        for device in [
            device("", "0-0048", "", Place::Offsets),
            device("mdio", "eth0", "0x01", Place::Offsets),
            device("mdio", "eth0", "0x02", Place::Offsets),
            device("", "0-0048", "", Place::Offsets),
            device("hl", "0", "", Place::Addresses),
        ] {
            let told = Told { device, kind: Kind::WRITE, register: 3, value: 0x1ff, width: 2 };
            devices.access(&told, &Found::default(), &mut to);
        }
        let mut block = Block::default();
        to.swap(&mut block);
        assert_eq!(block.map_id, [1, 2, 3, 1, 4]);
        assert_eq!(
            (block.address[0], block.address[3], block.address[4]),
            (block.address[0], block.address[0], 3)
        );
        let closing = to.closing();
        let regions = closing.entries.iter().filter(|(key, _)| key == crate::container::key::REGION);
        let names: Vec<&[u8]> =
            regions.map(|(_, value)| value.splitn(3, |&b| b == b' ').nth(2).unwrap()).collect();
        assert_eq!(names, [&b"0-0048"[..], b"mdio eth0 0x01", b"mdio eth0 0x02", b"hl 0"]);
    }
}
