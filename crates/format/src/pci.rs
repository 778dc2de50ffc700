//! A PCI device as the log's PCIDEV records and /proc/bus/pci/devices describe it.

/// A PCI device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PciDevice {
    /// Bus number.
    pub bus: u8,
    /// Device (upper five bits) and function (lower three).
    pub devfn: u8,
    /// Vendor id.
    pub vendor: u16,
    /// Device id.
    pub device: u16,
    /// Interrupt number of the kernel, 0 for none.
    pub irq: u32,
    /// BARs 0 to 5 and, as 6, the expansion ROM.
    pub bars: [Bar; 7],
    /// Name of the driver that was bound when the line was printed.
    pub driver: Option<String>,
}

/// A base address register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Bar {
    /// First address, without flag bits.
    pub start: u64,
    /// Length in bytes; 0 when the device has no such BAR.
    pub length: u64,
    /// I/O ports rather than memory.
    pub is_io: bool,
    /// A memory BAR of 64 bits.
    pub is_64bit: bool,
    /// A memory BAR that may be prefetched.
    pub is_prefetchable: bool,
}

/// Number of the expansion ROM among the BARs.
pub const ROM: usize = 6;

impl PciDevice {
    /// Reads what follows `PCIDEV ` in the log, or a line of /proc/bus/pci/devices. `None` when a
    /// field is missing or is not a number.
    pub fn parse(text: &[u8]) -> Option<PciDevice> {
        let mut fields = Fields(text);
        let place = fields.next_hex()?;
        let id = fields.next_hex()?;
        let irq = fields.next_hex()?.try_into().ok()?;
        let (bus, devfn) = (u8::try_from(place >> 8).ok()?, place as u8);
        let (vendor, device) = (u16::try_from(id >> 16).ok()?, id as u16);
        let mut bars = [Bar::default(); 7];
        for (number, bar) in bars.iter_mut().enumerate() {
            *bar = Bar::from_register(number, fields.next_hex()?);
        }
        for bar in &mut bars {
            bar.length = fields.next_hex()?;
        }
        let driver = std::str::from_utf8(fields.0.trim_ascii()).ok()?;
        if driver.chars().any(char::is_control) {
            return None;
        }
        let driver = (!driver.is_empty()).then(|| driver.to_owned());
        Some(PciDevice { bus, devfn, vendor, device, irq, bars, driver })
    }

    /// The device as a line of /proc/bus/pci/devices, its fields with blanks between.
    fn line(&self) -> String {
        let flags = |bar: &Bar| {
            u64::from(bar.is_io) | u64::from(bar.is_64bit) << 2 | u64::from(bar.is_prefetchable) << 3
        };
        let starts = self.bars.iter().map(|bar| format!("{:x}", bar.start | flags(bar)));
        let numbers: Vec<String> =
            starts.chain(self.bars.iter().map(|bar| format!("{:x}", bar.length))).collect();
        let (id, driver) = ((self.vendor, self.device), self.driver.as_deref().unwrap_or(""));
        let at = (self.bus, self.devfn);
        format!(
            "{:02x}{:02x} {:04x}{:04x} {:x} {} {driver}",
            at.0,
            at.1,
            id.0,
            id.1,
            self.irq,
            numbers.join(" ")
        )
    }

    /// The device as a container keeps it: a value of [`key::PCI_DEVICE`](crate::container::key::PCI_DEVICE). Ids of the
    /// subsystem are vendor and device, zeros where they are not known.
    pub(crate) fn recorded(&self, domain: Option<u32>, subsystem: (u16, u16)) -> String {
        format!("{:04x} {:04x}{:04x} {}", domain.unwrap_or(0), subsystem.0, subsystem.1, self.line())
    }

    /// Address of the device; a PCIDEV line does not have the domain.
    pub fn slot(&self) -> Slot {
        Slot { domain: None, bus: self.bus, devfn: self.devfn }
    }
}

/// The address of a PCI device: `BB:DD.F`, as lspci prints it, after its domain where that is known and not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// The domain, where it is known. Those of Intel's VMD have numbers from 0x10000 on.
    pub domain: Option<u32>,
    /// Bus number.
    pub bus: u8,
    /// Device (upper five bits) and function (lower three).
    pub devfn: u8,
}

impl Slot {
    /// Reads `00:02.0`, `0000:00:02.0` or `10000:e1:00.0`.
    pub fn parse(text: &str) -> Option<Slot> {
        let hex = |text: &str, digits: std::ops::RangeInclusive<usize>| {
            let plain = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
            plain.then(|| u32::from_str_radix(text, 16).ok()).flatten()
        };
        let (rest, function) = text.rsplit_once('.')?;
        let (rest, device) = rest.rsplit_once(':')?;
        let (domain, bus) = match rest.rsplit_once(':') {
            Some((domain, bus)) => (Some(hex(domain, 4..=8)?), bus),
            None => (None, rest),
        };
        let (device, function) = (hex(device, 2..=2)?, hex(function, 1..=1)?);
        let valid = device < 32 && function < 8;
        let devfn = (device << 3 | function) as u8;
        valid.then_some(Slot { domain, bus: hex(bus, 2..=2)? as u8, devfn })
    }

    /// The same address in `domain`.
    pub fn in_domain(self, domain: Option<u32>) -> Slot {
        Slot { domain, ..self }
    }

    /// Whether a user means this address by `name`: with its domain, or without any. A domain that is not known may be 0.
    pub fn is_called(self, name: &str) -> bool {
        let meant = Slot::parse(name).filter(|slot| (slot.bus, slot.devfn) == (self.bus, self.devfn));
        meant.is_some_and(|slot| slot.domain.is_none_or(|domain| domain == self.domain.unwrap_or(0)))
    }
}

