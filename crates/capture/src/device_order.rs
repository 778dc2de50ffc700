//! The order of one device's accesses, which its tracer numbers: 1, 2, 3 and so on, on whichever CPU they are made.
//!
//! Time stamps are given after an access, so that of two accesses on different CPUs the later one may have the earlier
//! stamp.
//! Numbers may be missing: the kernel's buffer lost the event, or the tracer could not record it.

use crate::formats::{Formats, Kinds};

/// How much later than an access the stamp of one before it may be, in nanoseconds.
/// The stamp is set with interrupts off, so that only a virtual machine that is not run can make it late.
const PATIENCE: u64 = 100_000_000;
/// Devices whose order is kept: the module numbers them from 0.
const MAX_DEVICES: usize = 4096;
/// Most accesses of one event: the module makes 256 of them at once (`ITERATIONS` in its string.c).
pub(crate) const MAX_COUNT: u64 = 4096;

/// The number of an access among those of its device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbered {
    device: u32,
    sequence: u64,
    /// How many records the access becomes.
    pub(crate) count: usize,
}

impl Numbered {
    /// The number of an event; `None` where the event has none, or is too short for it.
    #[inline]
    pub(crate) fn of(data: &[u8], formats: &Formats) -> Option<Numbered> {
        let Kinds::Traps(events) = &formats.kinds else { return None };
        let tap = events.tap.as_ref()?;
        if formats.event_type.read(data)? != events.access.id {
            return None;
        }
        Some(Numbered {
            device: tap.device.read(data)? as u32,
            sequence: tap.sequence.read(data)?,
            count: tap.count.read(data)?.clamp(1, MAX_COUNT) as usize,
        })
    }

    /// Whether both accesses are of one device, and this one was made before.
    pub(crate) fn is_before(self, other: Numbered) -> bool {
        self.device == other.device && self.sequence < other.sequence
    }
}

/// The next number of each device; 0 where it is not known.
#[derive(Debug, Default)]
pub(crate) struct DeviceOrder {
    next: Vec<u64>,
}

impl DeviceOrder {
    /// Whether accesses of the device that were made before this one are still to come, or missing.
    #[inline]
    pub(crate) fn is_early(&self, number: Option<Numbered>) -> bool {
        number.is_some_and(|number| {
            let next = self.next.get(number.device as usize).copied().unwrap_or(0);
            next != 0 && number.sequence > next
        })
    }

    /// Notes that an access has its place in the trace now.
    #[inline]
    pub(crate) fn took(&mut self, number: Numbered) {
        let device = number.device as usize;
        if device >= self.next.len() {
            if device >= MAX_DEVICES {
                return;
            }
            self.next.resize(device + 1, 0);
        }
        self.next[device] = self.next[device].max(number.sequence.saturating_add(1));
    }

    /// Notes that events are missing, with numbers that are not known.
    pub(crate) fn forget(&mut self) {
        self.next.clear();
    }
}

/// The stamp up to which an access before that of the stamp `time` is waited for.
pub(crate) fn waits_until(time: u64) -> u64 {
    time.saturating_add(PATIENCE)
}
