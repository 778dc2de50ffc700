//! `vfio_region_read` and `vfio_region_write`, and what VFIO says of the regions of its devices.

use super::config::{Config, Register};
use super::{Outcome, Stamp, TOO_MANY, named};
use crate::dialects::layout::RegionId;
use crate::dialects::scan::Scan;
use crate::dialects::{Found, Sink};
use crate::pci::Slot;
use crate::record::Kind;

/// The BARs and the ROM among VFIO's regions (include/uapi/linux/vfio.h); configuration and VGA come after them.
const LAST_BAR: u64 = 6;

/// An access as it stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event<'a> {
    pub(super) is_write: bool,
    /// The device's name and the region's number: `0000:01:00.0:region2`.
    pub(super) region: &'a [u8],
    pub(super) offset: u64,
    pub(super) value: u64,
    pub(super) size: u8,
}

/// Follows the events.
#[derive(Debug, Default)]
pub(super) struct Vfio {
    recent: Vec<u8>,
    region: Option<RegionId>,
}

impl Vfio {
    pub(super) fn event<'a>(
        &mut self,
        text: &'a [u8],
        stamp: Stamp,
        config: &mut Config,
        to: &mut Sink,
    ) -> Outcome<'a> {
        if text.starts_with(b"vfio_region_read ") || text.starts_with(b"vfio_region_write ") {
            let Some((event, rest)) = Event::read(text) else { return Outcome::Broken };
            self.access(&event, stamp, config, to);
            return Outcome::Taken(rest);
        }
        let taken = if text.starts_with(b"vfio_region_setup ") {
            self.setup(text, config, to)
        } else if text.starts_with(b"vfio_pci_read_config ") || text.starts_with(b"vfio_pci_write_config ") {
            configuration(text, config, to)
        } else if text.starts_with(b"vfio_msi_interrupt ") || text.starts_with(b"vfio_intx_interrupt ") {
            interrupt(text, stamp, to)
        } else {
            return Outcome::Other;
        };
        taken.map_or(Outcome::Broken, |()| Outcome::Taken(&[]))
    }

    pub(super) fn access(&mut self, event: &Event<'_>, stamp: Stamp, config: &Config, to: &mut Sink) {
        if self.region.is_none() || self.recent != event.region {
            self.region = region(event.region, config, to);
            event.region.clone_into(&mut self.recent);
        }
        let Some(region) = self.region else { return to.tally.add(TOO_MANY, 1) };
        let found = Found {
            kind: if event.is_write { Kind::WRITE } else { Kind::READ },
            value: event.value,
            width: event.size,
            time: stamp.time,
            pid: stamp.tid,
            ..Found::default()
        };
        to.access_in(region, event.offset, &found);
    }

    /// `Device N, region I "N BAR I", flags: 0x…, offset: 0x…, size: 0x…`
    fn setup(&mut self, text: &[u8], config: &Config, to: &mut Sink) -> Option<()> {
        let mut scan = Scan(text);
        named(&mut scan, b"vfio_region_setup")?;
        scan.word(b"Device ")?;
        let at = memchr::memmem::find(scan.0, b", region ")?;
        let device = &scan.0[..at];
        scan.0 = &scan.0[at + 9..];
        let number = scan.decimal()?;
        scan.0 = &scan.0[memchr::memmem::rfind(scan.0, b", size: ")? + 8..];
        let size = scan.hex_0x()?;
        self.sized(&region_name(device, number), size, config, to);
        Some(())
    }

    /// The region that the log calls `name` has so many bytes.
    pub(super) fn sized(&mut self, name: &[u8], size: u64, config: &Config, to: &mut Sink) {
        if let Some(region) = region(name, config, to) {
            to.layout.set_length(region, size);
        }
        to.tally.add("set-ups of regions", 1);
    }
}

/// What the log calls a region of a device.
pub(super) fn region_name(device: &[u8], number: u64) -> Vec<u8> {
    [device, format!(":region{number}").as_bytes()].concat()
}

