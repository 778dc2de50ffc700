//! Where the registers of a census are: on the bus, or behind ports.

use crate::census::Census;
use crate::ports::Port;
use crate::site::Site;
use mmio_format::RegisterId;

/// Registers, and the way to them.
#[derive(Clone, Copy)]
pub(super) struct Sites<'a> {
    census: &'a Census,
    /// The ports by whose numbers the registers are known, and the census in which the ports are themselves.
    ports: Option<(&'a [Port], &'a Census)>,
}

impl<'a> Sites<'a> {
    /// The registers of `census`, which are accessed directly.
    pub(super) fn direct(census: &'a Census) -> Sites<'a> {
        Sites { census, ports: None }
    }

    /// The registers of `census` behind `ports`, which are registers of `direct`.
    pub(super) fn behind(census: &'a Census, ports: &'a [Port], direct: &'a Census) -> Sites<'a> {
        Sites { census, ports: Some((ports, direct)) }
    }

    /// Register `id`.
    pub(super) fn site(&self, id: RegisterId) -> Site {
        let register = self.census.register(id);
        let port = self.ports.and_then(|(ports, direct)| {
            let number = register.space.port()?;
            let port = ports.iter().find(|p| p.number == number)?;
            Some(direct.register(port.data))
        });
        Site { register, port }
    }
}
