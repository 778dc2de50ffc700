//! Planted sequences must be found as they are, and nothing else listed.

mod generate;
mod judge;

use judge::Score;
use mmio_analyze::seqs::{Options, find};

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
    let score = run(0..10, false);
    println!("{score:?}");
}

#[test]
#[ignore = "a measurement over many seeds"]
fn measure() {
    let verbose = std::env::var("VERBOSE").is_ok();
    let first = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(100);
    let count = std::env::var("SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(100);
    println!("{:?}", run(first..first + count, verbose));
}
