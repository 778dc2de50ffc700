//! The choice: rounds of greedy substitution by description length.
//!
//! In each round the repeated strings are tried best first; the occurrences of one that is
//! chosen become one token, so that later ones cannot claim them. The next round sees the new
//! tokens and can build longer sequences, or loops, from them.

use super::cost::Costs;
use super::repeats::{Candidate, Repeats};
use super::token::{Dictionary, Tokens};
use super::{Options, loops};
use crate::stream::Stream;
use std::collections::BinaryHeap;

/// Bits a sequence must save.
const GAIN: f64 = 6.0;
/// Bits that each occurrence must save on average. Neighbours that are a little more common than
/// chance, because noise comes in bursts, are not a sequence.
const GAIN_EACH: f64 = 0.75;
const ROUNDS: usize = 12;
/// Most accesses in a sequence, loops done once.
const WEIGHT: u32 = 512;
/// Occurrences visited in a round, per token.
const WORK: usize = 24;

/// Substitutes sequences until none saves anything.
pub(super) fn substitute(
    stream: &Stream,
    mut tokens: Tokens,
    dictionary: &mut Dictionary,
    options: &Options,
) -> Tokens {
    for _ in 0..ROUNDS {
        let chosen = Round::new(stream, &tokens, dictionary, options).run();
        if chosen.is_empty() {
            break;
        }
        tokens = rewrite(&tokens, chosen, dictionary);
        tokens = loops::fold(tokens, dictionary);
    }
    tokens
}

/// A chosen string: its places and its length in tokens.
struct Chosen {
    places: Vec<u32>,
    length: usize,
}

struct Round<'a> {
    stream: &'a Stream,
    tokens: &'a Tokens,
    dictionary: &'a Dictionary,
    costs: Costs,
    min_count: usize,
    taken: Vec<bool>,
    work: usize,
}

impl<'a> Round<'a> {
    fn new(
        stream: &'a Stream,
        tokens: &'a Tokens,
        dictionary: &'a Dictionary,
        options: &Options,
    ) -> Round<'a> {
        let costs = Costs::new(stream, tokens, dictionary);
        let min_count = options.min_count.max(2);
        let work = tokens.len() * WORK + 100_000;
        Round { stream, tokens, dictionary, costs, min_count, taken: vec![false; tokens.len()], work }
    }

    fn run(mut self) -> Vec<Chosen> {
        let most = ((1 << 27) / self.tokens.len().max(1)).clamp(256, 4096);
        let repeats = Repeats::find(self.tokens, self.dictionary, &self.costs, self.min_count, most);
        let mut heap: BinaryHeap<(i64, std::cmp::Reverse<usize>)> = BinaryHeap::new();
        for (i, candidate) in repeats.candidates.iter().enumerate() {
            heap.push(((candidate.bound * 256.0) as i64, std::cmp::Reverse(i)));
        }
        let mut fresh = vec![usize::MAX; repeats.candidates.len()];
        let mut chosen = Vec::new();
        while let Some((_, std::cmp::Reverse(i))) = heap.pop() {
            let candidate = &repeats.candidates[i];
            let Some((gain, places)) = self.try_out(&repeats, candidate) else { continue };
            let key = (gain * 256.0) as i64;
            let best = heap.peek().is_none_or(|top| top.0 <= key);
            if best || fresh[i] == chosen.len() {
                for &place in &places {
                    self.taken[place as usize..place as usize + candidate.length].fill(true);
                }
                chosen.push(Chosen { places, length: candidate.length });
            } else {
                fresh[i] = chosen.len();
                heap.push((key, std::cmp::Reverse(i)));
            }
        }
        chosen
    }

    /// What the candidate saves on places not taken, if it is worth its cost.
    fn try_out(&mut self, repeats: &Repeats, candidate: &Candidate) -> Option<(f64, Vec<u32>)> {
        let length = candidate.length;
        let cost = (candidate.right - candidate.left) + length;
        self.work = self.work.checked_sub(cost)?;
        let mut places = repeats.places(candidate);
        let mut free = 0;
        let taken = &self.taken;
        places.retain(|&place| {
            let at = place as usize;
            // Both ends suffice: a taken range inside would be of a shorter string, so look.
            let keep = at >= free && !taken[at..at + length].iter().any(|&t| t);
            if keep {
                free = at + length;
            }
            keep
        });
        if places.len() < self.min_count {
            return None;
        }
        let body = &self.tokens.id[places[0] as usize..places[0] as usize + length];
        let weight: u32 = body.iter().map(|&t| self.dictionary.weight(t)).sum();
        if weight > WEIGHT {
            return None;
        }
        let gain = self.costs.gain(self.stream, self.tokens, self.dictionary, &places, length);
        (gain >= GAIN + GAIN_EACH * places.len() as f64).then_some((gain, places))
    }
}

/// Puts one token in place of each occurrence.
fn rewrite(tokens: &Tokens, chosen: Vec<Chosen>, dictionary: &mut Dictionary) -> Tokens {
    let mut all: Vec<(u32, u32, u32)> = Vec::new();
    for string in chosen {
        let at = string.places[0] as usize;
        let (id, _) = dictionary.group(&tokens.id[at..at + string.length]);
        all.extend(string.places.iter().map(|&place| (place, string.length as u32, id)));
    }
    all.sort_unstable();
    let mut written = Tokens::default();
    let mut next = 0;
    for (place, length, id) in all {
        for i in next..place as usize {
            written.push(tokens.id[i], tokens.start[i]);
        }
        written.push(id, tokens.start[place as usize]);
        next = (place + length) as usize;
    }
    for i in next..tokens.len() {
        written.push(tokens.id[i], tokens.start[i]);
    }
    written.finish(tokens.start[tokens.len()]);
    debug_assert!(written.id.iter().all(|&t| (t as usize) < dictionary.len()));
    written
}
