//! Findings of `mmio_analyze` in words: as text for people, as JSON and as CSV.
//!
//! An analysis returns numbers and ids. This crate alone says how they are written: hexadecimal numbers, the names of
//! devices and registers, plurals, seconds, the fields of JSON and their order.
//!
//! Each analysis has a module, and all modules have one shape: `text` for people, `json` for `serde`, `csv`.
//! Each takes the report and a [`Speller`], which knows the names of the trace's devices; `text` also a [`Style`].
//! A list of findings has its columns in one place, each said once for the table, JSON and CSV.
//!
//! ```
//! use mmio_analyze::regs::{Options, regs};
//! use mmio_report::{Speller, Style};
//!
//! let mut trace = mmio_format::Trace::open("../../samples/edu_odd.txt")?;
//! let found = regs(&mut trace, &Options::default())?;
//! let speller = Speller::new(trace.devices());
//! let text = mmio_report::regs::text(&found, speller, Style { color: false });
//! assert!(text.contains(" bar 0\n  offset "));
//! let csv = mmio_report::regs::csv(&found, speller);
//! assert_eq!(csv.lines().count(), found.registers.len() + 1);
//! # Ok::<(), mmio_format::Error>(())
//! ```

// A library is silent: what a user sees, a program says.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr, clippy::exit))]

pub mod check;
mod color;
mod columns;
mod csv;
pub mod dump;
pub mod info;
pub mod numbers;
mod origin;
pub mod pairs;
pub mod patterns;
pub mod regs;
pub mod seqs;
mod speller;
mod style;
mod summary;
mod table;
pub mod unselected;
pub mod waits;

pub use origin::left_out;
pub use speller::Speller;
pub use style::Style;
pub use summary::{Counts, accesses, summary, wide};

use std::fmt::Write;

use color::Paint;

/// The heading of a stretch where its marker differs from the one before; nothing in a report that is not by
/// marker.
fn stretch<'a>(mark: &'a Option<String>, before: &mut &'a Option<String>, paint: Paint, out: &mut String) {
    if mark != *before {
        let text = mark.as_deref().unwrap_or_default().escape_debug();
        let _ = writeln!(out, "\n{}", paint.bold(&format!("── {text}")));
        *before = mark;
    }
}
