//! The chains of reads of one register.

use super::Cut;
use super::chain::{Chain, Stop};
use super::exit::Exit;
use crate::patterns::finding::Moment;
use crate::patterns::lengths::Lengths;
use crate::patterns::{Condition, Spread};
use crate::share::{Share, share};
use mmio_format::RegisterId;

/// Chains of one register that may not have been met and are kept; of more, the shorter ones go.
const MAX_DOUBTS: usize = 1024;
/// Least reads of a chain without a change that is kept.
const LEAST_STILL: u64 = 3;
/// Least reads of a wait that are many, and how many to the median of the waits that were met.
const MANY: u64 = 16;
const TIMES_MEDIAN: u64 = 4;
/// Loops that are learned from before one that is much longer and ends otherwise is not; and how many such loops there
/// are at most, to those.
const LEARNED: u64 = 3;
const UNLIKE: Share = share(1, 4);
/// Least reads of a chain that shows whether the register is a stream.
const LEAST_STREAM: u64 = 4;

/// A chain that may not have been met.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    pub(super) chain: Chain,
    pub(super) stop: Stop,
    /// Whether it changed, so that its end was learned from.
    pub(super) learned: bool,
    /// The last value of the register read beside it, and whether it was another one than before.
    pub(super) beside: Option<(RegisterId, u64, bool)>,
}

impl Doubt {
    fn is_lost(&self) -> bool {
        matches!(self.stop, Stop::Cut(Cut::Loss))
    }
}

/// Whether so many reads are much more than those of waits that were met.
pub(super) fn is_long(reads: u64, met: Spread) -> bool {
    reads >= MANY && (reads >= TIMES_MEDIAN * met.median || reads > met.max)
}

/// What is known of the chains of one register.
#[derive(Clone, Debug)]
pub(crate) struct Runs {
    pub(super) width_mask: u64,
    exit: Option<Box<Exit>>,
    /// The condition, as it was when there were half of the loops or more.
    known: Option<Condition>,
    /// Loops that changed and are not learned from.
    unlike: u64,
    /// Chains that changed and were met, as far as is known.
    pub(super) lengths: Lengths,
    pub(super) time: u64,
    /// The longest of them in nanoseconds.
    pub(super) longest: u64,
    pub(super) first: Option<Moment>,
    /// Chains that did not change.
    pub(super) still: u64,
    /// Whether it was ever read twice with nothing between.
    pub(super) direct: bool,
    pub(super) open: Option<Chain>,
    /// The last chain that was closed: its last step, its value, and whether that was another one than before.
    pub(super) latest: Option<(u64, u64, bool)>,
    pub(super) doubts: Vec<Doubt>,
    /// Fewest reads of a chain that is kept.
    floor: u64,
    pub(super) full: bool,
    /// Reads of chains that are long enough to tell, and those of them that changed.
    told: u64,
    changed: u64,
}

impl Runs {
    pub(super) fn new(width_mask: u64) -> Runs {
        Runs {
            width_mask,
            exit: None,
            known: None,
            unlike: 0,
            lengths: Lengths::default(),
            time: 0,
            longest: 0,
            first: None,
            still: 0,
            direct: false,
            open: None,
            latest: None,
            doubts: Vec::new(),
            floor: 0,
            full: false,
            told: 0,
            changed: 0,
        }
    }

    /// Ends the chain that is open. There is `room` for so many doubts, at all registers.
    pub(super) fn close(&mut self, stop: Stop, beside: Option<(RegisterId, u64, bool)>, room: &mut usize) {
        let Some(chain) = self.open.take() else { return };
        let moved = chain.up() != 0 || chain.down(self.width_mask) != 0;
        self.latest = Some((chain.last, chain.value, moved));
        if chain.all_reads() < 2 {
            return;
        }
        if chain.reads >= LEAST_STREAM {
            self.told += chain.reads;
            self.changed += chain.changes;
        }
        // What a loss cuts tells nothing of how loops end.
        let lost = matches!(stop, Stop::Cut(Cut::Loss));
        let unlike = chain.changes > 0 && self.is_unlike(&chain);
        self.unlike += u64::from(unlike);
        let learned = chain.changes > 0 && !lost && !unlike;
        if learned {
            self.learn(&chain);
        } else if chain.changes == 0 && chain.reads > 1 && !lost {
            self.still += 1;
        }
        let met = self.known.is_some_and(|until| until.is_met(chain.value));
        let doubt = Doubt { chain, stop, learned, beside };
        if learned && met {
            self.settle(&doubt);
        } else if !met || chain.changes > 0 {
            self.doubt(doubt, room);
        }
    }

