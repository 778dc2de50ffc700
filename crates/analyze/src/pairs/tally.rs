//! What is counted of one pair while the trace goes by.

use super::WINDOW;
use super::runs::Rates;
use super::seen::Event;
use super::values::Values;

/// Answers kept in full, then every second, then every fourth and so on.
const SAMPLES: usize = 128;

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
}

/// All answers of one pair.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Answers by their distance in steps: those that nothing else lies between, and the others.
    pub near: [u32; WINDOW + 1],
    pub far: [u32; WINDOW + 1],
    /// Answers that nothing else lies between, by their distance in accesses.
    by_access: [u32; WINDOW + 1],
    /// Sums of the rates of the read register in the neighbourhood of each answer.
    rates: Rates,
    count: u64,
    pub near_values: Values,
    pub far_values: Values,
    pub polled: u64,
    pub changed: u64,
    samples: Vec<Answer>,
    /// log2 of how many answers there are for each one that is kept.
    rare: u32,
}

impl Tally {
    pub(super) fn add(&mut self, event: &Event) {
        let Event { answer, rates, written, read, before } = *event;
        let (places, values) = match answer.across {
            false => (&mut self.near, &mut self.near_values),
            true => (&mut self.far, &mut self.far_values),
        };
        places[usize::from(answer.steps)] = places[usize::from(answer.steps)].saturating_add(1);
        if let Some(n) = self.by_access.get_mut(answer.accesses as usize).filter(|_| !answer.across) {
            *n = n.saturating_add(1);
        }
        values.add(written, read, before);
        self.polled += u64::from(answer.polled);
        self.changed += u64::from(answer.changed);
        self.rates.share += rates.share;
        self.rates.step += rates.step;
        self.sample(answer);
        self.count += 1;
    }

    fn sample(&mut self, answer: Answer) {
        let kept = |rare: u32| self.count.trailing_zeros() >= rare;
        if !kept(self.rare) {
            return;
        }
        if self.samples.len() == SAMPLES {
            let mut place = 0;
            self.samples.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.rare += 1;
            if !kept(self.rare) {
                return;
            }
        }
        self.samples.push(answer);
    }

    /// Number of all answers.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Number of answers within `steps`, those across others only where `across`.
    pub(super) fn within(&self, steps: usize, across: bool) -> u64 {
        let sum = |places: &[u32]| places[..=steps].iter().map(|&n| u64::from(n)).sum::<u64>();
        sum(&self.near) + if across { sum(&self.far) } else { 0 }
    }

    /// Number of answers within `accesses` that nothing else lies between.
    pub(super) fn within_accesses(&self, accesses: usize) -> u64 {
        self.by_access[..=accesses].iter().map(|&n| u64::from(n)).sum()
    }

    /// Mean rates of the read register around the answers.
    pub(super) fn rates(&self) -> Rates {
        let n = self.count.max(1) as f64;
        Rates { share: self.rates.share / n, step: self.rates.step / n }
    }

    /// The kept answers within `steps`.
    pub(super) fn samples(&self, steps: usize, across: bool) -> impl Iterator<Item = &Answer> {
        self.samples.iter().filter(move |a| usize::from(a.steps) <= steps && (across || !a.across))
    }
}
