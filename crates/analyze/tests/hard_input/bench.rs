//! The time of the miner on input made to be slow, of `MMIO_BENCH_EVENTS` (1,000,000) accesses each.

mod inputs;

use std::time::Instant;

use mmio_analyze::seqs::{Options, find};

fn main() {
    let asked = std::env::var("MMIO_BENCH_EVENTS").ok().and_then(|text| text.parse().ok());
    for (name, registers) in inputs::all(asked.unwrap_or(1_000_000)) {
        let stream = inputs::stream(&registers);
        let start = Instant::now();
        let report = find(std::slice::from_ref(&stream), &Options::default());
        let seconds = start.elapsed().as_secs_f64();
        println!("{name:22}{seconds:7.3} s, {} of {} explained", report.explained, report.total);
    }
}
