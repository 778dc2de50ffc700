//! Reports as text for people and as CSV. Analyses return data; only this crate lays it out.

mod color;
pub mod csv;
mod dump;
mod info;
mod nesting;
pub mod numbers;
mod pairs;
mod patterns;
mod regs;
mod seqs;
mod speller;
mod table;

pub use dump::{DumpStyle, Dumper};
pub use info::info;
pub use pairs::{PAIRS_COLUMNS, PairsStyle, pairs};
pub use patterns::{PATTERNS_COLUMNS, PatternsStyle, patterns};
pub use regs::{REGS_COLUMNS, RegsStyle, regs};
pub use seqs::{SeqsStyle, seqs, show, step_words};
pub use speller::Speller;

use std::fmt::Write;

use color::Paint;
use mmio_analyze::Summary;
use mmio_analyze::names::grouped;

/// `4,231 accesses, 0 lost, 1 unparsed line`: what every text output ends or begins with.
pub fn summary(s: &Summary) -> String {
    let lines = if s.unparsed == 1 { "line" } else { "lines" };
    format!(
        "{} accesses, {} lost, {} unparsed {lines}",
        grouped(s.accesses),
        grouped(s.lost),
        grouped(s.unparsed)
    )
}

/// The heading of a stretch where its marker differs from the one before; nothing in a report that is not by
/// marker.
fn stretch<'a>(mark: &'a Option<String>, before: &mut &'a Option<String>, paint: Paint, out: &mut String) {
    if mark != *before {
        let text = mark.as_deref().unwrap_or_default().escape_debug();
        let _ = writeln!(out, "\n{}", paint.bold(&format!("── {text}")));
        *before = mark;
    }
}
