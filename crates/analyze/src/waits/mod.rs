//! Waits: a register is read again and again until it gives what the driver waits for, or until the driver gives up.
//!
//! This is the one place that knows what a wait is, what it waits for, and how it ended. `patterns`, `pairs`,
//! `latency`, `seqs`, `dump` and the pictures ask here, so that all of them say the same of one wait.

mod chain;
mod exit;
mod finder;
mod judge;
mod report;
mod runs;
mod watch;

pub use finder::Finder;
pub use report::{Cut, End, Next, Wait, Waited, Waits};

pub(crate) use chain::Chain;
pub(crate) use exit::Exit;
pub(crate) use judge::{Judged, Unmet};
pub use watch::Watch;
pub(crate) use watch::{Earlier, Follower};

use mmio_format::walk::walk;
use mmio_format::{Filter, Result, Scope, Trace};

use crate::study::where_to_look;
use crate::summary::Summary;

/// The waits of a trace. `filter` says by device, time and marker where to look, and by the rest which registers to
/// show.
///
/// # Errors
/// As [`walk`].
pub fn waits(trace: &mut Trace, filter: &Filter) -> Result<Waits> {
    in_scope(trace, &Scope::of(filter))
}

/// The waits of a part of a trace, as [`waits`] finds them.
///
/// # Errors
/// As [`walk`].
pub fn in_scope(trace: &mut Trace, scope: &Scope) -> Result<Waits> {
    let mut found = finder::Walk::default();
    walk(trace, &scope.with(where_to_look(&scope.filter)), &mut found)?;
    Ok(found.finder.finish(Summary::of(trace)).shown(&scope.filter))
}
