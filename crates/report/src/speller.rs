//! The one place that spells registers, devices and evidence.

use mmio_analyze::evidence::{Evidence, Part};
use mmio_analyze::site::Site;
use mmio_format::{DeviceId, Devices, Register, UNMAPPED};

use crate::numbers::{grouped, hex, percent, seconds};

/// What the things of one trace are called.
#[derive(Clone, Copy, Debug)]
pub struct Speller<'a> {
    devices: &'a Devices,
}

impl<'a> Speller<'a> {
    /// The names in a trace with these devices.
    pub fn new(devices: &'a Devices) -> Speller<'a> {
        Speller { devices }
    }

    /// The device's name, which no other one has.
    pub fn device(self, device: DeviceId) -> &'a str {
        &self.devices.get(device).name
    }

    /// Letters of the longest device's name.
    pub(crate) fn longest_device(self) -> usize {
        let known = self.devices.iter().filter(|(_, device)| device.name != UNMAPPED);
        known.map(|(_, device)| device.name.len()).max().unwrap_or(UNMAPPED.len())
    }

    /// The device's driver, where the trace names one.
    pub fn driver(self, device: DeviceId) -> Option<&'a str> {
        self.devices.get(device).driver()
    }

    /// Vendor and device id of PCI, as `8086:10d3`, where the trace has them.
    pub fn pci_id(self, device: DeviceId) -> Option<String> {
        let pci = self.devices.get(device).pci.as_ref().filter(|pci| (pci.vendor, pci.device) != (0, 0))?;
        Some(format!("{:04x}:{:04x}", pci.vendor, pci.device))
    }

    /// What the log that was read calls the regions of the device.
    pub(crate) fn regions(self, device: DeviceId) -> &'a [String] {
        &self.devices.get(device).regions
    }

    /// A register as `+0x20`.
    pub fn register(self, register: Register) -> String {
        format!("+{}", hex(register.offset))
    }

    /// BAR and offset of the data port that shows `site`, as `2:0xc`; nothing for a direct register.
    pub fn space(self, site: Site) -> Option<String> {
        site.port.map(|data| format!("{}:{}", data.bar(), hex(data.offset)))
    }

    /// The sentence of some evidence.
    pub fn evidence(self, evidence: &Evidence) -> String {
        evidence.parts().iter().map(|part| self.part(*part)).collect()
    }

    fn part(self, part: Part) -> String {
        match part {
            Part::Words(words) => words.to_owned(),
            Part::Count(n) | Part::Number(n) => grouped(n),
            Part::Bits(bits) => hex(bits),
            Part::Bit(bit) => bit.to_string(),
            Part::Register(register) => self.register(register),
            Part::Time(nanos) => format!("{} s", seconds(nanos)),
            Part::Share(share) => percent(share),
            _ => String::new(),
        }
    }
}
