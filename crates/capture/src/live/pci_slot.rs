//! A PCI device and its driver, in sysfs.

use std::path::PathBuf;

use super::roots::Roots;
use crate::error::{Error, Result};

/// A device's full name: `0000:02:00.0` for `02:00.0`.
pub fn full_name(slot: &str) -> String {
    if slot.matches(':').count() == 1 { format!("0000:{slot}") } else { slot.to_owned() }
}

/// The driver that a device is bound to.
///
/// # Errors
/// [`Error::Refused`] when there is no such device.
pub fn driver(roots: &Roots, slot: &str) -> Result<Option<String>> {
    // A name is one folder, and no way to other places.
    let folder = roots.pci_device(slot);
    if slot.contains('/') || !folder.is_dir() {
        return Err(Error::Refused(format!("there is no PCI device {slot}; lspci -D lists them")));
    }
    let link = std::fs::read_link(folder.join("driver")).ok();
    Ok(link.and_then(|link| Some(link.file_name()?.to_str()?.to_owned())))
}

/// Takes a device from its driver.
///
/// # Errors
/// [`Error::Trace`].
pub fn unbind(roots: &Roots, slot: &str, driver: &str) -> Result<()> {
    write(roots, driver, "unbind", slot)
}

/// Gives a device to a driver, unless it has one.
///
/// # Errors
/// [`Error::Trace`], [`Error::Refused`].
pub fn bind(roots: &Roots, slot: &str, wanted: &str) -> Result<()> {
    match driver(roots, slot)? {
        Some(_) => Ok(()),
        None => write(roots, wanted, "bind", slot),
    }
}

fn write(roots: &Roots, driver: &str, action: &str, slot: &str) -> Result<()> {
    let path: PathBuf = roots.sys.join("bus/pci/drivers").join(driver).join(action);
    let file = std::fs::OpenOptions::new().write(true).open(&path);
    let written = file.and_then(|mut file| std::io::Write::write_all(&mut file, slot.as_bytes()));
    written.map_err(|e| Error::io("cannot write", path, e))
}
