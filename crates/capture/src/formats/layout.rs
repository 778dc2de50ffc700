//! Where everything stands in the tracers' events.

use mmio_format::ring::formats::Field;

/// The layout of an access: a read, a write or an UNKNOWN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccessLayout {
    pub(crate) id: u64,
    pub(crate) phys: Field,
    pub(crate) value: Field,
    pub(crate) pc: Field,
    pub(crate) map_id: Field,
    pub(crate) opcode: Field,
    pub(crate) width: Field,
}

/// The layout of a mapping that was made or went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MapLayout {
    pub(crate) id: u64,
    pub(crate) phys: Field,
    pub(crate) virt: Field,
    pub(crate) length: Field,
    pub(crate) map_id: Field,
    pub(crate) opcode: Field,
}

/// The layout of what the module's events have beyond those of the kernel's tracer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TapLayout {
    /// How often the access was made, each time at the next address.
    pub(crate) count: Field,
    /// Flags, see [`DOWN`].
    pub(crate) flags: Field,
    /// The number of the device.
    pub(crate) device: Field,
    /// The number of the access among those of the device.
    pub(crate) sequence: Field,
    /// The number of `mmiotap_gap`: accesses of a mapping are missing from here on, or were up to here.
    pub(crate) gap: u64,
}

/// The flag of an access that is made several times, each time at a lower address (`TAP_F_DOWN` in the module's
/// mmiotap.h).
pub(crate) const DOWN: u64 = 0x10;

/// The layout of a text that a program wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PrintLayout {
    /// The number of the event.
    pub(crate) id: u64,
    /// The offset at which the text begins; it ends with a zero byte or the event.
    pub(crate) text: usize,
}
