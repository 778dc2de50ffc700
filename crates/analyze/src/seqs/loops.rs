//! Loops: a body of tokens repeated three times or more becomes one token.
//!
//! The body's first token is not given by the repetition itself: `B A B A B A` is `{B A}×3` or
//! `B {A B}×2 A`. All repetitions of one body in any rotation vote with where they start and
//! where they end. Bodies found once are then folded everywhere, also where they stand alone.

use super::hash::Map;
use super::token::{Dictionary, Tokens};
use std::cmp::Reverse;

/// Rounds that make a loop without further evidence.
const ROUNDS: usize = 3;
/// Longest body, in tokens.
const PERIOD: usize = 64;
/// Comparisons allowed in one go.
const WORK: usize = 1 << 26;

/// Folds loops until there are none.
pub(super) fn fold(mut tokens: Tokens, dictionary: &mut Dictionary) -> Tokens {
    let mut work = WORK;
    let mut period = 2;
    while period <= PERIOD.min(tokens.len() / ROUNDS) && work >= tokens.len() {
        work -= tokens.len();
        let found = repetitions(&tokens.id, period);
        if found.is_empty() {
            period += 1;
        } else {
            tokens = replace(tokens, &found, period, dictionary);
            // A folded inner loop makes the outer one shorter.
            period = 2;
        }
    }
    tokens
}

/// Ranges of tokens with this period, three rounds or more, not overlapping.
fn repetitions(ids: &[u32], period: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut run = 0;
    let mut close = |i: usize, run: usize| {
        let start = (i - run).max(from);
        let end = i + period;
        if run >= (ROUNDS - 1) * period && end - start >= ROUNDS * period {
            found.push((start, end));
            from = end;
        }
    };
    let same = ids.iter().zip(&ids[period..]);
    for (i, (a, b)) in same.enumerate() {
        if a == b {
            run += 1;
        } else if run > 0 {
            close(i, run);
            run = 0;
        }
    }
    close(ids.len() - period, run);
    found
}

/// Where the least rotation of `body` starts.
fn least_rotation(body: &[u32]) -> usize {
    let n = body.len();
    let (mut best, mut other, mut same) = (0, 1, 0);
    while best < n && other < n && same < n {
        let (a, b) = (body[(best + same) % n], body[(other + same) % n]);
        if a == b {
            same += 1;
            continue;
        }
        if a > b {
            best += same + 1;
        } else {
            other += same + 1;
        }
        other += usize::from(best == other);
        same = 0;
    }
    best.min(other)
}

/// Votes for the start of a body, by rotation, and the first rotation seen.
struct Votes {
    of: Vec<u32>,
    first: usize,
}

impl Votes {
    /// The rotation with most votes; among equals one that starts with a write, then the first.
    fn winner(&self, writes: impl Fn(usize) -> bool) -> usize {
        let rank = |at: &usize| (self.of[*at], writes(*at), *at == self.first, Reverse(*at));
        (0..self.of.len()).max_by_key(rank).unwrap_or(0)
    }
}

/// The body in its least rotation, and the place in it at which the range starts.
fn rotate(body: &[u32]) -> (Vec<u32>, usize) {
    let least = least_rotation(body);
    let rotated = body[least..].iter().chain(&body[..least]).copied().collect();
    (rotated, (body.len() - least) % body.len())
}

fn replace(tokens: Tokens, found: &[(usize, usize)], period: usize, dictionary: &mut Dictionary) -> Tokens {
    let mut votes: Map<Vec<u32>, Votes> = Map::default();
    for &(start, end) in found {
        let (body, at) = rotate(&tokens.id[start..start + period]);
        let entry = votes.entry(body).or_insert_with(|| Votes { of: vec![0; period], first: at });
        entry.of[at] += 1;
        entry.of[(at + end - start) % period] += 1;
    }
    let mut folded = Tokens::default();
    let mut bodies = Vec::new();
    let mut next = 0;
    for &(start, end) in found {
        let (body, at) = rotate(&tokens.id[start..start + period]);
        let writes = |at: usize| dictionary.is_write(body[at]);
        let first = start + (votes[&body].winner(writes) + period - at) % period;
        let rounds = (end - first) / period;
        let (id, new) = dictionary.group(&tokens.id[first..first + period]);
        if new {
            bodies.push(id);
        }
        for i in next..first {
            folded.push(tokens.id[i], tokens.start[i]);
        }
        folded.push(id, tokens.start[first]);
        next = first + rounds * period;
    }
    for i in next..tokens.len() {
        folded.push(tokens.id[i], tokens.start[i]);
    }
    folded.finish(tokens.start[tokens.len()]);
    fold_known(folded, &bodies, dictionary)
}

/// Folds the given bodies wherever they stand.
pub(super) fn fold_known(tokens: Tokens, bodies: &[u32], dictionary: &Dictionary) -> Tokens {
    let mut by_first: Map<(u32, u32), Vec<u32>> = Map::default();
    for &id in bodies {
        if let Some(body) = dictionary.body(id) {
            let known = by_first.entry((body[0], body[1])).or_default();
            // A bound on the work a place can cost.
            if known.len() < 8 {
                known.push(id);
            }
        }
    }
    let mut folded = Tokens::default();
    let mut i = 0;
    while i < tokens.len() {
        let pair = (tokens.id[i], tokens.id.get(i + 1).copied().unwrap_or(u32::MAX));
        let known = by_first.get(&pair).into_iter().flatten();
        let body_at = |id: &&u32| {
            let body = dictionary.body(**id)?;
            tokens.id[i..].starts_with(body).then_some(body.len())
        };
        let best = known.filter_map(|id| Some((body_at(&id)?, *id))).max();
        let (length, id) = best.unwrap_or((1, tokens.id[i]));
        folded.push(id, tokens.start[i]);
        i += length;
    }
    folded.finish(tokens.start[tokens.len()]);
    folded
}
