//! Which accesses a user wants to see: the filters that all tools share.

use crate::block::Block;
use crate::devices::Devices;
use crate::error::Error;
use crate::record::{Kind, Op};
use crate::register::Register;
use crate::space::{DeviceId, Place, Space};
use crate::stats::Stats;

/// Which accesses are wanted; an empty filter lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A device by any of its names, see [`crate::Device::is_called`].
    pub device: Option<String>,
    /// Number of the BAR.
    pub bar: Option<u8>,
    /// Offsets, both ends included; empty means all.
    pub registers: Vec<(u64, u64)>,
    /// Nanoseconds from the first record that has a time, both ends included.
    pub time: Option<(u64, u64)>,
    /// From a marker that contains this text to the next marker.
    pub mark: Option<String>,
    /// Only reads or only writes.
    pub op: Option<Op>,
    /// Width of an access in bytes.
    pub width: Option<u8>,
}

impl Filter {
    /// Whether the filter lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }

    /// Whether a register that lies in `bar` passes by BAR, offset and width: what says which registers an analysis shows.
    pub fn shows(&self, bar: Option<u8>, register: Register) -> bool {
        self.bar.is_none_or(|wanted| Some(wanted) == bar)
            && self.width.is_none_or(|width| width == register.width)
            && self.shows_offset(register.offset)
    }

    /// Whether an offset passes.
    #[inline]
    pub fn shows_offset(&self, offset: u64) -> bool {
        self.registers.is_empty()
            || self.registers.iter().any(|&(first, last)| (first..=last).contains(&offset))
    }

    /// Makes the filter ready for the records of one trace. `start` is the time of its first
    /// record in nanoseconds.
    ///
    /// # Errors
    /// [`Error::Request`] when no device has the name asked for.
    pub(crate) fn bind(&self, devices: &Devices, start: u64) -> Result<Bound, Error> {
        let wanted =
            |name: &String| -> Vec<bool> { devices.iter().map(|(_, d)| d.is_called(name)).collect() };
        let device = self.device.as_ref().map(wanted);
        if let (Some(name), Some(wanted)) = (&self.device, &device)
            && !wanted.contains(&true)
        {
            let known: Vec<&str> = devices.iter().map(|(_, d)| d.name.as_str()).collect();
            return Err(Error::Request(format!(
                "no device {name} in the trace; it has {}",
                known.join(", ")
            )));
        }
        let addresses = device.as_ref().map(|w| devices.ranges(|id| w[id.index()]));
        let unmapped = device.as_ref().is_some_and(|w| w.last() == Some(&true));
        let time = self.time.map(|(a, b)| (start.saturating_add(a), start.saturating_add(b)));
        let in_mark = self.mark.is_none();
        Ok(Bound { filter: self.clone(), device, addresses: addresses.filter(|_| !unmapped), time, in_mark })
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

    /// Whether a block with these statistics can hold a record that matters: one that passes, a loss
    /// (nothing may be joined across it) or a marker (it decides about the records after it).
    pub(crate) fn may_pass(&self, stats: &Stats) -> bool {
        let overlaps = |(a, b): (u64, u64), (c, d): (u64, u64)| a <= d && c <= b;
        let has = |kind: Kind| stats.kinds & (1 << kind.0) != 0;
        if has(Kind::LOST) || (self.filter.mark.is_some() && has(Kind::MARKER)) {
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

    /// Whether the record at `row` passes by its time and by the markers before it. Every record
    /// must be shown to this in order.
    #[inline]
    pub(crate) fn in_span(&mut self, block: &Block, row: usize) -> bool {
        let kind = block.kind[row];
        if kind == Kind::MARKER
            && let Some(mark) = &self.filter.mark
        {
            let text = block.texts.get(row as u32).unwrap_or_default();
            self.in_mark = String::from_utf8_lossy(text).contains(mark.as_str());
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
            && f.bar.is_none_or(|bar| place.space == Space::Bar(bar))
            && f.op.is_none_or(|wanted| wanted == op)
            && f.width.is_none_or(|w| w == width)
            && f.shows_offset(place.offset)
    }

    /// Whether a device passes.
    #[inline]
    pub(crate) fn wants_device(&self, device: DeviceId) -> bool {
        self.device.as_ref().is_none_or(|wanted| wanted[device.index()])
    }
}

/// Parses `A..B` in seconds, either end left out, into nanoseconds.
pub fn parse_time_range(text: &str) -> Result<(u64, u64), String> {
    let (from, to) = text.split_once("..").ok_or("expected A..B in seconds, as in 0.5..2")?;
    let end = |s: &str, default| if s.is_empty() { Ok(default) } else { parse_seconds(s) };
    let range = (end(from, 0)?, end(to, u64::MAX)?);
    if range.0 > range.1 { Err("the range ends before it starts".into()) } else { Ok(range) }
}

/// Parses seconds with up to nine decimals into nanoseconds.
fn parse_seconds(text: &str) -> Result<u64, String> {
    let bad = || format!("{text:?} is not a number of seconds with up to nine decimals");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !(whole.to_owned() + fraction).bytes().all(|b| b.is_ascii_digit()) || text == "." || fraction.len() > 9
    {
        return Err(bad());
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| bad())? };
    let nanos: u64 = format!("{fraction:0<9}").parse().map_err(|_| bad())?;
    whole.checked_mul(1_000_000_000).and_then(|w| w.checked_add(nanos)).ok_or_else(bad)
}

/// Parses one offset or range of offsets: `+0x20`, `0x20`, `+0x40..+0x5f` (last one included).
pub fn parse_registers(text: &str) -> Result<(u64, u64), String> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let range = (parse_offset(from)?, parse_offset(to)?);
    if range.0 > range.1 { Err("the range ends before it starts".into()) } else { Ok(range) }
}

fn parse_offset(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let parsed = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) if !hex.starts_with('+') => u64::from_str_radix(hex, 16).ok(),
        _ => digits.parse().ok().filter(|_| !digits.starts_with('+')),
    };
    parsed.ok_or_else(|| format!("{text:?} is not an offset such as +0x20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_ranges() {
        assert_eq!(parse_time_range("0.5..2"), Ok((500_000_000, 2_000_000_000)));
        assert_eq!(parse_time_range(".."), Ok((0, u64::MAX)));
        assert_eq!(parse_time_range("1.000000001.."), Ok((1_000_000_001, u64::MAX)));
        for bad in ["", "1", "2..1", "x..", "1.0000000001..", "-1..", "99999999999999999999.."] {
            assert!(parse_time_range(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_block_without_times_has_none_that_passes() {
        let mut block = Block::default();
        block.push(crate::Fields { time: 5, ..crate::Fields::default() });
        let filter = Filter { time: Some((0, 10)), ..Filter::default() };
        let mut bound = filter.bind(&Devices::default(), 0).unwrap();
        assert!(bound.in_span(&block, 0));
        block.time.clear();
        assert!(!bound.in_span(&block, 0));
    }

    #[test]
    fn register_ranges() {
        assert_eq!(parse_registers("+0x20"), Ok((0x20, 0x20)));
        assert_eq!(parse_registers("+0x40..+0x5f"), Ok((0x40, 0x5f)));
        assert_eq!(parse_registers("16..0x20"), Ok((16, 32)));
        for bad in ["", "+", "0x", "++1", "0x+1", "+0x20..+0x10", "reg"] {
            assert!(parse_registers(bad).is_err(), "{bad}");
        }
    }
}
