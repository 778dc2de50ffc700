//! The driver of a PCI device, in sysfs.

use std::path::PathBuf;

use super::roots::Roots;
use crate::error::{Error, Result};
use crate::pci::PciAddress;

/// The driver that a device is bound to.
///
/// # Errors
/// [`Error::Refused`] when there is no such device.
pub fn driver(roots: &Roots, device: PciAddress) -> Result<Option<String>> {
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
/// [`Error::Trace`].
pub fn unbind(roots: &Roots, device: PciAddress, driver: &str) -> Result<()> {
    write(roots, driver, "unbind", device)
}

/// Gives a device to a driver, unless it has one.
///
/// # Errors
/// [`Error::Trace`], [`Error::Refused`].
pub fn bind(roots: &Roots, device: PciAddress, wanted: &str) -> Result<()> {
    match driver(roots, device)? {
        Some(_) => Ok(()),
        None => write(roots, wanted, "bind", device),
    }
}

fn write(roots: &Roots, driver: &str, action: &str, device: PciAddress) -> Result<()> {
    let path: PathBuf = roots.sys.join("bus/pci/drivers").join(driver).join(action);
    let file = std::fs::OpenOptions::new().write(true).open(&path);
    let written =
        file.and_then(|mut file| std::io::Write::write_all(&mut file, device.to_string().as_bytes()));
    written.map_err(|e| Error::io("cannot write", path, e))
}
