//! Where everything stands in pages and events.

use super::field::Field;

/// The layout of a page: time stamp, commit word, data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageLayout {
    /// The time of the page in nanoseconds of the trace's clock.
    pub(crate) timestamp: Field,
    /// Bytes of data, and flags above them.
    pub(crate) commit: Field,
    /// The offset at which the data begins.
    pub(crate) data: usize,
    /// Bytes of a page.
    pub(crate) size: usize,
}

/// The layout of the 32 bits before each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventHeader {
    /// Bits of `type_len`, the lower ones; the other bits are `time_delta`.
    pub(crate) type_bits: u32,
    /// The `type_len` of bytes that are not used.
    pub(crate) padding: u32,
    /// The `type_len` of more bits of time.
    pub(crate) time_extend: u32,
    /// The `type_len` of an absolute time.
    pub(crate) time_stamp: u32,
    /// The highest `type_len` that is a length, in words of four bytes.
    pub(crate) data_max: u32,
}

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
