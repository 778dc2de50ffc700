//! mmio-convert as a whole program against zstd on the same text, and the sizes of what both make.
//!
//! `MMIO_BENCH_LOG` names logs to use, with colons between, instead of two generated ones of
//! `MMIO_BENCH_EVENTS` (3,500,000) accesses. Needs `zstd` on the path.

use std::fs;
use std::path::{Path, PathBuf};

use mmio_testkit::generate::{self, Shape};
use mmio_testkit::measure::{Contestant, measure, print};

const CONVERT: &str = env!("CARGO_BIN_EXE_mmio-convert");
const ROUNDS: usize = 5;

fn main() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for log in logs(dir.path()) {
        bench(&log, dir.path());
    }
}

/// Files with text logs.
fn logs(dir: &Path) -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os("MMIO_BENCH_LOG") {
        return std::env::split_paths(&named).collect();
    }
    let events = std::env::var("MMIO_BENCH_EVENTS").ok().and_then(|text| text.parse().ok());
    let shapes = [("poll.txt", Shape::Poll), ("fifo.txt", Shape::Fifo)];
    shapes
        .map(|(name, shape)| {
            let path = dir.join(name);
            fs::write(&path, generate::log(shape, events.unwrap_or(3_500_000))).expect("disk has room");
            path
        })
        .to_vec()
}

fn bench(log: &Path, dir: &Path) {
    let at = |name: &str| dir.join(name).to_str().expect("a plain path").to_owned();
    let text = log.to_str().expect("a plain path").to_owned();
    let (packed, best, fast) = (at("x.mmio.zst"), at("x.19.mmio.zst"), at("x.zst"));
    let command = |words: &[&str]| words.iter().map(|&w| w.to_owned()).collect::<Vec<String>>();
    let run = |words: &[&str]| measure(&[Contestant { name: "", command: command(words) }], 1);
    run(&[CONVERT, "-q", "--force", &text, "-o", &packed]);
    run(&["zstd", "-q", "-f", "-3", &text, "-o", &fast]);
    let size = |path: &str| fs::metadata(path).expect("it was just written").len();
    let bytes = fs::read(log).expect("the log can be read");
    let lines = bytes.iter().filter(|&&b| b == b'\n').count() as f64;
    println!("\n{}: {:.1} MB, {lines} lines", log.display(), bytes.len() as f64 / 1e6);
    drop(bytes);

    let contestants = [
        Contestant {
            name: "zstd -3 -T1, text to .zst",
            command: command(&["zstd", "-q", "-c", "-3", "-T1", &text]),
        },
        Contestant { name: "text to container", command: command(&[CONVERT, "-q", &text, "--to", "mmio"]) },
        Contestant {
            name: "text to container, one core",
            command: command(&["taskset", "-c", "0", CONVERT, "-q", &text, "--to", "mmio"]),
        },
    ];
    print("writing", &measure(&contestants, ROUNDS));
    let contestants = [
        Contestant { name: "zstd -dc, .zst to text", command: command(&["zstd", "-q", "-dc", &fast]) },
        Contestant { name: "container to text", command: command(&[CONVERT, "-q", &packed, "--to", "text"]) },
    ];
    print("reading", &measure(&contestants, ROUNDS));
    if std::env::var_os("MMIO_BENCH_SIZES").is_none() {
        return;
    }
    run(&[CONVERT, "-q", "--force", "--level", "19", &text, "-o", &best]);
    let zstd_19 = run(&["zstd", "-q", "-c", "-19", "-T0", &text])[0].output;
    println!("{:36}{:>12}{:>10}{:>12}", "size", "bytes", "B/line", "of zstd -19");
    for (name, size) in
        [("zstd -19", zstd_19), ("container", size(&packed)), ("container, level 19", size(&best))]
    {
        let share = 100.0 * size as f64 / zstd_19 as f64;
        println!("{name:36}{size:12}{:10.3}{share:11.1}%", size as f64 / lines);
    }
}
