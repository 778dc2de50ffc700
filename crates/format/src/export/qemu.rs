//! The lines of QEMU's `vfio_region_read` and `vfio_region_write` events.
//!
//! Formats after hw/vfio/trace-events, with the `pid@seconds.microseconds:` that QEMU's log backend
//! puts in front. A region is a BAR; a device that is not a PCI device has region 0.

use super::number::{microseconds, put};
use super::{Exporter, Resolved};
use crate::record::Kind;

/// An exporter of QEMU's VFIO event lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Qemu;

impl Exporter for Qemu {
    fn record(&self, r: &Resolved<'_>, out: &mut Vec<u8>) -> bool {
        let (kind, Some(place)) = (r.kind(), r.place) else { return false };
        if kind != Kind::READ && kind != Kind::WRITE {
            return false;
        }
        let (b, row) = (r.block, r.row);
        let (width, value) = (b.width[row], b.access_value(row));
        let (sec, usec) = microseconds(b.time[row]);
        let slot = r.devices.get(place.device).slot;
        let domain = if slot.is_some_and(|slot| slot.domain.unwrap_or(0) == 0) { "0000:" } else { "" };
        let event = if kind == Kind::READ { "read" } else { "write" };
        put!(out, "{}@{sec}.{usec:06}:vfio_region_{event}  ({domain}{}", b.pid.get(row), r.device_name());
        put!(out, ":region{}+0x{:x}, ", place.bar(), place.offset);
        if kind == Kind::READ {
            put!(out, "{width}) = 0x{value:x}\n");
        } else {
            put!(out, "0x{value:x}, {width})\n");
        }
        true
    }
}
