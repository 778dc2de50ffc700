//! Description length: what a token and a value cost in bits, and what a sequence saves.
//!
//! Tokens are coded by their frequency, values by theirs at the register. So a string of tokens
//! that turns up as often as its parts make likely saves nothing, however often that is: that
//! is what separates a sequence from noise.

use super::hash::{mix, sample};
use super::token::{Dictionary, Tokens};
use crate::stream::Stream;

/// Values a step may have and still count as one of a few.
pub(super) const FEW: usize = 4;
/// Occurrences looked at to price a step's values.
const SAMPLE: usize = 512;

/// `x · log2 x`.
fn weigh(x: f64) -> f64 {
    if x > 0.0 { x * x.log2() } else { 0.0 }
}

/// The prices in one token list.
pub(super) struct Costs {
    count: Vec<u32>,
    total: f64,
    /// Bits of the value of each token that is one access of a register.
    value: Vec<f32>,
    /// Sums of token bits, and of value bits where the value recurs, up to each token.
    sum: Vec<f64>,
    sum_values: Vec<f64>,
}

/// Stands for the values of a run of two accesses or more: that it is one says something.
pub(super) const RUN: u64 = 0x5255_4e5f_5255_4e5f;

/// The value of the token at `i` if it is of a register with values.
fn value_of(stream: &Stream, tokens: &Tokens, dictionary: &Dictionary, i: usize) -> Option<u64> {
    if !dictionary.is_register(tokens.id[i]) {
        None
    } else if tokens.accesses(i) > 1 {
        Some(RUN)
    } else {
        let width = stream.symbols[tokens.id[i] as usize].register.width;
        (width > 0).then(|| stream.value[tokens.start[i] as usize])
    }
}

impl Costs {
    pub(super) fn new(stream: &Stream, tokens: &Tokens, dictionary: &Dictionary) -> Costs {
        let mut count = vec![0u32; dictionary.len()];
        for &id in &tokens.id {
            count[id as usize] += 1;
        }
        let total = tokens.len() as f64;
        let (value, recurs) = value_bits(stream, tokens, dictionary);
        let mut sum = Vec::with_capacity(tokens.len() + 1);
        let mut sum_values = Vec::with_capacity(tokens.len() + 1);
        let (mut a, mut b) = (0.0, 0.0);
        sum.push(a);
        sum_values.push(b);
        for i in 0..tokens.len() {
            a += (total / f64::from(count[tokens.id[i] as usize])).log2();
            b += if recurs[i] { f64::from(value[i]) } else { 0.0 };
            sum.push(a);
            sum_values.push(b);
        }
        Costs { count, total, value, sum, sum_values }
    }

    /// Bits to introduce a sequence at all: about the length that the dictionary can have.
    fn overhead(&self) -> f64 {
        self.total.max(1.0).log2()
    }

    /// About the most a string of `length` tokens at these places can save.
    pub(super) fn bound(&self, places: &[usize], length: usize, count: usize) -> f64 {
        let at = places[0];
        let bits = self.sum[at + length] - self.sum[at];
        let values = places.iter().map(|&p| self.sum_values[p + length] - self.sum_values[p]);
        let values = values.fold(0.0, f64::max);
        let count = count as f64;
        count * (bits + values - (self.total / count).log2()) - bits - self.overhead()
    }

    /// Bits saved by writing `body` once and a reference at each of `places` (not overlapping).
    pub(super) fn gain(
        &self,
        stream: &Stream,
        tokens: &Tokens,
        dictionary: &Dictionary,
        places: &[u32],
        length: usize,
    ) -> f64 {
        let Some(&first) = places.first() else { return 0.0 };
        let body = &tokens.id[first as usize..first as usize + length];
        let mut gain = self.tokens_gain(dictionary, body, places.len() as f64);
        for step in 0..length {
            gain += self.values_gain(stream, tokens, dictionary, places, step);
        }
        gain
    }

