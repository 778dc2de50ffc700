//! The steps of a device without the reads that only post writes.

use super::finding::Moment;
use super::pace::Gaps;
use crate::steps::Step;
use mmio_format::RegisterId;
use mmio_format::register::NONE;

/// Steps remembered of each device.
pub(crate) const DEPTH: usize = 12;
/// Reads straight after a write before a register counts as one that is read to post writes.
const FLUSHES: u64 = 16;
/// Of so many registers' writes.
const WRITERS: usize = 3;

/// A register that is read straight after writes of any other register.
#[derive(Clone, Debug)]
struct Poster {
    register: RegisterId,
    reads: u64,
    after_write: u64,
    writers: [RegisterId; WRITERS],
    /// The last value, and how often it changed: what matters is read for its value.
    value: u64,
    changes: u64,
    first: Moment,
    /// Times between the write and the read, and between the read and what came next.
    before: Gaps,
    after: Gaps,
}

impl Poster {
    /// Whether most of its reads follow writes, of several registers.
    fn posts(&self) -> bool {
        self.after_write >= FLUSHES
            && self.after_write * 4 >= self.reads * 3
            && self.writers[WRITERS - 1] != NONE
            && self.changes * 8 <= self.reads
    }
}

/// Registers of a device that are followed as possible posters.
const POSTERS: usize = 8;

/// What came before on one device.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    steps: [Option<Step>; DEPTH],
    next: usize,
    posters: Vec<Poster>,
    /// Whether the step just before, the posting reads included, was a write, and of which register.
    written: Option<(RegisterId, u64)>,
    /// The register that was read then to post the write, and when.
    posted: Option<(RegisterId, u64)>,
}

/// A register that is read to post writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Posting {
    pub(crate) register: RegisterId,
    /// Reads straight after a write of another register.
    pub(crate) after_write: u64,
    pub(crate) reads: u64,
    pub(crate) first: Moment,
    /// It is read when the driver comes back, and not before it rests: it is asked whether the driver may go
    /// on, and posts nothing.
    pub(crate) asks: bool,
}

impl View {
    /// The step `back` steps ago, 0 for the one just before.
    #[inline]
    pub(crate) fn get(&self, back: usize) -> Option<&Step> {
        if back >= DEPTH {
            return None;
        }
        self.steps[(self.next + DEPTH - 1 - back) % DEPTH].as_ref()
    }

    /// The steps, latest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Step> {
        (0..DEPTH).map_while(|back| self.get(back))
    }

    pub(crate) fn push(&mut self, step: &Step) {
        self.steps[self.next] = Some(*step);
        self.next = (self.next + 1) % DEPTH;
    }

    /// Forgets the steps, and keeps what was learned of the registers.
    pub(crate) fn gap(&mut self) {
        self.steps = [None; DEPTH];
        self.written = None;
        self.posted = None;
    }

    /// Whether `step` is a read that only posts the write before it.
    pub(crate) fn is_posting(&mut self, step: &Step) -> bool {
        if let Some((register, time)) = self.posted.take()
            && let Some(poster) = self.posters.iter_mut().find(|p| p.register == register)
        {
            poster.after.add(step.time.saturating_sub(time));
        }
        let before = self.written.take();
        if step.is_write() {
            self.written = Some((step.register, step.time));
            return false;
        }
        let place = match self.posters.iter().position(|p| p.register == step.register) {
            Some(place) => place,
            None if before.is_some() => self.follow(step),
            None => return false,
        };
        let poster = &mut self.posters[place];
        poster.reads += 1;
        poster.changes += u64::from(poster.value != step.value);
        poster.value = step.value;
        let Some((writer, time)) = before.filter(|&(w, _)| step.count == 1 && w != step.register) else {
            return false;
        };
        poster.after_write += 1;
        poster.before.add(step.time.saturating_sub(time));
        self.posted = Some((step.register, step.end_time));
        if !poster.writers.contains(&writer)
            && let Some(free) = poster.writers.iter_mut().find(|w| **w == NONE)
        {
            *free = writer;
        }
        let posts = poster.posts();
        // Those that are found often come first.
        if place > 0 && self.posters[place - 1].after_write < self.posters[place].after_write {
            self.posters.swap(place - 1, place);
        }
        posts
    }

    /// Follows a register in place of the one that was found least.
    fn follow(&mut self, step: &Step) -> usize {
        let poster = Poster {
            register: step.register,
            reads: 0,
            after_write: 0,
            writers: [NONE; WRITERS],
            value: step.value,
            changes: 0,
            first: Moment::of(step),
            before: Gaps::default(),
            after: Gaps::default(),
        };
        if self.posters.len() < POSTERS {
            self.posters.push(poster);
        } else {
            self.posters[POSTERS - 1] = poster;
        }
        self.posters.len() - 1
    }

    /// Registers that are read after writes. `usual` is how fast the device's accesses follow each other.
    pub(crate) fn posting(&self, usual: &Gaps) -> Vec<Posting> {
        let posts = self.posters.iter().filter(|p| p.posts());
        let posting = |p: &Poster| Posting {
            register: p.register,
            after_write: p.after_write,
            reads: p.reads,
            first: p.first,
            asks: p.before.rests(usual) > p.after.rests(usual),
        };
        posts.map(posting).collect()
    }
}
