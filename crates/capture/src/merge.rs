//! One order for the events of all CPUs.
//!
//! The rule: the next record is the one with the lowest time stamp among the CPUs' next ones.
//! Of equal stamps it is that of the CPU with the lower number.
//! Each CPU's own order is kept, also where its stamps go back.
//! A loss has the time stamp of the page that reports it, and stands before its events.
//! Where a tracer numbers a device's accesses, these are in the order of their numbers, see `device_order.rs`.
//!
//! ```
//! use mmio_capture::formats::{Formats, X86_64};
//! use mmio_capture::merge::{Merge, Stop};
//! use mmio_format::Block;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/edu_raw.bin.zst");
//! let pages = zstd::decode_all(std::fs::File::open(file)?)?;
//! let formats = Formats::parse(X86_64, "built-in".as_ref())?;
//! let page_size = formats.page_size();
//!
//! let mut merge = Merge::new(formats, &[0]);
//! pages.chunks(page_size).for_each(|page| merge.push(0, page.to_vec()));
//! merge.close(0);
//! let mut block = Block::default();
//! assert_eq!(merge.fill(u64::MAX, &mut block), Stop::Done);
//! assert_eq!(block.kind.iter().filter(|kind| kind.is_access()).count(), 367);
//! # Ok(())
//! # }
//! ```

use mmio_format::Block;
use mmio_format::block::{LOST_COUNT_UNKNOWN, MAX_RECORDS};
use mmio_format::container::Recording;
use mmio_format::dialects::Options;
pub use mmio_format::ring::page::Fault;

pub use crate::cpu_pages::Faults;
use crate::cpu_pages::{CpuPages, Item};
use crate::device_order::{DeviceOrder, Numbered, waits_until};
use crate::event_records::{self, Found};
use crate::formats::{Formats, Kinds};
use crate::named_records::NamedRecords;

/// Merges pages of several CPUs into blocks.
///
/// A CPU is named by its index in the list that [`Merge::new`] got.
#[derive(Debug)]
pub struct Merge {
    formats: Formats,
    cpus: Vec<CpuPages>,
    spare: Vec<Vec<u8>>,
    order: DeviceOrder,
    tally: Tally,
    /// The records of events that a user named.
    named: Option<NamedRecords>,
}

/// Counts of what was met beside records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Events that the kernel counted as lost.
    pub lost: u64,
    /// Places with losses.
    pub losses: u64,
    /// Places with losses whose number of events is not known, damaged pages included.
    pub uncounted: u64,
    /// Events of kinds that are not the tracer's.
    pub others: u64,
    /// Whether a record has a program counter.
    pub has_pc: bool,
}

/// The reason why [`Merge::fill`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The block is full.
    Full,
    /// The CPU with this index may get more pages and has no event, so that the next event is not known.
    Needs(usize),
    /// No event up to the limit is left.
    Done,
}

impl Merge {
    /// A merge of the CPUs with the numbers `cpus`, which rise.
    pub fn new(formats: Formats, cpus: &[u32]) -> Merge {
        let cpus = cpus.iter().map(|&cpu| CpuPages::new(cpu)).collect();
        let mut merge = Merge {
            formats,
            cpus,
            spare: Vec::new(),
            order: DeviceOrder::default(),
            tally: Tally::default(),
            named: None,
        };
        merge.know(&Options::default());
        merge
    }

    /// Says what is known of the machine whose events a user named; before the first page.
    pub(crate) fn know(&mut self, options: &Options) {
        let is_named = matches!(self.formats.kinds, Kinds::Named(_));
        self.named = is_named.then(|| NamedRecords::new(options));
    }

    /// Says that no page is to come; [`Merge::fill`] gives what waited for one.
    pub(crate) fn end(&mut self) {
        self.named.iter_mut().for_each(NamedRecords::end);
    }

    /// What is known of all events at their end, beyond their records.
    pub(crate) fn closing(&self) -> Option<Recording> {
        self.named.as_ref().map(NamedRecords::closing)
    }

    /// Appends a page to the pages of a CPU.
    pub fn push(&mut self, index: usize, page: Vec<u8>) {
        self.cpus[index].push(page);
    }

    /// The number of CPUs.
    pub fn cpus(&self) -> usize {
        self.cpus.len()
    }