impl std::fmt::Display for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(domain) = self.domain.filter(|&domain| domain != 0) {
            write!(f, "{domain:04x}:")?;
        }
        write!(f, "{:02x}:{:02x}.{}", self.bus, self.devfn >> 3, self.devfn & 7)
    }
}

impl Bar {
    /// Takes the flags off a register: bit 0 I/O ports; of memory bit 2 64 bits, bit 3 prefetchable
    /// (include/uapi/linux/pci_regs.h). The ROM has flags of its own there (enabled, shadowed).
    fn from_register(number: usize, register: u64) -> Bar {
        let is_io = number != ROM && register & 1 != 0;
        let is_memory = number != ROM && !is_io;
        Bar {
            start: register & if is_io { !3 } else { !0xf },
            length: 0,
            is_io,
            is_64bit: is_memory && register & 4 != 0,
            is_prefetchable: is_memory && register & 8 != 0,
        }
    }
}

/// What is not read yet of a line of fields separated by blanks.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn next_hex(&mut self) -> Option<u64> {
        let text = self.0.trim_ascii_start();
        let (field, rest) =
            text.split_at(text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len()));
        self.0 = rest;
        if field.is_empty() || field.len() > 16 {
            return None;
        }
        field.iter().try_fold(0, |sum, &digit| Some(sum << 4 | u64::from(char::from(digit).to_digit(16)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_bars_flags_and_driver() {
        let text = b"0100 10de0640 10 f6000000 e000000c 0 f4000004 0 ef01 f7e00002 1000000 10000000 0 2000000 0 80 80000 nvidia";
        let device = PciDevice::parse(text).unwrap();
        assert_eq!(device.slot().to_string(), "01:00.0");
        assert_eq!((device.vendor, device.device, device.irq), (0x10de, 0x640, 0x10));
        let memory = Bar { start: 0xf600_0000, length: 0x100_0000, ..Bar::default() };
        assert_eq!(device.bars[0], memory);
        let wide =
            Bar { start: 0xe000_0000, length: 0x1000_0000, is_64bit: true, is_prefetchable: true, ..memory };
        assert_eq!(device.bars[1], wide);
        assert_eq!(device.bars[5], Bar { start: 0xef00, length: 0x80, is_io: true, ..Bar::default() });
        assert_eq!(device.bars[ROM], Bar { start: 0xf7e0_0000, length: 0x8_0000, ..Bar::default() });
        assert_eq!(device.driver.as_deref(), Some("nvidia"));
    }

    #[test]
    fn a_line_comes_back() {
        for text in [
            "0100 10de0640 10 f6000000 e000000c 0 f4000004 0 ef01 f7e00000 1000000 10000000 0 2000000 0 80 80000 nvidia",
            "00fa 80862922 a 0 0 0 0 c4e1 febc6000 0 0 0 0 0 20 1000 0 ",
        ] {
            assert_eq!(PciDevice::parse(text.as_bytes()).unwrap().line(), text);
        }
    }

    #[test]
    fn a_device_without_a_driver_ends_in_a_space() {
        let device = PciDevice::parse(b"00fa 80862922 a 0 0 0 0 c4e5 febc6000 0 0 0 0 0 20 1000 0 ").unwrap();
        assert_eq!((device.slot().to_string().as_str(), device.driver), ("00:1f.2", None));
        assert_eq!((device.bars[4].start, device.bars[4].is_io), (0xc4e4, true));
    }

    #[test]
    fn reads_a_line_of_proc_bus_pci_devices() {
        let text = b"0008\t1af41001\t15\t            c301\t        febbe000\t0\t0\t        fe00000c\t0\t0\t\
            80\t1000\t0\t0\t4000\t0\t0\tvirtio-pci\n";
        let device = PciDevice::parse(text).unwrap();
        assert_eq!(
            (device.slot().to_string().as_str(), device.driver.as_deref()),
            ("00:01.0", Some("virtio-pci"))
        );
        assert_eq!(device.bars[4].start, 0xfe00_0000);
    }

    #[test]
    fn a_cut_or_overflowing_line_is_none() {
        assert_eq!(PciDevice::parse(b"0100 10de0640 10 f6000000 e000000c 0 f4000004 0"), None);
        assert_eq!(PciDevice::parse(b"10000 10de0640 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 "), None);
        assert_eq!(PciDevice::parse(b"0100 10de0640 0 0 0 0 0 0 0 0 0 0 0 0 0 0 x "), None);
        assert_eq!(PciDevice::parse(b""), None);
    }

    #[test]
    fn addresses_with_and_without_a_domain() {
        let slot = |text: &str| Slot::parse(text).map(|slot| slot.to_string());
        assert_eq!(slot("00:02.0").as_deref(), Some("00:02.0"));
        assert_eq!(slot("0000:00:02.0").as_deref(), Some("00:02.0"));
        assert_eq!(slot("0001:e1:1f.7").as_deref(), Some("0001:e1:1f.7"));
        assert_eq!(slot("10000:e1:00.0").as_deref(), Some("10000:e1:00.0"));
        for bad in
            ["", "00:02", "00:20.0", "00:02.8", "0:00:02.0", "00:2.0", "+000:00:02.0", "100000000:00:02.0"]
        {
            assert_eq!(slot(bad), None, "{bad}");
        }
        let vmd = Slot::parse("10000:e1:00.0").unwrap();
        assert!(vmd.is_called("e1:00.0") && vmd.is_called("10000:e1:00.0") && !vmd.is_called("0000:e1:00.0"));
        assert!(vmd.in_domain(None).is_called("0000:e1:00.0"));
    }
}
