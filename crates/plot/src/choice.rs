//! Which registers are worth a lane where none were asked for.

use mmio_format::{Access, Register, RegisterId};
use std::cmp::Reverse;
use std::collections::BTreeMap;

use mmio_format::register::Table;
use mmio_format::walk::Visitor;

use crate::overview::BarId;

/// Accesses of each register, and which bits of it change.
#[derive(Default)]
pub(crate) struct Tally {
    table: Table,
    counts: Vec<Counts>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    /// Bits that differed between two accesses, one after the other.
    pub(crate) changed: u64,
    last: u64,
}

impl Counts {
    pub(crate) fn accesses(&self) -> u64 {
        self.reads + self.writes
    }
}

impl Visitor for Tally {
    const TIMES: bool = false;

    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    fn access(&mut self, id: RegisterId, access: &Access) {
        if id as usize == self.counts.len() {
            self.counts.push(Counts { last: access.value, ..Counts::default() });
        }
        let counts = &mut self.counts[id as usize];
        counts.changed |= counts.last ^ access.value;
        counts.last = access.value;
        let written = access.op == mmio_format::Op::Write;
        *(if written { &mut counts.writes } else { &mut counts.reads }) += 1;
    }
}

impl Tally {
    /// Whether nothing was accessed.
    pub(crate) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The BAR whose `few` busiest registers that change have most accesses, and `most` of its registers: those that
    /// change, by accesses, then the others. A frame buffer has many registers, but turns to none of them often.
    /// Nothing where no access was decoded.
    pub(crate) fn busiest(&self, few: usize, most: usize) -> Option<(BarId, Vec<(Register, Counts)>)> {
        let mut bars: BTreeMap<BarId, Vec<(bool, Reverse<u64>, usize)>> = BTreeMap::new();
        for (id, (register, counts)) in self.table.registers().iter().zip(&self.counts).enumerate() {
            if register.width == 0 {
                continue;
            }
            let rank = (counts.changed == 0, Reverse(counts.accesses()), id);
            let bar = BarId { device: register.device, bar: register.bar() };
            let best = bars.entry(bar).or_default();
            if best.len() < most || best.last().is_some_and(|last| rank < *last) {
                best.insert(best.partition_point(|other| *other < rank), rank);
                best.truncate(most);
            }
        }
        let worth = |best: &[(bool, Reverse<u64>, usize)]| {
            let sum = |changing: bool| -> u64 {
                best.iter().take(few).filter(|rank| !changing || !rank.0).map(|rank| rank.1.0).sum()
            };
            (sum(true), sum(false))
        };
        let (bar, best) = bars.into_iter().max_by_key(|(bar, best)| (worth(best), Reverse(*bar)))?;
        let registers = best.into_iter().map(|(.., id)| (self.table.get(id as RegisterId), self.counts[id]));
        Some((bar, registers.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mmio_format::Op;
    use mmio_format::{Place, Space};

    fn see(tally: &mut Tally, bar: u8, offset: u64, op: Op, value: u64) {
        let (place, width) = (
            Place { space: Space::Bar(bar), offset, ..Place::default() },
            if op == Op::Unknown { 0 } else { 4 },
        );
        tally.see(&Access { place, op, width, value, time: 0, index: 0 });
    }

    #[test]
    fn a_bar_with_busy_registers_beats_one_with_many() {
        let mut tally = Tally::default();
        (0..1000).for_each(|i| see(&mut tally, 0, i * 4, Op::Write, i));
        (0..10).for_each(|i| see(&mut tally, 2, 8, Op::Read, i % 2));
        (0..20).for_each(|_| see(&mut tally, 2, 4, Op::Read, 7));
        (0..5000).for_each(|_| see(&mut tally, 3, 0, Op::Unknown, 0));
        let (bar, registers) = tally.busiest(4, 9).unwrap();
        let shown: Vec<_> = registers.iter().map(|(r, c)| (r.offset, c.accesses(), c.changed)).collect();
        assert_eq!((bar.bar, shown), (2, vec![(8, 10, 1), (4, 20, 0)]));
    }

    #[test]
    fn what_was_not_decoded_has_no_values() {
        let mut tally = Tally::default();
        see(&mut tally, 0, 0, Op::Unknown, 0);
        assert!(tally.busiest(4, 4).is_none() && !tally.is_empty());
    }
}
