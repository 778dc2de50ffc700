//! What tests and benchmarks share: samples, runs of programs, snapshots, containers, generated logs, measured times.
//!
//! Everything here panics where a test has to fail.

mod container;
pub mod generate;
pub mod measure;
mod program;
mod snapshot;

use std::path::{Path, PathBuf};

pub use container::{container, contents, lines};
pub use program::{run, stderr, stdout};
pub use snapshot::{assert_snapshot, snapshot};

/// A path below the top folder of the project.
pub fn at_top(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The path of a file of `samples/`.
pub fn sample(name: &str) -> PathBuf {
    at_top("samples").join(name)
}

/// The text of a log of `samples/`, which may be compressed by zstd.
pub fn sample_log(name: &str) -> Vec<u8> {
    let bytes = std::fs::read(sample(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    if name.ends_with(".zst") { zstd::decode_all(&bytes[..]).expect("a whole zstd file") } else { bytes }
}
