//! Patterns: a sequence as a small regular expression over runs of accesses, and its matches.

use super::hash::Map;
use super::runs::ROUNDS;
use super::token::{Dictionary, Meaning, Tokens, Walk};
use crate::stream::{Stream, Symbol};

/// No upper bound on a count.
pub(super) const MANY: u32 = u32::MAX;

/// One element, `least` to `most` times in a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Node {
    pub kind: Kind,
    pub least: u32,
    pub most: u32,
    /// Number of the node, in order; the slots of a walk have the numbers behind it.
    pub id: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Accesses of a symbol.
    Run(u32),
    Walk(Walk),
    Loop(Vec<Node>),
}

impl Node {
    pub(super) fn new(kind: Kind, least: u32, most: u32) -> Node {
        Node { kind, least, most, id: 0 }
    }
}

/// The pattern of a token string.
pub(super) fn from_tokens(body: &[u32], dictionary: &Dictionary) -> Vec<Node> {
    let node = |&token: &u32| {
        let kind = match &dictionary.meanings[token as usize] {
            Meaning::Register(symbol) => Kind::Run(*symbol),
            Meaning::Walk(walk) => Kind::Walk(walk.clone()),
            Meaning::Group(body) => Kind::Loop(from_tokens(body, dictionary)),
            Meaning::Break => Kind::Loop(Vec::new()),
        };
        let least = if matches!(kind, Kind::Walk(_)) { ROUNDS as u32 } else { 1 };
        Node::new(kind, least, MANY)
    };
    body.iter().map(node).collect()
}

/// Numbers the nodes; returns how many numbers there are.
pub(super) fn number(nodes: &mut [Node], mut next: usize) -> usize {
    for node in nodes {
        node.id = next;
        next += 1;
        match &mut node.kind {
            Kind::Run(_) => {}
            Kind::Walk(walk) => next += walk.slots.len(),
            Kind::Loop(body) => next = number(body, next),
        }
    }
    next
}

/// The first leaf.
pub(super) fn first_leaf(nodes: &[Node]) -> Option<&Node> {
    let node = nodes.first()?;
    match &node.kind {
        Kind::Loop(body) => first_leaf(body),
        _ => Some(node),
    }
}

/// Hears what a match consists of, in order.
pub(super) trait Sink {
    /// A leaf took `count` accesses from `start` on; `again` if it did so before in this match.
    fn run(&mut self, leaf: usize, start: u32, count: u32);
    /// A node was done `times` times in a row.
    fn times(&mut self, node: usize, times: u32);
}

/// Hears nothing.
pub(super) struct Deaf;

impl Sink for Deaf {
    fn run(&mut self, _: usize, _: u32, _: u32) {}
    fn times(&mut self, _: usize, _: u32) {}
}

/// A place between accesses: a run, and how much of it is used up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Cursor {
    pub run: usize,
    pub used: u32,
}

/// A match.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub from: Cursor,
    /// First access, and the one behind the last.
    pub start: u32,
    pub end: u32,
}

/// A stream as runs of accesses of one symbol, indexed by symbol.
pub(super) struct Source<'a> {
    pub stream: &'a Stream,
    pub runs: &'a Tokens,
    numbers: Map<Symbol, u32>,
    /// Runs of each symbol: `by_symbol[first[s]..first[s + 1]]`.
    first: Vec<u32>,
    by_symbol: Vec<u32>,
}

