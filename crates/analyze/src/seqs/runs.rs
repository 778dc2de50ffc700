//! The first folds: accesses of one register in a row, and walks over tables.
//!
//! A walk of one register needs four rounds: two or three neighbours are just neighbours. A walk
//! of several (`R x, W x` over a table of x) needs four rounds too. A walk keeps its first
//! offset as part of its identity, unless there are many starts that hardly recur (a buffer filled
//! from anywhere): then all walks of its shape are one token.

use super::hash::Map;
use super::token::{Dictionary, Slot, Tokens, Walk};
use crate::stream::Stream;
use std::ops::Range;

/// Rounds that make a walk.
pub(super) const ROUNDS: usize = 4;
/// Most registers in a round of a walk.
const PERIODS: usize = 6;
/// Starts of one shape that make it a walk from anywhere, unless they recur.
const SCATTERED: u32 = 32;
/// Longest stride, bytes.
const STRIDE: u64 = 1 << 20;

/// Runs of accesses of one symbol. A break is a token without accesses.
pub(super) fn registers(stream: &Stream, dictionary: &mut Dictionary) -> Tokens {
    let mut tokens = Tokens::default();
    let mut from = 0;
    let ends = stream.breaks.iter().copied().filter(|&b| b > 0 && b < stream.len());
    for end in ends.chain([stream.len()]) {
        if end < from {
            continue;
        }
        for at in from..end {
            tokens.push(stream.symbol[at], at as u32);
        }
        if end < stream.len() {
            tokens.push(dictionary.add_break(), end as u32);
        }
        from = end;
    }
    tokens.finish(stream.len() as u32);
    tokens
}

/// A walk found: tokens `at..at + tokens`, rounds of `period` tokens.
struct Found {
    at: usize,
    tokens: usize,
    period: usize,
}

/// Folds walks into one token each; where they are in `base` is returned, too.
pub(super) fn walks(
    stream: &Stream,
    base: &Tokens,
    dictionary: &mut Dictionary,
) -> (Tokens, Vec<Range<u32>>) {
    let view = View::new(stream, base);
    let mut found = Vec::new();
    view.single(&mut found);
    for period in 2..=PERIODS {
        view.several(period, &mut found);
    }
    let ids = name(&view, &found, dictionary);
    let mut tokens = Tokens::default();
    let mut next = 0;
    for (walk, id) in found.iter().zip(ids) {
        for i in next..walk.at {
            tokens.push(base.id[i], base.start[i]);
        }
        tokens.push(id, base.start[walk.at]);
        next = walk.at + walk.tokens;
    }
    for i in next..base.len() {
        tokens.push(base.id[i], base.start[i]);
    }
    tokens.finish(base.start[base.len()]);
    (tokens, found.iter().map(|walk| walk.at as u32..(walk.at + walk.tokens) as u32).collect())
}

/// What a walk keeps (op, width, BAR) and what it moves, an entry a token.
struct View<'a> {
    stream: &'a Stream,
    base: &'a Tokens,
    class: Vec<u32>,
    offset: Vec<u64>,
}

