//! The counts that every report carries.

use mmio_format::register::Table;
use mmio_format::walk::{Visitor, walk};
use mmio_format::{Access, Filter, RegisterId, Result, Scope, Trace};

/// Counts over the whole trace, and of what was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Reads, writes and UNKNOWNs of the whole trace.
    pub accesses: u64,
    /// Accesses that pass the filter, or are in the stretch that was asked for; nothing where all of the trace was.
    pub selected: Option<u64>,
    /// Events that the kernel dropped, each loss once.
    pub lost: u64,
    /// Lines that are not a record.
    pub unparsed: u64,
    /// Values wider than their access, which are cut off to its width: of the parts of the trace that were looked at, as
    /// a filter may leave out others.
    pub wide: u64,
    /// Lines or events of another tracer's log that are no accesses, and became no record.
    pub left_out: u64,
    /// Whether the log that was read had no times: all are 0.
    pub lacks_times: bool,
}

impl Summary {
    /// The counts of `trace`, all of which was looked at.
    pub fn of(trace: &Trace) -> Summary {
        let survey = trace.survey();
        let (accesses, lost, unparsed) = (survey.accesses, survey.lost(), survey.unparsed());
        let (left_out, lacks_times) = (survey.origin.total_left_out(), survey.origin.lacks_times);
        Summary { accesses, selected: None, lost, unparsed, wide: trace.wide_values(), left_out, lacks_times }
    }

    /// The counts of `trace`, of which `selected` accesses were looked at unless `is_all`.
    pub fn of_part(trace: &Trace, is_all: bool, selected: u64) -> Summary {
        Summary { selected: (!is_all).then_some(selected), ..Summary::of(trace) }
    }

    /// The counts of `trace` and of what passes `filter`, by a walk of its own.
    ///
    /// # Errors
    /// As [`walk`].
    pub fn passing(trace: &mut Trace, filter: &Filter) -> Result<Summary> {
        let selected = walk(trace, &Scope::of(filter), &mut Nothing::default())?;
        Ok(Summary::of_part(trace, filter.is_empty(), selected))
    }

    /// Whether a filter leaves no access.
    pub fn is_in_vain(&self) -> bool {
        self.selected == Some(0)
    }
}

/// A visitor that learns nothing.
#[derive(Default)]
struct Nothing(Table);

impl Visitor for Nothing {
    const TIMES: bool = false;
    const VALUES: bool = false;

    fn registers(&mut self) -> &mut Table {
        &mut self.0
    }

    fn access(&mut self, _: RegisterId, _: &Access) {}
}