impl<'a> Source<'a> {
    pub(super) fn new(stream: &'a Stream, runs: &'a Tokens) -> Source<'a> {
        let symbols = stream.symbols.len();
        let mut first = vec![0u32; symbols + 1];
        for &id in runs.id.iter().filter(|&&id| (id as usize) < symbols) {
            first[id as usize + 1] += 1;
        }
        for i in 0..symbols {
            first[i + 1] += first[i];
        }
        let mut next = first.clone();
        let mut by_symbol = vec![0u32; first[symbols] as usize];
        for (i, &id) in runs.id.iter().enumerate() {
            if let Some(place) = next[..symbols].get_mut(id as usize) {
                by_symbol[*place as usize] = i as u32;
                *place += 1;
            }
        }
        let numbers = stream.symbols.iter().enumerate().map(|(i, &s)| (s, i as u32)).collect();
        Source { stream, runs, numbers, first, by_symbol }
    }

    fn runs_of(&self, symbol: u32) -> &[u32] {
        let s = symbol as usize;
        &self.by_symbol[self.first[s] as usize..self.first[s + 1] as usize]
    }

    /// Runs of a symbol in the whole stream.
    pub(super) fn run_count(&self, symbol: u32) -> usize {
        self.runs_of(symbol).len()
    }

    fn symbol_at(&self, run: usize) -> Option<&Symbol> {
        self.stream.symbols.get(*self.runs.id.get(run)? as usize)
    }

    fn left(&self, cursor: Cursor) -> u32 {
        self.runs.accesses(cursor.run) - cursor.used
    }

    pub(super) fn position(&self, cursor: Cursor) -> u32 {
        self.runs.start[cursor.run] + cursor.used
    }

    fn advance(&self, cursor: Cursor, count: u32) -> Cursor {
        if count == self.left(cursor) {
            Cursor { run: cursor.run + 1, used: 0 }
        } else {
            Cursor { run: cursor.run, used: cursor.used + count }
        }
    }

    /// Runs at which a match could start, ascending.
    fn starts(&self, nodes: &[Node]) -> Vec<u32> {
        let mut rarest: Option<(usize, u32, u32)> = None;
        let (mut shift, mut previous) = (0, None);
        for node in nodes {
            let Kind::Run(symbol) = node.kind else { break };
            if previous.is_some() && previous != Some(symbol) {
                shift += 1;
            }
            previous = Some(symbol);
            let candidate = (self.run_count(symbol), shift, symbol);
            rarest = Some(rarest.map_or(candidate, |best| best.min(candidate)));
        }
        if let Some((_, shift, symbol)) = rarest {
            return self.runs_of(symbol).iter().filter_map(|run| run.checked_sub(shift)).collect();
        }
        match first_leaf(nodes).map(|node| &node.kind) {
            Some(Kind::Run(symbol)) => self.runs_of(*symbol).to_vec(),
            Some(Kind::Walk(walk)) if walk.anywhere => (0..self.runs.len() as u32).collect(),
            Some(Kind::Walk(walk)) => {
                self.numbers.get(&walk.slots[0].symbol).map_or(Vec::new(), |&s| self.runs_of(s).to_vec())
            }
            _ => Vec::new(),
        }
    }

    /// All matches, left to right, not overlapping.
    pub(super) fn matches(&self, nodes: &[Node]) -> Vec<Place> {
        let mut places = Vec::new();
        let Some(leaf) = first_leaf(nodes) else { return places };
        let exact = match leaf.kind {
            Kind::Run(_) if leaf.most == MANY => None,
            Kind::Run(_) => Some(leaf.most),
            Kind::Walk(ref walk) => (walk.slots.len() == 1).then_some(1),
            Kind::Loop(_) => None,
        };
        let mut matcher = Matcher { source: self, budget: 16 * self.runs.len() + 1000 };
        let mut free = Cursor { run: 0, used: 0 };
        for run in self.starts(nodes) {
            let run = run as usize;
            if run < free.run {
                continue;
            }
            let mut from = if run == free.run { free } else { Cursor { run, used: 0 } };
            if let Some(count) = exact {
                let Some(used) = self.runs.accesses(run).checked_sub(count) else { continue };
                if used < from.used {
                    continue;
                }
                from.used = used;
            }
            if let Some(end) = matcher.all(nodes, from, &mut Deaf) {
                places.push(Place { from, start: self.position(from), end: self.position(end) });
                free = end;
            }
        }
        places
    }

    /// Tells the sink what a match consists of.
    pub(super) fn tell(&self, nodes: &[Node], place: &Place, sink: &mut impl Sink) {
        let mut matcher = Matcher { source: self, budget: usize::MAX };
        matcher.all(nodes, place.from, sink);
    }
}

