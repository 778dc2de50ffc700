//! The machine's PCI devices, as `/proc/bus/pci/devices` lists them, and their addresses.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use mmio_format::container::{Recording, key};
use mmio_format::pci::PciDevice;
use mmio_format::{Block, Kind};

use crate::error::{Error, Result};

/// The version of the text's grammar, which the kernel's tracer says at the begin of a log.
const VERSION: &[u8] = b"20070824";

/// The address of a PCI device, as in `0000:02:00.0`.
///
/// Domains of Intel's VMD begin at 0x10000, so that they have five digits: `10000:e1:00.0`.
/// An address without a domain, as in `02:00.0`, is one of domain 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PciAddress {
    /// The domain: a PCI host, or what stands for one.
    pub domain: u32,
    /// The bus of the domain.
    pub bus: u8,
    /// The device on the bus, 0 to 31.
    pub device: u8,
    /// The function of the device, 0 to 7.
    pub function: u8,
}

impl FromStr for PciAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<PciAddress> {
        parse_address(text).ok_or_else(|| PciAddress::no_device(text))
    }
}

impl fmt::Display for PciAddress {
    /// The address as the kernel and `lspci -D` write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:02x}:{:02x}.{:x}", self.domain, self.bus, self.device, self.function)
    }
}

impl PciAddress {
    /// The error that there is no device of this name.
    pub(crate) fn no_device(name: impl fmt::Display) -> Error {
        Error::Refused(format!("there is no PCI device {name}; lspci -D lists them"))
    }
}

fn parse_address(text: &str) -> Option<PciAddress> {
    let (place, function) = text.rsplit_once('.')?;
    let (place, device) = place.rsplit_once(':')?;
    let (domain, bus) = place.split_once(':').unwrap_or(("0", place));
    let address = PciAddress {
        domain: hexadecimal(domain, 8)?,
        bus: hexadecimal(bus, 2)?.try_into().ok()?,
        device: hexadecimal(device, 2)?.try_into().ok()?,
        function: hexadecimal(function, 1)?.try_into().ok()?,
    };
    (address.device < 32 && address.function < 8).then_some(address)
}

/// A number of at most so many digits, and nothing else.
fn hexadecimal(digits: &str, most: usize) -> Option<u32> {
    let is_number = digits.len() <= most && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_number.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// The ids of a device that sysfs knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PciIds {
    /// Vendor and device; the list has them too.
    pub device: Option<(u16, u16)>,
    /// Vendor and device of the subsystem.
    pub subsystem: Option<(u16, u16)>,
}

/// The list of PCI devices, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PciDevices {
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    text: Vec<u8>,
    device: PciDevice,
    /// What the list does not say: the domain, and vendor and device of the subsystem.
    place: Option<(u32, (u16, u16))>,
}

impl Line {
    /// Whether the line is that of the device at this address, whatever its domain.
    fn is_of(&self, address: PciAddress, ids: PciIds) -> bool {
        let here = (address.bus, address.device << 3 | address.function);
        (self.device.bus, self.device.devfn) == here
            && ids.device.is_none_or(|ids| ids == (self.device.vendor, self.device.device))
    }
}

