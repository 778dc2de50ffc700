//! Repeated access sequences, as an engineer would write them on a whiteboard.
//!
//! A driver does the same things over and over: it writes a command, polls a status register,
//! fills a table, rings a doorbell. [`seqs()`] lists what it repeats: steps with values that are
//! fixed, one of a few, moving or free; polls with their counts and what ends them; walks over
//! tables; loops, nested.
//!
//! How it works, a stream (a device) at a time:
//! 1. `runs`: accesses of one register in a row become one token, whatever their number, and so
//!    do walks over tables.
//! 2. `loops`: bodies of tokens that are repeated three times or more become one token; where a
//!    body starts is put to the vote.
//! 3. `repeats`, `cost`, `select`: repeated strings of tokens, from a suffix array, are
//!    substituted greedily by the bits that they save, in rounds, so that longer sequences are
//!    built from shorter ones. Bits are those of a code by frequency: strings as frequent as
//!    chance makes them save nothing.
//! 4. `pattern`, `matching`: each sequence becomes a small regular expression and is matched on
//!    the accesses themselves, so that counts do not depend on how the tokens happened to fall.
//! 5. `refine`, `shape`: what noise spoilt at the edges is mended, and of several readings of a
//!    loop the one whose values are steadiest is taken.
//! 6. `split`: matches whose values go together become variants; chance matches are dropped.
//! 7. `generalise`, `values`: what the values and the counts have in common.
//! 8. `own`, `list`: each access goes to the longest sequence that explains it, and sequences
//!    are ranked by the lines of log that they save.
//!
//! `report` does so for each phase of a trace, and `behind` names the registers behind index ports.
//!
//! All steps are linear in the length of the stream or bounded by a budget.
//!
//! Where it fails: a short sequence seen three or four times among many accesses of the same
//! registers looks like chance. A sequence that always comes with another is part of it. Two
//! commands with the same steps, one of them rare, stay one sequence unless two values set them
//! apart. A poll at the very end of a sequence may take a neighbour for one more read. Code that
//! runs on two CPUs at once interleaves, and nothing here takes it apart.

mod behind;
mod cost;
mod found;
mod generalise;
mod hash;
mod list;
mod loops;
mod matching;
mod own;
mod pattern;
mod refine;
mod repeats;
mod report;
mod rounds;
mod runs;
mod select;
mod shape;
mod split;
mod suffix;
#[cfg(test)]
pub(crate) mod testing;
mod token;
mod values;

pub use found::{Behind, Exit, Found, Item, Occurrence, Sequence, Step, Value};
pub use report::{Listed, Report, of_phases, seqs};

use crate::stream::Stream;
use token::{Dictionary, Tokens};

/// What sequences to look for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most sequences to list.
    pub top: usize,
    /// Fewest occurrences.
    pub min_count: usize,
    /// Fewest accesses in the longest occurrence.
    pub min_length: usize,
    /// Whether to list every occurrence of a sequence.
    pub occurrences: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { top: 20, min_count: 2, min_length: 2, occurrences: false }
    }
}

/// Finds the sequences that explain most of the streams.
///
/// The columns of a stream must be of one length, and its symbols in its table. A stream of 2³²
/// accesses or more is not looked at.
pub fn find(streams: &[Stream], options: &Options) -> Found {
    let mut found = Found::default();
    let mut all = Vec::new();
    for (number, stream) in streams.iter().enumerate() {
        found.total += stream.len() as u64;
        all.extend(of_stream(number, stream, options));
    }
    all.sort_by(|(a, _), (b, _)| b.saved.total_cmp(&a.saved).then(a.first.cmp(&b.first)));
    all.truncate(options.top);
    found.explained = explained(streams, &all);
    found.sequences = all.into_iter().map(|(sequence, _)| sequence).collect();
    found
}

/// A sequence and the ranges of accesses that it covers.
type Covering = (Sequence, Vec<(u32, u32)>);

fn of_stream(number: usize, stream: &Stream, options: &Options) -> Vec<Covering> {
    if stream.is_empty() || stream.len() >= u32::MAX as usize {
        return Vec::new();
    }
    let mut dictionary = Dictionary::new(stream);
    let runs: Tokens = runs::registers(stream, &mut dictionary);
    let (tokens, walks) = runs::walks(stream, &runs, &mut dictionary);
    let tokens = loops::fold(tokens, &mut dictionary);
    let tokens = select::substitute(stream, tokens, &mut dictionary, options);
    let source = matching::Source::new(stream, &runs, walks);
    list::list(number, &source, &tokens, &dictionary, options)
}

/// Accesses covered by any of the sequences.
fn explained(streams: &[Stream], all: &[Covering]) -> u64 {
    let mut covered: Vec<Vec<bool>> = streams.iter().map(|s| vec![false; s.len()]).collect();
    for (sequence, ranges) in all {
        for &(start, end) in ranges {
            covered[sequence.stream][start as usize..end as usize].fill(true);
        }
    }
    covered.iter().flatten().filter(|&&c| c).count() as u64
}
