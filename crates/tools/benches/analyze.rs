//! mmio-analyze as a whole program against `zstd -dc` of the text of the same trace.
//!
//! `MMIO_BENCH_LOG` names logs to use, with colons between, instead of two generated ones of
//! `MMIO_BENCH_EVENTS` (3,500,000) accesses. Needs `zstd` on the path. With the feature `sql` it also counts
//! registers by a query.

use std::fs;
use std::path::Path;
use std::process::Command;

use mmio_format::codec::Encoder;
use mmio_format::container::{EncodedBlock, Writer};
use mmio_format::text::{Chunk, Splitter, parse_chunk};

use mmio_testkit::generate::{self, Shape};
use mmio_testkit::measure::{Contestant, measure, print};

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");
const ROUNDS: usize = 5;

/// What `regs` counts of every register, as SQL.
#[cfg(feature = "sql")]
const REGISTERS: &str = "SELECT device, bar, offset, width, COUNT(*) AS n, MIN(value) AS least, MAX(value) AS most, \
     FIRST(value) AS first_value, LAST(value) AS last_value, COUNT(DISTINCT value) AS distinct_values \
     FROM accesses GROUP BY device, bar, offset, width ORDER BY n DESC";

fn main() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    if let Some(named) = std::env::var_os("MMIO_BENCH_LOG") {
        for path in std::env::split_paths(&named) {
            let log = fs::read(&path).expect("MMIO_BENCH_LOG can be read");
            bench(&path.display().to_string(), &log, dir.path());
        }
        return;
    }
    let events = std::env::var("MMIO_BENCH_EVENTS").ok().and_then(|text| text.parse().ok());
    for (name, shape) in [("poll-like", Shape::Poll), ("FIFO-like", Shape::Fifo)] {
        bench(name, &generate::log(shape, events.unwrap_or(3_500_000)), dir.path());
    }
}

fn bench(name: &str, log: &[u8], dir: &Path) {
    let at = |name: &str| dir.join(name).to_str().expect("a plain path").to_owned();
    let (text, zstd, container) = (at("x.txt"), at("x.txt.zst"), at("x.mmio.zst"));
    fs::write(&text, log).expect("disk has room");
    let packed = Command::new("zstd").args(["-q", "-f", "-3", &text, "-o", &zstd]).status();
    assert!(packed.is_ok_and(|status| status.success()), "zstd is on the path");
    fs::write(&container, to_container(log)).expect("disk has room");
    let command = |words: &[&str]| words.iter().map(|&w| w.to_owned()).collect::<Vec<String>>();
    let export =
        |form: &str| command(&[ANALYZE, "export", "-q", &container, "-o", "-", "--force", "--format", form]);
    let contestants = [
        Contestant { name: "zstd -dc", command: command(&["zstd", "-q", "-dc", &zstd]) },
        Contestant { name: "info", command: command(&[ANALYZE, "info", "-q", &container]) },
        Contestant { name: "seqs", command: command(&[ANALYZE, "seqs", "-q", &container]) },
        Contestant { name: "seqs, from text", command: command(&[ANALYZE, "seqs", "-q", &text]) },
        Contestant { name: "regs", command: command(&[ANALYZE, "regs", "-q", &container]) },
        Contestant { name: "patterns", command: command(&[ANALYZE, "patterns", "-q", &container]) },
        Contestant { name: "pairs", command: command(&[ANALYZE, "pairs", "-q", &container]) },
        Contestant { name: "waveforms", command: export("vcd") },
        Contestant { name: "tracks", command: export("perfetto") },
        #[cfg(feature = "sql")]
        Contestant {
            name: "registers by query",
            command: command(&[ANALYZE, "query", "-q", "--format", "csv", &container, REGISTERS]),
        },
    ];
    print(&format!("\n{name}: {:.1} MB", log.len() as f64 / 1e6), &measure(&contestants, ROUNDS));
}

fn to_container(log: &[u8]) -> Vec<u8> {
    let (mut splitter, mut chunk) = (Splitter::new(log), Chunk::default());
    let (mut block, mut encoded, mut encoder) =
        (Default::default(), EncodedBlock::default(), Encoder::new(3));
    let mut writer = Writer::new(Vec::new(), "memory", 3).expect("memory takes everything");
    while splitter.next(&mut chunk).expect("memory can be read") {
        parse_chunk(&chunk, &mut block);
        encoded.encode(&mut encoder, &block);
        writer.write_encoded(&encoded).expect("memory takes everything");
    }
    writer.finish().expect("memory takes everything").0
}
