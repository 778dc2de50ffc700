//! Traces in the forms of other people's viewers: waveforms ([`vcd`]) for GTKWave and PulseView, tracks
//! ([`perfetto`]) for Perfetto.
//!
//! Both read a trace twice: once to see what there is (registers, the clock, markers), once to write it. They return
//! what they cannot show as it is in the trace, in sentences; losses and lines that are not records stand in the output.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("log.txt");
//! std::fs::write(&path, "MAP 1.0 1 0xfe000000 0xffff0000 0x1000 0x0 0\nR 4 1.5 1 0xfe000020 0x7 0x0 0\n")?;
//! let mut trace = mmio_format::Trace::open(&path)?;
//! let mut waveform = Vec::new();
//! let written = mmio_views::vcd(&mut trace, &Default::default(), &mut waveform, "waveform")?;
//! assert!(written.lacking.is_empty() && String::from_utf8(waveform)?.contains("$scope module mem_fe000000 $end"));
//! # Ok(())
//! # }
//! ```
//!
//! Stable are [`vcd()`] and [`perfetto()`]; what the rest is for is said where it stands.

// A library is silent: what a user sees, a program says.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr, clippy::exit))]

mod clock;
mod look;
mod losses;
mod perfetto;
mod sink;
mod vcd;

pub use clock::{Clock, Shift};
pub use losses::{Losses, Lost};
pub use perfetto::perfetto;
pub use vcd::{MOST_REGISTERS, vcd};

/// What was written of a trace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Written {
    /// The counts of the trace, and of what passes the filter; nothing is written where that is nothing.
    pub summary: mmio_analyze::Summary,
    /// What is not shown as it is in the trace, in sentences.
    pub lacking: Vec<String>,
}

/// The examples of README.md.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
