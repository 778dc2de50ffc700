//! Analyses of MMIO traces: what a driver does, found in the trace alone.
//!
//! An analysis takes a [`Trace`](mmio_format::trace::Trace) and returns a report, which is plain data;
//! the crate `mmio_report` turns reports into text.

pub mod arrays;
pub mod banks;
pub mod census;
pub mod dump;
pub mod evidence;
pub mod info;
pub mod kinds;
pub mod latency;
pub mod load;
pub mod pairs;
pub mod patterns;
pub mod phases;
pub mod ports;
pub mod regs;
pub mod seqs;
mod share;
pub mod site;
pub mod steps;
pub mod stream;
pub mod study;
mod summary;

pub use summary::Summary;
