//! Questions that a driver puts again and again, and what was answered.

use std::hash::{Hash, Hasher};

use mmio_format::fast_map::FastMap;
use mmio_format::{Op, RegisterId};

use super::finding::Done;
use crate::census::Census;

/// Most values that are usual: a small set.
const MOST_USUAL: usize = 4;
/// Most questions that are followed.
const MAX_CONTEXTS: usize = 1 << 17;

/// What is done to a register, apart from what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) register: RegisterId,
    pub(super) op: Op,
    /// The value that is written, where it tells rounds apart.
    pub(super) value: Option<u64>,
}

impl Symbol {
    /// The symbol as evidence.
    pub(super) fn done(self, census: &Census) -> Done {
        Done { register: census.register(self.register), op: self.op, value: self.value }
    }
}

/// A question: a register that is read after two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) register: RegisterId,
    /// The step before last, and the last one.
    pub(super) before: [Symbol; 2],
}

impl Hash for Question {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut hash = u64::from(self.register);
        let mut mix = |n: u64| hash = (hash.rotate_left(23) ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for Symbol { register, op, value } in self.before {
            mix(u64::from(register) << 3 | (op as u64) << 1 | u64::from(value.is_some()));
            mix(value.unwrap_or(0));
        }
        state.write_u64(hash ^ (hash >> 32));
    }
}

/// What came next after a question, in all rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Next {
    #[default]
    NotSeen,
    Always(RegisterId, Op),
    Varies,
}

impl Next {
    fn see(&mut self, register: RegisterId, op: Op) {
        *self = match *self {
            Next::NotSeen => Next::Always(register, op),
            same @ Next::Always(r, o) if (r, o) == (register, op) => same,
            _ => Next::Varies,
        };
    }
}

/// The answers to a question so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct History {
    pub(super) question: Question,
    /// Rounds: times that the question was put with a write since the time before.
    pub(super) rounds: u32,
    pub(super) next: Next,
    usual: [u64; MOST_USUAL],
    counts: [u32; MOST_USUAL],
    values: u8,
    /// More values than a small set, or two in one round.
    spoilt: bool,
    last: u64,
    /// Writes of the stream when it was put last.
    writes: u64,
}

impl History {
    fn new(question: Question) -> History {
        History {
            question,
            rounds: 0,
            next: Next::NotSeen,
            usual: [0; MOST_USUAL],
            counts: [0; MOST_USUAL],
            values: 0,
            spoilt: false,
            last: 0,
            writes: 0,
        }
    }

    /// The values of all rounds.
    pub(super) fn usual(&self) -> &[u64] {
        &self.usual[..usize::from(self.values)]
    }

    /// Whether `value` would be the first one that differs after at least `rounds` for each usual value, and `each`
    /// of each one; `writes` are those of the stream so far.
    pub(super) fn is_new(&self, value: u64, writes: u64, rounds: u32, each: u32) -> bool {
        let usual = self.usual();
        !self.spoilt
            && !usual.contains(&value)
            && writes != self.writes
            && self.rounds >= rounds.saturating_mul(usual.len().max(1) as u32)
            && self.counts[..usual.len()].iter().all(|&count| count >= each)
    }

    /// Takes an answer.
    pub(super) fn answer(&mut self, value: u64, writes: u64) {
        if self.spoilt || (self.rounds > 0 && writes == self.writes) {
            // Without a write between, the driver looks again until it sees what it wants.
            self.spoilt |= value != self.last;
            return;
        }
        (self.last, self.writes) = (value, writes);
        self.rounds = self.rounds.saturating_add(1);
        match self.usual().iter().position(|&usual| usual == value) {
            Some(at) => self.counts[at] = self.counts[at].saturating_add(1),
            None if self.usual().len() == MOST_USUAL => self.spoilt = true,
            None => {
                let at = usize::from(self.values);
                (self.usual[at], self.counts[at]) = (value, 1);
                self.values += 1;
            }
        }
    }

    /// Takes what came next.
    pub(super) fn came_next(&mut self, register: RegisterId, op: Op) {
        if !self.spoilt {
            self.next.see(register, op);
        }
    }
}

/// All questions.
#[derive(Default)]
pub(super) struct Contexts {
    numbers: FastMap<Question, u32>,
    histories: Vec<History>,
    is_full: bool,
}

impl Contexts {
    /// The number of a question; nothing where there are too many.
    pub(super) fn number(&mut self, question: Question) -> Option<u32> {
        if let Some(&number) = self.numbers.get(&question) {
            return Some(number);
        }
        if self.histories.len() == MAX_CONTEXTS {
            self.is_full = true;
            return None;
        }
        let number = self.histories.len() as u32;
        self.numbers.insert(question, number);
        self.histories.push(History::new(question));
        Some(number)
    }

    /// The history of a question.
    pub(super) fn get(&self, number: u32) -> &History {
        &self.histories[number as usize]
    }

    /// The history of a question.
    pub(super) fn get_mut(&mut self, number: u32) -> &mut History {
        &mut self.histories[number as usize]
    }

    /// Questions that were put in at least so many rounds, and answered by a small set of values.
    pub(super) fn clear(&self, rounds: u32) -> u64 {
        self.histories.iter().filter(|h| !h.spoilt && h.rounds >= rounds).count() as u64
    }

    /// Whether there were more questions than are followed.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }
}
