//! How the reads of one register lie in the stream of its device: what decides how often they follow
//! anything by chance.

use super::WINDOW;

/// Runs that make up the neighbourhood.
const NEAR: usize = 4;

/// Where a device's stream is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// Steps so far.
    pub steps: u64,
    /// Accesses so far.
    pub accesses: u64,
}

/// The runs of reads of one register, each a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    /// Number of runs.
    pub runs: u64,
    /// Number of reads.
    pub reads: u64,
    /// How many runs came after so many steps of others; the last place is for more.
    gaps: [u32; WINDOW + 1],
    /// Where the last run ended, in steps.
    end: u64,
    marks: [Mark; NEAR],
    /// The last value read, once there is one.
    pub value: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    steps: u64,
    accesses: u64,
    reads: u64,
    runs: u64,
}

/// How often something else than a read of this register is followed by one, in a neighbourhood or on the
/// whole. Neither is too small when the order is random.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rates {
    /// Share of all accesses, or of all steps where that is more: long polls of another register must not
    /// make this one rare.
    pub share: f64,
    /// Share of all steps that are not these reads: not swayed by long polls of this register.
    pub step: f64,
}

impl Runs {
    /// A run of `reads` that is complete; `clock` is where it began, `start`
    /// the first step after the last gap of the device. Returns the rates just before it.
    pub(super) fn run(&mut self, clock: Clock, start: u64, reads: u64) -> Rates {
        let before =
            Mark { steps: clock.steps, accesses: clock.accesses, reads: self.reads, runs: self.runs };
        let oldest = self.runs as usize % NEAR * usize::from(self.runs >= NEAR as u64);
        let rates = if self.runs == 0 { Rates::default() } else { before.since(&self.marks[oldest]) };
        let from = self.end.max(start);
        let gap = before.steps.saturating_sub(from).min(WINDOW as u64);
        self.gaps[gap as usize] = self.gaps[gap as usize].saturating_add(1);
        self.marks[self.runs as usize % NEAR] = before;
        self.runs += 1;
        self.reads += reads;
        self.end = clock.steps + 1;
        rates
    }

    /// The rates in a whole stream that ends at `end`.
    pub(super) fn rates(&self, end: Clock) -> Rates {
        let end = Mark { steps: end.steps, accesses: end.accesses, reads: self.reads, runs: self.runs };
        end.since(&Mark::default())
    }

    /// Steps of other registers from which a run is within `distance` steps.
    pub(super) fn covered(&self, distance: usize) -> u64 {
        let near = |(gap, &runs): (usize, &u32)| gap.min(distance) as u64 * u64::from(runs);
        self.gaps.iter().enumerate().map(near).sum()
    }
}

impl Mark {
    fn since(&self, old: &Mark) -> Rates {
        let (reads, runs) = ((self.reads - old.reads) as f64, (self.runs - old.runs) as f64);
        let (accesses, steps) = ((self.accesses - old.accesses) as f64, (self.steps - old.steps) as f64);
        let share = |part: f64, all: f64| if all > 0.0 { (part / all).min(1.0) } else { 0.0 };
        Rates { share: share(reads, accesses).max(share(runs, steps)), step: share(runs, steps - runs) }
    }
}