    fn learn(&mut self, chain: &Chain) {
        let exit = self.exit.get_or_insert_with(|| Box::new(Exit::new()));
        exit.add(chain, self.width_mask);
        if exit.loops.is_power_of_two() || u64::from(exit.loops) == LEARNED {
            self.known = exit.condition(self.width_mask).map(|(until, _)| until);
        }
    }

    /// Whether a loop that changed is much longer than those before and does not end as they do: it may be in vain, and
    /// must not spoil what they have in common.
    fn is_unlike(&self, chain: &Chain) -> bool {
        let met = self.known.is_none_or(|until| until.is_met(chain.value));
        !met && self.loops() >= LEARNED && self.lengths.spread().is_some_and(|met| is_long(chain.reads, met))
    }

    /// Nothing more comes. Loops that were not learned from tell how loops end if there are many.
    pub(super) fn finish(&mut self) {
        if !share(self.unlike, self.loops()).exceeds(UNLIKE) {
            return;
        }
        let mut doubts = std::mem::take(&mut self.doubts);
        for doubt in doubts.iter_mut().filter(|d| d.chain.changes > 0 && !d.learned && !d.is_lost()) {
            doubt.learned = true;
            self.learn(&doubt.chain);
        }
        self.doubts = doubts;
    }

    /// Counts a chain that changed as one that was met.
    pub(super) fn settle(&mut self, doubt: &Doubt) {
        let chain = &doubt.chain;
        if self.first.is_none_or(|first| chain.first.index < first.index) {
            self.first = Some(chain.first);
        }
        let spent = chain.end_time.saturating_sub(chain.first.time);
        self.lengths.add(chain.reads);
        self.time = self.time.saturating_add(spent);
        self.longest = self.longest.max(spent);
    }

    fn doubt(&mut self, doubt: Doubt, room: &mut usize) {
        let reads = doubt.chain.all_reads();
        let cut = matches!(doubt.stop, Stop::Cut(_));
        if !doubt.learned && !cut && (reads < LEAST_STILL || reads < self.floor) {
            return;
        }
        if self.doubts.len() >= MAX_DOUBTS || (*room == 0 && !self.doubts.is_empty()) {
            *room += self.forget();
        }
        if *room > 0 {
            *room -= 1;
            self.doubts.push(doubt);
        } else {
            self.full = true;
            if doubt.learned {
                self.settle(&doubt);
            }
        }
    }

    /// Drops the shorter half of the chains that are kept, and says how many these were.
    fn forget(&mut self) -> usize {
        let mut reads: Vec<u64> = self.doubts.iter().map(|d| d.chain.all_reads()).collect();
        reads.sort_unstable();
        self.floor = reads[reads.len() / 2] + 1;
        let (kept, dropped): (Vec<Doubt>, Vec<Doubt>) =
            std::mem::take(&mut self.doubts).into_iter().partition(|d| d.chain.all_reads() >= self.floor);
        self.doubts = kept;
        self.full = true;
        dropped.iter().filter(|d| d.learned).for_each(|d| self.settle(d));
        dropped.len()
    }

    /// How loops end, and how many ended so.
    pub(super) fn condition(&self) -> Option<(Condition, u64)> {
        self.exit.as_ref()?.condition(self.width_mask)
    }

    /// Loops that changed.
    pub(super) fn loops(&self) -> u64 {
        self.exit.as_ref().map_or(0, |exit| exit.loops.into())
    }

    /// Whether most of its reads in long chains give something else than the one before: words of a stream, or a
    /// counter.
    pub(super) fn is_stream(&self) -> bool {
        self.changed * 2 > self.told
    }
}
