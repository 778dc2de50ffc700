//! Planted sequences must be found as they are, and hardly anything else listed.
//!
//! A sequence found with one step or count wrong is both missing and strange.

mod generate;
mod judge;

use judge::Score;
use mmio_analyze::seqs::{Options, find};

/// Traces to make, unless `MMIO_SEEDS=FIRST..END` asks for others. `MMIO_VERBOSE=1` lists what is wrong.
const SEEDS: std::ops::Range<u64> = 16..32;

fn seeds() -> std::ops::Range<u64> {
    let asked = std::env::var("MMIO_SEEDS").ok();
    let range = asked.as_deref().and_then(|text| text.split_once(".."));
    range.and_then(|(first, end)| Some(first.parse().ok()?..end.parse().ok()?)).unwrap_or(SEEDS)
}

fn run(seeds: std::ops::Range<u64>, verbose: bool) -> Score {
    let mut sum = Score::default();
    for seed in seeds {
        let (streams, planted) = generate::trace(seed);
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

#[test]
fn planted_sequences_are_found() {
    let score = run(seeds(), std::env::var_os("MMIO_VERBOSE").is_some());
    println!("{score:?}");
    assert!(100 * score.exact >= 95 * score.planted, "{score:?}");
    assert!(100 * score.strange <= 5 * score.listed, "{score:?}");
}
