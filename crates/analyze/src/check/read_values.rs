//! The values that registers were read with: those of registers that have but a few.

use mmio_format::RegisterId;
use mmio_format::register::NONE;

/// Most values of a register that does not vary by itself, one that is out of the usual aside.
const MOST_VALUES: usize = 8;
/// Most registers that are followed.
const MAX_REGISTERS: usize = 1 << 16;

/// A value of a register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    value: u64,
    /// How often it was read.
    pub(super) count: u64,
    /// Number of the access that read it first.
    pub(super) first: u64,
}

/// The values of the registers that are followed.
pub(super) struct ReadValues {
    slots: Vec<u32>,
    /// Of a register with too many values there is one more than there may be.
    seen: Vec<Vec<Seen>>,
    is_full: bool,
}

impl ReadValues {
    /// Follows `registers`, whose numbers are less than `all`.
    pub(super) fn new(registers: &[RegisterId], all: usize) -> ReadValues {
        let mut slots = vec![NONE; all];
        for (slot, &register) in registers.iter().take(MAX_REGISTERS).enumerate() {
            slots[register as usize] = slot as u32;
        }
        let followed = registers.len().min(MAX_REGISTERS);
        ReadValues { slots, seen: vec![Vec::new(); followed], is_full: registers.len() > followed }
    }

    /// Whether the register is followed, and has not varied too much up to now.
    pub(super) fn is_followed(&self, register: RegisterId) -> bool {
        self.of(register).is_some_and(|seen| seen.len() <= MOST_VALUES + 1)
    }

    fn of(&self, register: RegisterId) -> Option<&Vec<Seen>> {
        self.seen.get(*self.slots.get(register as usize)? as usize)
    }

    /// Takes what a read gave.
    pub(super) fn read(&mut self, register: RegisterId, value: u64, index: u64) {
        let slot = self.slots.get(register as usize).map_or(NONE, |&slot| slot);
        let Some(seen) = self.seen.get_mut(slot as usize) else { return };
        if let Some(known) = seen.iter_mut().find(|seen| seen.value == value) {
            known.count += 1;
        } else if seen.len() <= MOST_VALUES + 1 {
            seen.push(Seen { value, count: 1, first: index });
        }
    }

    /// What is known of a value; nothing of a register that varies.
    pub(super) fn get(&self, register: RegisterId, value: u64) -> Option<Seen> {
        let seen = self.of(register).filter(|_| self.is_followed(register))?;
        seen.iter().find(|seen| seen.value == value).copied()
    }

    /// Registers that are followed.
    pub(super) fn followed(&self) -> u64 {
        self.seen.len() as u64
    }

    /// Whether there were more registers than are followed.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }
}
