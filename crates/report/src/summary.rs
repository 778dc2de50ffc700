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
}

impl From<Summary> for Counts {
    fn from(summary: Summary) -> Counts {
        Counts { accesses: summary.accesses, lost: summary.lost, unparsed: summary.unparsed }
    }
}

/// The counts in words: `4,231 accesses, 0 lost, 1 unparsed line`, as every text output ends or begins with
/// them.
pub fn summary(s: &Summary) -> String {
    format!(
        "{}, {} lost, {}",
        counted(s.accesses, "access", "accesses"),
        grouped(s.lost),
        counted(s.unparsed, "unparsed line", "unparsed lines")
    )
}