    fn tokens_gain(&self, dictionary: &Dictionary, body: &[u32], count: f64) -> f64 {
        let mut sorted = body.to_vec();
        sorted.sort_unstable();
        let after_total = self.total - count * (body.len() as f64 - 1.0);
        let mut gain = weigh(self.total) - weigh(after_total) + weigh(count) - self.overhead();
        for same in sorted.chunk_by(|a, b| a == b) {
            let n = f64::from(self.count[same[0] as usize]);
            let times = same.len() as f64;
            gain -= weigh(n) - weigh((n - count * times).max(0.0));
            gain -= times * (self.total / n).log2();
            // A sequence that is nowhere else needs no name of its own any more.
            if n <= count * times && dictionary.is_group(same[0]) {
                gain += self.overhead();
            }
        }
        gain
    }

    /// Bits that a step's values cost less when they are coded with the sequence.
    fn values_gain(
        &self,
        stream: &Stream,
        tokens: &Tokens,
        dictionary: &Dictionary,
        places: &[u32],
        step: usize,
    ) -> f64 {
        let mut seen: Vec<(u64, u32, f32)> = Vec::with_capacity(FEW + 1);
        let (mut before, mut n) = (0.0, 0.0f64);
        for i in sample(places.len(), SAMPLE) {
            let at = places[i] as usize + step;
            let Some(value) = value_of(stream, tokens, dictionary, at) else { return 0.0 };
            before += f64::from(self.value[at]);
            n += 1.0;
            if let Some(entry) = seen.iter_mut().find(|(v, ..)| *v == value) {
                entry.1 += 1;
            } else if seen.len() == FEW {
                return 0.0;
            } else {
                seen.push((value, 1, self.value[at]));
            }
        }
        let coded: f64 = seen.iter().map(|&(_, c, _)| f64::from(c) * (n / f64::from(c)).log2()).sum();
        let names: f64 = seen.iter().map(|&(_, _, bits)| f64::from(bits) + 2.0).sum();
        ((before - coded) * (places.len() as f64 / n) - names).max(0.0)
    }
}

/// How common each symbol, and each value of it, is among the runs of a stream.
pub(super) struct Prices {
    /// Counts without collision handling: values that share an entry look a little more common.
    seen: Vec<u32>,
    count: Vec<u32>,
    total: f64,
}

impl Prices {
    pub(super) fn new(stream: &Stream, tokens: &Tokens, dictionary: &Dictionary) -> Prices {
        let size = (tokens.len() * 2).next_power_of_two().clamp(1 << 10, 1 << 21);
        let mut prices =
            Prices { seen: vec![0; size], count: vec![0; dictionary.len()], total: tokens.len() as f64 };
        for i in 0..tokens.len() {
            if let Some(value) = value_of(stream, tokens, dictionary, i) {
                let slot = prices.slot(tokens.id[i], value);
                prices.seen[slot] += 1;
                prices.count[tokens.id[i] as usize] += 1;
            }
        }
        prices
    }

    fn slot(&self, id: u32, value: u64) -> usize {
        (mix(value ^ mix(u64::from(id))) as usize) & (self.seen.len() - 1)
    }

    fn times(&self, symbol: u32, value: u64) -> u32 {
        self.seen[self.slot(symbol, value)]
    }

    /// Bits of a value at a symbol.
    pub(super) fn value(&self, symbol: u32, value: u64) -> f32 {
        let times = self.times(symbol, value).max(1);
        (self.count[symbol as usize] as f32 / times as f32).log2().max(0.0)
    }

    /// Bits of a symbol.
    pub(super) fn symbol(&self, symbol: u32) -> f64 {
        (self.total / f64::from(self.count[symbol as usize].max(1))).log2()
    }

    /// Number of tokens counted.
    pub(super) fn total(&self) -> f64 {
        self.total
    }
}

/// Bits of each token's value, and whether the value recurs at its register.
fn value_bits(stream: &Stream, tokens: &Tokens, dictionary: &Dictionary) -> (Vec<f32>, Vec<bool>) {
    let prices = Prices::new(stream, tokens, dictionary);
    let price = |i: usize| match value_of(stream, tokens, dictionary, i) {
        Some(value) => (prices.value(tokens.id[i], value), prices.times(tokens.id[i], value) > 1),
        None => (0.0, false),
    };
    (0..tokens.len()).map(price).unzip()
}
