//! The four programs as a user runs them.

mod analyze;
mod bytes;
mod capture;
mod check;
mod convert;
mod docs;
mod export;
mod filters;
mod identity;
mod inputs;
mod json;
mod labels;
mod pairs;
mod pixels;
mod plot;
mod regs;
mod report;
mod samples;
mod show;
#[cfg(feature = "sql")]
mod sql;
mod thresholds;
mod waits;
mod waveforms;
