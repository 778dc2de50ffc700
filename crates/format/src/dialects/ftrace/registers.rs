//! Registers that events give by a device and an offset.

use crate::dialects::layout::RegionId;
use crate::dialects::qemu_log::TOO_MANY;
use crate::dialects::{Found, Sink};
use crate::pci::Slot;

/// A device as an event names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Device<'a> {
    /// What it is, for devices of which the log says no name, or a number only; or which registers of it these are.
    pub(super) class: &'a str,
    /// What the log calls it.
    pub(super) name: &'a [u8],
    /// The BAR where the registers are, if it is a PCI device.
    pub(super) bar: Option<u8>,
}

/// The devices seen so far.
#[derive(Debug, Default)]
pub(super) struct Devices {
    /// Class and name of the one used last.
    recent: Vec<u8>,
    region: Option<RegionId>,
}

impl Devices {
    /// An access to the register at `offset` of a device.
    pub(super) fn access(&mut self, device: &Device<'_>, offset: u64, found: &Found, to: &mut Sink) {
        if self.region.is_none() || !is_key(&self.recent, device) {
            self.recent.clear();
            self.recent.extend_from_slice(device.class.as_bytes());
            self.recent.push(0);
            self.recent.extend_from_slice(device.name);
            self.region = region(&self.recent, device, to);
        }
        match self.region {
            Some(region) => to.access_in(region, offset, found),
            None => to.tally.add(TOO_MANY, 1),
        }
    }
}

/// Whether `key` is that of the device.
fn is_key(key: &[u8], device: &Device<'_>) -> bool {
    let rest = key.strip_prefix(device.class.as_bytes()).and_then(|rest| rest.strip_prefix(b"\0"));
    rest == Some(device.name)
}

/// The region of a device, a new one where it is seen for the first time.
fn region(key: &[u8], device: &Device<'_>, to: &mut Sink) -> Option<RegionId> {
    let name = String::from_utf8_lossy(device.name);
    let bar = device.bar.and_then(|bar| Some((Slot::parse(&name)?, bar)));
    let called = match (device.class, &*name) {
        (class, "") => class.to_owned(),
        ("", name) => name.to_owned(),
        (class, name) => format!("{class} {name}"),
    };
    to.layout.find(key).or_else(|| to.layout.add(key, &called, bar))
}