    /// Says that a CPU is not waited for from now on when it has no page.
    pub fn close(&mut self, index: usize) {
        self.cpus[index].is_open = false;
    }

    /// The memory of a page that was read, to be used again.
    pub fn spare(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// Counts of what was met so far beside records.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The faults of each CPU that has one, with the CPU's index.
    pub fn faults(&self) -> impl Iterator<Item = (usize, &Faults)> {
        self.cpus.iter().enumerate().filter_map(|(i, cpu)| Some((i, cpu.faults()?)))
    }

    /// Appends records to `block` until it is full or nothing up to the time `limit` is left.
    pub fn fill(&mut self, limit: u64, block: &mut Block) -> Stop {
        let mut stop = self.take_turns(limit, block);
        if self.named.as_mut().is_some_and(|named| !named.hand_over(block)) {
            stop = Stop::Full;
        }
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

    /// The CPU whose turn it is, and the turn of the next one.
    fn choose(&mut self, limit: u64) -> std::result::Result<(usize, Turn), Stop> {
        let (mut best, mut rival): (Option<Turn>, _) = (None, (u64::MAX, usize::MAX));
        let mut waiting: Option<(Turn, Option<Numbered>)> = None;
        for (i, cpu) in self.cpus.iter_mut().enumerate() {
            let turn = match cpu.peek(&self.formats, &mut self.spare) {
                None if cpu.is_open => return Err(Stop::Needs(i)),
                None => continue,
                Some(next) if self.order.is_early(next.number) => {
                    let early = ((next.time, i), next.number);
                    if waiting.is_none_or(|other| comes_before(early, other)) {
                        waiting = Some(early);
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

    /// Takes events of one CPU as long as it has the turn, one at least.
    /// Returns whether the block is full.
    fn run(&mut self, i: usize, rival: Turn, limit: u64, block: &mut Block) -> bool {
        let pages = &mut self.cpus[i];
        let cpu = pages.cpu;
        let mut is_first = true;
        while let Some(next) = pages.peek(&self.formats, &mut self.spare) {
            let is_next = (next.time, i) < rival && next.time <= limit && !self.order.is_early(next.number);
            if !is_first && !is_next {
                return false;
            }
            is_first = false;
            if self.named.as_ref().is_some_and(NamedRecords::is_full) {
                return true;
            }
            if block.is_full() || block.len() + next.number.map_or(1, |number| number.count) > MAX_RECORDS {
                return true;
            }
            match next.item {
                Item::Lost(count) => {
                    pages.take_lost();
                    push_lost(&mut self.named, next.time, cpu, count, block);
                    self.tally.loss(count);
                    self.order.forget();
                }
                Item::Event { start, end } => {
                    let data = pages.take(start, end);
                    let found = match &mut self.named {
                        Some(named) => named.event(data, next.time, cpu, &self.formats),
                        None => event_records::push(data, next.time, cpu, &self.formats, block),
                    };
                    match found {
                        Found::Record => {}
                        Found::Other => self.tally.others += 1,
                        Found::Gap => {
                            block.push_lost(next.time, cpu, LOST_COUNT_UNKNOWN);
                            self.tally.loss(LOST_COUNT_UNKNOWN);
                        }
                        Found::Short => {
                            let what = "an event that contradicts its format";
                            pages.fault(Fault::new(start, what), false);
                            push_lost(&mut self.named, next.time, cpu, LOST_COUNT_UNKNOWN, block);
                            self.tally.loss(LOST_COUNT_UNKNOWN);
                        }
                    }
                    if let Some(number) = next.number {
                        self.order.took(number);
                    }
                }
            }
        }
        false
    }
}

/// Notes a loss among the records that come to this block.
fn push_lost(named: &mut Option<NamedRecords>, time: u64, cpu: u32, count: u64, block: &mut Block) {
    match named {
        Some(named) => named.lost(time, cpu, count),
        None => drop(block.push_lost(time, cpu, count)),
    }
}

/// A turn: a time stamp and the index of a CPU.
type Turn = (u64, usize);

/// Which of two accesses that wait goes on when nothing else is left: the one that its device made first, else the
/// older one.
fn comes_before(a: (Turn, Option<Numbered>), b: (Turn, Option<Numbered>)) -> bool {
    match (a.1, b.1) {
        (Some(number), Some(other)) if number.is_before(other) => true,
        (Some(number), Some(other)) if other.is_before(number) => false,
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
