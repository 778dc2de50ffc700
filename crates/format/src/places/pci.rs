//! Lists of PCI devices, of whatever program.

use super::kept::Kept;
use super::{Places, PlacesError, info_pci, lspci};
use crate::pci::PciDevice;

/// PCI devices with their domains, where these are known.
pub(super) type PciDevices = Kept<(Option<u32>, PciDevice)>;

impl Places {
    /// Adds the PCI devices of a file and says how many there were room for. The file may be /proc/bus/pci/devices or a
    /// log with PCIDEV lines, the output of `lspci -v` or `-vv`, or of `info pci` in QEMU's monitor; its content tells.
    ///
    /// # Errors
    /// [`PlacesError`] when it has no PCI device, or none with a BAR.
    pub fn add_pci(&mut self, text: &[u8]) -> Result<usize, PlacesError> {
        let mut error = PlacesError::NoPciDevice;
        for read in [listed, lspci::devices, info_pci::devices] {
            let devices = read(text);
            if devices.entries().iter().any(|(_, device)| has_bar(device)) {
                return Ok(self.keep_pci(devices));
            }
            if !devices.entries().is_empty() {
                error = PlacesError::NoBar;
            }
        }
        Err(error)
    }
}

fn has_bar(device: &PciDevice) -> bool {
    device.bars.iter().any(|bar| bar.length != 0)
}

/// The devices of /proc/bus/pci/devices, or of the PCIDEV lines of a log.
fn listed(text: &[u8]) -> PciDevices {
    let mut devices = Kept::new();
    for line in text.split(|&byte| byte == b'\n') {
        if let Some(device) = PciDevice::parse(line.strip_prefix(b"PCIDEV ").unwrap_or(line)) {
            devices.push((None, device));
        }
    }
    devices
}
