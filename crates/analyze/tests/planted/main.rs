//! Planted sequences must be found as they are, and hardly anything else listed.
//!
//! A sequence found with one step or count wrong is both missing and strange.

mod generate;
mod judge;
mod plain;

use generate::Planted;
use judge::Score;
use mmio_analyze::seqs::{Options, find};
use mmio_analyze::stream::Stream;

/// Traces to make, unless `MMIO_SEEDS=FIRST..END` asks for others. `MMIO_VERBOSE=1` lists what is wrong.
const SEEDS: std::ops::Range<u64> = 1..41;

fn seeds() -> std::ops::Range<u64> {
    let asked = std::env::var("MMIO_SEEDS").ok();
    let range = asked.as_deref().and_then(|text| text.split_once(".."));
    range.and_then(|(first, end)| Some(first.parse().ok()?..end.parse().ok()?)).unwrap_or(SEEDS)
}

type Trace = fn(u64) -> (Vec<Stream>, Vec<Planted>);

fn run(trace: Trace, seeds: std::ops::Range<u64>, verbose: bool) -> Score {
    let mut sum = Score::default();
    for seed in seeds {
        let (streams, planted) = trace(seed);
        let report = find(&streams, &Options { top: 200, ..Options::default() });
        if verbose {
            println!("seed {seed}: {} accesses", report.total);
        }
        let score = judge::judge(&report, &planted, verbose);
        sum.planted += score.planted;
        sum.exact += score.exact;
        sum.miscounted += score.miscounted;
        sum.listed += score.listed;
        sum.strange += score.strange;
    }
    sum
}

fn check(trace: Trace) {
    let score = run(trace, seeds(), std::env::var_os("MMIO_VERBOSE").is_some());
    println!("{score:?}");
    assert!(100 * score.exact >= 95 * score.planted, "{score:?}");
    assert!(100 * score.strange <= 5 * score.listed, "{score:?}");
}

#[test]
fn planted_sequences_are_found() {
    check(generate::trace);
}

#[test]
fn plain_sequences_are_found() {
    check(plain::trace);
}
