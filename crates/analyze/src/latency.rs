//! How long devices take: from a write to the read that answers it, and from the first to the last read of a
//! poll. Every occurrence counts; nothing is sampled.

use mmio_format::{Filter, Register, RegisterId, Result, Scope, Trace};
use std::collections::{HashMap, HashSet};

use crate::census::Census;
use crate::pairs::{self, Answer};
use crate::steps::{Observer, PAST, Past, Step};
use crate::study::{Study, where_to_look};
use crate::summary::Summary;
use crate::waits::Waits;

/// Parts of a doubling of time that have a bucket each.
const PARTS: u64 = 32;
/// Most registers whose polls are followed: those read most.
const MOST_POLLED: usize = 256;
/// Fewest occurrences of what is listed.
const LEAST: u64 = 5;

/// Lengths of time, each known to 1/32 of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// Counts by bucket; see [`Distribution::buckets`].
    counts: Vec<u64>,
    /// How many times were counted.
    pub count: u64,
    /// The shortest time, in nanoseconds.
    pub min: u64,
    /// The longest time, in nanoseconds.
    pub max: u64,
}

impl Distribution {
    /// Counts a length of time in nanoseconds.
    pub fn add(&mut self, nanos: u64) {
        let bucket = bucket(nanos);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.min = if self.count == 0 { nanos } else { self.min.min(nanos) };
        self.max = self.max.max(nanos);
        self.count += 1;
    }

    /// The shortest time of each bucket that is not empty, in nanoseconds, and how many are in it.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> {
        let used = self.counts.iter().enumerate().filter(|(_, n)| **n > 0);
        used.map(|(bucket, n)| (shortest(bucket).clamp(self.min, self.max), *n))
    }

    /// The time in nanoseconds that `share` (0 to 1) of the times do not exceed, to 1/64: the middle of its
    /// bucket. Nothing where no occurrence lies beyond it, so that the longest one would pass for a share of
    /// all: 99 % takes a hundred.
    pub fn percentile(&self, share: f64) -> Option<u64> {
        let wanted = ((self.count as f64 * share).ceil() as u64).max(1);
        if wanted >= self.count {
            return None;
        }
        let mut sum = 0;
        let bucket = self.counts.iter().position(|n| {
            sum += n;
            sum >= wanted
        })?;
        Some(middle(bucket).clamp(self.min, self.max))
    }
}

fn bucket(nanos: u64) -> usize {
    if nanos < PARTS {
        return nanos as usize;
    }
    let coarse = nanos.ilog2() - PARTS.ilog2();
    (u64::from(coarse) * PARTS + (nanos >> coarse)) as usize
}

fn shortest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < 2 * PARTS {
        return bucket;
    }
    let coarse = bucket / PARTS - 1;
    (PARTS + bucket % PARTS) << coarse
}

fn middle(bucket: usize) -> u64 {
    let (first, next) = (shortest(bucket), shortest(bucket + 1));
    first + (next.max(first + 1) - first - 1) / 2
}

/// A wait for a device, and the times that it takes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Wait {
    /// The register that is written; nothing for a poll.
    pub write: Option<Register>,
    /// The register that is read.
    pub read: Register,
    /// How long the wait takes, where it was met.
    pub times: Distribution,
    /// Waits that were not met, or of which nothing tells whether they were.
    pub never: u64,
}

/// Waits of a trace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Counts of the whole trace.
    pub trace: Summary,
    /// Write-then-read pairs that [`pairs::pairs`] lists, the most frequent first.
    pub answers: Vec<Wait>,
    /// Two or more reads of a register with nothing between them on its device, the most frequent first.
    pub polls: Vec<Wait>,
    /// What was waited for, and the waits that were not met.
    pub waits: Waits,
}

/// Measures at most `top` pairs and `top` polls. The filter of `scope` is as in [`pairs::pairs`].
///
/// # Errors
/// As [`mmio_format::walk::walk`].
pub fn latency(trace: &mut Trace, scope: &Scope, top: usize) -> Result<Report> {
    let filter = &scope.filter;
    let mut study = Study::new(trace, &scope.with(where_to_look(filter)))?;
    let listed = pairs::of_study(trace, &mut study, filter)?;
    let mut watch = Watch::new(&study.census, chosen(&listed, top), filter);
    watch.unmet = listed.waits.unmet.iter().map(|wait| wait.index).collect();
    study.observe(trace, &mut watch)?;
    let rank = |mut waits: Vec<Wait>| {
        waits.retain(|w| w.times.count >= LEAST);
        waits.sort_by_key(|w| (std::cmp::Reverse(w.times.count), w.read, w.write));
        waits.truncate(top);
        waits
    };
    let answers = watch.answers.into_iter().map(|a| Wait {
        write: Some(a.registers.0),
        read: a.registers.1,
        times: a.times,
        never: a.never,
    });
    let poll = |(id, (times, never))| Wait { write: None, read: study.census.register(id), times, never };
    let polls = rank(watch.polls.into_iter().map(poll).collect());
    Ok(Report { trace: Summary::of(trace), answers: rank(answers.collect()), polls, waits: listed.waits })
}

