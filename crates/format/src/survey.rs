//! Totals of a trace, taken while its records go by.

use crate::block::{Block, LOST_COUNT_UNKNOWN};
use crate::input::foreign::is_version;
use crate::loss::LossPairing;
use crate::origin::Origin;
use crate::record::Kind;
use crate::stats::Stats;
use crate::text::UnparsedLines;

/// Totals of the blocks so far, which are fed in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Survey {
    /// How many records there are.
    pub records: u64,
    /// How many of them are accesses: reads, writes and UNKNOWNs.
    pub accesses: u64,
    /// Raw records: unparsed lines, or pieces of very long ones.
    pub raw: u64,
    /// Losses, each once, in order.
    pub losses: Vec<Loss>,
    /// Losses beyond the first [`MAX_LOSSES`], and their events.
    pub more_losses: (u64, u64),
    /// Time of the first record that has one, in nanoseconds.
    pub start: Option<u64>,
    /// Lowest and highest time in nanoseconds; markers at 0 left out.
    pub time: Option<(u64, u64)>,
    /// What recordings say of the logs that were read.
    pub origin: Origin,
    /// Records that only a trace has, beside accesses.
    others: u64,
    unparsed: UnparsedLines,
    pairing: LossPairing,
}

/// Most losses whose places are kept.
pub const MAX_LOSSES: usize = 100_000;
/// How many of the latest losses may be one that has its place only now.
const NEAR: usize = 64;

/// A place where the kernel dropped events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// Number of the first access after it.
    pub index: u64,
    /// How many events; `None` where the kernel did not say.
    pub events: Option<u64>,
}

/// Whether only a trace has a record of this kind; a line of any text may look like a version.
fn is_of_a_trace<'a>(kind: Kind, text: impl Fn() -> &'a [u8]) -> bool {
    match kind {
        Kind::VERSION => is_version(text()),
        kind => !matches!(kind, Kind::RAW | Kind::COMMENT | Kind::LSPCI),
    }
}

impl Survey {
    /// Counts a block by its statistics alone; one without markers, losses, lines that are not records, and the
    /// first time of the trace.
    pub fn skip(&mut self, stats: &Stats) {
        self.records += u64::from(stats.records);
        self.accesses += u64::from(stats.accesses);
        self.raw += u64::from(stats.raw);
        self.time = match (self.time, stats.time) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
    }

    /// Counts a block, which must have its time, value and text columns. `first_access` is the number of
    /// its first access.
    pub fn feed(&mut self, stats: &Stats, block: &Block, first_access: u64) {
        let mut index = first_access;
        for (row, &kind) in block.kind.iter().enumerate() {
            if kind.is_access() {
                self.start.get_or_insert(block.time[row]);
                index += 1;
                continue;
            }
            self.others += u64::from(is_of_a_trace(kind, || block.texts.get(row as u32).unwrap_or_default()));
            if kind == Kind::LOST {
                let events = Some(block.value[row]).filter(|&n| n != LOST_COUNT_UNKNOWN);
                let loss = Loss { index, events };
                if self.pairing.lost(events) { self.add(loss) } else { self.move_to_place(loss) }
            } else if kind == Kind::MARKER && block.time[row] == 0 {
                let text = block.texts.get(row as u32).unwrap_or_default();
                if let Some(events) = self.pairing.marker(text) {
                    self.add(Loss { index, events: Some(events) });
                }
            } else if kind.is_timed() {
                self.start.get_or_insert(block.time[row]);
            }
        }
        self.unparsed.add(block);
        self.skip(stats);
    }

    fn add(&mut self, loss: Loss) {
        if self.losses.len() < MAX_LOSSES {
            self.losses.push(loss);
        } else {
            self.more_losses.0 += 1;
            self.more_losses.1 = self.more_losses.1.saturating_add(loss.events.unwrap_or(0));
        }
    }

    /// The loss that a mark reported before its place was known is here.
    fn move_to_place(&mut self, loss: Loss) {
        let first = self.losses.len().saturating_sub(NEAR);
        if let Some(at) = self.losses[first..].iter().rposition(|earlier| earlier.events == loss.events) {
            self.losses.remove(first + at);
            self.losses.push(loss);
        }
    }

    /// Events lost, each loss once; those of unknown count add nothing.
    pub fn lost(&self) -> u64 {
        let known = self.losses.iter().filter_map(|l| l.events);
        known.fold(self.more_losses.1, u64::saturating_add)
    }

    /// Records that only a trace has: all but comments, lines of lspci, versions that are not a number, and lines that
    /// are not records. Of the blocks that were counted by their statistics alone, the accesses.
    pub fn of_a_trace(&self) -> u64 {
        self.accesses + self.others
    }

    /// Lines that are not records. A long line may be several raw records; it counts once.
    pub fn unparsed(&self) -> u64 {
        self.unparsed.count()
    }
}
