//! State of the registers that need one.

use mmio_format::RegisterId;

/// Most registers that one detector follows.
const MAX_REGISTERS: usize = 1 << 16;

/// State by register, made when it is first asked for.
#[derive(Clone, Debug)]
pub(crate) struct PerRegister<T> {
    /// One more than the place of the state, 0 where there is none, [`Self::CLOSED`] where there shall be none.
    slots: Vec<u32>,
    items: Vec<(RegisterId, T)>,
    full: bool,
}

impl<T> PerRegister<T> {
    /// The slot of a register that never gets a state.
    const CLOSED: u32 = u32::MAX;

    /// For `registers` registers; when there are more, there is room for them too.
    pub(crate) fn new(registers: usize) -> PerRegister<T> {
        PerRegister { slots: vec![0; registers], items: Vec::new(), full: false }
    }

    /// For those of `registers` registers that `may` have a state.
    pub(crate) fn only(registers: usize, may: impl Fn(RegisterId) -> bool) -> PerRegister<T> {
        let slot = |id: RegisterId| if may(id) { 0 } else { Self::CLOSED };
        let slots = (0..registers as RegisterId).map(slot).collect();
        PerRegister { slots, items: Vec::new(), full: false }
    }

    /// Whether `register` may have a state.
    #[inline]
    pub(crate) fn may(&self, register: RegisterId) -> bool {
        self.slots.get(register as usize).is_some_and(|&slot| slot != Self::CLOSED)
    }

    /// The state of `register`, if it has one.
    #[inline]
    pub(crate) fn get(&mut self, register: RegisterId) -> Option<&mut T> {
        let slot = *self.slots.get(register as usize)?;
        Some(&mut self.items.get_mut((slot as usize).checked_sub(1)?)?.1)
    }

    /// The state of `register`, to look at.
    pub(crate) fn peek(&self, register: RegisterId) -> Option<&T> {
        let slot = *self.slots.get(register as usize)?;
        Some(&self.items.get((slot as usize).checked_sub(1)?)?.1)
    }

    /// The state of `register`, made if need be; nothing when there are too many.
    pub(crate) fn entry(&mut self, register: RegisterId, new: impl FnOnce() -> T) -> Option<&mut T> {
        if register as usize >= self.slots.len() {
            self.slots.resize(register as usize + 1, 0);
        }
        let slot = self.slots.get_mut(register as usize)?;
        if *slot == 0 {
            if self.items.len() >= MAX_REGISTERS {
                self.full = true;
                return None;
            }
            self.items.push((register, new()));
            *slot = self.items.len() as u32;
        }
        Some(&mut self.items.get_mut(*slot as usize - 1)?.1)
    }

    /// All, in the order in which they were made.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (RegisterId, &T)> {
        self.items.iter().map(|(register, state)| (*register, state))
    }

    /// All, to change them.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (RegisterId, &mut T)> {
        self.items.iter_mut().map(|(register, state)| (*register, state))
    }

    /// Whether registers had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }
}
