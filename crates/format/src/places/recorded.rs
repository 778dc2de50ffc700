//! Places as a container keeps them.

use super::Places;
use crate::container::{Recording, key};

impl Places {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.pci.is_empty() && self.regions.is_empty() && self.virt.is_empty()
    }

    /// Devices and regions as data of a recording; nothing where there are none.
    pub(crate) fn recording(&self) -> Option<Recording> {
        let mut recording = Recording::default();
        for (domain, device) in &self.pci {
            let text = format!("{:04x} 00000000 {}", domain.unwrap_or(0), device.line());
            recording.push(key::PCI_DEVICE, text);
        }
        for region in &self.regions {
            let text = format!("{:x} {:x} {}", region.base, region.length, region.name);
            recording.push(key::REGION, text);
        }
        (!recording.entries.is_empty()).then_some(recording)
    }
}
