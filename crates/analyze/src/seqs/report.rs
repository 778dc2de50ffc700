//! The sequences of a trace, of each phase by itself.

use mmio_format::{Filter, Result, Trace};

use super::behind::{self, Ports};
use super::found::Sequence;
use super::{Options, find};
use crate::load::{Cut, Phase, load};
use crate::summary::Summary;

/// The sequences of a trace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Counts over the whole trace.
    pub trace: Summary,
    /// Accesses that were looked at: those that pass the filter.
    pub considered: u64,
    /// Accesses in the listed sequences, each counted once.
    pub explained: u64,
    /// Whether all devices were followed as one stream.
    pub interleaved: bool,
    /// Whether each sequence has its occurrences.
    pub occurrences: bool,
    /// The sequences, ranked within each phase, numbered from 1 in this order.
    pub sequences: Vec<Listed>,
}

/// A sequence, and the phase that has it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listed {
    /// Text of the marker that begins the phase, in a report by marker.
    pub mark: Option<String>,
    /// The sequence.
    pub sequence: Sequence,
}

/// The sequences of the accesses that pass `filter`, in streams as `cut` says.
///
/// # Errors
/// As [`mmio_format::walk::walk`].
pub fn seqs(trace: &mut Trace, filter: &Filter, cut: Cut, options: &Options) -> Result<Report> {
    let phases = load(trace, filter, cut)?;
    let mut report = of_phases(trace, &phases, options, cut.interleaved);
    report.trace = Summary::of_part(trace, filter.is_empty(), report.considered);
    Ok(report)
}

/// The sequences of each of the `phases`, which were loaded from `trace`; `interleaved` says whether a phase is one
/// stream of all devices.
pub fn of_phases(trace: &Trace, phases: &[Phase], options: &Options, interleaved: bool) -> Report {
    let (mut considered, mut explained, mut sequences) = (0, 0, Vec::new());
    for phase in phases {
        let found = find(&phase.streams, options);
        considered += found.total;
        explained += found.explained;
        let ports = if found.sequences.is_empty() { Ports::default() } else { behind::ports(&phase.streams) };
        let listed = found.sequences.into_iter().map(|mut sequence| {
            behind::name(&mut sequence, &ports);
            Listed { mark: phase.mark.clone(), sequence }
        });
        sequences.extend(listed);
    }
    let (trace, occurrences) = (Summary::of(trace), options.occurrences);
    Report { trace, considered, explained, interleaved, occurrences, sequences }
}
