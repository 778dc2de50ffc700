//! How each wait ended.

use std::collections::HashMap;

use super::chain::{After, Chain, Stop};
use super::runs::{Doubt, Runs, is_long};
use super::{Cut, End};
use crate::patterns::finding::Moment;
use crate::patterns::per_register::PerRegister;
use crate::patterns::{Condition, Spread};
use crate::share::{Share, share};
use mmio_format::RegisterId;

/// Least reads of the longest loop: of a single one; and of several with another read between all reads.
const LEAST_SINGLE: u64 = 4;
const LEAST_BROKEN: u64 = 3;
/// Loops for all runs of reads that do not change.
const LOOPING: Share = share(1, 4);
/// Least reads of a wait in vain.
const LEAST_IN_VAIN: u64 = 3;
/// Waits that were met from which on it is known what is waited for, though other bits change.
const KNOWN: u64 = 3;
/// Least reads of a wait of unknown end, and its share of the time or of the accesses that were looked at.
const LONG: u64 = 64;
const LONG_SHARE: Share = share(1, 100);
/// Or reads of waits that are counted, of which there are as many each time, and least such waits.
const COUNTED: u64 = 16;
const COUNTED_WAITS: usize = 2;
/// Nanoseconds from one read to the next from which on a register is looked at now and then, and not waited for.
const NOW_AND_THEN: u64 = 20_000_000;

/// What came of the chains of one register.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// What is waited for, where that is known, and how many waits ended so.
    pub(crate) until: Option<(Condition, u64)>,
    /// Loops that ended in a change, and were neither in vain nor cut.
    pub(crate) loops: u64,
    /// Their reads.
    pub(crate) reads: Option<Spread>,
    /// Nanoseconds in them.
    pub(crate) spent: u64,
    /// Where the first of all waits begins.
    pub(crate) first: Moment,
    /// Runs of reads that did not change, and were not waits.
    pub(crate) still: u64,
    /// Waits that were not met, in the order of the trace.
    pub(crate) unmet: Vec<Unmet>,
    /// Whether there were more such waits than are kept.
    pub(crate) full: bool,
}

/// A wait that was not met.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unmet {
    pub(crate) end: End,
    pub(crate) reads: u64,
    pub(crate) first: Moment,
    pub(crate) end_time: u64,
    pub(crate) last: u64,
    /// What was written before it.
    pub(crate) after: Option<RegisterId>,
    /// Whether a loop counter ends it: others are as long.
    pub(crate) counted: bool,
    /// What came next.
    pub(super) next: Option<After>,
}

impl Unmet {
    fn of(chain: &Chain, stop: Stop, end: End, counted: bool) -> Unmet {
        let next = if let Stop::Next(next) = stop { Some(next) } else { None };
        let Chain { end_time, value: last, after, .. } = *chain;
        Unmet { end, reads: chain.all_reads(), first: chain.start(), end_time, last, after, counted, next }
    }

    /// Nanoseconds from its first to its last read.
    pub(crate) fn spent(&self) -> u64 {
        self.end_time.saturating_sub(self.first.time)
    }
}

impl Judged {
    /// Waits that ended so.
    pub(crate) fn count(&self, end: impl Fn(End) -> bool) -> u64 {
        self.unmet.iter().filter(|u| end(u.end)).count() as u64
    }

    /// Whether it is waited for at all.
    pub(crate) fn is_wait(&self) -> bool {
        self.until.is_some() || !self.unmet.is_empty()
    }

    /// Waits that are cut.
    pub(crate) fn cut(&self) -> u64 {
        self.count(|end| matches!(end, End::Cut(_)))
    }
}

/// How waits for a register end, where they are waits.
fn accepted(runs: &Runs, twice: bool) -> Option<Condition> {
    let (until, _) = runs.condition()?;
    let (n, longest) = (runs.loops(), longest(runs));
    // Who waits reads more than twice, or has nothing else to read.
    let chance = longest < LEAST_BROKEN && !runs.direct && !twice;
    let single = n == 1 && longest < LEAST_SINGLE;
    (!single && !chance && !runs.is_stream()).then_some(until)
}

/// Reads of the longest loop that changed.
fn longest(runs: &Runs) -> u64 {
    let doubts = runs.doubts.iter().filter(|d| d.learned).map(|d| d.chain.reads).max();
    runs.lengths.max().max(doubts.unwrap_or(0))
}

/// What came of the chains of all registers. `twice` says of which it is known that two reads are a wait.
pub(super) fn judge(
    all: &mut PerRegister<Runs>,
    whole: Whole,
    twice: impl Fn(RegisterId) -> bool,
) -> Vec<(RegisterId, Judged)> {
    all.iter_mut().for_each(|(_, runs)| runs.finish());
    let exits = all.iter().filter_map(|(id, runs)| Some((id, accepted(runs, twice(id))?)));
    let exits: HashMap<RegisterId, Condition> = exits.collect();
    let judged =
        all.iter_mut().filter_map(|(id, runs)| Some((id, one(runs, exits.get(&id), &exits, whole)?)));
    judged.collect()
}

