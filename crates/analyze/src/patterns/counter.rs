//! Registers that count by themselves: read, waited for, and read in two halves.

use std::collections::HashSet;

use super::cells::Cells;
use super::finding::{Finding, Kind, Lengths, Moment, confidence, spent};
use super::limited::Limited;
use super::poll::counted;
use super::view::View;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Least reads in a wait.
const WAIT: u64 = 8;
/// Least changes.
const CHANGES: u64 = 16;
/// Most pairs of halves.
const MAX_HALVES: usize = 1 << 12;

#[derive(Clone, Debug, Default)]
struct Count {
    first: Moment,
    reads: u64,
    /// The last one, since the last gap.
    value: Option<u64>,
    up: u64,
    down: u64,
    /// Changes by another amount than the one before.
    uneven: u64,
    by: u64,
    waits: Lengths,
    first_wait: Moment,
    spent: u64,
    /// Reads in waits.
    waited: u64,
}

/// Finds them.
#[derive(Clone, Debug)]
pub(crate) struct Counters {
    cells: Cells<Count>,
    halves: Limited<u64, (u64, Moment), MAX_HALVES>,
}

impl Counters {
    pub(crate) fn new(registers: usize) -> Counters {
        Counters { cells: Cells::new(registers), halves: Limited::default() }
    }

    /// One read of a register that is not written, with bits `mask`.
    pub(crate) fn access(&mut self, register: RegisterId, value: u64, moment: Moment, mask: u64) {
        let new = || Count { first: moment, ..Count::default() };
        let Some(count) = self.cells.entry(register, new) else { return };
        count.reads += 1;
        if let Some(before) = count.value.filter(|&before| before != value) {
            let by = value.wrapping_sub(before) & mask;
            let up = by <= mask / 2;
            count.up += u64::from(up);
            count.down += u64::from(!up);
            count.uneven += u64::from(by != count.by);
            count.by = by;
        }
        count.value = Some(value);
    }

    /// Whether something had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.cells.is_full() || self.halves.is_full()
    }

    pub(crate) fn gap(&mut self) {
        self.cells.iter_mut().for_each(|(_, count)| count.value = None);
    }

    /// Reads of a register that is not written.
    pub(crate) fn step(&mut self, step: &Step, view: &View) {
        if step.count >= WAIT
            && let Some(count) = self.cells.get(step.register)
        {
            if count.waits.n == 0 {
                count.first_wait = Moment::of(step);
            }
            count.waits.add(step.count);
            count.waited += step.count;
            count.spent = count.spent.saturating_add(step.end_time.saturating_sub(step.time));
        }
        if let (Some(low), Some(high)) = (view.get(0), view.get(1))
            && high.register == step.register
            && high.is_read()
            && low.is_read()
            && low.count == 1
        {
            let key = u64::from(step.register) << 32 | u64::from(low.register);
            if let Some(half) = self.halves.entry(key, || (0, Moment::of(high))) {
                half.0 += 1;
            }
        }
    }

    /// The registers that count.
    pub(crate) fn counting(&self) -> HashSet<RegisterId> {
        self.cells.iter().filter(|(_, c)| is_counter(c)).map(|(register, _)| register).collect()
    }

    /// What was found; `beside` tells whether two registers are halves by their place.
    pub(crate) fn findings(&self, beside: impl Fn(RegisterId, RegisterId) -> bool) -> Vec<Finding> {
        let mut found = Vec::new();
        for (register, count) in self.cells.iter().filter(|(_, c)| is_counter(c)) {
            if count.waits.n > 1 && count.waited * 4 >= count.reads {
                found.push(wait(register, count));
            } else {
                found.push(read(register, count));
            }
        }
        let mut halves: Vec<_> = self.halves.iter().collect();
        halves.sort_by_key(|(_, (_, first))| first.index);
        for (&key, &(n, first)) in halves {
            let (high, low) = ((key >> 32) as RegisterId, key as RegisterId);
            if n >= 3 && beside(high, low) {
                let mut finding = Finding::new(Kind::HiLoHi, high, n, first);
                finding.second = Some(low);
                finding.confidence = confidence(n, n);
                finding.evidence = format!("{n} times read before and after its neighbour");
                found.push(finding);
            }
        }
        found
    }
}

fn is_counter(count: &Count) -> bool {
    let changes = count.up + count.down;
    changes >= CHANGES && count.up * 20 >= changes * 17 && count.uneven * 4 >= changes
}

fn read(register: RegisterId, count: &Count) -> Finding {
    let changes = count.up + count.down;
    let mut finding = Finding::new(Kind::CounterRead, register, count.reads, count.first);
    finding.confidence = confidence(count.up, changes) * 0.9;
    finding.evidence = format!(
        "{} of {changes} changes between {} go up, by different amounts; never written",
        count.up,
        counted(count.reads, "read", "reads")
    );
    finding
}

fn wait(register: RegisterId, count: &Count) -> Finding {
    let mut finding = Finding::new(Kind::CounterWait, register, count.waits.n, count.first_wait);
    finding.iterations = count.waits.iterations();
    finding.time_spent = Some(count.spent);
    finding.confidence = confidence(count.up, count.up + count.down);
    finding.evidence = format!(
        "{} in which nearly every one gave a higher value, {} in total",
        counted(count.waits.n, "run of reads", "runs of reads"),
        spent(count.spent)
    );
    finding
}
