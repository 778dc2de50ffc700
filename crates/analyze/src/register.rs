//! Registers and small numbers for them.

use std::hash::Hash;

use crate::fast_map::FastMap;

/// Number of a register in a [`Table`], in the order of first appearance.
pub type RegisterId = u32;

/// Where a register lies and how it is accessed: one offset used with two widths is two registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Register {
    /// Number of the device in the trace's device table.
    pub device: u16,
    /// BAR, 0 to 6; 0 for a device without one.
    pub bar: u8,
    /// Bytes from the start of the BAR.
    pub offset: u64,
    /// Bytes; 0 for accesses that the tracer could not decode.
    pub width: u8,
}

/// Registers that lie side by side and share one page of numbers.
const PAGE: u64 = 64;
/// No register.
pub const NONE: RegisterId = u32::MAX;
/// Pages remembered by a part of their key.
const RECENT: usize = 64;

/// Numbers registers. Drivers walk over tables and uploads, so neighbours share a page, and few look-ups
/// need the map.
#[derive(Clone, Debug)]
pub struct Table {
    pages: FastMap<PageKey, u32>,
    slots: Vec<[RegisterId; PAGE as usize]>,
    registers: Vec<Register>,
    recent: Box<[(PageKey, u32); RECENT]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PageKey {
    device: u16,
    bar: u8,
    width: u8,
    /// What is left of the offset when the register is not aligned to its width.
    rest: u8,
    page: u64,
}

/// The key of no page.
const NO_PAGE: PageKey = PageKey { device: 0, bar: u8::MAX, width: 0, rest: 0, page: 0 };

impl Default for Table {
    fn default() -> Self {
        Table {
            pages: FastMap::default(),
            slots: Vec::new(),
            registers: Vec::new(),
            recent: Box::new([(NO_PAGE, 0); RECENT]),
        }
    }
}

impl Table {
    /// The number of `register`; a new one when it was not seen before.
    #[inline]
    pub fn id(&mut self, register: Register) -> RegisterId {
        let unit = u64::from(register.width.max(1));
        let place = register.offset / unit;
        let (page, slot) = (place / PAGE, (place % PAGE) as usize);
        let rest = (register.offset % unit) as u8;
        let key = PageKey { device: register.device, bar: register.bar, width: register.width, rest, page };
        let near = (page as usize ^ (usize::from(register.bar) << 3)) % RECENT;
        let page = match self.recent[near] {
            (recent, page) if recent == key => page,
            _ => self.page(key, near),
        };
        let id = &mut self.slots[page as usize][slot];
        if *id == NONE {
            *id = self.registers.len() as RegisterId;
            self.registers.push(register);
        }
        *id
    }

    fn page(&mut self, key: PageKey, near: usize) -> u32 {
        let next = self.slots.len() as u32;
        let page = *self.pages.entry(key).or_insert(next);
        if page == next {
            self.slots.push([NONE; PAGE as usize]);
        }
        self.recent[near] = (key, page);
        page
    }

    /// The register with number `id`, which this table gave out.
    pub fn get(&self, id: RegisterId) -> Register {
        self.registers[id as usize]
    }

    /// All registers by their number.
    pub fn registers(&self) -> &[Register] {
        &self.registers
    }

    /// The numbers of all registers by device, BAR, width and offset.
    pub fn sorted(&self) -> Vec<RegisterId> {
        let mut pages: Vec<(&PageKey, &u32)> = self.pages.iter().collect();
        pages.sort_unstable_by_key(|(k, _)| (k.device, k.bar, k.width, k.page, k.rest));
        let slots = pages.iter().flat_map(|&(_, &page)| self.slots[page as usize]);
        let mut order: Vec<RegisterId> = Vec::with_capacity(self.len());
        order.extend(slots.filter(|&id| id != NONE));
        if pages.iter().any(|(k, _)| k.rest > 0) {
            // Registers that are not aligned lie between the aligned ones.
            order.sort_by_key(|&id| {
                let r = self.get(id);
                (r.device, r.bar, r.width, r.offset)
            });
        }
        order
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.registers.len()
    }

    /// Whether there is none.
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
        let at = |bar, offset, width| Register { device: 0, bar, offset, width };
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
        let mut sorted = registers;
        sorted.sort_by_key(|r| (r.device, r.bar, r.width, r.offset));
        let order: Vec<Register> = table.sorted().into_iter().map(|id| table.get(id)).collect();
        assert_eq!(order, sorted);
    }
}