/// What came of the chains of one register.
fn one(
    runs: &mut Runs,
    until: Option<&Condition>,
    exits: &HashMap<RegisterId, Condition>,
    all: Whole,
) -> Option<Judged> {
    let mut doubts = std::mem::take(&mut runs.doubts);
    if let Some(until) = until {
        // Those that were met after all tell how long the others may take.
        doubts.retain(|doubt| {
            let met = until.is_met(doubt.chain.value);
            if met && doubt.learned {
                runs.settle(doubt);
            }
            !met
        });
    }
    let met = Met {
        until: until.copied(),
        n: runs.lengths.n,
        runs: runs.lengths.spread(),
        longest: runs.longest,
        stream: runs.is_stream(),
        counted: counted(&doubts),
    };
    let mut unmet = Vec::new();
    for doubt in &doubts {
        let met_beside = |(register, value, moved): (RegisterId, u64, bool)| {
            exits.get(&register).map_or(moved, |until| until.is_met(value))
        };
        // Of registers that are read in turns the one counts that is known to be waited for.
        let waited = doubt.beside.is_some_and(|(register, ..)| exits.contains_key(&register));
        let end = met.end(doubt, all).filter(|&end| !(waited && end == End::Unknown));
        let end = end.filter(|_| !doubt.beside.is_some_and(met_beside));
        match end {
            Some(end) => {
                let counted = Some(doubt.chain.all_reads()) == met.counted;
                unmet.push((Unmet::of(&doubt.chain, doubt.stop, end, counted), doubt.chain.changes > 0));
            }
            None if doubt.learned => runs.settle(doubt),
            None => {}
        }
    }
    unmet.sort_by_key(|(wait, _)| wait.first.index);
    let loops = runs.lengths.n;
    let still = unmet.iter().filter(|(u, changed)| !changed && !matches!(u.end, End::Cut(Cut::Loss))).count();
    let still = runs.still.saturating_sub(still as u64);
    let looping = share(loops, still).is_at_least(LOOPING);
    if !looping {
        unmet.retain(|(u, _)| u.end == End::Unknown);
    }
    let unmet: Vec<Unmet> = unmet.into_iter().map(|(wait, _)| wait).collect();
    let firsts = runs.first.into_iter().chain(unmet.iter().map(|u| u.first));
    let first = firsts.min_by_key(|first| first.index)?;
    let until = until.filter(|_| looping).and(runs.condition());
    Some(Judged {
        until,
        loops,
        reads: runs.lengths.spread(),
        spent: runs.time,
        first,
        still,
        unmet,
        full: runs.full,
    })
}

/// The waits for a register that were met.
struct Met {
    until: Option<Condition>,
    n: u64,
    runs: Option<Spread>,
    /// The longest of them in nanoseconds.
    longest: u64,
    /// Whether the register is one of a stream.
    stream: bool,
    /// Reads of the waits that a loop counter ends.
    counted: Option<u64>,
}

impl Met {
    /// How a chain ended that was not met, if it is a wait.
    fn end(&self, doubt: &Doubt, all: Whole) -> Option<End> {
        let chain = &doubt.chain;
        let is_counted = Some(chain.all_reads()) == self.counted && chain.changes == 0;
        let long = || !self.stream && (is_counted || is_endless(chain, all));
        match (doubt.stop, self.until.and(self.runs)) {
            (Stop::Cut(cut), Some(_)) => Some(End::Cut(cut)),
            (Stop::Cut(cut), None) => long().then_some(End::Cut(cut)),
            (Stop::Next(_), Some(met)) => self.is_in_vain(doubt, met).then_some(End::InVain),
            (Stop::Next(_), None) => long().then_some(End::Unknown),
        }
    }

    /// Who gives up has waited longer than ever before with success, or for long.
    fn is_in_vain(&self, doubt: &Doubt, met: Spread) -> bool {
        let chain = &doubt.chain;
        let reads = chain.all_reads();
        let longer = reads >= LEAST_IN_VAIN && reads > met.max && chain.spent() > self.longest;
        // What changes otherwise is a wait if it is sure what is waited for.
        (chain.changes == 0 || self.n >= KNOWN) && (longer || is_long(reads, met))
    }
}

/// All that was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    /// Nanoseconds.
    pub(super) time: u64,
    pub(super) accesses: u64,
}

/// Whether reads that never change are long for nothing.
fn is_endless(chain: &Chain, all: Whole) -> bool {
    let (reads, spent) = (chain.all_reads(), chain.spent());
    let much = share(spent / 1000, all.time / 1000).is_at_least(LONG_SHARE)
        || share(reads, all.accesses).is_at_least(LONG_SHARE);
    let now_and_then = spent / (reads - 1).max(1) >= NOW_AND_THEN;
    chain.changes == 0 && reads >= LONG && much && !now_and_then
}

/// How many reads the waits of `doubts` have that a loop counter ends.
fn counted(doubts: &[Doubt]) -> Option<u64> {
    let still = doubts.iter().filter(|d| matches!(d.stop, Stop::Next(_)) && d.chain.changes == 0);
    let mut reads: Vec<u64> = still.map(|d| d.chain.all_reads()).filter(|&reads| reads >= COUNTED).collect();
    reads.sort_unstable();
    let alike = reads.chunk_by(|a, b| a == b).filter(|same| same.len() >= COUNTED_WAITS);
    alike.max_by_key(|same| same.len()).map(|same| same[0])
}