impl PciDevices {
    /// Reads the list's bytes.
    /// `path` is the list's name in errors.
    ///
    /// # Errors
    /// [`Error::Formats`] with the line that describes no device.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<PciDevices> {
        let mut lines = Vec::new();
        for (number, text) in bytes.split(|&b| b == b'\n').enumerate() {
            if text.is_empty() {
                continue;
            }
            let Some(device) = PciDevice::parse(text) else {
                let what = format!("line {}: this is no device of /proc/bus/pci/devices", number + 1);
                return Err(Error::Formats { path: path.to_owned(), what });
            };
            lines.push(Line { text: text.to_vec(), device, place: None });
        }
        Ok(PciDevices { lines })
    }

    /// Says what the list does not: domain and subsystem of the device at `address`.
    ///
    /// Devices of several domains can have the same bus, device and function.
    /// Of these the first one with the same ids that has no domain yet is taken, so that addresses must come rising:
    /// domains are numbered in the order in which the kernel registers their devices, which is that of the list.
    pub fn place(&mut self, address: PciAddress, ids: PciIds) {
        let free = self.lines.iter_mut().find(|line| line.place.is_none() && line.is_of(address, ids));
        if let Some(line) = free {
            line.place = Some((address.domain, ids.subsystem.unwrap_or_default()));
        }
    }

    /// Appends what the kernel's text log begins with: a VERSION record and a PCIDEV record for each device.
    pub fn push_records(&self, block: &mut Block) {
        block.push_text(Kind::VERSION, 0, VERSION);
        for line in &self.lines {
            block.push_text(Kind::PCI_DEVICE, 0, &record_text(&line.text));
        }
    }

    /// The devices whose lines are not in `other`.
    pub(crate) fn without(mut self, other: &PciDevices) -> PciDevices {
        self.lines.retain(|line| !other.lines.contains(line));
        self
    }

    /// Appends the devices to a recording's data.
    pub fn describe(&self, recording: &mut Recording) {
        for Line { text, place, .. } in &self.lines {
            let (domain, (vendor, device)) = place.unwrap_or_default();
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

    #[test]
    fn addresses_are_read_with_any_domain_or_none() {
        let address = |domain, bus, device, function| PciAddress { domain, bus, device, function };
        let cases = [
            ("0000:02:00.0", address(0, 2, 0, 0), "0000:02:00.0"),
            ("02:00.0", address(0, 2, 0, 0), "0000:02:00.0"),
            ("10000:e1:00.0", address(0x1_0000, 0xe1, 0, 0), "10000:e1:00.0"),
            ("10001:00:1F.7", address(0x1_0001, 0, 31, 7), "10001:00:1f.7"),
            ("abcdef01:ff:1f.7", address(0xabcd_ef01, 255, 31, 7), "abcdef01:ff:1f.7"),
        ];
        for (text, expected, name) in cases {
            let found: PciAddress = text.parse().unwrap();
            assert_eq!((found, found.to_string().as_str()), (expected, name));
            assert_eq!(name.parse::<PciAddress>().unwrap(), expected);
        }
        for bad in [
            "",
            ".",
            "..",
            "../drivers",
            "02:00",
            "02:00.",
            "02:00.8",
            "02:20.0",
            "100:00.0",
            ":02:00.0",
            "0:0:0:0.0",
            "+2:00.0",
            "02:0x0.0",
            "123456789:00:00.0",
            "0000:02:00.0 ",
            "nvme",
        ] {
            let error = bad.parse::<PciAddress>().unwrap_err().to_string();
            assert_eq!(error, format!("there is no PCI device {bad}; lspci -D lists them"));
        }
    }

    /// A line of the list for `00:08.0` with these ids.
    fn line(ids: &str) -> String {
        format!("0040\t{ids}\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\tnvme\n")
    }

    fn described(devices: &PciDevices) -> Vec<String> {
        let mut recording = Recording::default();
        devices.describe(&mut recording);
        let values = recording.entries.iter().map(|entry| &entry.1[..23]);
        values.map(|start| String::from_utf8_lossy(start).replace('\t', " ")).collect()
    }

    #[test]
    fn domains_are_kept_apart_and_written_with_all_their_digits() {
        // A bridge without a subsystem, and two drives of one kind, all of one bus, device and function.
        let list = [line("80861234"), line("144da808"), line("144da808")].concat();
        let mut devices = PciDevices::parse(list.as_bytes(), Path::new("list")).unwrap();
        let ids = |device, subsystem| PciIds { device: Some(device), subsystem };
        for (address, ids) in [
            ("0000:00:08.0", ids((0x8086, 0x1234), Some((0, 0)))),
            ("10000:00:08.0", ids((0x144d, 0xa808), Some((0x144d, 0xa801)))),
            ("10001:00:08.0", ids((0x144d, 0xa808), Some((0x144d, 0xa802)))),
            ("10002:00:08.0", ids((0x144d, 0xa808), None)),
            ("10000:00:09.0", ids((0x8086, 0x1234), None)),
        ] {
            devices.place(address.parse().unwrap(), ids);
        }
        assert_eq!(
            described(&devices),
            ["0000 00000000 0040 8086", "10000 144da801 0040 144", "10001 144da802 0040 144"]
        );
    }

    #[test]
    fn a_device_without_ids_is_found_by_its_address() {
        let mut devices = PciDevices::parse(line("80861234").as_bytes(), Path::new("list")).unwrap();
        let address = PciAddress { domain: 0x1_0000, device: 8, ..PciAddress::default() };
        devices.place(address, PciIds { device: Some((0x8086, 0x1235)), subsystem: None });
        assert_eq!(described(&devices), ["0000 00000000 0040 8086"]);
        devices.place(address, PciIds::default());
        assert_eq!(described(&devices), ["10000 00000000 0040 808"]);
    }
}
