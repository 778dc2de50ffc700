//! Registers of different widths, or at uneven offsets, that share bytes: what is done to one is done to the others.
//!
//! Most traces have none, and then this costs one look at the list of registers.

use mmio_format::fast_map::FastMap;
use mmio_format::register::NONE;
use mmio_format::width::bits;
use mmio_format::{DeviceId, Register, RegisterId, Space};

use crate::census::Census;

/// Most pairs of registers that share bytes, those at the lowest offsets; a hostile trace cannot make it more.
const MAX_PAIRS: usize = 1 << 20;
/// Bytes of the widest access.
const MAX_WIDTH: u8 = 8;

/// What an access to one register is to another one, which shares bytes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// The other register.
    pub(crate) register: RegisterId,
    /// The bits of the other register that both have.
    pub(crate) mask: u64,
    /// By how many bits the other register begins above the accessed one; below it where that is negative.
    shift: i8,
}

impl Share {
    /// What of `value`, which is one of the accessed register, is a value of the other one.
    pub(crate) fn part(self, value: u64) -> u64 {
        let moved = if self.shift >= 0 { value >> self.shift } else { value << -self.shift };
        moved & self.mask
    }

    /// What an access to `accessed` is to `other`, if they share bytes; the number is that of `other`.
    fn of(accessed: Register, other: Register, register: RegisterId) -> Option<Share> {
        let shift = 8 * i8::try_from(other.offset.wrapping_sub(accessed.offset) as i64).ok()?;
        let moved = bits(accessed.width);
        let moved =
            if shift >= 0 { moved.checked_shr(shift as u32) } else { moved.checked_shl(-shift as u32) };
        let mask = moved.unwrap_or(0) & bits(other.width);
        (mask != 0).then_some(Share { register, mask, shift })
    }
}

/// For each register those that share bytes with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlaps {
    /// For each register the place of its list, or [`NONE`]; nothing where there is no list.
    slots: Vec<u32>,
    lists: Vec<Vec<Share>>,
}

impl Overlaps {
    /// The overlaps among the registers of `census`.
    pub(crate) fn new(census: &Census) -> Overlaps {
        let mut overlaps = Overlaps::default();
        let mut pairs = 0;
        let registers = mixed(census);
        if !registers.is_empty() {
            overlaps.slots = vec![NONE; census.table().len()];
        }
        for (at, &a) in registers.iter().enumerate() {
            let first = census.register(a);
            for &b in &registers[at + 1..] {
                let second = census.register(b);
                let same = (first.device, first.space) == (second.device, second.space);
                if !same || second.offset - first.offset >= first.width.into() {
                    break;
                }
                if pairs == MAX_PAIRS {
                    return overlaps;
                }
                pairs += 1;
                overlaps.add(a, Share::of(first, second, b));
                overlaps.add(b, Share::of(second, first, a));
            }
        }
        overlaps
    }

    fn add(&mut self, register: RegisterId, share: Option<Share>) {
        let Some(share) = share else { return };
        let slot = &mut self.slots[register as usize];
        if *slot == NONE {
            *slot = self.lists.len() as u32;
            self.lists.push(Vec::new());
        }
        self.lists[*slot as usize].push(share);
    }

    /// Whether no register shares bytes with another one.
    pub(crate) fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// How many registers share bytes with others.
    pub(crate) fn len(&self) -> usize {
        self.lists.len()
    }

    /// The place of `register` among those that share bytes with others, if it is one.
    #[inline]
    pub(crate) fn place(&self, register: RegisterId) -> Option<usize> {
        self.slots.get(register as usize).filter(|&&slot| slot != NONE).map(|&slot| slot as usize)
    }

    /// The registers that share bytes with `register`.
    #[inline]
    pub(crate) fn of(&self, register: RegisterId) -> &[Share] {
        self.place(register).map_or(&[], |place| &self.lists[place])
    }

