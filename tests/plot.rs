//! mmio-plot as a user runs it.

#[path = "program/mod.rs"]
mod program;
use program::{sample, stdout};

const PLOT: &str = env!("CARGO_BIN_EXE_mmio-plot");

#[test]
fn a_picture_is_written_to_standard_output() {
    let path = sample("e1000e.txt");
    let svg = stdout(PLOT, &["timeline", path.to_str().unwrap(), "-o", "-"], b"");
    assert!(String::from_utf8(svg).unwrap().ends_with("</svg>\n"));
}
