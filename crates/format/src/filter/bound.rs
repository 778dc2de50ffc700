//! A filter at work on one trace.

use super::Filter;
use crate::block::Block;
use crate::devices::Devices;
use crate::error::Error;
use crate::record::{Kind, Op};
use crate::space::{DeviceId, Place};
use crate::stats::Stats;

impl Filter {
    /// Makes the filter ready for the records of one trace. `start` is the time of its first
    /// record in nanoseconds.
    ///
    /// # Errors
    /// [`Error::Request`] when no device has a name that is asked for, and for registers behind a port.
    pub(crate) fn bind(&self, devices: &Devices, start: u64) -> Result<Bound, Error> {
        let device = self.wanted_devices(devices)?;
        self.refuse_ports()?;
        let addresses = device.as_ref().map(|w| devices.ranges(|id| w[id.index()]));
        let unmapped = device.as_ref().is_some_and(|w| w.last() == Some(&true));
        Ok(Bound {
            device,
            addresses: addresses.filter(|_| !unmapped),
            time: self.time.map(|range| range.on_clock(start)),
            in_mark: self.mark.as_ref().is_none_or(|mark| mark.begins_inside()),
            filter: self.clone(),
        })
    }

    /// Refuses registers behind a port: a single access does not show which of them it is for.
    ///
    /// # Errors
    /// [`Error::Request`] for such a register.
    pub fn refuse_ports(&self) -> Result<(), Error> {
        let Some(behind) = self.registers.iter().find(|offsets| offsets.port.is_some()) else {
            return Ok(());
        };
        Err(Error::Request(format!(
            "{behind} lies behind a port, and only regs and patterns show what does; +{:#x} is the port's own register",
            behind.port.unwrap_or_default()
        )))
    }

    /// For each device whether it is one of those asked for; nothing where all are.
    fn wanted_devices(&self, devices: &Devices) -> Result<Option<Vec<bool>>, Error> {
        if self.devices.is_empty() {
            return Ok(None);
        }
        let mut wanted = vec![false; devices.iter().count()];
        for name in &self.devices {
            let called = devices.called(name);
            if called.is_empty() {
                let known: Vec<&str> = devices.iter().map(|(_, d)| d.name.as_str()).collect();
                return Err(Error::Request(format!(
                    "no device {name} in the trace; it has {}",
                    known.join(", ")
                )));
            }
            called.into_iter().for_each(|id| wanted[id.index()] = true);
        }
        Ok(Some(wanted))
    }
}

/// A filter with the names of one trace looked up. Records go through it in order.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    filter: Filter,
    device: Option<Vec<bool>>,
    addresses: Option<Vec<(u64, u64)>>,
    time: Option<(u64, u64)>,
    in_mark: bool,
}

impl Bound {
    /// Whether the filter lets everything through.
    pub(crate) fn is_empty(&self) -> bool {
        self.filter.is_empty()
    }

    /// Whether markers decide what passes.
    pub(crate) fn follows_marks(&self) -> bool {
        self.filter.mark.is_some()
    }

    /// Whether a block with these statistics can hold a record that matters: one that passes, a loss
    /// (nothing may be joined across it) or a marker (it decides about the records after it).
    pub(crate) fn may_pass(&self, stats: &Stats) -> bool {
        let overlaps = |(a, b): (u64, u64), (c, d): (u64, u64)| a <= d && c <= b;
        let has = |kind: Kind| stats.kinds & (1 << kind.0) != 0;
        if has(Kind::LOST) || (self.follows_marks() && has(Kind::MARKER)) {
            return true;
        }
        let time = match (self.time, stats.time) {
            (Some(wanted), Some(has)) => overlaps(wanted, has),
            (Some(_), None) => false,
            _ => true,
        };
        let address = match (&self.addresses, stats.address) {
            (Some(wanted), Some(has)) => wanted.iter().any(|&w| overlaps(w, has)),
            _ => true,
        };
        time && address
    }

    /// Whether what comes next is inside of the stretches of markers that are wanted.
    pub(crate) fn in_mark(&self) -> bool {
        self.in_mark
    }

    /// Whether the record at `row` passes by its time and by the markers before it. Every record
    /// must be shown to this in order.
    #[inline]
    pub(crate) fn in_span(&mut self, block: &Block, row: usize) -> bool {
        let kind = block.kind[row];
        if kind == Kind::MARKER
            && let Some(mark) = &self.filter.mark
        {
            let text = block.texts.get(row as u32).unwrap_or_default();
            self.in_mark = mark.goes_on(self.in_mark, &String::from_utf8_lossy(text));
        }
        let in_time = match self.time {
            // A block whose times were not read has none that passes.
            Some((first, last)) => {
                kind.is_timed() && block.time.get(row).is_some_and(|time| (first..=last).contains(time))
            }
            None => true,
        };
        in_time && self.in_mark
    }

    /// Whether a record at this place of the trace would pass if its time were `time`, in nanoseconds.
    pub(crate) fn in_span_at(&self, time: u64) -> bool {
        self.in_mark && self.time.is_none_or(|(first, last)| (first..=last).contains(&time))
    }

    /// Whether an access at `place` passes by its device, BAR, offset, op and width.
    #[inline]
    pub(crate) fn wants_access(&self, op: Op, width: u8, place: Place) -> bool {
        let f = &self.filter;
        self.wants_device(place.device)
            && f.wants_bar(place.bar())
            && f.op.is_none_or(|wanted| wanted == op)
            && f.width.is_none_or(|w| w == width)
            && f.wants_offset(place.bar(), None, place.offset)
    }

    /// Whether a device passes.
    #[inline]
    pub(crate) fn wants_device(&self, device: DeviceId) -> bool {
        self.device.as_ref().is_none_or(|wanted| wanted[device.index()])
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Instant, TimeRange};
    use super::*;

    #[test]
    fn a_block_without_times_has_none_that_passes() {
        let mut block = Block::default();
        block.push(crate::Fields { time: 5, ..crate::Fields::default() });
        let time = TimeRange { from: None, to: Some(Instant::Clock(10)) };
        let filter = Filter { time: Some(time), ..Filter::default() };
        let mut bound = filter.bind(&Devices::default(), 0).unwrap();
        assert!(bound.in_span(&block, 0));
        block.time.clear();
        assert!(!bound.in_span(&block, 0));
    }
}
