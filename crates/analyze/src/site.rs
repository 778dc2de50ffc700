//! A register of a finding, and the way to it.

use mmio_format::{DeviceId, Filter, Register};

/// A register, and the data port that shows it where it lies behind one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    /// The register; behind a port its offset is the index.
    pub register: Register,
    /// The data register of the port.
    pub port: Option<Register>,
}

impl Site {
    /// A register that is accessed directly.
    pub const fn direct(register: Register) -> Site {
        Site { register, port: None }
    }

    /// The device of the register.
    pub const fn device(self) -> DeviceId {
        self.register.device
    }

    /// The BAR in which the register, or the port that shows it, lies.
    pub fn bar(self) -> u8 {
        self.port.unwrap_or(self.register).bar()
    }

    /// Whether `filter` shows the register, by BAR, offset and width.
    pub fn is_shown(self, filter: &Filter) -> bool {
        filter.shows(self.register, self.port)
    }
}
