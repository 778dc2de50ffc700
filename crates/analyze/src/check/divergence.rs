//! Reads that answer otherwise than in all earlier rounds of the same steps.
//!
//! A driver that repeats itself puts the same question again and again: the same two steps, then a read. Where the
//! device gave the same answer in every round, and then once another one, the device did something else in that
//! round. Registers that vary by themselves are left alone.

use std::collections::{HashMap, HashSet};

use mmio_format::{Access, Op, RegisterId};

use super::contexts::{Contexts, Next, Question, Symbol};
use super::finding::{Done, Moment};
use super::read_values::ReadValues;
use crate::census::Census;
use crate::steps::{Observer, Past, Step};

/// Fewest earlier rounds that gave the same, for each value of a small set.
const LEAST_ROUNDS: u32 = 8;
/// Fewest earlier rounds that gave each value of a small set.
const LEAST_EACH: u32 = 3;
/// Fewest later rounds, where all of them give a usual value again.
const LEAST_RETURNS: u32 = 3;
/// Most values of a written register that tell rounds apart.
const MOST_WRITTEN: usize = 16;
/// Fewest writes for each of these values; a register that takes a new one in each round does not tell them apart.
const LEAST_WRITES: u64 = 4;
/// Fewest steps on a device from one divergence to the next: what comes sooner follows from the first one.
const APART: u64 = 16;
/// Most divergences that are followed.
const MAX_FOLLOWED: usize = 4096;

/// A read that answered otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Divergence {
    /// What the read gave.
    pub value: u64,
    /// What it gave in all earlier rounds, rising.
    pub usual: Vec<u64>,
    /// The earlier rounds.
    pub rounds: u64,
    /// The later rounds, all of which gave a usual value again.
    pub later: u64,
    /// The two steps before the read, which are the same in each round.
    pub before: [Done; 2],
    /// What came next in all earlier rounds, where it was always the same.
    pub usual_next: Option<Done>,
    /// What came next here; nothing at the end of the trace and before a loss.
    pub next: Option<Done>,
}

/// A divergence as it was found.
pub(super) struct Found {
    pub(super) register: RegisterId,
    pub(super) moment: Moment,
    pub(super) divergence: Divergence,
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    /// Registers whose reads were followed.
    pub(super) registers: u64,
    /// Questions that were put in enough rounds, and answered clearly.
    pub(super) sequences: u64,
    /// Whether there was more than could be followed.
    pub(super) is_full: bool,
}

/// A read that differs, until it is known what became of it.
struct Candidate {
    context: u32,
    stream: u16,
    /// Steps of the stream before it.
    ordinal: u64,
    moment: Moment,
    value: u64,
    next: Option<(RegisterId, Op, u64)>,
    /// Later rounds.
    later: u32,
    /// Whether a later round gave a value that is not usual.
    other: bool,
}

/// A stream of steps.
#[derive(Default)]
struct Stream {
    steps: u64,
    writes: u64,
    /// The question that was put last.
    asked: Option<u32>,
    /// The last access of the open step, and of one that was closed by an access.
    end: Moment,
    closed: Option<Moment>,
    open: Option<(RegisterId, Op)>,
}

impl Stream {
    /// Follows where steps end, of which the observer is shown only where they begin.
    fn access(&mut self, register: RegisterId, access: &Access) {
        let same = self.open == Some((register, access.op)) && access.op != Op::Write;
        if self.open.is_some() && !same {
            self.closed = Some(self.end);
        }
        self.open = Some((register, access.op));
        self.end = Moment { index: access.index, time: access.time };
    }
}

/// Looks for divergences.
pub(super) struct Watch {
    /// Whether a written value of the register tells rounds apart.
    tells: Vec<bool>,
    values: ReadValues,
    contexts: Contexts,
    candidates: Vec<Candidate>,
    /// The candidate of a context that diverged.
    of_context: HashMap<u32, usize>,
    streams: Vec<Stream>,
}

impl Watch {
    /// `census` counted the accesses that will come.
    pub(super) fn new(census: &Census) -> Watch {
        let all = census.table().len();
        let mut tells = vec![true; all];
        let mut read = Vec::new();
        for id in census.repeated() {
            let (values, counts) = (census.distinct(id), census.counts(id));
            tells[id as usize] = values <= MOST_WRITTEN && values as u64 * LEAST_WRITES <= counts.writes;
            if counts.reads > u64::from(LEAST_ROUNDS) {
                read.push(id);
            }
        }
        Watch {
            tells,
            values: ReadValues::new(&read, all),
            contexts: Contexts::default(),
            candidates: Vec::new(),
            of_context: HashMap::new(),
            streams: Vec::new(),
        }
    }

