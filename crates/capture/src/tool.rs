//! The name of the program in recordings.

/// The program that writes recordings, with its version.
pub(crate) const TOOL: &str = concat!("mmio-capture ", env!("CARGO_PKG_VERSION"));