/// The writes of single registers that reads answer: at most `top`, the most frequent ones.
pub fn chosen(report: &pairs::Report, top: usize) -> Vec<(Register, Register)> {
    let mut listed: Vec<&pairs::Pair> = report.pairs.iter().filter(|p| p.answer == Answer::Read).collect();
    listed.sort_by_key(|p| std::cmp::Reverse(p.count));
    listed.into_iter().filter_map(|p| Some((p.write.single()?, p.read))).take(top).collect()
}

struct Pair {
    registers: (Register, Register),
    write: RegisterId,
    times: Distribution,
    never: u64,
}

struct Watch {
    /// Numbers of the first reads of waits that were not met.
    unmet: HashSet<u64>,
    answers: Vec<Pair>,
    /// Places in `answers` by the register that is read.
    by_read: HashMap<RegisterId, Vec<usize>>,
    polls: HashMap<RegisterId, (Distribution, u64)>,
}

impl Watch {
    fn new(census: &Census, pairs: Vec<(Register, Register)>, filter: &Filter) -> Watch {
        let wanted: HashMap<Register, ()> = pairs.iter().flat_map(|(w, r)| [(*w, ()), (*r, ())]).collect();
        let all = census.table().registers().iter().zip(0..);
        let ids: HashMap<Register, RegisterId> =
            all.filter(|(register, _)| wanted.contains_key(register)).map(|(r, id)| (*r, id)).collect();
        let (mut answers, mut by_read) = (Vec::new(), HashMap::<RegisterId, Vec<usize>>::new());
        for registers in pairs {
            let (Some(&write), Some(&read)) = (ids.get(&registers.0), ids.get(&registers.1)) else {
                continue;
            };
            by_read.entry(read).or_default().push(answers.len());
            answers.push(Pair { registers, write, times: Distribution::default(), never: 0 });
        }
        let shown = |id: &RegisterId| {
            let r = census.register(*id);
            r.width > 0 && filter.shows(r.space.bar(), r)
        };
        let mut polled: Vec<RegisterId> = census.repeated().filter(shown).collect();
        polled.sort_by_key(|&id| std::cmp::Reverse(census.counts(id).reads));
        polled.truncate(MOST_POLLED);
        let polls = polled.into_iter().map(|id| (id, Default::default())).collect();
        Watch { unmet: HashSet::new(), answers, by_read, polls }
    }

    /// The last write of each pair since the read before, as [`pairs`] counts them.
    fn answer(&mut self, places: &[usize], step: &Step, past: &Past) {
        for &place in places {
            let answer = &mut self.answers[place];
            for earlier in past.iter().take(pairs::WINDOW.min(PAST)) {
                if earlier.is_write() && earlier.register == answer.write {
                    if self.unmet.contains(&step.index) {
                        answer.never += 1;
                    } else {
                        answer.times.add(step.end_time.saturating_sub(earlier.time));
                    }
                    break;
                }
                if !earlier.is_write() && earlier.register == step.register {
                    break;
                }
            }
        }
    }
}

impl Observer for Watch {
    fn step(&mut self, step: &Step, past: &Past) {
        if !step.is_read() {
            return;
        }
        if step.count > 1
            && let Some((times, never)) = self.polls.get_mut(&step.register)
        {
            match self.unmet.contains(&step.index) {
                true => *never += 1,
                false => times.add(step.end_time.saturating_sub(step.time)),
            }
        }
        if let Some(places) = self.by_read.remove(&step.register) {
            self.answer(&places, step, past);
            self.by_read.insert(step.register, places);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_in_the_bucket_that_begins_at_or_below_it() {
        for nanos in (0..2000).chain([1 << 20, (1 << 40) + 12345, u64::MAX - 1, u64::MAX]) {
            let from = shortest(bucket(nanos));
            assert!(from <= nanos && nanos - from <= nanos / PARTS, "{nanos}: {from}");
            assert_eq!(bucket(from), bucket(nanos));
        }
    }

    #[test]
    fn percentiles_are_those_of_all_times() {
        let mut times = Distribution::default();
        (1..=1000).for_each(|n| times.add(n * 1000));
        assert_eq!((times.count, times.min, times.max), (1000, 1000, 1_000_000));
        for (share, exact) in [(0.5, 500_000.0), (0.99, 990_000.0)] {
            let found = times.percentile(share).unwrap() as f64;
            assert!((found / exact - 1.0).abs() <= 1.0 / 64.0 + 1e-3, "{share}: {found}");
        }
        assert_eq!((times.percentile(1.0), Distribution::default().percentile(0.5)), (None, None));
    }

    #[test]
    fn the_longest_of_few_is_not_a_percentile() {
        let mut times = Distribution::default();
        (1..=99).for_each(|n| times.add(n));
        assert_eq!((times.percentile(0.9).is_some(), times.percentile(0.99)), (true, None));
        times.add(100);
        assert!(times.percentile(0.99).is_some());
    }
}
