//! What accesses to configuration space say of a PCI device: its ids, and where its BARs lie.

use std::collections::HashMap;

use super::{Outcome, named};
use crate::dialects::Sink;
use crate::dialects::scan::Scan;
use crate::pci::{ROM, Slot};

/// Offsets in configuration space (PCI Local Bus Specification 3.0, section 6.1).
const ID: u64 = 0x00;
const BAR0: u64 = 0x10;
const BAR5: u64 = 0x24;
const SUBSYSTEM: u64 = 0x2c;
const ROM_BASE: u64 = 0x30;
/// Most devices that are followed.
const MAX_DEVICES: usize = 4096;

/// An access to configuration space.
#[derive(Clone, Copy, Debug)]
pub(super) struct Register {
    pub(super) is_write: bool,
    pub(super) offset: u64,
    pub(super) value: u64,
    /// Bytes, where the log says so.
    pub(super) length: Option<u64>,
}

/// The base registers of all devices, as they were read or written last.
#[derive(Debug, Default)]
pub(super) struct Config {
    bars: HashMap<Slot, [u32; ROM + 1]>,
}

impl Config {
    /// Follows an access.
    pub(super) fn access(&mut self, slot: Slot, register: &Register, to: &mut Sink) {
        let &Register { is_write, offset, value, length } = register;
        let is_whole = length.is_none_or(|length| length == 4);
        match offset {
            ID if !is_write && is_whole => {
                if let Some(ids) = to.layout.ids(slot) {
                    (ids.vendor, ids.device) = halves(value);
                }
            }
            ID if !is_write => {
                if let Some(ids) = to.layout.ids(slot) {
                    ids.vendor = value as u16;
                }
            }
            0x02 if !is_write => {
                if let Some(ids) = to.layout.ids(slot) {
                    ids.device = value as u16;
                }
            }
            SUBSYSTEM if !is_write && is_whole => {
                if let Some(ids) = to.layout.ids(slot) {
                    ids.subsystem = halves(value);
                }
            }
            BAR0..=BAR5 | ROM_BASE if is_whole && offset.is_multiple_of(4) => {
                let bar = if offset == ROM_BASE { ROM } else { ((offset - BAR0) / 4) as usize };
                self.set(slot, bar, value as u32);
            }
            _ => {}
        }
    }

    /// A base register has this value, unless it is one that asks for the size: all ones, or all but a ROM's flag.
    fn set(&mut self, slot: Slot, bar: usize, value: u32) {
        let asks = value >= 0xffff_f800;
        if asks || (!self.bars.contains_key(&slot) && self.bars.len() >= MAX_DEVICES) {
            return;
        }
        self.bars.entry(slot).or_default()[bar] = value;
    }

    /// Where a BAR of memory lies, if it is known.
    pub(super) fn base(&self, slot: Slot, bar: u8) -> Option<u64> {
        let bars = self.bars.get(&slot)?;
        let bar = usize::from(bar);
        let low = *bars.get(bar)?;
        let (is_io, is_64bit) = (bar != ROM && low & 1 != 0, bar != ROM && low & 6 == 4);
        let high = if is_64bit { bars.get(bar + 1).copied().unwrap_or(0) } else { 0 };
        let base = u64::from(high) << 32 | u64::from(low & !0xf);
        (!is_io && base != 0).then_some(base)
    }

    /// `pci_cfg_read DEV BB:DD.F @0xOFF -> 0xV` and `pci_cfg_write … <- 0xV`: counted.
    pub(super) fn event<'a>(&mut self, text: &'a [u8], to: &mut Sink) -> Outcome<'a> {
        let mut scan = Scan(text);
        if named(&mut scan, b"pci_cfg_read").or_else(|| named(&mut scan, b"pci_cfg_write")).is_none() {
            return Outcome::Other;
        }
        to.tally.add("accesses to configuration space", 1);
        Outcome::Taken(&[])
    }
}

/// The lower and the upper half of a dword.
fn halves(value: u64) -> (u16, u16) {
    (value as u16, (value >> 16) as u16)
}