impl<'a> Event<'a> {
    /// Reads `(NAME:regionN+0xOFF, SIZE) = 0xVAL` or `(NAME:regionN+0xOFF, 0xVAL, SIZE)`, and the rest of the text. A name
    /// may be the path of a socket, with anything in it.
    fn read(text: &'a [u8]) -> Option<(Event<'a>, &'a [u8])> {
        let mut scan = Scan(text.strip_prefix(b"vfio_region_")?);
        let is_write = scan.word(b"write ").is_some();
        if !is_write {
            scan.word(b"read ")?;
        }
        scan.blanks();
        scan.word(b"(")?;
        let line = scan.0;
        let end = memchr::memmem::find(line, b"vfio_region_").unwrap_or(line.len());
        let at = memchr::memmem::rfind(&line[..end], b":region")?;
        scan.0 = &line[at + 7..];
        scan.decimal()?;
        let region = &line[..line.len() - scan.0.len()];
        scan.word(b"+")?;
        let offset = scan.hex_0x()?;
        scan.word(b", ")?;
        let (value, size);
        if is_write {
            value = scan.hex_0x()?;
            scan.word(b", ")?;
            size = scan.decimal()?;
            scan.word(b")")?;
        } else {
            size = scan.decimal()?;
            scan.word(b") = ")?;
            value = scan.hex_0x()?;
        }
        // Digits that something else broke into are not a number.
        if !matches!(size, 1 | 2 | 4 | 8) || scan.0.first().is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        Some((Event { is_write, region, offset, value, size: size as u8 }, scan.0))
    }
}

/// Whether `text` is an access that can be read.
pub(super) fn is_access(text: &[u8]) -> bool {
    Event::read(text).is_some()
}

/// The region that the log calls `name`: a BAR of a PCI device lies where its configuration says.
fn region(name: &[u8], config: &Config, to: &mut Sink) -> Option<RegionId> {
    if let Some(known) = to.layout.find(name) {
        return Some(known);
    }
    let text = String::from_utf8_lossy(name);
    let (device, number) = text.rsplit_once(":region")?;
    let number: u64 = number.parse().ok()?;
    let bar = Slot::parse(device).filter(|_| number <= LAST_BAR).map(|slot| (slot, number as u8));
    // A device that is not on PCI mostly has one region.
    let called = if bar.is_none() && number == 0 { device } else { &text };
    let id = to.layout.add(name, called, bar)?;
    if let Some(base) = bar.and_then(|(slot, bar)| config.base(slot, bar)) {
        to.layout.place(id, base);
    }
    Some(id)
}

/// `(N, @0xOFF, len=0xL) 0xV` and `(N, @0xOFF, 0xV, len=0xL)`.
fn configuration(text: &[u8], config: &mut Config, to: &mut Sink) -> Option<()> {
    let mut scan = Scan(text);
    let is_write = named(&mut scan, b"vfio_pci_write_config").is_some();
    if !is_write {
        named(&mut scan, b"vfio_pci_read_config")?;
    }
    scan.word(b"(")?;
    let device = scan.until(b',')?;
    scan.word(b" @")?;
    let offset = scan.hex_0x()?;
    scan.word(b", ")?;
    let (value, length);
    if is_write {
        value = scan.hex_0x()?;
        scan.word(b", len=")?;
        length = scan.hex_0x()?;
    } else {
        scan.word(b"len=")?;
        length = scan.hex_0x()?;
        scan.word(b") ")?;
        value = scan.hex_0x()?;
    }
    configured(device, &Register { is_write, offset, value, length: Some(length) }, config, to);
    Some(())
}

/// An access to the configuration space of a device.
pub(super) fn configured(device: &[u8], register: &Register, config: &mut Config, to: &mut Sink) {
    to.tally.add("accesses to configuration space", 1);
    if let Some(slot) = std::str::from_utf8(device).ok().and_then(Slot::parse) {
        config.access(slot, register, to);
    }
}

/// `(N) vector 0 0xfee00000/0x4023` and `(N) Pin A`.
fn interrupt(text: &[u8], stamp: Stamp, to: &mut Sink) -> Option<()> {
    let mut scan = Scan(text);
    let is_message = named(&mut scan, b"vfio_msi_interrupt").is_some();
    if !is_message {
        named(&mut scan, b"vfio_intx_interrupt")?;
    }
    let at = memchr::memrchr(b')', scan.0)?;
    scan.0 = &scan.0[at + 1..];
    scan.blanks();
    let what = if is_message {
        scan.word(b"vector ")?;
        format!("irq {}", scan.decimal()?)
    } else {
        scan.word(b"Pin ")?;
        format!("irq INT{}", char::from(*scan.0.first().filter(|pin| pin.is_ascii_uppercase())?))
    };
    to.marker(stamp.time, what.as_bytes());
    Some(())
}
