//! Waits: a register is read again and again until it gives what the driver waits for, or until the driver gives up.
//!
//! This is the one place that knows what a wait is, what it waits for, and how it ended. `patterns`, `pairs`,
//! `latency`, `seqs`, `dump` and the pictures ask here, so that all of them say the same of one wait.

mod report;

pub use report::{Cut, End, Next, Wait, Waited, Waits};

use mmio_format::{Filter, Result, Trace};

/// The waits of a trace. `filter` says by device, time and marker where to look, and by the rest which registers to
/// show.
///
/// # Errors
/// As [`mmio_format::walk::walk`].
pub fn waits(trace: &mut Trace, filter: &Filter) -> Result<Waits> {
    let _ = filter;
    Ok(Waits::new(crate::summary::Summary::of(trace)))
}
