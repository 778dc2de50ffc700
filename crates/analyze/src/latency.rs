//! How long devices take: from a write to the read that answers it, and from the first to the last read of a
//! poll. Every occurrence counts; nothing is sampled.

use mmio_format::{Filter, Register, RegisterId, Result, Scope, Trace};
use std::collections::{HashMap, HashSet};

use crate::census::Census;
use crate::pairs::{self, Answer, Pair};
use crate::selected::selected;
use crate::steps::{Observer, Past, Step};
use crate::study::{Study, where_to_look};
use crate::summary::Summary;
use crate::times::Distribution;
use crate::waits::Waits;

/// Most registers whose polls are followed: those read most.
const MOST_POLLED: usize = 256;
/// Fewest occurrences of what is listed.
const LEAST: u64 = 5;

/// A wait for a device, and the times that it takes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Wait {
    /// What is written; nothing for a poll.
    pub write: Option<Asked>,
    /// The register that is read.
    pub read: Register,
    /// How long the wait takes, in nanoseconds, where it was met.
    pub times: Distribution,
    /// Waits that were not met, or of which nothing tells whether they were.
    pub never: u64,
}

/// What is written, that a read answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The register that is written.
    pub register: Register,
    /// The values that are answered, rising; empty where any is.
    pub values: Vec<u64>,
}

impl Asked {
    /// Whether a write of `value` to `register` asks.
    pub fn is(&self, register: Register, value: u64) -> bool {
        self.register == register && (self.values.is_empty() || self.values.contains(&value))
    }
}

/// Waits of a trace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Counts of the whole trace.
    pub trace: Summary,
    /// Write-then-read pairs that [`pairs::pairs`] lists, with the times that it has, the most frequent first.
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
    filter.refuse_ports()?;
    let mut study = Study::with_waits(trace, &scope.with(where_to_look(filter)))?;
    let listed = pairs::of_study(trace, &mut study, filter)?;
    let unmet = listed.waits.unmet.iter().map(|wait| wait.index).collect();
    let mut polls = Polls::new(&study.census, filter, unmet);
    study.observe(trace, &mut polls)?;
    let rank = |mut waits: Vec<Wait>| {
        waits.retain(|w| w.times.count >= LEAST);
        waits.sort_by(|a, b| {
            b.times.count.cmp(&a.times.count).then_with(|| (a.read, &a.write).cmp(&(b.read, &b.write)))
        });
        waits.truncate(top);
        waits
    };
    let answer = |pair: &Pair| {
        let (write, times) = (asked(pair)?, pair.latency.clone());
        Some(Wait { write: Some(write), read: pair.read, times, never: pair.never })
    };
    let answers = listed.pairs.iter().filter_map(answer).collect();
    let poll = |(id, (times, never))| Wait { write: None, read: study.census.register(id), times, never };
    let polls = polls.times.into_iter().map(poll).collect();
    let summary = summary(trace, scope, &study.census);
    Ok(Report { trace: summary, answers: rank(answers), polls: rank(polls), waits: listed.waits })
}

fn summary(trace: &Trace, scope: &Scope, census: &Census) -> Summary {
    // By marker alone, everything in the census was looked at.
    let all = Filter::default();
    let accesses = match &scope.filter {
        filter if *filter == all => census.accesses(),
        filter => selected(census, filter),
    };
    Summary::of_part(trace, scope.is_all(), accesses)
}

/// What is written in a pair of one register that a read answers.
fn asked(pair: &Pair) -> Option<Asked> {
    let register = pair.write.single().filter(|_| pair.answer == Answer::Read)?;
    Some(Asked { register, values: pair.values.clone() })
}

/// The writes of single registers with the reads that answer them: at most `top`, the most frequent ones.
pub fn chosen(report: &pairs::Report, top: usize) -> Vec<(Asked, Register)> {
    let mut listed: Vec<&Pair> = report.pairs.iter().filter(|p| p.answer == Answer::Read).collect();
    listed.sort_by_key(|p| std::cmp::Reverse(p.count));
    listed.into_iter().filter_map(|p| Some((asked(p)?, p.read))).take(top).collect()
}

/// The polls of the registers read most.
struct Polls {
    /// Numbers of the first reads of waits that were not met.
    unmet: HashSet<u64>,
    times: HashMap<RegisterId, (Distribution, u64)>,
}

impl Polls {
    fn new(census: &Census, filter: &Filter, unmet: HashSet<u64>) -> Polls {
        let shown = |id: &RegisterId| {
            let r = census.register(*id);
            r.width > 0 && filter.shows(r, None)
        };
        let mut polled: Vec<RegisterId> = census.repeated().filter(shown).collect();
        polled.sort_by_key(|&id| std::cmp::Reverse(census.counts(id).reads));
        polled.truncate(MOST_POLLED);
        Polls { unmet, times: polled.into_iter().map(|id| (id, Default::default())).collect() }
    }
}

impl Observer for Polls {
    fn step(&mut self, step: &Step, _past: &Past) {
        if step.is_read()
            && step.count > 1
            && let Some((times, never)) = self.times.get_mut(&step.register)
        {
            match self.unmet.contains(&step.index) {
                true => *never += 1,
                false => times.add(step.end_time.saturating_sub(step.time)),
            }
        }
    }
}
