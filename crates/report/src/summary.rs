//! The counts that every report carries.

use mmio_analyze::Summary;
use serde::Serialize;

use crate::numbers::{counted, grouped};

/// The counts as they stand in JSON, under `trace`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Counts {
    accesses: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected: Option<u64>,
    lost: u64,
    unparsed: u64,
    #[serde(skip_serializing_if = "is_zero")]
    wide: u64,
    #[serde(skip_serializing_if = "is_zero")]
    left_out: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    no_times: bool,
}

// serde hands over a reference.
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl From<Summary> for Counts {
    fn from(summary: Summary) -> Counts {
        let Summary { accesses, selected, lost, unparsed, wide, left_out, lacks_times: no_times } = summary;
        Counts { accesses, selected, lost, unparsed, wide, left_out, no_times }
    }
}

/// The counts in words: `4,231 accesses, 0 lost, 1 unparsed line`, as every text output ends or begins with
/// them; with a filter `120 of 4,231 accesses, …`.
pub fn summary(s: &Summary) -> String {
    let mut words = format!(
        "{}, {} lost, {}",
        accesses(s),
        grouped(s.lost),
        counted(s.unparsed, "unparsed line", "unparsed lines")
    );
    if s.wide > 0 {
        words += &format!(", {}", wide(s.wide));
    }
    if s.left_out > 0 {
        words += &format!(", {} left out", grouped(s.left_out));
    }
    if s.lacks_times {
        words += ", no times";
    }
    words
}

/// How many values were cut off: `24 values wider than their access`.
pub fn wide(count: u64) -> String {
    counted(count, "value wider than its access", "values wider than their access")
}

/// The accesses in words: `1 access`, `4,231 accesses`, `120 of 4,231 accesses`.
pub fn accesses(s: &Summary) -> String {
    let whole = counted(s.accesses, "access", "accesses");
    match s.selected {
        Some(selected) => format!("{} of {whole}", grouped(selected)),
        None => whole,
    }
}
