//! What the values of a step have in common.

use super::cost::FEW;
use super::found::{Exit, Value};
use mmio_format::fast_map::FastMap;
use mmio_format::width;

/// Distinct earlier values of a poll that are kept.
const EARLIER: usize = 64;

/// Distinct last values of polls that are counted; what has more is not a poll.
const ENDS: usize = 1 << 12;

/// Largest stride of a value.
const STRIDE: u64 = 1 << 24;

/// Counts of a few distinct numbers.
#[derive(Default, Clone)]
struct Few {
    seen: Vec<(u64, u32)>,
    total: u32,
    more: bool,
}

impl Few {
    fn add(&mut self, value: u64, most: usize) {
        self.total += 1;
        if let Some(entry) = self.seen.iter_mut().find(|(v, _)| *v == value) {
            entry.1 += 1;
        } else if self.seen.len() < most {
            self.seen.push((value, 1));
        } else {
            self.more = true;
        }
    }

    fn commonest(&self) -> Option<(u64, u32)> {
        self.seen.iter().copied().max_by_key(|&(value, count)| (count, std::cmp::Reverse(value)))
    }
}

/// The values of one leaf, in the order of the trace.
#[derive(Clone, Default)]
pub(super) struct Values {
    distinct: Few,
    /// Differences inside an occurrence, and from one occurrence to the next.
    inner: Few,
    outer: Few,
    last: Option<(u64, usize)>,
    polls: Polls,
}

impl Values {
    /// Takes the values of one run in occurrence `occurrence`.
    pub(super) fn add_run(&mut self, values: &[u64], occurrence: usize) {
        for &value in values {
            self.distinct.add(value, FEW);
            if let Some((last, of)) = self.last {
                let step = value.wrapping_sub(last);
                if of == occurrence { self.inner.add(step, 8) } else { self.outer.add(step, 8) }
            }
            self.last = Some((value, occurrence));
        }
        let Some((&end, earlier)) = values.split_last() else { return };
        self.polls.add(end, earlier);
    }

    /// Whether there are but a few values, each more than once.
    pub(super) fn is_few(&self) -> bool {
        !self.distinct.more && self.distinct.seen.iter().all(|&(_, count)| count > 1)
    }

    /// What the values have in common; `width` in bytes.
    pub(super) fn value(&self, width: u8) -> Value {
        if width == 0 {
            return Value::Absent;
        }
        let seen = &self.distinct.seen;
        if !self.distinct.more && seen.len() == 1 {
            return Value::Fixed(seen[0].0);
        }
        if let Some(stride) = self.stride(width) {
            return Value::Stride(stride);
        }
        let enough = self.distinct.total as usize >= 3 * seen.len() && seen.iter().all(|&(_, n)| n > 1);
        if !self.distinct.more && enough {
            let mut values: Vec<u64> = seen.iter().map(|&(value, _)| value).collect();
            values.sort_unstable();
            return Value::OneOf(values);
        }
        Value::Free
    }

    fn stride(&self, width: u8) -> Option<i64> {
        let steady = |few: &Few, least: u32| {
            let (step, count) = few.commonest()?;
            // A counter may wrap now and then.
            let share = if few.total < 10 { few.total } else { few.total - few.total / 10 };
            (few.total >= least && count >= share && step != 0).then_some(step)
        };
        // Two rounds have one step; that says little.
        let rounds = self.inner.total >= 2 * (self.outer.total + 1);
        let inner = if rounds { steady(&self.inner, 3) } else { None };
        let step = inner.or_else(|| {
            let alone = self.inner.total == 0;
            if alone { steady(&self.outer, 2) } else { None }
        })?;
        let few = !self.distinct.more && self.distinct.seen.len() < 3;
        let unused = 64 - 8 * u32::from(width.min(8));
        let step = (step << unused) as i64 >> unused;
        (!few && step.unsigned_abs() <= STRIDE).then_some(step)
    }

    /// The exit condition of a poll.
    pub(super) fn exit(&self, width: u8) -> Option<Exit> {
        self.polls.exit(width::bits(width))
    }
}

/// How runs of reads end.
#[derive(Clone, Default)]
struct Polls {
    /// Runs of two reads or more, and of one.
    several: u32,
    one: u32,
    /// For each bit, the runs whose last read has it and no earlier one does, and the reverse.
    set: Bits,
    clear: Bits,
    /// For each bit, the single reads that have it.
    ones: Bits,
    ends_and: u64,
    ends_or: u64,
    /// The last values of all runs, and how often each.
    ends: FastMap<u64, u32>,
    ends_more: bool,
    earlier: Vec<u64>,
    earlier_more: bool,
}

