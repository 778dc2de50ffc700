//! The machine's PCI devices, as `/proc/bus/pci/devices` lists them.

use mmio_format::container::{Recording, key};
use mmio_format::pci::PciDevice;
use mmio_format::{Block, Kind};

use crate::error::{Error, Result};
use std::path::Path;

/// What the kernel's tracer says at the begin of a log: the version of the text's grammar.
const VERSION: &[u8] = b"20070824";

/// The list, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PciDevices {
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    text: Vec<u8>,
    /// Domain, subsystem vendor and device, zeros where they are not known.
    place: (u16, u16, u16),
}

impl PciDevices {
    /// Reads the list's bytes. `path` is its name in errors.
    ///
    /// # Errors
    /// [`Error::Formats`] with the line that is no device.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<PciDevices> {
        let mut lines = Vec::new();
        for (number, text) in bytes.split(|&b| b == b'\n').enumerate() {
            if text.is_empty() {
                continue;
            }
            if PciDevice::parse(text).is_none() {
                let what = format!("line {}: this is no device of /proc/bus/pci/devices", number + 1);
                return Err(Error::Formats { path: path.to_owned(), what });
            }
            lines.push(Line { text: text.to_vec(), place: (0, 0, 0) });
        }
        Ok(PciDevices { lines })
    }

    /// Says what the list does not: the domain of the device at `slot` (`BB:DD.F`), its subsystem's vendor and device.
    /// Of devices of several domains at one slot, the first one that has no domain yet is taken.
    pub fn place(&mut self, slot: &str, domain: u16, subsystem: (u16, u16)) {
        let is_here = |line: &&mut Line| {
            line.place == (0, 0, 0)
                && PciDevice::parse(&line.text).is_some_and(|device| device.slot().to_string() == slot)
        };
        if let Some(line) = self.lines.iter_mut().find(is_here) {
            line.place = (domain, subsystem.0, subsystem.1);
        }
    }

    /// Appends what the kernel's text log begins with: a VERSION record and a PCIDEV record for each device.
    pub fn push_records(&self, block: &mut Block) {
        block.push_text(Kind::VERSION, 0, VERSION);
        for line in &self.lines {
            block.push_text(Kind::PCI_DEVICE, 0, &record_text(&line.text));
        }
    }

    /// Appends the devices to a recording's data.
    pub fn describe(&self, recording: &mut Recording) {
        for Line { text, place: (domain, vendor, device) } in &self.lines {
            let mut value = format!("{domain:04x} {vendor:04x}{device:04x} ").into_bytes();
            value.extend_from_slice(text);
            recording.push(key::PCI_DEVICE, value);
        }
    }
}

/// A line of the list as the text log spells it: one space between fields, also before a driver that is missing.
fn record_text(line: &[u8]) -> Vec<u8> {
    let fields = line.split(|&b| b == b'\t').map(<[u8]>::trim_ascii);
    fields.collect::<Vec<_>>().join(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[u8] = b"0000\t808629c0\t0\t               0\t               0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t               0\t\n\
        0008\t1af41001\t15\t            c301\t        febbe000\t0\t0\t        fe00000c\t0\t0\t              80\t1000\t0\t0\t4000\t0\t0\tvirtio-pci\n";

    #[test]
    fn lines_become_what_the_text_log_prints() {
        let devices = PciDevices::parse(LIST, Path::new("list")).unwrap();
        let (mut block, mut text) = (Block::default(), Vec::new());
        devices.push_records(&mut block);
        mmio_format::text::render(&block, &mut text);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "VERSION 20070824\nPCIDEV 0000 808629c0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 \n\
            PCIDEV 0008 1af41001 15 c301 febbe000 0 0 fe00000c 0 0 80 1000 0 0 4000 0 0 virtio-pci\n"
        );
    }

    #[test]
    fn a_line_that_is_no_device_is_named() {
        let error = PciDevices::parse(b"0000\t808629c0\n", Path::new("list")).unwrap_err();
        assert_eq!(error.to_string(), "list: line 1: this is no device of /proc/bus/pci/devices");
        let long = [LIST, b"what?\n"].concat();
        let error = PciDevices::parse(&long, Path::new("list")).unwrap_err();
        assert_eq!(error.to_string(), "list: line 3: this is no device of /proc/bus/pci/devices");
    }
}
