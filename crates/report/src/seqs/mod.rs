//! Repeated sequences, [`mmio_analyze::seqs`].

mod json;
mod nesting;
mod text;
mod words;

pub use json::json;
pub use text::{show, text};
pub use words::step_words;

/// Name of the report in JSON.
pub const SCHEMA: &str = "mmio-analyze.seqs";
/// Version of the report's shape in JSON.
pub const VERSION: u32 = 1;

/// `part` of `whole`, 0 to 1, with six decimals.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 1e6).round() / 1e6 }
}
