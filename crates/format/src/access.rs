//! An access with its place.

use crate::record::Op;
use crate::register::Register;
use crate::space::{DeviceId, Place};

/// A read, a write or an UNKNOWN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Place of the register: device, part of the device and offset.
    pub place: Place,
    /// The operation: read, write or not known.
    pub op: Op,
    /// Width in bytes; 0 for an UNKNOWN.
    pub width: u8,
    /// The value that was read or written, of as many bits as it is wide; 0 for an UNKNOWN.
    pub value: u64,
    /// Time in nanoseconds of the trace's clock.
    pub time: u64,
    /// Number of the access in the whole trace, counted from 0.
    pub index: u64,
}

impl Access {
    /// The register that is accessed.
    #[inline]
    pub const fn register(&self) -> Register {
        Register::at(self.place, self.width)
    }

    /// Device of the register.
    #[inline]
    pub const fn device(&self) -> DeviceId {
        self.place.device
    }

    /// BAR of the register, as [`Place::bar`].
    #[inline]
    pub const fn bar(&self) -> u8 {
        self.place.bar()
    }

    /// Offset of the register: bytes from the start of the BAR.
    #[inline]
    pub const fn offset(&self) -> u64 {
        self.place.offset
    }
}
