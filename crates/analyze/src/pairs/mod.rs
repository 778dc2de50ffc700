//! Write-then-read pairs: which read answers which write.

mod chance;
mod class;
mod entries;
mod flush;
mod judge;
mod meanings;
mod report;
mod runs;
mod seen;
mod select;
mod tally;
mod values;
mod watch;

pub use class::Class;
pub use report::{Answer, Member, Pair, Report, ValueRelation, Written};

use mmio_format::{Filter, Result, Trace};

use crate::phases::scopes;
use crate::ports;
use crate::selected::selected;
use crate::study::{Study, where_to_look};
use crate::summary::Summary;

/// Steps after a write in which an answer is looked for.
pub const WINDOW: usize = 8;
/// Most pairs of registers that are seen.
const MAX_PAIRS: usize = 1 << 18;
/// Most pairs of registers that are counted in full.
const MAX_TALLIES: usize = 1 << 15;

/// What pairs to look for.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Fewest answers of a pair, 1 or more.
    pub min_count: u64,
    /// Most pairs listed for each device.
    pub top: usize,
    /// Look at each stretch between two markers by itself.
    pub by_mark: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { min_count: 5, top: 100, by_mark: false }
    }
}

/// The pairs of a trace. `filter` says by device, time and marker where to look, and by the rest which pairs
/// to list: those of which either register passes.
///
/// # Errors
/// As [`mmio_format::walk::walk`], and [`mmio_format::Error::Request`] for registers behind a port.
pub fn pairs(trace: &mut Trace, filter: &Filter, options: &Options) -> Result<Report> {
    filter.refuse_ports()?;
    let (mut report, mut accesses) = (Report::new(Summary::of(trace)), 0);
    for (mark, scope) in scopes(trace, &where_to_look(filter), options.by_mark)? {
        let mut study = Study::with_waits(trace, &scope)?;
        accesses += selected(&study.census, filter);
        list(trace, &mut study, (filter, options), mark, &mut report)?;
    }
    report.trace = Summary::of_part(trace, filter.is_empty(), accesses);
    Ok(report)
}

/// The pairs of what was studied, as [`pairs`] lists them by default.
///
/// # Errors
/// As [`mmio_format::walk::walk`].
pub fn of_study(trace: &mut Trace, study: &mut Study, filter: &Filter) -> Result<Report> {
    let mut report = Report::new(Summary::of(trace));
    list(trace, study, (filter, &Options::default()), None, &mut report)?;
    Ok(report)
}

fn list(
    trace: &mut Trace,
    study: &mut Study,
    (filter, options): (&Filter, &Options),
    mark: Option<String>,
    report: &mut Report,
) -> Result<()> {
    let waits = study.waits(trace)?;
    let watch = watch::Watch::new(&study.census, &waits, options.min_count.max(1));
    report.waits.append(waits.shown(filter));
    let mut both = (watch, ports::Watch::new(&study.census, ()));
    study.observe(trace, &mut both)?;
    let (watch, mut ports) = both;
    let ports = ports.finish(&study.census);
    let found = entries::Entries::new(&study.census, &watch, &ports, options);
    found.list(filter, mark, report);
    Ok(())
}