impl Polls {
    fn add(&mut self, end: u64, earlier: &[u64]) {
        if self.one + self.several == 0 {
            self.ends_and = end;
        }
        self.ends_and &= end;
        self.ends_or |= end;
        if self.ends.len() < ENDS || self.ends.contains_key(&end) {
            *self.ends.entry(end).or_default() += 1;
        } else {
            self.ends_more = true;
        }
        if earlier.is_empty() {
            self.one += 1;
            self.ones.add(end);
            return;
        }
        self.several += 1;
        let (mut and, mut or) = (u64::MAX, 0);
        for &value in earlier {
            (and, or) = (and & value, or | value);
            if self.earlier.last() != Some(&value) && !self.earlier.contains(&value) {
                if self.earlier.len() < EARLIER {
                    self.earlier.push(value);
                } else {
                    self.earlier_more = true;
                }
            }
        }
        self.set.add(end & !or);
        self.clear.add(!end & and);
    }

    /// Bits that decide nearly always; or all steady bits of the last values, if no earlier value
    /// agrees in all of them.
    fn exit(&self, mask: u64) -> Option<Exit> {
        if self.several == 0 {
            return None;
        }
        // A neighbour that happens to read the same register may spoil a few.
        let nearly = self.several - self.several / 5;
        let spare = self.one / 8;
        let set = mask & self.set.at_least(nearly) & self.ones.at_least(self.one - spare);
        let clear = mask & self.clear.at_least(nearly) & !self.ones.at_least(spare + 1);
        if set | clear != 0 {
            return self.counted(set | clear, set);
        }
        let steady = mask & !(self.ends_and ^ self.ends_or);
        let value = self.ends_and & steady;
        let differ = !self.earlier_more && self.earlier.iter().all(|&e| e & steady != value);
        if differ && steady != 0 { self.counted(steady, value) } else { None }
    }

    /// How many runs end so.
    fn counted(&self, mask: u64, value: u64) -> Option<Exit> {
        let ends = self.ends.iter().filter(|(end, _)| *end & mask == value);
        let ended = ends.map(|(_, n)| u64::from(*n)).sum();
        let never = (u64::from(self.one) + u64::from(self.several)).saturating_sub(ended);
        (!self.ends_more).then_some(Exit { mask, value, ended, never })
    }
}

/// A count for each bit.
#[derive(Clone, Default)]
struct Bits(Vec<u32>);

impl Bits {
    fn add(&mut self, mut bits: u64) {
        self.0.resize(64, 0);
        while bits != 0 {
            self.0[bits.trailing_zeros() as usize] += 1;
            bits &= bits - 1;
        }
    }

    /// The bits with this count or more.
    fn at_least(&self, least: u32) -> u64 {
        let count = |bit: usize| self.0.get(bit).copied().unwrap_or(0);
        (0..64).filter(|&bit| count(bit) >= least).fold(0, |bits, bit| bits | 1 << bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(runs: &[&[u64]]) -> Values {
        let mut values = Values::default();
        runs.iter().enumerate().for_each(|(i, run)| values.add_run(run, i));
        values
    }

    fn single(all: &[u64]) -> Value {
        values(&all.chunks(1).collect::<Vec<_>>()).value(4)
    }

    #[test]
    fn values_are_fixed_few_moving_or_free() {
        assert_eq!(single(&[5, 5, 5]), Value::Fixed(5));
        assert_eq!(single(&[5, 9, 5, 5, 9, 9]), Value::OneOf(vec![5, 9]));
        assert_eq!(single(&[5, 9, 5]), Value::Free);
        assert_eq!(single(&[0x10, 0x14, 0x18, 0x1c]), Value::Stride(4));
        assert_eq!(single(&[9, 7, 5, 3]), Value::Stride(-2));
        assert_eq!(single(&[1, 7, 3, 9, 2, 8]), Value::Free);
        assert_eq!(values(&[&[0]]).value(0), Value::Absent);
    }

    #[test]
    fn a_poll_ends_where_its_last_value_differs() {
        let exit = |runs: &[&[u64]]| values(runs).exit(4).map(|e| (e.mask, e.value));
        assert_eq!(exit(&[&[1, 1, 0], &[1, 0], &[0]]), Some((1, 0)));
        assert_eq!(exit(&[&[0x40, 0x40, 0x44], &[0, 0x4]]), Some((4, 4)));
        assert_eq!(exit(&[&[1, 2, 3], &[2, 3]]), Some((0xffff_ffff, 3)));
        assert_eq!(exit(&[&[7, 7], &[7, 7]]), None);
        assert_eq!(exit(&[&[7], &[7]]), None);
    }

    #[test]
    fn polls_that_never_ended_are_counted_apart() {
        let runs: Vec<&[u64]> = vec![&[0, 0, 8], &[0, 8], &[0, 0, 0, 0], &[0, 8], &[8], &[0, 0, 8], &[0, 8]];
        let exit = values(&runs).exit(4).unwrap();
        assert_eq!((exit.mask, exit.value, exit.ended, exit.never), (8, 8, 6, 1));
        // Too many that did not: nothing is said.
        assert_eq!(values(&[&[0, 0, 8], &[0, 0, 0, 0], &[0, 0, 0]]).exit(4), None);
    }
}
