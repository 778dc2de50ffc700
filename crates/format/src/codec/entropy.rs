//! Entropy coding of symbols under contexts: range ANS with static tables, two interleaved states.
//!
//! Every symbol comes with a context. A map sends each context to one of a few frequency tables,
//! which stand in front of the coded words. Frequencies of a table sum to [`SCALE`].

use super::CodecError;
use super::bits::{BitReader, BitWriter};
use super::cluster;
use super::symbols::SymbolReader;
use super::varint::{self, Reader};
use std::hint::select_unpredictable;

/// Binary logarithm of [`SCALE`].
const SCALE_BITS: u32 = 11;
/// Sum of the frequencies of a table.
const SCALE: u32 = 1 << SCALE_BITS;
/// Binary logarithm of [`LOW`].
const LOW_BITS: u32 = 15;
/// Lowest value of a state between two symbols. The highest is 2^31 − 1.
const LOW: u32 = 1 << LOW_BITS;

/// What the encoder knows of a symbol in a table, in one word: the reciprocal of the frequency minus one
/// (42 bits), the sum of the frequencies before (11), [`SCALE`] minus the frequency (11).
#[derive(Clone, Copy, Default)]
struct Entry(u64);

/// Binary logarithm of what a reciprocal multiplied by its frequency is at least. A state is below
/// frequency · 2^20 when it is divided, frequencies are up to 2^11: so the quotient is exact.
const RECIPROCAL_BITS: u32 = 42;

impl Entry {
    fn new(frequency: u32, start: u32) -> Self {
        let reciprocal = (1u64 << RECIPROCAL_BITS).div_ceil(u64::from(frequency));
        let others = u64::from(SCALE - frequency);
        Self((reciprocal - 1) << (2 * SCALE_BITS) | u64::from(start) << SCALE_BITS | others)
    }

    /// [`SCALE`] minus the frequency.
    #[inline(always)]
    fn others(self) -> u32 {
        self.0 as u32 & (SCALE - 1)
    }

    /// Whether `state` has no room for the symbol: it is at least frequency · 2^20.
    #[inline(always)]
    fn is_full(self, state: u32) -> bool {
        state + (self.others() << (LOW_BITS + 16 - SCALE_BITS)) >= 1 << (LOW_BITS + 16)
    }

    /// The state that follows `state`, which has room.
    #[inline(always)]
    fn step(self, state: u32) -> u32 {
        let reciprocal = (self.0 >> (2 * SCALE_BITS)) + 1;
        let quotient = ((u64::from(state) * reciprocal) >> RECIPROCAL_BITS) as u32;
        state + (self.0 as u32 >> SCALE_BITS & (SCALE - 1)) + quotient * self.others()
    }
}

/// An encoder of symbols, which keeps its tables' memory.
#[derive(Default)]
pub(super) struct Encoder {
    counts: Vec<u32>,
    entries: Vec<Entry>,
    words: Vec<u16>,
}

impl Encoder {
    /// Appends `symbols`, where `contexts[i] < context_count` ≤ 256 is the context of `symbols[i]`.
    /// `thorough` looks for contexts that can share a table.
    pub(super) fn encode(
        &mut self,
        symbols: &[u8],
        contexts: &[u8],
        context_count: usize,
        thorough: bool,
        out: &mut Vec<u8>,
    ) {
        let alphabet = self.count(symbols, contexts, context_count);
        let groups = cluster::group(&self.counts, alphabet, thorough);
        varint::put(out, groups.counts.len() as u64);
        let mut bits = BitWriter::new(out);
        if groups.counts.len() > 1 {
            write_map(&groups.table_of, &mut bits);
        }
        self.entries.clear();
        self.entries.resize(groups.counts.len() * alphabet, Entry::default());
        for (counts, entries) in groups.counts.iter().zip(self.entries.chunks_exact_mut(alphabet)) {
            let (frequencies, rest) = scale(counts);
            write_table(&frequencies, rest, &mut bits);
            let mut start = 0;
            for (entry, &frequency) in entries.iter_mut().zip(&frequencies).filter(|(_, f)| **f > 0) {
                *entry = Entry::new(u32::from(frequency), start);
                start += u32::from(frequency);
            }
        }
        bits.finish();
        self.write_words(symbols, contexts, &groups.table_of, alphabet, out);
    }

