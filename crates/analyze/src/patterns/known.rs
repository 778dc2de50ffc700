//! What the census knows of a register, in short.

use crate::census::Census;
use mmio_format::{RegisterId, width};

/// Counts and place of a register, small enough to be looked up at every step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// At most 255 are counted.
    pub(crate) reads: u8,
    /// At most 255 are counted.
    pub(crate) writes: u8,
    /// Bytes.
    width: u8,
    place: u32,
}

impl Known {
    /// All registers of `census`, by number.
    pub(crate) fn all(census: &Census) -> Vec<Known> {
        (0..census.table().len() as RegisterId).map(|id| Known::of(census, id)).collect()
    }

    fn of(census: &Census, id: RegisterId) -> Known {
        let (counts, register) = (census.counts(id), census.register(id));
        Known {
            reads: counts.reads.min(255) as u8,
            writes: counts.writes.min(255) as u8,
            width: register.width,
            place: (register.offset as u32) ^ u32::from(register.bar()) << 29,
        }
    }

    /// Whether it is read or written.
    pub(crate) fn is_accessed(self) -> bool {
        self.reads != 0 || self.writes != 0
    }

    /// All bits of a value.
    pub(crate) fn mask(self) -> u64 {
        width::bits(self.width)
    }

    /// The same for registers of different widths at one place of a device.
    pub(crate) fn place(self) -> u32 {
        self.place
    }

    /// The BAR; of places that need more than 29 bits the upper ones are mixed into it.
    pub(crate) fn bar(self) -> u8 {
        (self.place >> 29) as u8
    }
}
