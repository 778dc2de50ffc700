//! The driver of a PCI device, in sysfs.

use super::roots::{Roots, write};
use crate::error::Result;
use crate::pci::PciAddress;

/// The driver that a device is bound to.
///
/// # Errors
/// [`crate::Error::Refused`] when there is no such device.
pub(crate) fn driver(roots: &Roots, device: PciAddress) -> Result<Option<String>> {
    let folder = roots.pci_device(device);
    if !folder.is_dir() {
        return Err(PciAddress::no_device(device));
    }
    let link = std::fs::read_link(folder.join("driver")).ok();
    Ok(link.and_then(|link| Some(link.file_name()?.to_str()?.to_owned())))
}

/// Takes a device from its driver.
///
/// # Errors
/// [`crate::Error::Trace`].
pub(crate) fn unbind(roots: &Roots, device: PciAddress, driver: &str) -> Result<()> {
    write(&roots.pci_driver(driver).join("unbind"), &device.to_string())
}

/// Gives a device to a driver, unless it has one.
///
/// # Errors
/// [`crate::Error::Trace`], [`crate::Error::Refused`].
pub(crate) fn bind(roots: &Roots, device: PciAddress, wanted: &str) -> Result<()> {
    match driver(roots, device)? {
        Some(_) => Ok(()),
        None => write(&roots.pci_driver(wanted).join("bind"), &device.to_string()),
    }
}