    /// Counts the symbols of each context; returns how many counts there are for each.
    fn count(&mut self, symbols: &[u8], contexts: &[u8], context_count: usize) -> usize {
        let alphabet = usize::from(symbols.iter().copied().max().unwrap_or(0)) + 1;
        let places = context_count * alphabet;
        self.counts.clear();
        self.counts.resize(2 * places, 0);
        // Two counts for each, in turns: adding to the same place twice in a row would have to wait.
        let (even, odd) = self.counts.split_at_mut(places);
        let place = |symbol: u8, context: u8| usize::from(context) * alphabet + usize::from(symbol);
        let (symbols, last) = symbols.as_chunks();
        let (contexts, last_context) = contexts.as_chunks();
        for (&[a, b], &[under_a, under_b]) in symbols.iter().zip(contexts) {
            even[place(a, under_a)] += 1;
            odd[place(b, under_b)] += 1;
        }
        if let ([symbol], [context]) = (last, last_context) {
            even[place(*symbol, *context)] += 1;
        }
        even.iter_mut().zip(&*odd).for_each(|(even, odd)| *even += odd);
        self.counts.truncate(places);
        alphabet
    }

    /// The symbols, last one first; the words leave in the order in which a decoder wants them.
    fn write_words(
        &mut self,
        symbols: &[u8],
        contexts: &[u8],
        table_of: &[u8],
        alphabet: usize,
        out: &mut Vec<u8>,
    ) {
        let mut start_of = [0u32; 256];
        start_of
            .iter_mut()
            .zip(table_of)
            .for_each(|(start, &table)| *start = u32::from(table) * alphabet as u32);
        let entries = &self.entries[..];
        self.words.clear();
        self.words.resize(symbols.len() + 4, 0);
        let words = &mut self.words[..];
        let mut at = words.len();
        // Symbol i belongs to state i mod 2; `next` is the one of the next symbol.
        let (mut next, mut other) = (LOW, LOW);
        for (&symbol, &context) in symbols.iter().zip(contexts).rev() {
            let entry = entries[(start_of[usize::from(context)] + u32::from(symbol)) as usize];
            let state = next;
            // Written in any case, kept only when the state has no room: a branch would often be mispredicted.
            words[at - 1] = state as u16;
            let full = entry.is_full(state);
            at -= usize::from(full);
            next = other;
            other = entry.step(select_unpredictable(full, state >> 16, state));
        }
        out.extend_from_slice(&other.to_le_bytes());
        out.extend_from_slice(&next.to_le_bytes());
        let start = out.len();
        out.resize(start + 2 * (words.len() - at), 0);
        let bytes = out[start..].as_chunks_mut::<2>().0;
        bytes.iter_mut().zip(&words[at..]).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
    }
}

/// The table of each context: 1 bit for "the same as the context before", else 0 and 8 bits.
fn write_map(table_of: &[u8], bits: &mut BitWriter) {
    let mut last = 0;
    for &table in table_of {
        bits.put(u64::from(table == last), 1);
        if table != last {
            bits.put(u64::from(table), 8);
        }
        last = table;
    }
}

/// Frequencies that sum to [`SCALE`] and are representable but for one, the `rest`, which is the most frequent.
fn scale(counts: &[u32]) -> ([u16; 256], u8) {
    let total: u64 = counts.iter().map(|&n| u64::from(n)).sum::<u64>().max(1);
    let rest = (0..counts.len()).max_by_key(|&s| counts[s]).unwrap_or(0);
    let mut frequencies = [0u16; 256];
    let mut left = SCALE;
    for symbol in (0..counts.len()).filter(|&s| s != rest && counts[s] > 0) {
        let exact = (u64::from(counts[symbol]) * u64::from(SCALE) / total).max(1) as u32;
        frequencies[symbol] = round(exact + exact / 16) as u16;
        left = left.saturating_sub(u32::from(frequencies[symbol]));
    }
    // Only flat tables come here: nothing may be left for `rest`.
    while left == 0 {
        for f in frequencies.iter_mut().filter(|f| **f > 1) {
            *f = round(u32::from(*f - 1)) as u16;
        }
        left = SCALE.saturating_sub(frequencies.iter().map(|&f| u32::from(f)).sum());
    }
    frequencies[rest] = left as u16;
    (frequencies, rest as u8)
}

/// The highest number up to `frequency` whose bits after the first four are 0.
fn round(frequency: u32) -> u32 {
    let drop = (32 - frequency.leading_zeros()).saturating_sub(4);
    frequency >> drop << drop
}

/// The rest symbol (8 bits), then for each other symbol of the table by rising number: gamma(gap + 1), bits of
/// the frequency (4 bits), the bits after its first one, at most three; an end is 0 bits of frequency.
fn write_table(frequencies: &[u16; 256], rest: u8, bits: &mut BitWriter) {
    bits.put(u64::from(rest), 8);
    let mut next = 0;
    for (symbol, &frequency) in frequencies.iter().enumerate() {
        if frequency == 0 || symbol == usize::from(rest) {
            continue;
        }
        let length = 16 - frequency.leading_zeros();
        bits.put_gamma((symbol - next) as u32 + 1);
        bits.put(u64::from(length), 4);
        let mantissa = (length - 1).min(3);
        let tail = frequency >> (length - 1 - mantissa) & ((1 << mantissa) - 1);
        bits.put(u64::from(tail), mantissa);
        next = symbol + 1;
    }
    bits.put_gamma(1);
    bits.put(0, 4);
}

