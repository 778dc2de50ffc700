//! `regmap_*` and `regcache_*`: registers behind the kernel's regmap, whatever bus they are on.
//!
//! `DEV reg=HEX val=HEX` (drivers/base/regmap/trace.h). A register is a number in the device's own unit, which is an offset
//! in bytes only where the map is one of memory; so are the offsets here. What the cache answers has not reached the device,
//! and what is written while only the cache is used has no event.

use std::collections::HashMap;

use super::line::Origin;
use crate::dialects::Sink;
use crate::dialects::registers::{Device, Devices, Told};
use crate::dialects::scan::Scan;
use crate::record::Kind;

/// Bytes of a value, which the events do not say.
const WIDTH: u8 = 4;
/// Most devices of which it is followed how wide their values are.
const MAX_DEVICES: usize = 4096;

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// An access to one register.
    Single { kind: Kind, device: &'a [u8], register: u64, value: u64 },
    /// The bytes of registers that follow each other.
    Bulk { kind: Kind, device: &'a [u8], register: u64, bytes: &'a [u8] },
    /// How many registers a transfer has, of which the values come in another event or in none.
    Transfer { device: &'a [u8], register: u64, count: u64 },
    /// A read that the cache answered.
    Cached,
    /// What happens to caches and queues.
    Other,
}

impl<'a> Event<'a> {
    /// Reads the fields of the event `name`.
    pub(super) fn read(name: &[u8], text: &'a [u8]) -> Option<Event<'a>> {
        let single = |kind| {
            let (device, register, mut scan) = place(text, b" val=")?;
            let value = hex(&mut scan)?;
            scan.0.is_empty().then_some(Event::Single { kind, device, register, value })
        };
        let bulk = |kind| {
            let (device, register, scan) = place(text, b" val=")?;
            let is_hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b' ';
            scan.0.iter().all(is_hex).then_some(Event::Bulk { kind, device, register, bytes: scan.0 })
        };
        match name {
            b"regmap_reg_write" => single(Kind::WRITE),
            b"regmap_reg_read" => single(Kind::READ),
            b"regmap_reg_read_cache" => single(Kind::READ).map(|_| Event::Cached),
            b"regmap_bulk_write" => bulk(Kind::WRITE),
            b"regmap_bulk_read" => bulk(Kind::READ),
            b"regmap_hw_read_start" | b"regmap_hw_write_start" => {
                let (device, register, mut scan) = place(text, b" count=")?;
                let count = scan.decimal()?;
                Some(Event::Transfer { device, register, count })
            }
            _ => Some(Event::Other),
        }
    }

    /// Whether it is sure that this is an event of regmap's registers.
    pub(super) fn is_access(&self) -> bool {
        matches!(self, Event::Single { .. } | Event::Bulk { .. } | Event::Cached)
    }
}

/// `DEV reg=HEX` and `then`, or `name=DEV reg=HEX` of `trace-cmd report -R`.
fn place<'a>(text: &'a [u8], then: &[u8]) -> Option<(&'a [u8], u64, Scan<'a>)> {
    let at = memchr::memmem::find(text, b" reg=")?;
    let device = text[..at].trim_ascii();
    let device = device.strip_prefix(b"name=").unwrap_or(device);
    let mut scan = Scan(&text[at + b" reg=".len()..]);
    let register = hex(&mut scan)?;
    scan.word(then)?;
    Some((device, register, scan))
}

fn hex(scan: &mut Scan<'_>) -> Option<u64> {
    scan.hex_0x().or_else(|| scan.hex())
}

/// The device that the events call `name`.
fn called(name: &[u8]) -> Device<'_> {
    Device { name: name.into(), ..Device::default() }
}

/// Follows the events.
#[derive(Debug, Default)]
pub(super) struct Regmap {
    devices: Devices,
    /// Bytes of a register in bulk, by device.
    units: HashMap<Box<[u8]>, u8>,
    /// The transfer before: device, register and how many registers it has.
    transfer: Option<(Box<[u8]>, u64, u64)>,
}

impl Regmap {
    pub(super) fn event(&mut self, event: &Event<'_>, origin: Origin, to: &mut Sink) {
        match *event {
            Event::Single { kind, device, register, value } => {
                if value > 0xff {
                    self.widen(device, value);
                }
                let told = Told { device: called(device), kind, register, value, width: WIDTH };
                self.devices.access(&told, &origin.found(), to);
            }
            Event::Bulk { kind, device, register, bytes } => {
                self.bulk((device, kind), register, bytes, origin, to);
            }
            Event::Transfer { device, register, count } => {
                self.transfer = Some((device.into(), register, count));
                to.tally.add("transfers of regmap, whose values come apart", 1);
            }
            Event::Cached => to.tally.add("reads that regmap's cache answered", 1),
            Event::Other => to.tally.add("other events of regmap", 1),
        }
    }

