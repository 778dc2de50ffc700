//! Candidates: the token strings that occur twice or more and cannot be made longer without
//! losing an occurrence, best first by an upper bound of what they save.

use super::cost::Costs;
use super::suffix;
use super::token::{Dictionary, Tokens};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Longest candidate, in tokens.
pub(super) const LONGEST: usize = 128;

/// A repeated string: a range of the suffix array.
pub(super) struct Candidate {
    pub left: usize,
    /// The place after the last one.
    pub right: usize,
    pub length: usize,
    /// Bits saved at most, roughly.
    pub bound: f64,
}

/// The repeated strings of a token list.
pub(super) struct Repeats {
    array: Vec<u32>,
    pub candidates: Vec<Candidate>,
}

/// What the token before all occurrences so far is.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Same(u32),
    Diverse,
}

impl Before {
    fn join(self, other: Before) -> Before {
        if self == other { self } else { Before::Diverse }
    }
}

/// An open range of suffixes with a common prefix.
struct Open {
    length: u32,
    left: usize,
    before: Before,
}

impl Repeats {
    /// The `most` best candidates with at least `min_count` (overlapping) occurrences.
    pub(super) fn find(
        tokens: &Tokens,
        dictionary: &Dictionary,
        costs: &Costs,
        min_count: usize,
        most: usize,
    ) -> Repeats {
        let ids = &tokens.id;
        let (text, alphabet) = dense(ids, dictionary.len());
        let array = suffix::suffix_array(&text, alphabet);
        let prefixes = suffix::common_prefixes(&text, &array);
        drop(text);
        let mut best = Best { costs, array: &array, most, heap: BinaryHeap::new() };
        let before = |place: usize| match array[place] {
            0 => Before::Diverse,
            at => Before::Same(ids[at as usize - 1]),
        };
        let mut open: Vec<Open> = vec![Open { length: 0, left: 0, before: Before::Diverse }];
        for place in 1..=array.len() {
            let length = prefixes.get(place).copied().unwrap_or(0);
            let mut left = place - 1;
            let mut seen = before(place - 1);
            while open.last().is_some_and(|o| o.length > length) {
                let Some(closed) = open.pop() else { break };
                seen = seen.join(closed.before);
                left = closed.left;
                if seen == Before::Diverse && place - left >= min_count {
                    best.offer(left, place, closed.length as usize);
                }
            }
            match open.last_mut() {
                Some(top) if top.length == length => top.before = top.before.join(seen),
                _ => open.push(Open { length, left, before: seen }),
            }
        }
        let candidates = best.finish();
        Repeats { array, candidates }
    }

    /// The places of a candidate, ascending.
    pub(super) fn places(&self, candidate: &Candidate) -> Vec<u32> {
        let mut places = self.array[candidate.left..candidate.right].to_vec();
        places.sort_unstable();
        places
    }
}

/// The tokens, numbered in the order in which they come up, and how many there are.
fn dense(ids: &[u32], most: usize) -> (Vec<u32>, usize) {
    let mut numbers = vec![0u32; most];
    let mut next = 0;
    let number = |&id: &u32| {
        let number = &mut numbers[id as usize];
        if *number == 0 {
            next += 1;
            *number = next;
        }
        *number - 1
    };
    let text = ids.iter().map(number).collect();
    (text, next as usize)
}

/// The best candidates so far, worst on top.
struct Best<'a> {
    costs: &'a Costs,
    array: &'a [u32],
    most: usize,
    heap: BinaryHeap<Reverse<(i64, usize, usize, usize)>>,
}

impl Best<'_> {
    fn offer(&mut self, left: usize, right: usize, length: usize) {
        if !(2..=LONGEST).contains(&length) {
            return;
        }
        let at = |place: usize| self.array[place] as usize;
        let samples = [at(left), at((left + right) / 2), at(right - 1)];
        let bound = self.costs.bound(&samples, length, right - left);
        if bound <= 0.0 {
            return;
        }
        let entry = Reverse(((bound * 256.0) as i64, left, right, length));
        if self.heap.len() < self.most {
            self.heap.push(entry);
        } else if self.heap.peek().is_some_and(|worst| entry < *worst) {
            self.heap.pop();
            self.heap.push(entry);
        }
    }

    fn finish(self) -> Vec<Candidate> {
        let entries = self.heap.into_sorted_vec().into_iter();
        entries
            .map(|Reverse((bound, left, right, length))| Candidate {
                left,
                right,
                length,
                bound: bound as f64 / 256.0,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seqs::testing::stream;

    #[test]
    fn candidates_are_the_strings_that_cannot_be_longer() {
        let stream = stream("R1 W2 W3 R4 R9 R1 W2 W3 R5 R8 W2 W3 R7");
        let mut dictionary = Dictionary::new(&stream);
        let tokens = crate::seqs::runs::registers(&stream, &mut dictionary);
        let costs = Costs::new(&stream, &tokens, &dictionary);
        let (text, alphabet) = dense(&tokens.id, dictionary.len());
        let array = suffix::suffix_array(&text, alphabet);
        assert_eq!(array.len(), 13);
        let repeats = Repeats::find(&tokens, &dictionary, &costs, 2, 100);
        for candidate in &repeats.candidates {
            let places = repeats.places(candidate);
            let string = |at: u32| &tokens.id[at as usize..at as usize + candidate.length];
            assert!(places.iter().all(|&p| string(p) == string(places[0])));
            assert!(
                candidate.length == 3 && places == [0, 5] || candidate.length == 2 && places == [1, 6, 10]
            );
        }
    }
}
