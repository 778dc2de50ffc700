//! One order for the events of all CPUs.
//!
//! The rule: the next record is the one with the lowest time stamp among the CPUs' next ones; of equal stamps, that of
//! the CPU with the lower number. Each CPU's own order is kept, also where its stamps go back. A loss has the
//! time stamp of the page that reports it, and stands before its events.

use mmio_format::Block;

use crate::events::{self, Found};
use crate::formats::Formats;
pub use crate::lane::Faults;
use crate::lane::{Item, Lane};
use crate::page::Fault;

/// Merges pages of several CPUs into blocks.
#[derive(Debug)]
pub struct Merge {
    formats: Formats,
    lanes: Vec<(u32, Lane)>,
    /// Whether a lane may get more pages, so that an empty one must be waited for.
    open: Vec<bool>,
    spare: Vec<Vec<u8>>,
    tally: Tally,
}

/// What was met beside records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events that the kernel counted as lost.
    pub lost: u64,
    /// Places with losses.
    pub losses: u64,
    /// Of those, places of which nobody knows how many events are missing, damaged pages included.
    pub uncounted: u64,
    /// Events of kinds that are not the tracer's.
    pub others: u64,
    /// A record has a program counter.
    pub has_pc: bool,
}

/// Why [`Merge::fill`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The block is full.
    Full,
    /// This lane is open and has no event; which one comes next cannot be told.
    Needs(usize),
    /// No event up to the limit is left.
    Done,
}

impl Merge {
    /// `cpus` are the numbers of the CPUs, one a lane, rising.
    pub fn new(formats: Formats, cpus: &[u32]) -> Merge {
        let lanes: Vec<(u32, Lane)> = cpus.iter().map(|&cpu| (cpu, Lane::default())).collect();
        let open = vec![true; lanes.len()];
        Merge { formats, lanes, open, spare: Vec::new(), tally: Tally::default() }
    }

    /// Appends a page to a lane, counted from 0.
    pub fn push(&mut self, lane: usize, page: Vec<u8>) {
        self.lanes[lane].1.push(page);
    }

    /// How many lanes there are.
    pub fn lanes(&self) -> usize {
        self.lanes.len()
    }

    /// From now on an empty lane is not waited for.
    pub fn close(&mut self, lane: usize) {
        self.open[lane] = false;
    }

    /// A page's memory to be used again.
    pub fn spare(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// What was met so far beside records.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The faults of each lane that has one.
    pub fn faults(&self) -> impl Iterator<Item = (usize, &Faults)> {
        self.lanes.iter().enumerate().filter_map(|(i, (_, lane))| Some((i, lane.faults()?)))
    }

    /// Appends records to `block` until it is full or nothing up to the time `limit` is left.
    pub fn fill(&mut self, limit: u64, block: &mut Block) -> Stop {
        let stop = self.take_turns(limit, block);
        self.tally.has_pc |= !block.pc.is_empty();
        stop
    }

    fn take_turns(&mut self, limit: u64, block: &mut Block) -> Stop {
        loop {
            let (mut best, mut rival): (Option<(u64, usize)>, _) = (None, (u64::MAX, usize::MAX));
            for (i, (_, lane)) in self.lanes.iter_mut().enumerate() {
                match lane.peek(&self.formats, &mut self.spare) {
                    None if self.open[i] => return Stop::Needs(i),
                    None => {}
                    Some(next) => match best {
                        Some(other) if other <= (next.time, i) => rival = rival.min((next.time, i)),
                        _ => {
                            rival = best.unwrap_or(rival);
                            best = Some((next.time, i));
                        }
                    },
                }
            }
            match best {
                Some((time, i)) if time <= limit => {
                    if self.run(i, rival, limit, block) {
                        return Stop::Full;
                    }
                }
                _ => return Stop::Done,
            }
        }
    }

    /// Takes from one lane as long as it is the one whose turn it is; whether the block is full.
    fn run(&mut self, i: usize, rival: (u64, usize), limit: u64, block: &mut Block) -> bool {
        let (cpu, lane) = (self.lanes[i].0, &mut self.lanes[i].1);
        while let Some(next) = lane.peek(&self.formats, &mut self.spare) {
            if (next.time, i) >= rival || next.time > limit {
                return false;
            }
            if block.is_full() {
                return true;
            }
            match next.item {
                Item::Lost(count) => {
                    lane.take_lost();
                    block.push_lost(next.time, cpu, count);
                    self.tally.loss(count);
                }
                Item::Event { start, end } => {
                    let data = lane.take(start, end);
                    match events::push(data, next.time, cpu, &self.formats, block) {
                        Found::Record => {}
                        Found::Other => self.tally.others += 1,
                        Found::Short => {
                            let what = "an event shorter than its format says";
                            lane.fault(Fault { at: start, what }, false);
                            block.push_lost(next.time, cpu, mmio_format::block::LOST_COUNT_UNKNOWN);
                            self.tally.loss(mmio_format::block::LOST_COUNT_UNKNOWN);
                        }
                    }
                }
            }
        }
        false
    }
}

impl Tally {
    fn loss(&mut self, count: u64) {
        self.losses += 1;
        if count == mmio_format::block::LOST_COUNT_UNKNOWN {
            self.uncounted += 1;
        } else {
            self.lost = self.lost.saturating_add(count);
        }
    }
}
