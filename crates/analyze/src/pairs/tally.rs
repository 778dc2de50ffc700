//! What is counted of one pair while the trace goes by.

use mmio_format::RegisterId;
use mmio_format::register::NONE;

use super::WINDOW;
use super::runs::Rates;
use super::seen::Event;
use super::values::Values;
use crate::times::{Counts, Distribution};

/// A write and the first read of the other register after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    /// Steps from the write to the read, 1 for the next one.
    pub steps: u8,
    /// Accesses from the write to the first read.
    pub accesses: u64,
    /// Nanoseconds from the write to the last read of the run.
    pub latency: u64,
    /// Whether another question and answer lie between.
    pub across: bool,
    /// Whether the run had more than one read, and the value changed.
    pub polled: bool,
    pub changed: bool,
    /// Number of the written value, see [`super::meanings`].
    pub meaning: u8,
    /// The last write before the read that asks anything.
    pub asker: RegisterId,
    /// The first register read after the write, if that is not this answer; a read of what was written does not count.
    pub first: RegisterId,
    /// Whether the written register was read just before the write.
    pub returned: bool,
    /// Whether another read, and a long pause after that, lie between.
    pub late: bool,
}

/// Which answers of a pair are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Which {
    /// Those within so many steps.
    pub steps: usize,
    /// Those with other questions between too.
    pub across: bool,
    /// Those to the written values whose bits are set.
    pub meanings: u8,
}

impl Which {
    /// Answers to any value.
    pub(super) fn all(steps: usize, across: bool) -> Which {
        Which { steps, across, meanings: u8::MAX }
    }

    fn has(self, tag: u8) -> bool {
        let (place, meaning) = (usize::from(tag) % (2 * WINDOW), tag / (2 * WINDOW as u8));
        let far = place >= WINDOW;
        place % WINDOW < self.steps && (self.across || !far) && self.meanings >> meaning & 1 == 1
    }
}

/// The winner of a majority vote.
#[derive(Clone, Copy, Debug)]
struct Vote {
    register: RegisterId,
    votes: u64,
}

impl Default for Vote {
    fn default() -> Vote {
        Vote { register: NONE, votes: 0 }
    }
}

impl Vote {
    fn add(&mut self, register: RegisterId) {
        if self.register == register {
            self.votes += 1;
        } else if self.votes == 0 {
            (self.register, self.votes) = (register, 1);
        } else {
            self.votes -= 1;
        }
    }
}

/// All answers of one pair.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Accesses and nanoseconds of the answers, with the place and the meaning of each as a tag.
    accesses: Counts,
    times: Counts,
    /// Sums of the rates of the read register in the neighbourhood of each answer.
    rates: Rates,
    count: u64,
    pub near_values: Values,
    pub far_values: Values,
    pub polled: u64,
    pub changed: u64,
    /// The register most often written last before the answer, and the one most often read first after the write.
    asker: Vote,
    first: Vote,
    pub returned: u64,
    pub late: u64,
}

impl Tally {
    /// Counts an answer; at most `most` different times are kept.
    pub(super) fn add(&mut self, event: &Event, most: usize) {
        let Event { answer, rates, written, read, before } = *event;
        let values = if answer.across { &mut self.far_values } else { &mut self.near_values };
        values.add(written, read, before);
        let place = usize::from(answer.steps) - 1 + if answer.across { WINDOW } else { 0 };
        let tag = answer.meaning * 2 * WINDOW as u8 + place as u8;
        self.accesses.add(tag, answer.accesses, 1, most);
        self.times.add(tag, answer.latency, 1, most);
        self.polled += u64::from(answer.polled);
        self.changed += u64::from(answer.changed);
        self.returned += u64::from(answer.returned);
        self.late += u64::from(answer.late);
        self.rates.share += rates.share;
        self.rates.step += rates.step;
        self.asker.add(answer.asker);
        self.first.add(answer.first);
        self.count += 1;
    }

    /// Whether nine of ten answers come after a write of `register` that is the last one that asks anything.
    pub(super) fn is_asked_by(&self, register: RegisterId) -> bool {
        self.asker.register == register && self.asker.votes * 5 >= self.count * 4
    }

    /// The register read first after most of the writes, [`NONE`] where that is this answer.
    pub(super) fn first(&self) -> RegisterId {
        self.first.register
    }

    /// Number of all answers.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// How many numbers are kept.
    pub(super) fn kept(&self) -> usize {
        self.accesses.len() + self.times.len()
    }

    /// Number of answers.
    pub(super) fn within(&self, which: Which) -> u64 {
        self.accesses.iter().filter(|&(tag, ..)| which.has(tag)).map(|(_, _, n)| n).sum()
    }

    /// Number of answers within `accesses` that nothing else lies between.
    pub(super) fn within_accesses(&self, accesses: u64, meanings: u8) -> u64 {
        let which = Which { steps: WINDOW, across: false, meanings };
        let near = self.accesses.iter().filter(|&(tag, number, _)| which.has(tag) && number <= accesses);
        near.map(|(_, _, n)| n).sum()
    }

    /// Steps from the write to the median answer.
    pub(super) fn median(&self, which: Which) -> usize {
        let half = self.within(which).div_ceil(2);
        (1..which.steps).find(|&steps| self.within(Which { steps, ..which }) >= half).unwrap_or(which.steps)
    }

    /// Mean rates of the read register around the answers.
    pub(super) fn rates(&self) -> Rates {
        let n = self.count.max(1) as f64;
        Rates { share: self.rates.share / n, step: self.rates.step / n }
    }

    /// Appends accesses and nanoseconds of the answers.
    pub(super) fn places(&self, which: Which, accesses: &mut Distribution, times: &mut Distribution) {
        for (counts, all) in [(&self.accesses, accesses), (&self.times, times)] {
            let wanted = counts.iter().filter(|&(tag, ..)| which.has(tag));
            wanted.for_each(|(_, number, n)| all.add_all(number, n));
        }
    }
}
