//! The counts that every report carries.

use mmio_analyze::Summary;
use serde::Serialize;

use crate::numbers::{counted, grouped};

/// The counts as they stand in JSON, under `trace`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Counts {
    accesses: u64,
    lost: u64,
    unparsed: u64,
    #[serde(skip_serializing_if = "is_zero")]
    wide: u64,
}

// serde hands over a reference.
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl From<Summary> for Counts {
    fn from(summary: Summary) -> Counts {
        let Summary { accesses, lost, unparsed, wide } = summary;
        Counts { accesses, lost, unparsed, wide }
    }
}

/// The counts in words: `4,231 accesses, 0 lost, 1 unparsed line`, as every text output ends or begins with
/// them.
pub fn summary(s: &Summary) -> String {
    let lines = if s.unparsed == 1 { "line" } else { "lines" };
    let mut words = format!(
        "{} accesses, {} lost, {} unparsed {lines}",
        grouped(s.accesses),
        grouped(s.lost),
        grouped(s.unparsed)
    );
    if s.wide > 0 {
        words += &format!(", {}", wide(s.wide));
    }
    words
}

/// How many values were cut off: `24 values wider than their access`.
pub fn wide(count: u64) -> String {
    counted(count, "value wider than its access", "values wider than their access")
}
