//! The first pass: every register that was accessed, how often, and with which values.

use mmio_format::{Access, Op, Register, RegisterId};

use crate::leader::Leader;
use mmio_format::register::{NONE, Table};
use mmio_format::walk::Visitor;

/// What is counted of every register, however many there are.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Reads; for a register of width 0 its UNKNOWNs.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Value of the first access.
    pub first: u64,
    /// Value of the last access.
    pub last: u64,
    /// Bits that differed between two accesses, one after the other, of either op.
    pub changed: u64,
    /// Bits ever written 1.
    pub ones: u64,
    /// Bits ever written 0; bits beyond the width too.
    pub zeros: u64,
    /// Where its distinct values are, when there are more than two.
    values: u32,
    /// The register that was most often written just before a read, and before a write, of this one.
    leaders: [Leader; 2],
}

impl Counts {
    /// Reads and writes together.
    pub fn accesses(&self) -> u64 {
        self.reads + self.writes
    }

    /// The register that was written just before more than half of the accesses with `op` to this one, runs of
    /// them counted once, if there is one. It may also be one that was not: whoever asks must count.
    pub fn leader(&self, op: Op) -> Option<RegisterId> {
        self.leaders[usize::from(op == Op::Write)].register()
    }
}

/// Most distinct values counted of one register.
pub const MAX_VALUES: usize = 256;

/// What is known of a register. Most of those in a frame buffer are accessed once, and there are millions.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Value of the first access.
    first: u64,
    /// Place of its counts, or [`READ`] or [`WRITTEN`] after one access.
    counts: u32,
    /// The register that was written just before that access, or [`NONE`].
    before: RegisterId,
}

/// Read once.
const READ: u32 = u32::MAX;
/// Written once.
const WRITTEN: u32 = u32::MAX - 1;

impl Slot {
    /// The counts of a register that was accessed once.
    fn once(&self) -> Counts {
        let written = self.counts == WRITTEN;
        let mut leaders = [Leader::default(); 2];
        leaders[usize::from(written)].vote(self.before);
        Counts {
            reads: u64::from(!written),
            writes: u64::from(written),
            first: self.first,
            last: self.first,
            changed: 0,
            ones: if written { self.first } else { 0 },
            zeros: if written { !self.first } else { 0 },
            values: NONE,
            leaders,
        }
    }
}

/// The registers of a trace, or of a part of it.
#[derive(Clone, Debug, Default)]
pub struct Census {
    table: Table,
    slots: Vec<Slot>,
    /// The counts of registers that were accessed more than once.
    counts: Vec<Counts>,
    /// Distinct values in rising order, of registers with more than two.
    values: Vec<Vec<u64>>,
    /// For each device the register of its last access, and whether that was a write.
    last: Vec<(RegisterId, bool)>,
}

impl Census {
    /// Registers by their number.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The register with number `id`.
    pub fn register(&self, id: RegisterId) -> Register {
        self.table.get(id)
    }

    /// The counts of register `id`.
    pub fn counts(&self, id: RegisterId) -> Counts {
        let slot = &self.slots[id as usize];
        self.counts.get(slot.counts as usize).copied().unwrap_or_else(|| slot.once())
    }

    /// All accesses that were counted.
    pub fn accesses(&self) -> u64 {
        (0..self.slots.len() as RegisterId).map(|id| self.counts(id).accesses()).sum()
    }

    /// The registers that were accessed more than once, in rising order. Most registers of a frame buffer were not.
    pub fn repeated(&self) -> impl Iterator<Item = RegisterId> {
        let slots = self.slots.iter().zip(0..);
        slots.filter(|(slot, _)| slot.counts < WRITTEN).map(|(_, id)| id)
    }

    /// How many distinct values register `id` had; [`MAX_VALUES`] stands for that many or more.
    pub fn distinct(&self, id: RegisterId) -> usize {
        let counts = self.counts(id);
        match self.values.get(counts.values as usize) {
            Some(values) => values.len(),
            None => 1 + usize::from(counts.changed != 0),
        }
    }

    fn value(&mut self, place: usize, value: u64) {
        let counts = &mut self.counts[place];
        if value == counts.first || value == counts.last {
            return;
        }
        if counts.values == NONE {
            if counts.changed == 0 {
                return;
            }
            counts.values = self.values.len() as u32;
            let mut two = vec![counts.first, counts.first ^ counts.changed];
            two.sort_unstable();
            self.values.push(two);
        }
        let values = &mut self.values[counts.values as usize];
        if values.len() < MAX_VALUES
            && let Err(place) = values.binary_search(&value)
        {
            values.insert(place, value);
        }
    }
}

impl Visitor for Census {
    const TIMES: bool = false;

    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    #[inline]
    fn access(&mut self, id: RegisterId, access: &Access) {
        let Access { place, op, value, .. } = *access;
        let device = place.stream();
        if device >= self.last.len() {
            self.last.resize(device + 1, (NONE, false));
        }
        let (before, written) = std::mem::replace(&mut self.last[device], (id, op == Op::Write));
        let leader = if written { before } else { NONE };
        if id as usize == self.slots.len() {
            let counts = if op == Op::Write { WRITTEN } else { READ };
            self.slots.push(Slot { first: value, counts, before: leader });
            return;
        }
        let slot = &mut self.slots[id as usize];
        if slot.counts >= WRITTEN {
            self.counts.push(slot.once());
            slot.counts = self.counts.len() as u32 - 1;
        }
        let at = slot.counts as usize;
        self.value(at, value);
        let counts = &mut self.counts[at];
        counts.changed |= counts.last ^ value;
        counts.last = value;
        if before != id {
            counts.leaders[usize::from(op == Op::Write)].vote(leader);
        }
        if op == Op::Write {
            counts.writes += 1;
            counts.ones |= value;
            counts.zeros |= !value;
        } else {
            counts.reads += 1;
        }
    }

    fn gap(&mut self) {
        self.last.fill((NONE, false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mmio_format::Place;

    fn feed(census: &mut Census, op: Op, offset: u64, value: u64) {
        let place = Place { offset, ..Place::default() };
        census.see(&Access { place, op, width: 4, value, time: 0, index: 0 });
    }

    #[test]
    fn distinct_values_are_exact_up_to_the_limit() {
        for n in [1, 2, 3, 4, 5, 255, 256, 300] {
            let mut census = Census::default();
            for round in 0..3 {
                (0..n).for_each(|v| feed(&mut census, Op::Read, 0, (v * 7 + round * n) % n));
            }
            assert_eq!(census.distinct(0), (n as usize).min(MAX_VALUES), "{n}");
        }
    }

    #[test]
    fn the_leader_is_the_register_written_before() {
        let mut census = Census::default();
        for v in 0..10 {
            feed(&mut census, Op::Write, 0, v);
            feed(&mut census, if v % 2 == 0 { Op::Read } else { Op::Write }, 4, v);
            feed(&mut census, Op::Read, 8, v);
        }
        assert_eq!(census.counts(1).leader(Op::Read), Some(0));
        assert_eq!(census.counts(1).leader(Op::Write), Some(0));
        assert_eq!(census.counts(2).leader(Op::Read), None);
        assert_eq!((census.counts(1).reads, census.counts(1).writes), (5, 5));
    }
}
