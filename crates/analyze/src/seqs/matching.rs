//! Where patterns match: greedy, left to right, from the rarest symbol of a pattern.
//!
//! A run of one symbol is one step for the matcher, however long it is, and so is a walk that was
//! found before; a budget bounds what loops that fail late can cost.

use super::pattern::{Kind, MANY, Node, first_leaf};
use super::token::{Tokens, Walk};
use crate::stream::{Stream, Symbol};
use std::ops::Range;

/// Hears what a match consists of, in order.
pub(super) trait Sink {
    /// Whether it listens at all.
    const HEARS: bool = true;
    /// A leaf took `count` accesses from `start` on.
    fn run(&mut self, leaf: usize, start: u32, count: u32);
    /// A node was done `times` times in a row.
    fn times(&mut self, node: usize, times: u32);
}

/// Hears nothing.
pub(super) struct Deaf;

impl Sink for Deaf {
    const HEARS: bool = false;

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
    /// Runs of each walk, ascending.
    walks: Vec<Range<u32>>,
    /// Runs of each symbol: `by_symbol[first[s]..first[s + 1]]`.
    first: Vec<u32>,
    by_symbol: Vec<u32>,
}

impl<'a> Source<'a> {
    pub(super) fn new(stream: &'a Stream, runs: &'a Tokens, walks: Vec<Range<u32>>) -> Source<'a> {
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
        Source { stream, runs, walks, first, by_symbol }
    }

    fn runs_of(&self, symbol: u32) -> &[u32] {
        let s = symbol as usize;
        &self.by_symbol[self.first[s] as usize..self.first[s + 1] as usize]
    }

    /// The run that starts at an access.
    pub(super) fn run_at(&self, start: u32) -> Option<usize> {
        let run = self.runs.start.partition_point(|&s| s < start);
        // A break shares its start with the run behind it.
        (self.runs.start.get(run) == Some(&start)).then_some(run)
    }

    /// The symbol that nearly all of these tokens are.
    pub(super) fn common(&self, tokens: impl Iterator<Item = Option<u32>> + Clone) -> Option<u32> {
        // A majority is what is left when different ones cancel out.
        let mut left: (Option<u32>, usize) = (None, 0);
        let mut total = 0;
        for token in tokens.clone() {
            total += 1;
            left = match left {
                (_, 0) => (token, 1),
                (same, n) if same == token => (same, n + 1),
                (other, n) => (other, n - 1),
            };
        }
        let symbol = left.0.filter(|&t| (t as usize) < self.stream.symbols.len())?;
        let count = tokens.filter(|&t| t == Some(symbol)).count();
        (5 * count >= 4 * total).then_some(symbol)
    }

    /// Runs of a symbol in the whole stream.
    fn run_count(&self, symbol: u32) -> usize {
        self.runs_of(symbol).len()
    }

    fn symbol_at(&self, run: usize) -> Option<&Symbol> {
        self.stream.symbols.get(*self.runs.id.get(run)? as usize)
    }

    /// The walk that starts with a run.
    fn walk_at(&self, run: usize) -> Option<&Range<u32>> {
        let at = self.walks.binary_search_by_key(&(run as u32), |walk| walk.start).ok()?;
        self.walks.get(at)
    }

    /// The end of a walk of one register that starts with this run, without looking at all of it.
    fn whole_walk(&self, walk: &Walk, run: usize) -> Option<usize> {
        let [slot] = walk.slots[..] else { return None };
        let found = self.walk_at(run)?;
        let (first, second) = (self.symbol_at(run)?, self.symbol_at(run + 1)?);
        let class = |s: &Symbol| (s.register.device, s.register.space, s.op, s.register.width);
        let same = class(first) == class(&slot.symbol) && class(second) == class(first);
        let start = walk.anywhere || first.register.offset == slot.symbol.register.offset;
        let step = second.register.offset.wrapping_sub(first.register.offset) == slot.stride;
        (same && start && step && self.runs.accesses(run) == 1).then_some(found.end as usize)
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
            Some(Kind::Walk(walk)) if walk.anywhere => self.walks.iter().map(|walk| walk.start).collect(),
            Some(Kind::Walk(walk)) => {
                let mut starts = self.runs_of(walk.slots[0].number).to_vec();
                if nodes.len() == 1 {
                    // On its own, the rest of a walk that started before is none.
                    starts.retain(|&run| self.walk_at(run as usize).is_some());
                }
                starts
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
            if !leaf.only.is_empty() {
                let first = self.runs.start[run] + from.used;
                let values = &self.stream.value[first as usize..self.runs.start[run + 1] as usize];
                let alien = values.iter().rposition(|value| !leaf.only.contains(value));
                from.used += alien.map_or(0, |at| at as u32 + 1);
                if from.used == self.runs.accesses(run) {
                    continue;
                }
            }
            if let Some(end) = matcher.all(nodes, from, &mut Deaf) {
                places.push(Place { from, start: self.position(from), end: self.position(end) });
                free = end;
            }
        }
        places
    }

    /// Where a match that starts here ends.
    pub(super) fn matches_at(&self, nodes: &[Node], from: Cursor) -> Option<u32> {
        let mut matcher = Matcher { source: self, budget: usize::MAX };
        matcher.all(nodes, from, &mut Deaf).map(|end| self.position(end))
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

    fn walk<S: Sink>(&mut self, node: &Node, walk: &Walk, cursor: Cursor, sink: &mut S) -> Option<Cursor> {
        self.rounds(
            node,
            cursor,
            sink,
            |this, at, round| this.walk_round(node.id, walk, (cursor, at), round, &mut Deaf),
            |this, at, round, sink| {
                let _ = this.walk_round(node.id, walk, (cursor, at), round, sink);
            },
        )
    }

    fn node<S: Sink>(&mut self, node: &Node, cursor: Cursor, sink: &mut S) -> Option<Cursor> {
        self.budget = self.budget.checked_sub(1)?;
        match &node.kind {
            Kind::Run(symbol) => {
                if self.source.runs.id.get(cursor.run) != Some(symbol) {
                    return None;
                }
                let mut count = self.source.left(cursor).min(node.most);
                if !node.only.is_empty() {
                    let first = self.source.position(cursor) as usize;
                    let values = &self.source.stream.value[first..first + count as usize];
                    count = values.iter().take_while(|value| node.only.contains(value)).count() as u32;
                }
                if count == 0 || count < node.least {
                    return None;
                }
                sink.run(node.id, self.source.position(cursor), count);
                sink.times(node.id, count);
                Some(self.source.advance(cursor, count))
            }
            Kind::Walk(walk) => {
                let whole = (node.most == MANY).then(|| self.source.whole_walk(walk, cursor.run)).flatten();
                match whole {
                    Some(end) if !S::HEARS => Some(Cursor { run: end, used: 0 }),
                    // What is told ends where the match does, even before a run that could be its next step.
                    Some(end) => {
                        let most = (end - cursor.run) as u32;
                        self.walk(&Node { most, ..node.clone() }, walk, cursor, sink)
                    }
                    None => self.walk(node, walk, cursor, sink),
                }
            }
            Kind::Loop(body) => self.rounds(
                node,
                cursor,
                sink,
                |this, at, _| this.all(body, at, &mut Deaf),
                |this, at, _, sink| {
                    let _ = this.all(body, at, sink);
                },
            ),
        }
    }

    /// As many rounds as there are, within bounds.
    fn rounds<S: Sink>(
        &mut self,
        node: &Node,
        cursor: Cursor,
        sink: &mut S,
        round: impl Fn(&mut Self, Cursor, u32) -> Option<Cursor>,
        tell: impl Fn(&mut Self, Cursor, u32, &mut S),
    ) -> Option<Cursor> {
        let (mut at, mut done) = (cursor, 0);
        while done < node.most {
            // Nothing is told before the round is known to be whole.
            let Some(next) = round(self, at, done).filter(|next| *next != at) else { break };
            if S::HEARS {
                tell(self, at, done, sink);
            }
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
        (start, mut at): (Cursor, Cursor),
        round: u32,
        sink: &mut impl Sink,
    ) -> Option<Cursor> {
        let origin = if walk.anywhere { self.source.symbol_at(start.run)?.register.offset } else { 0 };
        for (i, slot) in walk.slots.iter().enumerate() {
            self.budget = self.budget.checked_sub(1)?;
            let mut expected = slot.symbol;
            let moved = slot.stride.wrapping_mul(u64::from(round));
            let offset = &mut expected.register.offset;
            *offset = offset.wrapping_add(origin).wrapping_add(moved);
            let found = self.source.symbol_at(at.run)?;
            // The offset is what differs.
            if found.register.offset != expected.register.offset || *found != expected {
                return None;
            }
            let count = if walk.slots.len() == 1 { 1 } else { self.source.left(at) };
            sink.run(id + 1 + i, self.source.position(at), count);
            at = self.source.advance(at, count);
        }
        Some(at)
    }
}
