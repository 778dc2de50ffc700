//! One order for the events of all CPUs.
//!
//! The rule: the next record is the one with the lowest time stamp among the CPUs' next ones; of equal stamps, that of
//! the CPU with the lower number. Each CPU's own order is kept, also where its stamps go back. A loss has the
//! time stamp of the page that reports it, and stands before its events. Where a tracer numbers a device's accesses,
//! these are in the order of their numbers, see order.rs.

use mmio_format::Block;
use mmio_format::block::{LOST_COUNT_UNKNOWN, MAX_RECORDS};

use crate::events::{self, Found};
use crate::formats::Formats;
pub use crate::lane::Faults;
use crate::lane::{Item, Lane};
use crate::order::{Order, Place, waits_until};
use crate::page::Fault;

/// Merges pages of several CPUs into blocks.
#[derive(Debug)]
pub struct Merge {
    formats: Formats,
    lanes: Vec<(u32, Lane)>,
    /// Whether a lane may get more pages, so that an empty one must be waited for.
    open: Vec<bool>,
    spare: Vec<Vec<u8>>,
    order: Order,
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
        Merge { formats, lanes, open, spare: Vec::new(), order: Order::default(), tally: Tally::default() }
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
            match self.choose(limit) {
                Ok((i, rival)) => {
                    if self.run(i, rival, limit, block) {
                        return Stop::Full;
                    }
                }
                Err(stop) => return stop,
            }
        }
    }

    /// The lane whose turn it is, and the first one behind it.
    fn choose(&mut self, limit: u64) -> std::result::Result<(usize, Turn), Stop> {
        let (mut best, mut rival): (Option<Turn>, _) = (None, (u64::MAX, usize::MAX));
        let mut waiting: Option<(Turn, Option<Place>)> = None;
        for (i, (_, lane)) in self.lanes.iter_mut().enumerate() {
            let turn = match lane.peek(&self.formats, &mut self.spare) {
                None if self.open[i] => return Err(Stop::Needs(i)),
                None => continue,
                Some(next) if self.order.is_early(next.place) => {
                    let turn = (next.time, i);
                    let is_first = match waiting {
                        Some((other, place)) => comes_before((turn, next.place), (other, place)),
                        None => true,
                    };
                    if is_first {
                        waiting = Some((turn, next.place));
                    }
                    continue;
                }
                Some(next) => (next.time, i),
            };
            match best {
                Some(other) if other <= turn => rival = rival.min(turn),
                _ => rival = best.replace(turn).unwrap_or(rival),
            }
        }
        let Some((early, _)) = waiting else {
            return best.filter(|turn| turn.0 <= limit).map(|turn| (turn.1, rival)).ok_or(Stop::Done);
        };
        // One at a time, as each may be what an early one waits for.
        match best {
            Some(turn) if turn.0 <= limit && turn.0 <= waits_until(early.0) => Ok((turn.1, turn)),
            _ if waits_until(early.0) <= limit => Ok((early.1, early)),
            _ => Err(Stop::Done),
        }
    }

    /// Takes from one lane as long as it is the one whose turn it is, once at least; whether the block is full.
    fn run(&mut self, i: usize, rival: Turn, limit: u64, block: &mut Block) -> bool {
        let (cpu, lane) = (self.lanes[i].0, &mut self.lanes[i].1);
        let mut is_first = true;
        while let Some(next) = lane.peek(&self.formats, &mut self.spare) {
            let is_next = (next.time, i) < rival && next.time <= limit && !self.order.is_early(next.place);
            if !is_first && !is_next {
                return false;
            }
            is_first = false;
            if block.is_full() || block.len() + next.place.map_or(1, |place| place.count) > MAX_RECORDS {
                return true;
            }
            match next.item {
                Item::Lost(count) => {
                    lane.take_lost();
                    block.push_lost(next.time, cpu, count);
                    self.tally.loss(count);
                    self.order.forget();
                }
                Item::Event { start, end } => {
                    let data = lane.take(start, end);
                    match events::push(data, next.time, cpu, &self.formats, block) {
                        Found::Record => {}
                        Found::Other => self.tally.others += 1,
                        Found::Gap => {
                            block.push_lost(next.time, cpu, LOST_COUNT_UNKNOWN);
                            self.tally.loss(LOST_COUNT_UNKNOWN);
                        }
                        Found::Short => {
                            let what = "an event that contradicts its format";
                            lane.fault(Fault { at: start, what }, false);
                            block.push_lost(next.time, cpu, LOST_COUNT_UNKNOWN);
                            self.tally.loss(LOST_COUNT_UNKNOWN);
                        }
                    }
                    if let Some(place) = next.place {
                        self.order.took(place);
                    }
                }
            }
        }
        false
    }
}

/// A time stamp and the number of a lane.
type Turn = (u64, usize);

/// Which of two that wait goes on when nothing else is left: the one that its device made first, else the older one.
fn comes_before(a: (Turn, Option<Place>), b: (Turn, Option<Place>)) -> bool {
    match (a.1, b.1) {
        (Some(place), Some(other)) if place.is_before(other) => true,
        (Some(place), Some(other)) if other.is_before(place) => false,
        _ => a.0 < b.0,
    }
}

impl Tally {
    fn loss(&mut self, count: u64) {
        self.losses += 1;
        if count == LOST_COUNT_UNKNOWN {
            self.uncounted += 1;
        } else {
            self.lost = self.lost.saturating_add(count);
        }
    }
}