    /// Whether the two registers share bytes.
    pub(crate) fn share(&self, a: RegisterId, b: RegisterId) -> bool {
        self.of(a).iter().any(|share| share.register == b)
    }
}

/// The registers in parts of devices where one may lie over another: of several widths, or not at multiples of theirs.
/// They are sorted by part and offset.
fn mixed(census: &Census) -> Vec<RegisterId> {
    let registers = census.table().registers();
    // Bits of the widths, and two for one that is not a multiple of its width.
    let mut widths: FastMap<(DeviceId, Space), u16> = FastMap::default();
    let part = |register: &Register| (register.device, register.space);
    for register in registers.iter().filter(|register| may_overlap(register)) {
        let even = register.offset.is_multiple_of(register.width.into());
        *widths.entry(part(register)).or_default() |= if even { 1 << register.width } else { 3 };
    }
    widths.retain(|_, widths| widths.count_ones() > 1);
    if widths.is_empty() {
        return Vec::new();
    }
    let numbered = registers.iter().zip(0..).filter(|(register, _)| may_overlap(register));
    let mut mixed: Vec<RegisterId> =
        numbered.filter(|(register, _)| widths.contains_key(&part(register))).map(|(_, id)| id).collect();
    mixed.sort_unstable_by_key(|&id| {
        let r = registers[id as usize];
        (r.device, r.space, r.offset, r.width)
    });
    mixed
}

fn may_overlap(register: &Register) -> bool {
    (1..=MAX_WIDTH).contains(&register.width) && register.space.bar().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mmio_format::walk::Visitor;
    use mmio_format::{Access, Op, Place};

    fn census(registers: &[(u64, u8)]) -> Census {
        let mut census = Census::default();
        for &(offset, width) in registers {
            let place = Place { offset, ..Place::default() };
            census.see(&Access { place, op: Op::Write, width, ..Access::default() });
        }
        census
    }

    #[test]
    fn registers_that_share_bytes_are_found_both_ways() {
        let overlaps =
            Overlaps::new(&census(&[(0x34, 4), (0x36, 1), (0x37, 1), (0x34, 2), (0x38, 4), (0x3e, 4)]));
        let of = |id| -> Vec<(RegisterId, u64, u64)> {
            overlaps.of(id).iter().map(|s| (s.register, s.mask, s.part(0xdddd_ccbb_aa99_8877))).collect()
        };
        assert_eq!(of(0), [(3, 0xffff, 0x8877), (1, 0xff, 0x99), (2, 0xff, 0xaa)]);
        assert_eq!(of(1), [(0, 0x00ff_0000, 0x0077_0000)]);
        assert_eq!(of(2), [(0, 0xff00_0000, 0x7700_0000)]);
        assert_eq!(of(3), [(0, 0xffff, 0x8877)]);
        assert_eq!((of(4), of(5)), (vec![], vec![]));
        assert!(
            overlaps.share(0, 2) && overlaps.share(2, 0) && !overlaps.share(1, 2) && !overlaps.share(1, 3)
        );
    }

    #[test]
    fn uneven_registers_share_a_part_and_the_end_of_the_world_is_no_danger() {
        let overlaps =
            Overlaps::new(&census(&[(2, 4), (4, 4), (u64::MAX, 8), (u64::MAX - 3, 4), (0, 0), (0, 9)]));
        assert_eq!(overlaps.of(0)[0].part(0xddcc_bbaa), 0xddcc);
        assert_eq!(overlaps.of(1)[0].part(0xddcc_bbaa), 0xbbaa_0000);
        assert_eq!(overlaps.of(2)[0].part(0xaa), 0xaa00_0000);
        assert!(overlaps.of(4).is_empty() && overlaps.of(5).is_empty());
    }

    #[test]
    fn registers_of_one_width_have_none() {
        let many: Vec<(u64, u8)> = (0..1000).map(|at| (at * 4, 4)).collect();
        assert!(Overlaps::new(&census(&many)).is_empty());
    }
}
