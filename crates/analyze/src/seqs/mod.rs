//! Repeated access sequences, as an engineer would write them on a whiteboard.

mod cost;
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
mod runs;
mod select;
mod shape;
mod split;
mod suffix;
mod token;
mod values;

pub use report::{Exit, Item, Occurrence, Report, Sequence, Step, Value};

use crate::stream::Stream;
use token::{Dictionary, Tokens};

/// What to look for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most sequences to list.
    pub top: usize,
    /// Fewest occurrences.
    pub min_count: usize,
    /// Fewest accesses in the longest occurrence.
    pub min_length: usize,
    /// Whether to list every occurrence.
    pub occurrences: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { top: 20, min_count: 2, min_length: 2, occurrences: false }
    }
}

/// Finds the sequences that explain most of the streams.
pub fn find(streams: &[Stream], options: &Options) -> Report {
    let mut report = Report::default();
    let mut all = Vec::new();
    for (number, stream) in streams.iter().enumerate() {
        report.total += stream.len() as u64;
        all.extend(of_stream(number, stream, options));
    }
    all.sort_by(|(a, _), (b, _)| b.saved.total_cmp(&a.saved).then(a.first.cmp(&b.first)));
    all.truncate(options.top);
    report.explained = explained(streams, &all);
    report.sequences = all.into_iter().map(|(sequence, _)| sequence).collect();
    report
}

/// A sequence and the ranges of accesses that it covers.
type Covering = (Sequence, Vec<(u32, u32)>);

fn of_stream(number: usize, stream: &Stream, options: &Options) -> Vec<Covering> {
    if stream.is_empty() {
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
