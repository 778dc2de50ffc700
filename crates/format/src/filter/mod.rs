//! Which accesses a user wants to see: the filters that all tools share.

mod bound;
mod mark_range;
mod offsets;
mod spell;
mod time_range;

use crate::record::Op;
use crate::register::Register;

pub(crate) use bound::Bound;
pub use mark_range::{MarkEnd, MarkPattern, MarkRange, parse_mark_range};
pub use offsets::{Offsets, parse_registers};
pub use time_range::{Instant, TimeRange, parse_time_range};

/// Which accesses are wanted; an empty filter lets everything through. Its text is that of the options that ask for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Devices, each by any of its names, see [`crate::Device::is_called`]; empty means all.
    pub devices: Vec<String>,
    /// Numbers of BARs; empty means all.
    pub bars: Vec<u8>,
    /// Offsets; empty means all.
    pub registers: Vec<Offsets>,
    /// A part of the time, on the trace's clock or since its first record.
    pub time: Option<TimeRange>,
    /// Stretches between markers.
    pub mark: Option<MarkRange>,
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

    /// The same filter for one BAR of one device, which is called `device`.
    pub fn at(&self, device: &str, bar: u8) -> Filter {
        Filter { bars: vec![bar], ..self.of_device(device) }
    }

    /// The same filter for one device, which is called `device`.
    pub fn of_device(&self, device: &str) -> Filter {
        Filter { devices: vec![device.to_owned()], ..self.clone() }
    }

    /// Whether a register passes by BAR, offset and width: what says which registers an analysis shows. `port` is the
    /// data register that shows it, where it lies behind one.
    pub fn shows(&self, register: Register, port: Option<Register>) -> bool {
        let bar = port.unwrap_or(register).bar();
        self.wants_bar(bar)
            && self.width.is_none_or(|width| width == register.width)
            && self.wants_offset(bar, port.map(|port| port.offset), register.offset)
    }

    #[inline]
    fn wants_bar(&self, bar: u8) -> bool {
        self.bars.is_empty() || self.bars.contains(&bar)
    }

    #[inline]
    fn wants_offset(&self, bar: u8, port: Option<u64>, offset: u64) -> bool {
        self.registers.is_empty() || self.registers.iter().any(|wanted| wanted.holds(bar, port, offset))
    }
}
