//! The output of `lspci -v` and `lspci -vv`, with names or numbers.

use super::is_range;
use super::kept::Kept;
use super::lines::lines;
use super::number::{decimal, hex, ids};
use super::pci::PciDevices;
use crate::pci::{Bar, PciDevice, ROM, Slot};

/// The devices of the text.
pub(super) fn devices(text: &[u8]) -> PciDevices {
    let mut devices = Kept::new();
    let mut entry: Option<Entry> = None;
    for line in lines(text) {
        let line = line.trim();
        if let Some(next) = Entry::begin(line) {
            devices.extend(entry.replace(next).map(Entry::finish));
        } else if let Some(entry) = &mut entry {
            entry.read(line);
        }
    }
    devices.extend(entry.map(Entry::finish));
    devices
}

/// A device, as far as it is read.
struct Entry {
    domain: Option<u32>,
    device: PciDevice,
    /// Number of the next BAR, for `-v`, which does not tell it.
    next_bar: usize,
    /// Whether capabilities have begun: the regions named there are those of virtual functions.
    in_capabilities: bool,
}

impl Entry {
    /// Reads the first line of a device: `00:03.0 Ethernet controller [0200]: … [8086:10d3] (rev 01)`.
    fn begin(line: &str) -> Option<Entry> {
        let (place, description) = line.split_once(' ')?;
        let slot = Slot::parse(place)?;
        let (vendor, device) = ids_in(description).unwrap_or_default();
        let device = PciDevice {
            bus: slot.bus,
            devfn: slot.devfn,
            vendor,
            device,
            irq: 0,
            bars: [Bar::default(); 7],
            driver: None,
        };
        Some(Entry { domain: slot.domain, device, next_bar: 0, in_capabilities: false })
    }

    fn read(&mut self, line: &str) {
        if let Some(driver) = line.strip_prefix("Kernel driver in use: ") {
            let is_name = !driver.is_empty() && !driver.chars().any(char::is_control);
            self.device.driver = is_name.then(|| driver.to_owned());
        } else if line.starts_with("Flags:") || line.starts_with("Interrupt:") {
            self.device.irq = irq(line).unwrap_or(0);
        } else if line.starts_with("Capabilities:") {
            self.in_capabilities = true;
        } else if !self.in_capabilities {
            self.read_bar(line);
        }
    }

    /// Takes `Region 0: Memory at fe000000 (64-bit, prefetchable) [size=16K]`, `I/O ports at c080 [size=32]` or
    /// `Expansion ROM at feb40000 [disabled] [size=256K]`. Where the system set an address that the device does not
    /// show, `[virtual]` or `[enhanced]` comes first.
    fn read_bar(&mut self, line: &str) {
        let (number, line) = match line.strip_prefix("Region ").and_then(|rest| rest.split_once(": ")) {
            Some((number, rest)) => (decimal(number).and_then(|number| number.try_into().ok()), rest),
            None => (Some(self.next_bar), line),
        };
        let line =
            line.strip_prefix("[virtual] ").or_else(|| line.strip_prefix("[enhanced] ")).unwrap_or(line);
        if let Some(rest) = line.strip_prefix("Expansion ROM at ") {
            self.device.bars[ROM] = bar(rest);
        } else if let Some(rest) = line.strip_prefix("I/O ports at ") {
            self.put(number, Bar { is_io: true, ..bar(rest) });
        } else if let Some(rest) = line.strip_prefix("Memory at ") {
            let is_64bit = rest.contains("(64-bit");
            let is_prefetchable = rest.contains(", prefetchable)");
            self.put(number, Bar { is_64bit, is_prefetchable, ..bar(rest) });
        }
    }

    /// Puts a BAR in its place. One without an address or a length takes a number, but is none.
    fn put(&mut self, number: Option<usize>, bar: Bar) {
        let Some(number) = number.filter(|&number| number < ROM) else { return };
        self.next_bar = number + if bar.is_64bit { 2 } else { 1 };
        if bar.length != 0 {
            self.device.bars[number] = bar;
        }
    }

    fn finish(self) -> (Option<u32>, PciDevice) {
        (self.domain, self.device)
    }
}

/// Reads the number in `latency 0, IRQ 22, NUMA node 0` or `pin A routed to IRQ 22`.
fn irq(line: &str) -> Option<u32> {
    let (_, rest) = line.split_once("IRQ ")?;
    decimal(rest.split(|c: char| !c.is_ascii_digit()).next()?)?.try_into().ok()
}

/// Reads an address and `[size=…]`; nothing where one of them is not told, as in `<unassigned>`.
fn bar(text: &str) -> Bar {
    let start = text.split_whitespace().next().and_then(hex);
    let length = text.split_once("[size=").and_then(|(_, rest)| size(rest.split_once(']')?.0));
    match (start, length) {
        (Some(start), Some(length)) if is_range(start, length) => Bar { start, length, ..Bar::default() },
        _ => Bar::default(),
    }
}

/// Reads a size in bytes: `256`, `16K`, `1M`, `16G`.
fn size(text: &str) -> Option<u64> {
    let (digits, shift) = match text.char_indices().next_back()? {
        (at, 'K') => (&text[..at], 10),
        (at, 'M') => (&text[..at], 20),
        (at, 'G') => (&text[..at], 30),
        (at, 'T') => (&text[..at], 40),
        (at, 'P') => (&text[..at], 50),
        _ => (text, 0),
    };
    decimal(digits)?.checked_mul(1 << shift)
}

/// The ids in a description: the last in brackets, or with numbers alone the word after the class.
fn ids_in(description: &str) -> Option<(u16, u16)> {
    let bracketed = description.rsplit('[').find_map(|part| ids(part.split_once(']')?.0));
    let plain = || ids(description.strip_prefix("Class ").unwrap_or(description).split(' ').nth(1)?);
    bracketed.or_else(plain)
}
