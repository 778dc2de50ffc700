//! Places as a container keeps them.

use super::Places;
use crate::container::{Recording, key};
use crate::named;

impl Places {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.pci.is_empty() && self.regions.is_empty() && self.virt.is_empty()
    }

    /// Devices and regions as data of a recording; nothing where there are none.
    pub(crate) fn recording(&self) -> Option<Recording> {
        let mut recording = Recording::default();
        for (domain, device) in &self.pci {
            recording.push(key::PCI_DEVICE, device.recorded(*domain, (0, 0)));
        }
        for region in &self.regions {
            recording.push(key::REGION, named::recorded(region.base, region.length, &region.name));
        }
        (!recording.entries.is_empty()).then_some(recording)
    }
}
