//! Where a register lies: device, BAR or index port, and offset.

use std::hash::{Hash, Hasher};

/// Number of a device in [`Devices`](crate::Devices).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceId(u16);

impl DeviceId {
    /// The device with this number, from 0.
    #[inline]
    pub const fn new(number: u16) -> DeviceId {
        DeviceId(number)
    }

    /// Its number, as an index.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Number of an index port: a pair of registers through which others are reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortId(u16);

impl PortId {
    /// The port with this number, from 0.
    #[inline]
    pub const fn new(number: u16) -> PortId {
        PortId(number)
    }

    /// Its number, as an index.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A part of a device with offsets of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// BAR 0 to 5, 6 the ROM; 0 for a device that has no BARs.
    Bar(u8),
    /// The registers behind an index port.
    Port(PortId),
}

impl Space {
    /// The BAR's number, unless the space lies behind a port.
    #[inline]
    pub const fn bar(self) -> Option<u8> {
        match self {
            Space::Bar(bar) => Some(bar),
            Space::Port(_) => None,
        }
    }

    /// The number of the BAR or of the port.
    #[inline]
    pub(crate) const fn number(self) -> usize {
        match self {
            Space::Bar(bar) => bar as usize,
            Space::Port(port) => port.index(),
        }
    }

    /// The port's number, if the space lies behind one.
    #[inline]
    pub const fn port(self) -> Option<PortId> {
        match self {
            Space::Bar(_) => None,
            Space::Port(port) => Some(port),
        }
    }
}

impl Default for Space {
    fn default() -> Space {
        Space::Bar(0)
    }
}

/// One word for a hasher that is made for short keys; BARs and ports do not meet in one map.
impl Hash for Space {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match *self {
            Space::Bar(bar) => state.write_u8(bar),
            Space::Port(port) => state.write_u16(port.0),
        }
    }
}

/// Where an address lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The device, see [`Devices::get`](crate::Devices::get).
    pub device: DeviceId,
    /// The part of the device.
    pub space: Space,
    /// Bytes from the start of the BAR or mapping, or the index behind a port; the address itself outside of every
    /// mapping.
    pub offset: u64,
}

impl Place {
    /// The BAR's number: 0 for a device that has no BARs, and behind an index port.
    #[inline]
    pub const fn bar(self) -> u8 {
        match self.space {
            Space::Bar(bar) => bar,
            Space::Port(_) => 0,
        }
    }

    /// The number of the stream of accesses that it belongs to: a device has one, and the registers behind a port.
    /// Devices and ports are counted apart.
    #[inline]
    pub const fn stream(self) -> usize {
        match self.space {
            Space::Bar(_) => self.device.index(),
            Space::Port(port) => port.index(),
        }
    }
}