    /// Values of the device have as many bytes at least.
    fn widen(&mut self, device: &[u8], value: u64) {
        let least = if value > 0xffff { 4 } else { 2 };
        if let Some(unit) = self.units.get_mut(device) {
            *unit = (*unit).max(least);
        } else if self.units.len() < MAX_DEVICES {
            self.units.insert(device.into(), least);
        }
    }

    /// One access a register: of as many bytes as the transfer says, or as the widest value of the device has. They stand as
    /// they lie in memory, the lowest one first.
    fn bulk(
        &mut self,
        (device, kind): (&[u8], Kind),
        register: u64,
        text: &[u8],
        origin: Origin,
        to: &mut Sink,
    ) {
        let bytes: Vec<u8> = text
            .split(|&byte| byte == b' ')
            .filter(|byte| !byte.is_empty())
            .map(|byte| Scan(byte).hex().unwrap_or(0) as u8)
            .collect();
        let count = match &self.transfer {
            Some((of, from, count)) if &**of == device && *from == register => *count as usize,
            _ => 0,
        };
        let unit = match bytes.len().checked_div(count) {
            Some(unit @ (1 | 2 | 4 | 8)) if unit * count == bytes.len() => unit,
            _ => usize::from(self.units.get(device).copied().unwrap_or(1)),
        };
        let unit = if bytes.len().is_multiple_of(unit) { unit } else { 1 };
        for (at, value) in bytes.chunks(unit).enumerate() {
            let register = register.saturating_add(at as u64);
            let value = value.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
            let told = Told { device: called(device), kind, register, value, width: unit as u8 };
            self.devices.access(&told, &origin.found(), to);
        }
        to.tally.add("accesses in bulk, which are one a register here", 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;

    fn accesses(events: &[(&str, &str)]) -> Vec<(Kind, u64, u64, u8)> {
        let (mut regmap, mut to) = (Regmap::default(), Sink::new("test"));
        for (name, text) in events {
            let event = Event::read(name.as_bytes(), text.as_bytes()).unwrap();
            regmap.event(&event, Origin::default(), &mut to);
        }
        let mut block = Block::default();
        to.swap(&mut block);
        let offset = |row: usize| block.address[row] & 0xffff_ffff;
        (0..block.len())
            .map(|row| (block.kind[row], offset(row), block.value[row], block.width[row]))
            .collect()
    }

    #[test]
    fn registers_are_numbers() {
        let found = accesses(&[
            ("regmap_reg_write", "hdaudioC0D0 reg=3f0700 val=40"),
            ("regmap_reg_read_cache", "hdaudioC0D0 reg=2f0012 val=80034a4a"),
            ("regmap_cache_only", "hdaudioC0D0 flag=1"),
            ("regmap_reg_read", "name=hdaudioC0D0 reg=3 val=1e00"),
        ]);
        assert_eq!(found, [(Kind::WRITE, 0x3f_0700, 0x40, 4), (Kind::READ, 3, 0x1e00, 4)]);
    }

    #[test]
    fn bulk_is_one_access_a_register() {
        let bulk = ("regmap_bulk_write", "0-0048 reg=10 val=01 02 03 04");
        let write = |register, value, width| (Kind::WRITE, register, value, width);
        let bytes: Vec<_> = (0..4).map(|i| write(0x10 + i, 1 + i, 1)).collect();
        assert_eq!(accesses(&[bulk]), bytes);
        let words = [write(0x10, 0x201, 2), write(0x11, 0x403, 2)];
        assert_eq!(accesses(&[("regmap_hw_write_start", "0-0048 reg=10 count=2"), bulk]), words);
        let found = accesses(&[("regmap_reg_read", "0-0048 reg=3 val=1e00"), bulk]);
        assert_eq!(found[1..], words);
    }

    #[test]
    fn other_fields_are_none() {
        let is_none = |name: &str, text: &str| Event::read(name.as_bytes(), text.as_bytes()).is_none();
        for text in ["", "0-0048", "0-0048 reg=3", "0-0048 reg= val=3", "0-0048 reg=3 val=4 x"] {
            assert!(is_none("regmap_reg_write", text), "{text}");
        }
        assert!(is_none("regmap_bulk_write", "0-0048 reg=3 val=zz"));
    }
}
