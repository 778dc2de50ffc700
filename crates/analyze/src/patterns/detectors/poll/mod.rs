//! Polls: one register read until bits of it agree.

mod drain;

use std::collections::HashSet;

use crate::census::Census;
use crate::evidence::Part::{Count, Number, Time};
use crate::evidence::{Evidence, evidence, things};
use crate::patterns::details::{Body, Condition, Details, Loops, Spread};
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::lengths::Lengths;
use crate::patterns::outcomes::{Outcomes, unmet_words};
use crate::patterns::view::View;
use crate::steps::Step;
use crate::waits::{Cut, Earlier, End, Follower, Judged};
use drain::Drains;
use mmio_format::RegisterId;
use mmio_format::width;

impl Idiom {
    /// Reads of one register until bits of it agree.
    pub const POLL: Idiom = Idiom::named("poll");
}

/// How many runs of reads that do not change speak against one loop.
const STILL_RUNS: u64 = 4;
/// How much it is believed that a register is waited for where no wait was met.
const UNKNOWN_TRUST: f64 = 0.5;
/// Reads of a loop that are the end of one service and the beginning of the next; more are a wait.
const TOUCHING: u64 = 2;

impl Earlier for View {
    fn get(&self, back: usize) -> Option<&Step> {
        View::get(self, back)
    }
}

/// Reads of each register that may be loops.
#[derive(Clone, Debug)]
pub(crate) struct Polls {
    /// Reads with at most one other read between.
    waits: Follower,
    /// Reads with writes between, which go on until nothing is left.
    drains: Drains,
}

impl Detector for Polls {
    fn new(census: &Census) -> Polls {
        let registers = census.table().len();
        Polls { waits: Follower::new(registers), drains: Drains::new(registers) }
    }

    #[inline]
    fn step(&mut self, now: &Now<'_>) {
        self.waits.step(now.step, now.view, now.known.reads > 1, now.known.mask());
    }

    #[inline]
    fn read(&mut self, now: &Now<'_>) {
        self.drains.read(now);
    }

    fn gap(&mut self) {
        self.waits.cut(Cut::Loss);
        self.drains.gap();
    }

    fn is_full(&self) -> bool {
        self.waits.is_full() || self.drains.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let mask = |register| width::bits(facts.census.register(register).width);
        let judged = self.waits.judge(|register| self.drains.waits(register)).into_iter();
        let mut waits: Vec<Finding> = judged
            .filter(|(register, _)| !facts.has(*register, Role::Counts))
            .filter_map(|(register, judged)| wait(register, judged))
            .collect();
        let is_long = |f: &&Finding| f.details.lengths().is_some_and(|reads| reads.median > TOUCHING);
        let long: HashSet<RegisterId> = waits.iter().filter(is_long).map(|f| f.register).collect();
        let drains = self.drains.findings(mask).into_iter().filter(|f| !long.contains(&f.register));
        let drains: Vec<Finding> = drains.collect();
        let drained: HashSet<RegisterId> = drains.iter().map(|f| f.register).collect();
        waits.retain(|f| !drained.contains(&f.register));
        waits.extend(drains);
        waits
    }
}

fn wait(register: RegisterId, mut judged: Judged) -> Option<Finding> {
    if judged.until.is_none() {
        // Of what was never seen to end a loop counter is needed to believe it.
        judged.unmet.retain(|unmet| unmet.counted && unmet.end == End::Unknown);
        (judged.loops, judged.reads) = (0, None);
    }
    let outcomes = Outcomes::of(&judged);
    let count = judged.loops + judged.unmet.len() as u64;
    let mut finding = Finding::new(Idiom::POLL, register, count, judged.first);
    let (until, evidence) = match judged.until {
        Some((until, ended)) => {
            finding.confidence = confidence(ended, judged.loops + judged.still / STILL_RUNS);
            (Some(until), ended_words(&judged, until, ended))
        }
        None if judged.unmet.is_empty() => return None,
        None => {
            finding.confidence = UNKNOWN_TRUST;
            (None, unmet_words(&judged.unmet))
        }
    };
    let reads = judged.reads.or_else(|| unmet_reads(&judged))?;
    finding.details = Details::Loops(Loops { body: Body::Wait, until, reads, spent: judged.spent });
    finding.evidence = evidence;
    finding.outcomes = Some(outcomes);
    finding.unmet = judged.unmet;
    Some(finding)
}

/// Reads of the waits of a register that was never seen to give what was waited for.
fn unmet_reads(judged: &Judged) -> Option<Spread> {
    let mut reads = Lengths::default();
    judged.unmet.iter().for_each(|unmet| reads.add(unmet.reads));
    reads.spread()
}

/// How the waits ended.
fn ended_words(judged: &Judged, until: Condition, ended: u64) -> Evidence {
    let Some(Spread { min, max, .. }) = judged.reads else { return unmet_words(&judged.unmet) };
    let (spent, reads) = (Time(judged.spent), evidence![Number(min), "–", Number(max), " reads"]);
    if judged.unmet.is_empty() {
        let other = (ended != judged.loops).then(|| evidence![" of ", Number(ended)]);
        let (loops, end) = (things(judged.loops, "loop", "loops"), " in the last and in no earlier one");
        return evidence![loops, " of ", reads, ", ", until.evidence(), end, other, "; ", spent, " in total"];
    }
    let all = judged.loops + judged.unmet.len() as u64;
    evidence![
        Count(ended),
        " of ",
        Count(all),
        " ended with ",
        until.evidence(),
        " after ",
        reads,
        ", ",
        spent,
        " in total; ",
        unmet_words(&judged.unmet),
    ]
}
