//! Registers that are read only that the write before has arrived, whatever was written.

use super::finding::{Finding, Moment, confidence};
use super::gaps::Gaps;
use super::idiom::Idiom;
use crate::evidence::{Part::Number, evidence};
use crate::share::{Share, share};
use crate::steps::Step;
use mmio_format::RegisterId;
use mmio_format::register::NONE;

impl Idiom {
    /// A read whose only use is that the write before it has arrived.
    pub const READBACK_FLUSH: Idiom = Idiom::named("readback_flush");
}

/// Reads straight after a write before a register counts as one that is read to post writes.
const LEAST_FLUSHES: u64 = 16;
/// Registers whose writes it follows, at least.
const WRITERS: usize = 3;
/// Reads that come straight after writes, of all its reads.
const AFTER_WRITES: Share = share(3, 4);
/// Reads that give another value than the one before: what changes is read for its value.
const CHANGING: Share = share(1, 8);
/// Reads that begin a read-modify-write, of these, at most.
const TAKEN: Share = share(1, 8);
/// Bits set in a value that identifies.
const WIDE_BITS: u32 = 12;
/// Registers of a device that are followed as possible posters.
const POSTERS: usize = 8;

/// A register that is read straight after writes of any other register.
#[derive(Clone, Debug)]
struct Poster {
    register: RegisterId,
    reads: u64,
    after_write: u64,
    /// Of these, reads that begin a read-modify-write.
    taken: u64,
    writers: [RegisterId; WRITERS],
    /// The last value, and how often it changed.
    value: u64,
    changes: u64,
    first: Moment,
    /// Times between the write and the read, and between the read and what came next.
    before: Gaps,
    after: Gaps,
}

impl Poster {
    /// Whether it always gives one value of many bits, which can tell nothing of the write before.
    fn identifies(&self) -> bool {
        self.changes == 0 && self.value.count_ones() >= WIDE_BITS
    }

    /// Whether most of its reads follow writes, of several registers.
    fn posts(&self) -> bool {
        self.after_write >= LEAST_FLUSHES
            && !share(self.taken, self.after_write).exceeds(TAKEN)
            && share(self.after_write, self.reads).is_at_least(AFTER_WRITES)
            && (self.writers[WRITERS - 1] != NONE || self.identifies())
            && !share(self.changes, self.reads).exceeds(CHANGING)
    }
}

/// A register that is read to post writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Posting {
    pub(crate) register: RegisterId,
    /// Reads straight after a write of another register.
    after_write: u64,
    reads: u64,
    first: Moment,
    /// It is read when the driver comes back, and not before it rests: it is asked whether the driver may go
    /// on, and posts nothing.
    pub(crate) asks: bool,
}

impl Posting {
    /// As an idiom of the register that is read.
    pub(crate) fn finding(&self) -> Finding {
        let Posting { register, after_write, reads, first, .. } = *self;
        let mut finding = Finding::new(Idiom::READBACK_FLUSH, register, after_write, first);
        finding.confidence = confidence(after_write, reads);
        finding.evidence = evidence![
            Number(after_write),
            " of its ",
            Number(reads),
            " reads come straight after a write of some other register, and its value hardly changes",
        ];
        finding
    }
}

/// The reads of one device that may post writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Posters {
    posters: Vec<Poster>,
    /// Whether the step just before, the posting reads included, was a write, and of which register.
    written: Option<(RegisterId, u64)>,
    /// The register that was read then to post the write, and when.
    posted: Option<(RegisterId, u64)>,
}

impl Posters {
    /// Forgets what came before, and keeps what was learned of the registers.
    pub(crate) fn gap(&mut self) {
        self.written = None;
        self.posted = None;
    }
    /// Whether `step` is a read that only posts the write before it.
    pub(crate) fn is_posting(&mut self, step: &Step) -> bool {
        if let Some((register, time)) = self.posted.take()
            && let Some(poster) = self.posters.iter_mut().find(|p| p.register == register)
        {
            poster.after.add(step.time.saturating_sub(time));
            poster.taken += u64::from(step.is_write() && step.register == register);
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
            taken: 0,
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
