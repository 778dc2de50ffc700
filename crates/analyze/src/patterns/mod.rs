//! Access idioms: the small things that every driver does, told from the trace alone.
//!
//! One idiom a file. Each learns from the steps of the devices as they come and says at the end what it
//! found; `docs/patterns.md` tells by which rules, and where they fail.

mod ack;
mod answer;
mod bitbang;
mod cause;
mod cells;
mod commanded;
mod conclude;
mod counter;
mod doorbell;
mod far;
mod fifo;
mod finding;
mod fold;
mod forget;
mod pace;
mod pair;
mod poll;
mod report;
mod reset;
mod rmw;
mod unlock;
mod view;
mod watch;
mod words;

#[cfg(test)]
pub(crate) mod testing;

use mmio_format::Result;
use mmio_format::filter::Filter;
use mmio_format::trace::Trace;

use crate::banks::Banks;
use crate::phases::spans;
use crate::ports;
use crate::study::{Study, where_to_look};
use crate::summary::Summary;
use crate::walk::Scope;

pub use finding::{Bits, Iterations, Kind};
pub use report::{Pattern, Report, csv};

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Device, time and marker choose the accesses that are looked at; BAR and registers choose the
    /// patterns that are shown: those of which a register passes.
    pub filter: Filter,
    /// Look at each stretch between two markers by itself.
    pub by_mark: bool,
}

/// Finds the access idioms in `trace`.
///
/// # Errors
/// As [`crate::walk::walk`] and, by marker, [`spans`].
pub fn patterns(trace: &mut Trace, options: &Options) -> Result<Report> {
    let look = where_to_look(&options.filter);
    let (mut patterns, mut full) = (Vec::new(), false);
    if options.by_mark {
        for span in spans(trace)? {
            let scope = Scope { filter: look.clone(), records: span.records };
            let (found, too_many) = stretch(trace, &scope, options, span.mark)?;
            patterns.extend(found);
            full |= too_many;
        }
    } else {
        (patterns, full) = stretch(trace, &Scope::of(&look), options, None)?;
    }
    Ok(Report::new(Summary::of(trace), patterns, full))
}

/// The patterns of one stretch of the trace, and whether it had too many registers to follow them all.
fn stretch(
    trace: &mut Trace,
    scope: &Scope,
    options: &Options,
    mark: Option<String>,
) -> Result<(Vec<Pattern>, bool)> {
    let mut study = Study::new(trace, scope)?;
    let selected = (ports::Watch::new(&study.census, ()), Banks::new(&study.census));
    let mut watch = (selected, watch::Watch::new(&study.census));
    study.observe(trace, &mut watch)?;
    let (ports, banks) = (watch.0.0.finish(&study.census), watch.0.1.finish(&study.census));
    let full = watch.1.is_full();
    let found = fold::fold(conclude::findings(watch.1, &study.census, &ports, &banks), &study.census);
    Ok((report::listed(found, &study.census, trace.devices(), &options.filter, mark), full))
}
