//! Index and data in one access: the two registers lie side by side, and an access as wide as both goes to both.
//!
//! Drivers write so where the bus lets them: it saves half of the accesses. The lower bytes are the index.

use mmio_format::width::bits;
use mmio_format::{Access, Register, RegisterId};

use crate::census::Census;

/// A register that covers an index register and the data register after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Combined {
    /// The wide register.
    pub register: RegisterId,
    /// The index register.
    pub index: RegisterId,
    /// Bytes of the index.
    width: u8,
    /// The data register.
    data: Register,
}

impl Combined {
    /// The one of `data` and a register that selects it: the index register, or the wide one. The index must be written
    /// alone too: what is always written as a whole and read in part is one register, as far as anybody can see.
    pub(super) fn of(census: &Census, selector: RegisterId, data: RegisterId) -> Option<Combined> {
        let (select, data) = (census.register(selector), census.register(data));
        let width = u8::try_from(data.offset.checked_sub(select.offset)?).ok().filter(|&width| width > 0)?;
        let both = Register { width: width.checked_add(data.width).filter(|&bytes| bytes <= 8)?, ..select };
        // The selector ends where the data begins, or where it ends.
        let fits = select.width == width || select == both;
        if !fits || (select.device, select.space) != (data.device, data.space) {
            return None;
        }
        let written = |register| census.table().find(register).filter(|&id| census.counts(id).writes > 0);
        let (register, index) = (written(both)?, written(Register { width, ..select })?);
        Some(Combined { register, index, width, data })
    }

    /// The accesses to the index and to the data that `access` is.
    pub(super) fn split(&self, access: &Access) -> (Access, Access) {
        let value = access.value >> (8 * u32::from(self.width));
        let index = Access { width: self.width, value: access.value & bits(self.width), ..*access };
        (index, Access { place: self.data.place(), width: self.data.width, value, ..*access })
    }
}
