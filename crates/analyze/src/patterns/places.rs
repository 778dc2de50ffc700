//! Where the registers of a census are: on the bus, or behind ports.

use crate::census::Census;
use crate::names::space;
use crate::ports::Port;
use mmio_format::{DeviceId, Register, RegisterId};

/// Registers, and the way to them.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) census: &'a Census,
    /// The ports whose numbers stand for the devices, and the census in which they are themselves.
    pub(super) behind: Option<(&'a [Port], &'a Census)>,
}

impl Places<'_> {
    pub(super) fn register(&self, id: RegisterId) -> Register {
        self.census.register(id)
    }

    /// The data port that shows `id`.
    pub(super) fn port(&self, id: RegisterId) -> Option<Register> {
        let (ports, census) = self.behind?;
        let number = self.register(id).space.port()?;
        let port = ports.iter().find(|p| p.number == number)?;
        Some(census.register(port.data))
    }

    /// The device.
    pub(super) fn device(&self, id: RegisterId) -> DeviceId {
        self.register(id).device
    }

    /// The BAR of a register, or of the port that shows it.
    pub(super) fn bar(&self, id: RegisterId) -> u8 {
        self.port(id).unwrap_or_else(|| self.register(id)).bar()
    }

    /// `<bar>:<offset>` of the data port that shows `id`; nothing for a direct register.
    pub(super) fn space(&self, id: RegisterId) -> Option<String> {
        self.port(id).map(|data| space(self.bar(id), data.offset))
    }

    /// Direct registers first, then those behind one port after the other.
    pub(super) fn order(&self, id: RegisterId) -> (DeviceId, Option<(u8, u64)>) {
        (self.device(id), self.port(id).map(|data| (self.bar(id), data.offset)))
    }
}
