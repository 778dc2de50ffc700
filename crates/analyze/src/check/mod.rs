//! What went wrong in a trace: dead devices, answers that differ, losses, lines that are not records.
//!
//! A kind of trouble is a file here; [`check`] runs them over the accesses and ranks what they find. What each rests
//! on stands in `docs/check.md` of the project.

mod contexts;
mod dead;
mod divergence;
mod finding;
mod hang;
mod missing;
mod read_values;
#[cfg(test)]
mod tests;

use mmio_format::{Filter, Result, Scope, Trace};

pub use dead::Dead;
pub use divergence::Divergence;
pub use finding::{Done, Finding, Moment, Trouble};
pub use hang::{Hang, HangEnd};
pub use missing::{Lost, NoAccess, Unparsed, Wide};

use crate::selected::selected;
use crate::site::Site;
use crate::study::{Study, where_to_look};
use crate::summary::Summary;

/// What a trace was checked for, and what was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Counts over the whole trace.
    pub trace: Summary,
    /// What was looked at.
    pub looked: Looked,
    /// What went wrong, by weight; the same for the same trace.
    pub findings: Vec<Finding>,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Looked {
    /// Accesses that pass the filter by device, time and marker.
    pub accesses: u64,
    /// Waits that were met.
    pub met: u64,
    /// Registers of which the reads were compared.
    pub registers: u64,
    /// Repeated steps whose answers were compared, round by round.
    pub sequences: u64,
    /// Whether there was more than could be followed.
    pub is_incomplete: bool,
}

/// Looks for what went wrong in `trace`. Device, time and marker of `filter` choose the accesses that are looked at;
/// BAR, registers and width what is shown of it. What is wrong with the whole trace is always shown.
///
/// # Errors
/// As [`mmio_format::walk::walk`].
pub fn check(trace: &mut Trace, filter: &Filter) -> Result<Report> {
    let place = where_to_look(filter);
    let mut study = Study::with_waits(trace, &Scope::of(&place))?;
    let mut watch = (dead::Watch::new(study.census.table().len()), divergence::Watch::new(&study.census));
    study.observe(trace, &mut watch)?;
    let (dead, divergences) = watch;
    let dead = dead.finish();
    let (compared, divergences) = divergences.finish(&study.census);
    let waits = study.waits(trace)?;
    let mut findings = missing::missing(trace, &place)?;
    findings.extend(hang::hangs(&waits, &dead));
    for found in divergences {
        let register = study.census.register(found.register);
        let known = hang::is_waiting(&waits, Site::direct(register), found.moment)
            || dead.iter().any(|stretch| stretch.has(register.device, found.moment));
        if !known {
            findings.push(Finding::at(found.moment, register, Trouble::Divergence(found.divergence)));
        }
    }
    findings.extend(dead.into_iter().map(Finding::of_device));
    findings.extend(trace.damage_report().map(|text| Finding::of_trace(None, Trouble::Damaged(text))));
    findings.retain(|finding| finding.is_shown(filter));
    findings.sort_by_key(Finding::rank);
    let looked = Looked {
        accesses: study.census.accesses(),
        met: waits.registers.iter().map(|waited| waited.met).sum(),
        registers: compared.registers,
        sequences: compared.sequences,
        is_incomplete: compared.is_full || waits.truncated,
    };
    let trace = Summary::of_part(trace, filter.is_empty(), selected(&study.census, filter));
    Ok(Report { trace, looked, findings })
}
