//! Addresses and values that no earlier row has: how they are spelled out.

use super::CodecError;
use super::predict::{Cache, slot};
use super::token::{from, is};
use super::varint;

/// Bytes of the numbers in the lists for addresses: KNOWN, NEAR, FAR.
pub(super) const ADDRESS_WIDTHS: [usize; 3] = [2, 4, 8];

/// Bytes of the numbers in the lists for values, from [`is::FLIP`] on.
pub(super) const VALUE_WIDTHS: [usize; 11] = [1, 1, 2, 1, 1, 3, 1, 2, 3, 4, 8];

/// The state that spelled-out parts refer to, the same in both directions.
struct Memory {
    /// Addresses that were spelled out, in order.
    known: Vec<u64>,
    values: Cache,
    differences: Cache,
}

impl Memory {
    fn new() -> Self {
        Self { known: Vec::new(), values: Cache::new(), differences: Cache::new() }
    }

    /// Notes a value that no row predicted.
    #[inline]
    fn push_value(&mut self, value: u64, before: u64) {
        self.values.put(value);
        self.differences.put(value.wrapping_sub(before));
    }
}

/// Values that are a multiple of it are frequent: addresses of memory.
const PAGE: u64 = 4096;

/// Binary logarithm of the size of the encoder's table of known addresses.
const PLACE_BITS: u32 = 12;

/// The parts of accesses that no prediction knew.
pub(super) struct Spelled {
    memory: Memory,
    /// Where an address is among the known ones, plus one.
    places: Vec<u32>,
    pub(super) addresses: [Vec<u64>; 3],
    pub(super) values: [Vec<u64>; 11],
}

impl Spelled {
    pub(super) fn new() -> Self {
        Self {
            memory: Memory::new(),
            places: Vec::new(),
            addresses: Default::default(),
            values: Default::default(),
        }
    }

    /// Forgets all values and keeps the memory.
    pub(super) fn reset(&mut self) {
        self.memory = Memory::new();
        self.places.clear();
        self.places.resize(1 << PLACE_BITS, 0);
        self.addresses.iter_mut().chain(&mut self.values).for_each(Vec::clear);
    }

    /// Spells out an address; returns the upper half of the token.
    #[inline(never)]
    pub(super) fn address(&mut self, address: u64, before: u64) -> u8 {
        let known = &mut self.memory.known;
        let place = &mut self.places[slot(address, PLACE_BITS)];
        if let Some(&found) = known.get((*place as usize).wrapping_sub(1))
            && found == address
        {
            self.addresses[0].push(u64::from(*place - 1));
            return from::KNOWN;
        }
        known.push(address);
        *place = known.len() as u32;
        let difference = varint::zigzag(address.wrapping_sub(before));
        let far = difference >> 32 != 0;
        self.addresses[1 + usize::from(far)].push(difference);
        if far { from::FAR } else { from::NEAR }
    }

    /// Spells out a value, which is not that of the register's last row; returns the lower half of the token.
    #[inline(never)]
    pub(super) fn value(&mut self, value: u64, last: u64, before_last: u64, before: u64) -> u8 {
        if value == last.wrapping_add(last.wrapping_sub(before_last)) {
            return is::STRIDE;
        }
        if value == before {
            return is::BEFORE;
        }
        if value == 0 {
            return is::ZERO;
        }
        let (class, number) = self.spelling(value, last, before);
        if class != is::FLIP {
            self.memory.push_value(value, before);
        }
        self.values[usize::from(class - is::FLIP)].push(number);
        class
    }

    /// The shortest way to spell out a value.
    fn spelling(&self, value: u64, last: u64, before: u64) -> (u8, u64) {
        if (value ^ last).is_power_of_two() {
            return (is::FLIP, u64::from((value ^ last).trailing_zeros()));
        }
        let near = varint::zigzag(value.wrapping_sub(last));
        if near < 1 << 8 {
            return (is::NEAR1, near);
        }
        let place = Cache::place(value);
        if self.memory.values.get(place) == value {
            return (is::VALUE, place as u64);
        }
        let difference = value.wrapping_sub(before);
        let place = Cache::place(difference);
        if self.memory.differences.get(place) == difference {
            return (is::DIFFERENCE, place as u64);
        }
        if value < 1 << 8 {
            (is::BYTES1, value)
        } else if near < 1 << 16 {
            (is::NEAR2, near)
        } else if value < 1 << 16 {
            (is::BYTES2, value)
        } else if value < 1 << 32 && value.is_multiple_of(PAGE) {
            (is::PAGE, value / PAGE)
        } else if value < 1 << 24 {
            (is::BYTES3, value)
        } else if value < 1 << 32 {
            (is::BYTES4, value)
        } else {
            (is::BYTES8, value)
        }
    }
}

/// Takes what [`Spelled`] put into its lists.
pub(super) struct Unspelled<'a> {
    memory: Memory,
    addresses: [std::slice::Iter<'a, u64>; 3],
    values: [std::slice::Iter<'a, u64>; 11],
}

impl<'a> Unspelled<'a> {
    pub(super) fn new(addresses: &'a [Vec<u64>; 3], values: &'a [Vec<u64>; 11]) -> Self {
        let addresses = addresses.each_ref().map(|list| list.iter());
        Self { memory: Memory::new(), addresses, values: values.each_ref().map(|list| list.iter()) }
    }

    /// Checks that no number is left.
    pub(super) fn finish(self) -> Result<(), CodecError> {
        if self.addresses.iter().chain(&self.values).any(|list| list.len() > 0) {
            return Err(CodecError::Invalid("more spelled-out numbers than records ask for"));
        }
        Ok(())
    }

    /// The address of a token with the upper half `class`, given the address before.
    #[inline(never)]
    pub(super) fn address(&mut self, class: u8, before: u64) -> Result<u64, CodecError> {
        let address = match class {
            from::KNOWN => {
                let place = next(&mut self.addresses[0])? as usize;
                let known = self.memory.known.get(place).copied();
                return known.ok_or(CodecError::Invalid("an address that is not known"));
            }
            from::NEAR | from::FAR => {
                let difference = next(&mut self.addresses[usize::from(class - from::KNOWN)])?;
                before.wrapping_add(varint::unzigzag(difference))
            }
            _ => return Err(CodecError::Invalid("an unknown token")),
        };
        self.memory.known.push(address);
        Ok(address)
    }

    /// The value of a token with the lower half `class`, given the last two of its register and the one before.
    #[inline(never)]
    pub(super) fn value(
        &mut self,
        class: u8,
        last: u64,
        before_last: u64,
        before: u64,
    ) -> Result<u64, CodecError> {
        match class {
            is::STRIDE => return Ok(last.wrapping_add(last.wrapping_sub(before_last))),
            is::BEFORE => return Ok(before),
            is::ZERO => return Ok(0),
            _ => {}
        }
        let number = next(&mut self.values[usize::from(class - is::FLIP)])?;
        let value = match class {
            is::FLIP => return Ok(last ^ 1 << (number & 63)),
            is::NEAR1 | is::NEAR2 => last.wrapping_add(varint::unzigzag(number)),
            is::VALUE => self.memory.values.get(number as usize & 255),
            is::DIFFERENCE => before.wrapping_add(self.memory.differences.get(number as usize & 255)),
            is::PAGE => number * PAGE,
            _ => number,
        };
        self.memory.push_value(value, before);
        Ok(value)
    }
}

/// The next number of a list.
fn next(list: &mut std::slice::Iter<u64>) -> Result<u64, CodecError> {
    list.next().copied().ok_or(CodecError::Truncated)
}