struct Matcher<'a> {
    source: &'a Source<'a>,
    /// Elements that may still be tried: loops that fail late could cost the square of the
    /// stream.
    budget: usize,
}

impl Matcher<'_> {
    fn all(&mut self, nodes: &[Node], mut cursor: Cursor, sink: &mut impl Sink) -> Option<Cursor> {
        for node in nodes {
            cursor = self.node(node, cursor, sink)?;
        }
        Some(cursor)
    }

    fn node(&mut self, node: &Node, cursor: Cursor, sink: &mut impl Sink) -> Option<Cursor> {
        self.budget = self.budget.checked_sub(1)?;
        match &node.kind {
            Kind::Run(symbol) => {
                if self.source.runs.id.get(cursor.run) != Some(symbol) {
                    return None;
                }
                let count = self.source.left(cursor).min(node.most);
                if count < node.least {
                    return None;
                }
                sink.run(node.id, self.source.position(cursor), count);
                sink.times(node.id, count);
                Some(self.source.advance(cursor, count))
            }
            Kind::Walk(walk) => self.rounds(node, cursor, sink, |this, at, round, sink| {
                this.walk_round(node.id, walk, cursor, at, round, sink)
            }),
            Kind::Loop(body) => self.rounds(node, cursor, sink, |this, at, _, sink| this.all(body, at, sink)),
        }
    }

    /// As many rounds as there are, within bounds.
    fn rounds<S: Sink>(
        &mut self,
        node: &Node,
        cursor: Cursor,
        sink: &mut S,
        mut round: impl FnMut(&mut Self, Cursor, u32, &mut Recorder) -> Option<Cursor>,
    ) -> Option<Cursor> {
        let (mut at, mut done) = (cursor, 0);
        let mut heard = Recorder::default();
        while done < node.most {
            heard.0.clear();
            let Some(next) = round(self, at, done, &mut heard) else { break };
            heard.replay(sink);
            at = next;
            done += 1;
        }
        if done < node.least {
            return None;
        }
        sink.times(node.id, done);
        Some(at)
    }

    fn walk_round(
        &mut self,
        id: usize,
        walk: &Walk,
        start: Cursor,
        mut at: Cursor,
        round: u32,
        sink: &mut Recorder,
    ) -> Option<Cursor> {
        let origin = if walk.anywhere { self.source.symbol_at(start.run)?.offset } else { 0 };
        for (i, slot) in walk.slots.iter().enumerate() {
            self.budget = self.budget.checked_sub(1)?;
            let mut expected = slot.symbol;
            let moved = slot.stride.wrapping_mul(u64::from(round));
            expected.offset = expected.offset.wrapping_add(origin).wrapping_add(moved);
            if self.source.symbol_at(at.run) != Some(&expected) {
                return None;
            }
            let count = if walk.slots.len() == 1 { 1 } else { self.source.left(at) };
            sink.run(id + 1 + i, self.source.position(at), count);
            at = self.source.advance(at, count);
        }
        Some(at)
    }
}

/// Holds back what a round tells until it is known to be whole.
#[derive(Default)]
struct Recorder(Vec<(bool, usize, u32, u32)>);

impl Sink for Recorder {
    fn run(&mut self, leaf: usize, start: u32, count: u32) {
        self.0.push((true, leaf, start, count));
    }

    fn times(&mut self, node: usize, times: u32) {
        self.0.push((false, node, 0, times));
    }
}

impl Recorder {
    fn replay(&self, sink: &mut impl Sink) {
        for &(run, id, start, count) in &self.0 {
            if run {
                sink.run(id, start, count);
            } else {
                sink.times(id, count);
            }
        }
    }
}
