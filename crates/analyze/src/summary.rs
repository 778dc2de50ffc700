//! The counts that every report carries.

use mmio_format::Trace;

/// Counts over the whole trace, filters aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Reads, writes and UNKNOWNs.
    pub accesses: u64,
    /// Events that the kernel dropped, each loss once.
    pub lost: u64,
    /// Lines that are no record.
    pub unparsed: u64,
}

impl Summary {
    /// The counts of `trace`.
    pub fn of(trace: &Trace) -> Summary {
        let survey = trace.survey();
        Summary { accesses: survey.accesses, lost: survey.lost(), unparsed: survey.unparsed() }
    }
}
