//! An access with its place.

use crate::record::Op;
use crate::register::Register;
use crate::space::{DeviceId, Place};

/// A read, a write or an UNKNOWN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Device, part of the device and offset.
    pub place: Place,
    /// What it does.
    pub op: Op,
    /// Bytes; 0 for an UNKNOWN.
    pub width: u8,
    /// The value; 0 for an UNKNOWN.
    pub value: u64,
    /// Nanoseconds of the trace's clock.
    pub time: u64,
    /// Number of the access in the whole trace, from 0.
    pub index: u64,
}

impl Access {
    /// What it accesses.
    #[inline]
    pub const fn register(&self) -> Register {
        Register::at(self.place, self.width)
    }

    /// The device that it goes to.
    #[inline]
    pub const fn device(&self) -> DeviceId {
        self.place.device
    }

    /// The BAR that it goes to, as [`Place::bar`].
    #[inline]
    pub const fn bar(&self) -> u8 {
        self.place.bar()
    }

    /// Bytes from the start of the BAR.
    #[inline]
    pub const fn offset(&self) -> u64 {
        self.place.offset
    }
}
