//! Tokens: what the miner reads instead of accesses, and the dictionary of what they mean.
//!
//! The identity of a token never holds a count: a poll of three reads and one of thirty are the
//! same token, and so are a loop body done once and the loop around it.

use super::hash::Map;
use crate::stream::{Stream, Symbol};
use mmio_format::Op;

/// One register of a strided run, and how far it moves from one round to the next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Slot {
    /// Op, width and BAR; its offset is where the first round starts, or, in a run that starts
    /// anywhere, the distance from the first slot.
    pub symbol: Symbol,
    /// The symbol's number; 0 in a run that starts anywhere.
    pub number: u32,
    /// Bytes from one round to the next, wrapping.
    pub stride: u64,
}

/// A walk over a table: the slots of one round, repeated with moving offsets.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Walk {
    pub slots: Vec<Slot>,
    /// Whether the walk may start at any offset.
    pub anywhere: bool,
}

/// What a token stands for that is not a register. Each stands for one or more of it in a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// A strided run.
    Walk(Walk),
    /// A sequence of tokens.
    Group(Box<[u32]>),
    /// Nothing: the neighbours are not adjacent. Each break has a token of its own.
    Break,
}

/// All tokens of a stream. The first ones are its symbols, by number.
pub(super) struct Dictionary {
    /// Which symbols are writes.
    writes: Vec<bool>,
    /// The tokens that come after the symbols.
    others: Vec<Other>,
    groups: Map<Box<[u32]>, u32>,
    walks: Map<Walk, u32>,
}

struct Other {
    meaning: Meaning,
    /// Accesses in the shortest form, loops done once.
    weight: u32,
}

impl Dictionary {
    pub(super) fn new(stream: &Stream) -> Dictionary {
        Dictionary {
            writes: stream.symbols.iter().map(|s| s.op == Op::Write).collect(),
            others: Vec::new(),
            groups: Map::default(),
            walks: Map::default(),
        }
    }

    /// Number of tokens.
    pub(super) fn len(&self) -> usize {
        self.writes.len() + self.others.len()
    }

    /// Whether the token stands for a register.
    pub(super) fn is_register(&self, token: u32) -> bool {
        (token as usize) < self.writes.len()
    }

    /// What the token stands for, if it is not a register.
    pub(super) fn meaning(&self, token: u32) -> Option<&Meaning> {
        let at = (token as usize).checked_sub(self.writes.len())?;
        self.others.get(at).map(|other| &other.meaning)
    }

    /// The body of a group.
    pub(super) fn body(&self, token: u32) -> Option<&[u32]> {
        match self.meaning(token) {
            Some(Meaning::Group(body)) => Some(body),
            _ => None,
        }
    }

    /// Accesses in the shortest form of a token, loops done once.
    pub(super) fn weight(&self, token: u32) -> u32 {
        (token as usize).checked_sub(self.writes.len()).map_or(1, |at| self.others[at].weight)
    }

    fn add(&mut self, meaning: Meaning, weight: u32) -> u32 {
        self.others.push(Other { meaning, weight });
        self.len() as u32 - 1
    }

    pub(super) fn add_break(&mut self) -> u32 {
        self.add(Meaning::Break, 0)
    }

    pub(super) fn walk(&mut self, walk: Walk) -> u32 {
        if let Some(&id) = self.walks.get(&walk) {
            return id;
        }
        let weight = walk.slots.len() as u32;
        let id = self.add(Meaning::Walk(walk.clone()), weight);
        self.walks.insert(walk, id);
        id
    }

    /// The token of a group, and whether it is new.
    pub(super) fn group(&mut self, body: &[u32]) -> (u32, bool) {
        if let Some(&id) = self.groups.get(body) {
            return (id, false);
        }
        let weight = body.iter().fold(0u32, |sum, &t| sum.saturating_add(self.weight(t)));
        let id = self.add(Meaning::Group(body.into()), weight);
        self.groups.insert(body.into(), id);
        (id, true)
    }

    /// Whether the token stands for a sequence.
    pub(super) fn is_group(&self, token: u32) -> bool {
        self.body(token).is_some()
    }

    /// Whether the token starts with a write.
    pub(super) fn is_write(&self, token: u32) -> bool {
        match self.meaning(token) {
            None => self.writes[token as usize],
            Some(Meaning::Walk(walk)) => walk.slots[0].symbol.op == Op::Write,
            Some(Meaning::Group(body)) => self.is_write(body[0]),
            Some(Meaning::Break) => false,
        }
    }
}

/// A stream as tokens. They cover it without gaps.
#[derive(Default, Clone)]
pub(super) struct Tokens {
    pub id: Vec<u32>,
    /// First access of each token, and the length of the stream after the last.
    pub start: Vec<u32>,
}

impl Tokens {
    pub(super) fn len(&self) -> usize {
        self.id.len()
    }

    /// Appends a token; one that equals the last becomes part of it.
    pub(super) fn push(&mut self, id: u32, start: u32) {
        if self.id.last() != Some(&id) {
            self.id.push(id);
            self.start.push(start);
        }
    }

    /// Closes the list with the length of the stream.
    pub(super) fn finish(&mut self, end: u32) {
        self.start.push(end);
    }

    /// Accesses in the token at `i`.
    pub(super) fn accesses(&self, i: usize) -> u32 {
        self.start[i + 1] - self.start[i]
    }
}