impl<'a> View<'a> {
    fn new(stream: &'a Stream, base: &'a Tokens) -> View<'a> {
        let mut classes = Map::default();
        // A buffer has a symbol an address, all of one class: look at the last one first.
        let mut last = None;
        let class_of: Vec<u32> = stream
            .symbols
            .iter()
            .map(|s| {
                let key = (s.register.device, s.register.space, s.op, s.register.width);
                let next = classes.len() as u32;
                match last {
                    Some((same, class)) if same == key => class,
                    _ => {
                        let class = *classes.entry(key).or_insert(next);
                        last = Some((key, class));
                        class
                    }
                }
            })
            .collect();
        // Breaks have ids behind the symbols, and a class of their own each.
        let class = base.id.iter().map(|&t| class_of.get(t as usize).copied().unwrap_or(u32::MAX - t));
        let offset = base.id.iter().map(|&t| stream.symbols.get(t as usize).map_or(0, |s| s.register.offset));
        View { stream, base, class: class.collect(), offset: offset.collect() }
    }

    /// The stride from token `i` to `i + period`, if they are of one class and near.
    fn step(&self, i: usize, period: usize) -> Option<u64> {
        let stride = self.offset[i + period].wrapping_sub(self.offset[i]);
        let near = stride.wrapping_add(STRIDE) <= 2 * STRIDE;
        (self.class[i] == self.class[i + period] && near).then_some(stride)
    }

    /// Walks of one register, accessed once a round.
    fn single(&self, found: &mut Vec<Found>) {
        let length = self.base.len();
        let once = |i: usize| self.base.start[i + 1] - self.base.start[i] == 1;
        let mut at = 0;
        while at + ROUNDS <= length {
            let stride = self.step(at, 1);
            let mut end = at + 1;
            if stride.is_some() && once(at) {
                while end < length && once(end) && self.step(end - 1, 1) == stride {
                    end += 1;
                }
            }
            if end - at >= ROUNDS {
                found.push(Found { at, tokens: end - at, period: 1 });
                at = end;
            } else {
                // The last token may start the next walk.
                at = (end - 1).max(at + 1);
            }
        }
    }

    /// Adds walks of `period` registers in the gaps between those found.
    fn several(&self, period: usize, found: &mut Vec<Found>) {
        let mut more = Vec::new();
        let mut from = 0;
        for walk in found.iter() {
            self.gap(period, from, walk.at, &mut more);
            from = walk.at + walk.tokens;
        }
        self.gap(period, from, self.base.len(), &mut more);
        if !more.is_empty() {
            found.append(&mut more);
            found.sort_unstable_by_key(|walk| walk.at);
        }
    }

    fn gap(&self, period: usize, from: usize, end: usize, more: &mut Vec<Found>) {
        let mut at = from;
        while at + ROUNDS * period <= end {
            let mut i = at;
            while i + 2 * period < end && self.same_step(i, period) {
                i += 1;
            }
            // Tokens i.. differ; those up to i + 2 * period belong together.
            let rounds = (i - at) / period + 2;
            let moves = (at..at + period).any(|i| self.step(i, period) != Some(0));
            if rounds >= ROUNDS && i > at && moves {
                more.push(Found { at, tokens: rounds * period, period });
                at += rounds * period;
            } else {
                at = i + 1;
            }
        }
    }

    fn same_step(&self, i: usize, period: usize) -> bool {
        let step = self.step(i, period);
        step.is_some() && step == self.step(i + period, period)
    }

    /// The walk with its start, or with offsets relative to it.
    fn walk(&self, found: &Found, anywhere: bool) -> Walk {
        let origin = if anywhere { self.offset[found.at] } else { 0 };
        let slot = |i: usize| {
            let mut symbol = self.stream.symbols[self.base.id[i] as usize];
            symbol.register.offset = symbol.register.offset.wrapping_sub(origin);
            let number = if anywhere { 0 } else { self.base.id[i] };
            Slot { symbol, number, stride: self.offset[i + found.period].wrapping_sub(self.offset[i]) }
        };
        Walk { slots: (found.at..found.at + found.period).map(slot).collect(), anywhere }
    }
}

/// The token of each walk: exact where its start recurs, otherwise its shape.
fn name(view: &View, found: &[Found], dictionary: &mut Dictionary) -> Vec<u32> {
    // By shape: walks, and distinct starts; by start: walks.
    let mut shapes: Map<Walk, (u32, u32)> = Map::default();
    let mut starts: Map<Walk, u32> = Map::default();
    for walk in found {
        let seen = starts.entry(view.walk(walk, false)).or_insert(0);
        *seen += 1;
        let shape = shapes.entry(view.walk(walk, true)).or_insert((0, 0));
        shape.0 += 1;
        shape.1 += u32::from(*seen == 1);
    }
    let id = |walk: &Found| {
        let (exact, shape) = (view.walk(walk, false), view.walk(walk, true));
        let (walks, distinct) = shapes[&shape];
        let scattered = distinct > SCATTERED && walks / distinct < 4;
        dictionary.walk(if scattered { shape } else { exact })
    };
    found.iter().map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seqs::testing::{found, stream};

    fn tokens(text: &str) -> usize {
        let stream = stream(text);
        let mut dictionary = Dictionary::new(&stream);
        let runs = registers(&stream, &mut dictionary);
        walks(&stream, &runs, &mut dictionary).0.len()
    }

    #[test]
    fn four_neighbours_are_a_walk_and_three_are_not() {
        assert_eq!(tokens("R0 W10 W14 W18 R0"), 5);
        assert_eq!(tokens("R0 W10 W14 W18 W1c R0"), 3);
        assert_eq!(tokens("R0 W1c W18 W14 W10 R0"), 3);
        assert_eq!(tokens("W10 W14 W18 R1c"), 4);
        assert_eq!(tokens("W10 W14 | W18 W1c"), 5);
    }

    #[test]
    fn a_walk_may_have_several_registers_a_round() {
        assert_eq!(tokens("R0=1 W0=2 R20=3 W20=1 R40=5 W40=7 R60=1 W60=2"), 1);
        assert_eq!(tokens("R0=1 W0=2 R20=3 W20=1 R40=5 W40=7"), 6);
    }

    #[test]
    fn a_table_filled_again_and_again_is_one_step() {
        let table: String = (0..16).map(|i| format!("W{:x}=0 ", 0x5200 + 4 * i)).collect();
        let log = format!("W8=1 {table} R4=3 R8=5 ").repeat(5);
        assert_eq!(found(&log), ["5: W8=1 W5200..523cby4=0x16-16 R4=3 R8=5"]);
    }

    #[test]
    fn a_poll_after_a_walk_is_not_its_next_step() {
        let table = "R100=7 R104=7 R108=7 R10c=7 R110=7";
        let log: String =
            (0..30).map(|i| format!("W8=1 {table} R114=0 R114=0 R114=1 Wc={:x} ", i * i)).collect();
        assert_eq!(found(&log), ["30: W8=1 R100..110by4=7x5-5 R114=[0,1]x3-3&1=1 Wc=*"]);
    }
}