fn read_table(bits: &mut BitReader) -> Result<[u16; 256], CodecError> {
    let rest = bits.take(8)? as usize;
    let mut frequencies = [0u16; 256];
    let mut left = SCALE;
    let mut next = 0;
    loop {
        let symbol = next + bits.take_gamma()? as usize - 1;
        let length = bits.take(4)? as u32;
        if length == 0 {
            break;
        }
        let mantissa = (length - 1).min(3);
        let frequency = (1 << mantissa | bits.take(mantissa)? as u32) << (length - 1 - mantissa);
        if symbol > 255 || symbol == rest || frequency >= left {
            return Err(CodecError::Invalid("an impossible frequency table"));
        }
        frequencies[symbol] = frequency as u16;
        left -= frequency;
        next = symbol + 1;
    }
    frequencies[rest] = left as u16;
    Ok(frequencies)
}

fn read_map(bits: &mut BitReader, table_of: &mut [u32], tables: usize) -> Result<(), CodecError> {
    let mut last = 0;
    for table in table_of {
        if bits.take(1)? == 0 {
            last = bits.take(8)? as usize;
            if last >= tables {
                return Err(CodecError::Invalid("a frequency table that is not there"));
            }
        }
        *table = (last as u32) << SCALE_BITS;
    }
    Ok(())
}

/// Tables of a decoder, which keep their memory.
pub(super) struct Tables {
    /// For each context the first of its table's slots.
    start_of: [u32; 256],
    /// For each slot: frequency − 1 (11 bits), how far it lies after its symbol's first slot (11), symbol (8).
    slots: Vec<u32>,
}

impl Tables {
    pub(super) fn new() -> Self {
        Self { start_of: [0; 256], slots: Vec::new() }
    }

    /// Reads the tables for `context_count` contexts that stand in front of `data`.
    pub(super) fn open<'a>(
        &'a mut self,
        mut data: Reader<'a>,
        context_count: usize,
    ) -> Result<Symbols<'a>, CodecError> {
        let tables = data.varint_up_to(context_count)?;
        if tables == 0 {
            return Err(CodecError::Invalid("no frequency table"));
        }
        let mut bits = BitReader::new(data.0);
        self.start_of.fill(0);
        if tables > 1 {
            read_map(&mut bits, &mut self.start_of[..context_count], tables)?;
        }
        self.slots.clear();
        for _ in 0..tables {
            for (symbol, &frequency) in read_table(&mut bits)?.iter().enumerate() {
                let slot = u32::from(frequency).wrapping_sub(1) << (SCALE_BITS + 8) | symbol as u32;
                self.slots.extend((0..u32::from(frequency)).map(|offset| slot | offset << 8));
            }
        }
        let mut rest = Reader(bits.rest());
        let states = [rest.word()?, rest.word()?];
        let (words, odd) = rest.0.as_chunks();
        if !odd.is_empty() {
            return Err(CodecError::Invalid("half a word"));
        }
        let (start_of, slots) = (&self.start_of, &self.slots[..]);
        Ok(Symbols { start_of, slots, next: states[0], other: states[1], words, at: 0 })
    }
}

/// Symbols that are being decoded.
pub(super) struct Symbols<'a> {
    start_of: &'a [u32; 256],
    slots: &'a [u32],
    next: u32,
    other: u32,
    words: &'a [[u8; 2]],
    /// Words taken, also such as are missing.
    at: usize,
}

impl SymbolReader for Symbols<'_> {
    #[inline(always)]
    fn take(&mut self, context: u8) -> u8 {
        let start = self.start_of[usize::from(context)];
        let slot = self.slots[(start | self.next & (SCALE - 1)) as usize];
        let state = ((slot >> (SCALE_BITS + 8)) + 1) * (self.next >> SCALE_BITS) + (slot >> 8 & (SCALE - 1));
        // Read in any case, used only by a state that is low: a branch would often be mispredicted.
        let word = self.words.get(self.at).map_or(0, |word| u32::from(u16::from_le_bytes(*word)));
        let low = state < LOW;
        self.at += usize::from(low);
        let state = select_unpredictable(low, state << 16 | word, state);
        self.next = self.other;
        self.other = state;
        slot as u8
    }

    fn finish(self) -> Result<(), CodecError> {
        if self.at > self.words.len() {
            return Err(CodecError::Truncated);
        }
        if self.next != LOW || self.other != LOW || self.at < self.words.len() {
            return Err(CodecError::Invalid("symbols that do not end where they should"));
        }
        Ok(())
    }
}
