//! The counts that every report carries.

use mmio_format::Trace;

/// Counts over the whole trace, filters aside, but for [`Summary::wide`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Reads, writes and UNKNOWNs.
    pub accesses: u64,
    /// Events that the kernel dropped, each loss once.
    pub lost: u64,
    /// Lines that are not a record.
    pub unparsed: u64,
    /// Values wider than their access, which are cut off to its width: of the parts of the trace that were looked at, as
    /// a filter may leave out others.
    pub wide: u64,
}

impl Summary {
    /// The counts of `trace`.
    pub fn of(trace: &Trace) -> Summary {
        let survey = trace.survey();
        let (lost, unparsed, wide) = (survey.lost(), survey.unparsed(), trace.wide_values());
        Summary { accesses: survey.accesses, lost, unparsed, wide }
    }
}
