//! Outputs as they were accepted.

use std::fs;
use std::path::PathBuf;

/// The path of the accepted output with this name.
pub fn snapshot(name: &str) -> PathBuf {
    crate::at_top("tests/snapshots").join(name)
}

/// Compares an output with `tests/snapshots/NAME`, which must exist; with MMIO_BLESS=1 it is written.
pub fn assert_snapshot(name: &str, text: &str) {
    let path = snapshot(name);
    if std::env::var_os("MMIO_BLESS").is_some() {
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let expected = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; MMIO_BLESS=1 writes it:\n{text}", path.display()));
    assert!(text == expected, "{name} differs; MMIO_BLESS=1 accepts what it is now:\n{text}");
}