    /// What was compared, and the divergences: the first one of each register and of what follows from it.
    pub(super) fn finish(self, census: &Census) -> (Compared, Vec<Found>) {
        let full = self.contexts.is_full() || self.values.is_full() || self.candidates.len() == MAX_FOLLOWED;
        let compared = Compared {
            registers: self.values.followed(),
            sequences: self.contexts.clear(LEAST_ROUNDS),
            is_full: full,
        };
        let mut clear: Vec<&Candidate> = self.candidates.iter().filter(|c| self.is_clear(c)).collect();
        clear.sort_by_key(|candidate| candidate.moment);
        let (mut registers, mut before) = (HashSet::new(), HashMap::new());
        clear.retain(|c| {
            let last = before.insert(c.stream, c.ordinal);
            registers.insert(self.register(c)) && last.is_none_or(|last| c.ordinal >= last + APART)
        });
        (compared, clear.into_iter().map(|candidate| self.found(candidate, census)).collect())
    }

    fn register(&self, candidate: &Candidate) -> RegisterId {
        self.contexts.get(candidate.context).question.register
    }

    /// Whether a candidate is an exception, whose value was read nowhere else, or the end of the rounds, where
    /// something else came next.
    fn is_clear(&self, candidate: &Candidate) -> bool {
        let Some(seen) = self.values.get(self.register(candidate), candidate.value) else { return false };
        if candidate.later > 0 {
            return !candidate.other && candidate.later >= LEAST_RETURNS && seen.count == 1;
        }
        let usual = self.contexts.get(candidate.context).next;
        let way = candidate.next.is_some_and(|(register, op, _)| usual != Next::Always(register, op));
        seen.first == candidate.moment.index && way && usual != Next::Varies
    }

    fn found(&self, candidate: &Candidate, census: &Census) -> Found {
        let history = self.contexts.get(candidate.context);
        let mut usual = history.usual().to_vec();
        usual.sort_unstable();
        let done = |register, op, value| Done { register: census.register(register), op, value };
        let usual_next =
            if let Next::Always(register, op) = history.next { Some((register, op)) } else { None };
        let divergence = Divergence {
            value: candidate.value,
            usual,
            rounds: history.rounds.into(),
            later: candidate.later.into(),
            before: history.question.before.map(|symbol| symbol.done(census)),
            usual_next: usual_next.map(|(register, op)| done(register, op, None)),
            next: candidate.next.map(|(register, op, value)| done(register, op, Some(value))),
        };
        Found { register: self.register(candidate), moment: candidate.moment, divergence }
    }

    fn symbol(&self, step: &Step) -> Symbol {
        let tells = step.is_write() && self.tells[step.register as usize];
        Symbol { register: step.register, op: step.op, value: tells.then_some(step.value) }
    }

    /// A question was put, and answered by the read that ends `step`.
    fn ask(&mut self, step: &Step, before: [Symbol; 2], end: Moment) {
        let question = Question { register: step.register, before };
        let Some(number) = self.contexts.number(question) else { return };
        let stream = &mut self.streams[usize::from(step.stream)];
        stream.asked = Some(number);
        let history = self.contexts.get_mut(number);
        if let Some(&at) = self.of_context.get(&number) {
            let candidate = &mut self.candidates[at];
            candidate.later = candidate.later.saturating_add(1);
            candidate.other |= !history.usual().contains(&step.value);
        } else if self.candidates.len() < MAX_FOLLOWED
            && history.is_new(step.value, stream.writes, LEAST_ROUNDS, LEAST_EACH)
        {
            self.of_context.insert(number, self.candidates.len());
            self.candidates.push(Candidate {
                context: number,
                stream: step.stream,
                ordinal: stream.steps,
                moment: end,
                value: step.value,
                next: None,
                later: 0,
                other: false,
            });
        } else {
            history.answer(step.value, stream.writes);
        }
    }

    /// What comes after the question that was put last.
    fn came_next(&mut self, step: &Step) {
        let Some(number) = self.streams[usize::from(step.stream)].asked.take() else { return };
        match self.of_context.get(&number).map(|&at| &mut self.candidates[at]) {
            Some(candidate) if candidate.later == 0 => {
                candidate.next = Some((step.register, step.op, step.first))
            }
            Some(_) => {}
            None => self.contexts.get_mut(number).came_next(step.register, step.op),
        }
    }
}

impl Observer for Watch {
    fn access(&mut self, register: RegisterId, access: &Access) {
        let at = access.place.stream();
        if at >= self.streams.len() {
            self.streams.resize_with(at + 1, Stream::default);
        }
        self.streams[at].access(register, access);
        if access.op == Op::Read {
            self.values.read(register, access.value, access.index);
        }
    }

    fn step(&mut self, step: &Step, past: &Past) {
        self.came_next(step);
        let stream = &mut self.streams[usize::from(step.stream)];
        let end = stream.closed.take().unwrap_or(stream.end);
        stream.steps += 1;
        stream.writes += u64::from(step.is_write());
        if !step.is_read() || !self.values.is_followed(step.register) {
            return;
        }
        if let (Some(last), Some(earlier)) = (past.get(0), past.get(1)) {
            let before = [self.symbol(earlier), self.symbol(last)];
            self.ask(step, before, end);
        }
    }

    fn gap(&mut self) {
        for stream in &mut self.streams {
            (stream.asked, stream.open) = (None, None);
        }
    }
}
