//! Access idioms: the small things that every driver does, recognised from the trace alone.
//!
//! Each detector, a file in `detectors`, learns from the steps of the devices as they come and says at the end what it
//! found; what they found is put together in `conclude`. `docs/patterns.md` says by which rules, and where they fail.

mod bounded_map;
mod conclude;
mod details;
mod detector;
mod detectors;
mod facts;
pub(crate) mod finding;
mod fold;
mod gaps;
mod idiom;
mod kept_accesses;
pub(crate) mod known;
pub(crate) mod lengths;
mod look;
mod outcomes;
pub(crate) mod per_register;
mod posting;
mod report;
mod selectors;
mod sites;
mod view;
mod watch;
mod window;

#[cfg(test)]
pub(crate) mod testing;

use std::collections::BTreeSet;

use mmio_format::{Filter, Result, Trace};

use crate::phases::scopes;
use crate::selected::{selected, selected_behind};
use crate::study::{Study, where_to_look};
use crate::summary::Summary;
use look::Look;

pub use details::{
    Body, Changes, Condition, Details, Extent, Frame, Lines, Loops, Protocol, Said, Signal, Spread,
};
pub use detectors::LeftOut;
pub use idiom::Idiom;
pub use outcomes::Outcomes;
pub use report::{Pattern, Report};

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
/// As [`mmio_format::walk::walk`] and, by marker, [`scopes`].
pub fn patterns(trace: &mut Trace, options: &Options) -> Result<Report> {
    let (mut patterns, mut left_out, mut accesses) = (Vec::new(), BTreeSet::new(), 0);
    let filter = &options.filter;
    for (mark, scope) in scopes(trace, &where_to_look(filter), options.by_mark)? {
        let mut study = Study::new(trace, &scope)?;
        let mut look = Look::new(&study.census);
        study.observe(trace, &mut look)?;
        let mut seen = look.finish(&study.census);
        left_out.append(&mut seen.left_out);
        accesses += selected(&study.census, filter);
        accesses += selected_behind(&seen.behind, &seen.ports, &study.census, filter);
        let listed = report::Listed { filter, mark };
        patterns.extend(listed.patterns(&seen, &study.census));
    }
    let summary = Summary::of_part(trace, filter.is_empty(), accesses);
    Ok(Report::new(summary, patterns, left_out))
}

/// The idioms of what was studied, as [`patterns`] lists them by default.
pub fn of_study(trace: &mut Trace, study: &mut Study, filter: &Filter) -> Result<Vec<Pattern>> {
    let mut look = Look::new(&study.census);
    study.observe(trace, &mut look)?;
    let seen = look.finish(&study.census);
    let listed = report::Listed { filter, mark: None };
    Ok(listed.patterns(&seen, &study.census))
}
