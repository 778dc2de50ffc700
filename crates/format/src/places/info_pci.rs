//! What QEMU's monitor answers to `info pci`.

use super::kept::Kept;
use super::lines::lines;
use super::number::{decimal, ids, prefixed_hex};
use super::pci::PciDevices;
use crate::pci::{Bar, PciDevice, ROM};

/// The devices of the text.
pub(super) fn devices(text: &[u8]) -> PciDevices {
    let mut devices = Kept::new();
    let mut device: Option<PciDevice> = None;
    for line in lines(text) {
        let line = line.trim();
        if let Some(next) = begin(line) {
            devices.extend(device.replace(next).map(|device| (None, device)));
        } else if let Some(device) = &mut device {
            read(device, line);
        }
    }
    devices.extend(device.map(|device| (None, device)));
    devices
}

/// Reads the first line of a device: `Bus  0, device   3, function 0:`, all decimal.
fn begin(line: &str) -> Option<PciDevice> {
    let mut parts = line.strip_suffix(':')?.split(", ");
    let mut number = |name: &str, limit: u64| {
        let digits = parts.next()?.strip_prefix(name)?.trim_start();
        decimal(digits).filter(|&number| number < limit).map(|number| number as u8)
    };
    let (bus, device, function) = (number("Bus ", 256)?, number("device ", 32)?, number("function ", 8)?);
    let devfn = device << 3 | function;
    Some(PciDevice { bus, devfn, vendor: 0, device: 0, irq: 0, bars: [Bar::default(); 7], driver: None })
}

fn read(device: &mut PciDevice, line: &str) {
    if let Some((number, bar)) = line.strip_prefix("BAR").and_then(|rest| rest.split_once(": ")) {
        let number = decimal(number).and_then(|number| usize::try_from(number).ok());
        if let (Some(number), Some(bar)) = (number, parse_bar(bar))
            && let Some(place) = device.bars.get_mut(number)
        {
            let plain = Bar { start: bar.start, length: bar.length, ..Bar::default() };
            *place = if number == ROM { plain } else { bar };
        }
    } else if let Some(ids) = line.rsplit_once(": PCI device ").and_then(|(_, text)| ids(text)) {
        (device.vendor, device.device) = ids;
    } else if let Some(irq) = line.strip_prefix("IRQ ").and_then(|rest| rest.split([',', '.']).next()) {
        device.irq = decimal(irq).and_then(|irq| irq.try_into().ok()).unwrap_or(0);
    }
}

/// Reads `64 bit prefetchable memory at 0xfebf8000 [0xfebfbfff].` or `I/O at 0xc080 [0xc09f].` The start of a BAR that
/// is not mapped is all ones, so that its end lies before it.
fn parse_bar(text: &str) -> Option<Bar> {
    let (kind, range) = text.split_once(" at ")?;
    let (start, last) = range.split_once(" [")?;
    let (start, last) = (prefixed_hex(start)?, prefixed_hex(last.split_once(']')?.0)?);
    let length = last.checked_sub(start).filter(|_| start != u64::MAX)?.checked_add(1)?;
    let is_io = kind == "I/O";
    let is_prefetchable = kind.ends_with(" prefetchable memory");
    (is_io || kind.ends_with(" memory")).then(|| Bar {
        start,
        length,
        is_io,
        is_64bit: kind.starts_with("64 bit "),
        is_prefetchable,
    })
}
