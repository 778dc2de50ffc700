//! Registers and small numbers for them.

use std::hash::Hash;

use crate::fast_map::FastMap;
use crate::space::{DeviceId, Place, Space};

/// Number of a register in a [`Table`], in the order of first appearance.
pub type RegisterId = u32;

/// Where a register lies and how it is accessed: one offset used with two widths is two registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Register {
    /// Device of the register.
    pub device: DeviceId,
    /// Part of the device.
    pub space: Space,
    /// Offset in bytes from the start of the BAR, or the index behind a port.
    pub offset: u64,
    /// Width in bytes; 0 for accesses that the tracer could not decode.
    pub width: u8,
}

impl Register {
    /// The register at `place` that is accessed with `width` bytes.
    #[inline]
    pub const fn at(Place { device, space, offset }: Place, width: u8) -> Register {
        Register { device, space, offset, width }
    }

    /// BAR of the register, as [`Place::bar`].
    #[inline]
    pub const fn bar(self) -> u8 {
        self.place().bar()
    }

    /// Place of the register.
    #[inline]
    pub const fn place(self) -> Place {
        Place { device: self.device, space: self.space, offset: self.offset }
    }
}

// There may be millions.
const _: () = assert!(size_of::<Register>() == 16);

/// Registers that lie side by side and share one page of numbers.
pub(crate) const PAGE: u64 = 64;
/// The number that stands for no register.
pub const NONE: RegisterId = u32::MAX;
/// Pages remembered by a part of their key.
const RECENT: usize = 64;

/// A table that numbers registers. Drivers walk over tables and uploads, so neighbours share a page, and few look-ups
/// need the map.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pages: FastMap<PageKey, u32>,
    slots: Vec<[RegisterId; PAGE as usize]>,
    registers: Vec<Register>,
    recent: Recent,
}

/// The pages met last, each at a place that its key decides.
#[derive(Clone, Debug)]
pub(crate) struct Recent(Box<[(PageKey, u32); RECENT]>);

impl Default for Recent {
    fn default() -> Self {
        Recent(Box::new([(NO_PAGE, 0); RECENT]))
    }
}

impl Recent {
    /// The number of page `key`, from `look_up` when it was not met of late.
    #[inline]
    pub(crate) fn get(&mut self, key: PageKey, look_up: impl FnOnce(PageKey) -> u32) -> u32 {
        let near = &mut self.0[(key.page as usize ^ (key.space.number() << 3)) % RECENT];
        if near.0 != key {
            *near = (key, look_up(key));
        }
        near.1
    }

    pub(crate) fn clear(&mut self) {
        self.0.fill((NO_PAGE, 0));
    }
}

/// The page of a register, apart from its place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    device: DeviceId,
    space: Space,
    width: u8,
    /// What is left of the offset when the register is not aligned to its width.
    rest: u8,
    page: u64,
}

impl PageKey {
    /// The page of `register` and its slot there.
    #[inline]
    pub(crate) fn of(register: Register) -> (PageKey, usize) {
        let Register { device, space, offset, width } = register;
        let unit = u64::from(width.max(1));
        let (place, rest) = (offset / unit, (offset % unit) as u8);
        (PageKey { device, space, width, rest, page: place / PAGE }, (place % PAGE) as usize)
    }
}

fn page(
    pages: &mut FastMap<PageKey, u32>,
    slots: &mut Vec<[RegisterId; PAGE as usize]>,
    key: PageKey,
) -> u32 {
    let next = slots.len() as u32;
    let page = *pages.entry(key).or_insert(next);
    if page == next {
        slots.push([NONE; PAGE as usize]);
    }
    page
}

/// A key that no page has.
const NO_PAGE: PageKey =
    PageKey { device: DeviceId::new(0), space: Space::Bar(u8::MAX), width: 0, rest: 0, page: 0 };

impl Table {
    /// The number of `register`; a new one when it was not seen before.
    #[inline]
    pub fn id(&mut self, register: Register) -> RegisterId {
        let (key, slot) = PageKey::of(register);
        let (pages, slots) = (&mut self.pages, &mut self.slots);
        let page = self.recent.get(key, |key| page(pages, slots, key));
        self.at(page, slot, register)
    }

    /// The number of `register`, if it was seen.
    pub fn find(&self, register: Register) -> Option<RegisterId> {
        let (key, slot) = PageKey::of(register);
        let page = *self.pages.get(&key)?;
        Some(self.slots[page as usize][slot]).filter(|&id| id != NONE)
    }

    /// The number of page `key`; a new one when it was not seen before.
    pub(crate) fn page(&mut self, key: PageKey) -> u32 {
        page(&mut self.pages, &mut self.slots, key)
    }

    /// The number of `register`, which lies at `slot` of `page`.
    #[inline]
    pub(crate) fn at(&mut self, page: u32, slot: usize, register: Register) -> RegisterId {
        let id = &mut self.slots[page as usize][slot];
        if *id == NONE {
            *id = self.registers.len() as RegisterId;
            self.registers.push(register);
        }
        *id
    }

    /// The register with number `id`, which this table gave out.
    pub fn get(&self, id: RegisterId) -> Register {
        self.registers[id as usize]
    }

    /// All registers by their number.
    pub fn registers(&self) -> &[Register] {
        &self.registers
    }

    /// The numbers of all registers by device, space, width and offset.
    pub fn sorted(&self) -> Vec<RegisterId> {
        let mut pages: Vec<(&PageKey, &u32)> = self.pages.iter().collect();
        pages.sort_unstable_by_key(|(k, _)| (k.device, k.space, k.width, k.page, k.rest));
        let slots = pages.iter().flat_map(|&(_, &page)| self.slots[page as usize]);
        let mut order: Vec<RegisterId> = Vec::with_capacity(self.len());
        order.extend(slots.filter(|&id| id != NONE));
        if pages.iter().any(|(k, _)| k.rest > 0) {
            // Registers that are not aligned lie between the aligned ones.
            order.sort_by_key(|&id| {
                let r = self.get(id);
                (r.device, r.space, r.width, r.offset)
            });
        }
        order
    }

    /// How many registers there are.
    pub fn len(&self) -> usize {
        self.registers.len()
    }

    /// Whether there are no registers.
    pub fn is_empty(&self) -> bool {
        self.registers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_first_appearance_and_come_back() {
        let mut table = Table::default();
        let at =
            |bar, offset, width| Register { device: DeviceId::new(0), space: Space::Bar(bar), offset, width };
        let registers = [
            at(0, 0, 4),
            at(0, 0, 2),
            at(0, 1, 4),
            at(0, 4, 4),
            at(1, 0, 4),
            at(0, u64::MAX, 255),
            at(0, 0, 0),
            at(0, 1 << 20, 4),
        ];
        for _ in 0..2 {
            for (i, &register) in registers.iter().enumerate() {
                assert_eq!(table.id(register), i as u32, "{register:?}");
            }
        }
        assert_eq!(table.registers(), registers);
        assert!(registers.iter().zip(0..).all(|(&register, id)| table.find(register) == Some(id)));
        assert_eq!([at(0, 8, 4), at(0, 0, 8)].map(|register| table.find(register)), [None; 2]);
        let mut sorted = registers;
        sorted.sort_by_key(|r| (r.device, r.space, r.width, r.offset));
        let order: Vec<Register> = table.sorted().into_iter().map(|id| table.get(id)).collect();
        assert_eq!(order, sorted);
    }
}
