//! The commands of a device that take longest: writes with the reads that answer them, slowest first.
//!
//! `cargo run --release -p mmio_analyze --example slowest_answers -- samples/e1000e.txt`

use mmio_analyze::pairs::{Options, pairs};
use mmio_format::{Filter, Result, Trace};

fn main() -> Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "-".into());
    let mut trace = Trace::open(path)?;
    let mut found = pairs(&mut trace, &Filter::default(), &Options::default())?.pairs;
    found.sort_by_key(|pair| std::cmp::Reverse(pair.latency.percentile(50)));
    for pair in found.iter().take(10) {
        let (Some(write), Some(median)) = (pair.write.single(), pair.latency.percentile(50)) else {
            continue;
        };
        let device = &trace.devices().get(write.device).name;
        println!(
            "{device} bar {}: write {:#x}, read {:#x}: {} times, median {} ns",
            write.bar(),
            write.offset,
            pair.read.offset,
            pair.count,
            median
        );
    }
    Ok(())
}
