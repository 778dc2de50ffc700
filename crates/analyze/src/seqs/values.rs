//! What the values of a step have in common.

use super::cost::FEW;
use super::report::{Exit, Value};

/// Distinct earlier values of a poll that are kept.
const EARLIER: usize = 64;

/// All ones in `width` bytes.
pub(super) fn mask(width: u8) -> u64 {
    if width >= 8 { u64::MAX } else { (1 << (8 * u32::from(width))) - 1 }
}

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
    ends: Few,
    ends_and: u64,
    ends_or: u64,
    earlier_and: u64,
    earlier_or: u64,
    earlier: Vec<u64>,
    earlier_more: bool,
    any_earlier: bool,
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
        if self.ends.total == 0 {
            (self.ends_and, self.ends_or) = (end, end);
            (self.earlier_and, self.earlier_or) = (u64::MAX, 0);
        }
        self.ends.add(end, 1);
        self.ends_and &= end;
        self.ends_or |= end;
        for &value in earlier {
            self.any_earlier = true;
            self.earlier_and &= value;
            self.earlier_or |= value;
            if self.earlier.last() != Some(&value) && !self.earlier.contains(&value) {
                if self.earlier.len() < EARLIER {
                    self.earlier.push(value);
                } else {
                    self.earlier_more = true;
                }
            }
        }
    }

    /// What they have in common; `width` in bytes.
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
        let step = steady(&self.inner, 3).or_else(|| {
            let alone = self.inner.total == 0;
            if alone { steady(&self.outer, 2) } else { None }
        })?;
        let unused = 64 - 8 * u32::from(width.min(8));
        Some((step << unused) as i64 >> unused)
    }

    /// The exit condition of a poll.
    pub(super) fn exit(&self, width: u8) -> Option<Exit> {
        if !self.any_earlier {
            return None;
        }
        let steady = mask(width) & !(self.ends_and ^ self.ends_or);
        // Bits that every last value has in common and no earlier value shares.
        let set = steady & self.ends_and & !self.earlier_or;
        let clear = steady & !self.ends_or & self.earlier_and;
        let single = set | clear;
        if single != 0 {
            return Some(Exit { mask: single, value: self.ends_and & single });
        }
        let value = self.ends_and & steady;
        let differ = !self.earlier_more && self.earlier.iter().all(|&e| e & steady != value);
        (differ && steady != 0).then_some(Exit { mask: steady, value })
    }
}
