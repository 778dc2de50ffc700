//! The first pass: what there is to show.

use mmio_format::seconds::Seconds;
use mmio_format::{Access, Filter, RegisterId, Result, Scope, Trace};

use super::clock::Clock;
use mmio_analyze::Summary;
use mmio_analyze::census::Census;
use mmio_format::register::Table;
use mmio_format::walk::{Moment, Visitor, walk};
use mmio_report::numbers::counted;

/// What a first pass over a trace found.
#[derive(Default)]
pub(super) struct Look {
    /// The registers.
    pub(super) census: Census,
    /// The clock at the end.
    pub(super) clock: Clock,
    /// The first time that is shown.
    pub(super) first: Option<u64>,
    /// Whether times are finer than a microsecond.
    pub(super) nanos: bool,
    /// Markers that are shown.
    pub(super) markers: u64,
    /// The counts of the trace, and of what passes the filter.
    pub(super) summary: Summary,
}

impl Look {
    /// Looks at the records that pass `filter`.
    pub(super) fn at(trace: &mut Trace, filter: &Filter) -> Result<Look> {
        let mut look = Look::default();
        let accesses = walk(trace, &Scope::of(filter), &mut look)?;
        look.summary = Summary::of_part(trace, filter.is_empty(), accesses);
        Ok(look)
    }

    fn time(&mut self, time: u64, index: u64) {
        let shown = self.clock.at(time, index);
        self.nanos |= !shown.is_multiple_of(1000);
        self.first.get_or_insert(shown);
    }

    /// What is not shown as it is in the trace, in sentences.
    pub(super) fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        let Clock { held, most, .. } = self.clock;
        if held > 0 {
            told.push(format!(
                "{} back, by {} s at most, and stand at the latest time before them",
                counted(held, "time goes", "times go"),
                Seconds(most)
            ));
        }
        for shift in self.clock.shifted() {
            let (by, index) = (Seconds(shift.by), shift.index);
            told.push(format!(
                "from access {index} on another recording is shown, {by} s later than its clock says"
            ));
        }
        told
    }
}

/// What the trace lacks, in sentences.
pub(super) fn lacks(trace: &Trace) -> Vec<String> {
    let mut lacks = Vec::new();
    let Summary { lost, unparsed, wide, left_out, .. } = Summary::of(trace);
    let places = trace.survey().losses.len() as u64 + trace.survey().more_losses.0;
    if places > 0 {
        let events = counted(lost, "event was", "events were");
        lacks.push(format!("{events} lost in {}", counted(places, "place", "places")));
    }
    if unparsed > 0 {
        lacks.push(format!("{} no record and not shown", counted(unparsed, "line is", "lines are")));
    }
    if left_out > 0 {
        let what = counted(left_out, "line or event of the log is", "lines or events of the log are");
        lacks.push(format!("{what} no record"));
    }
    if wide > 0 {
        lacks.push(format!("{} and cut off to it", mmio_report::wide(wide)));
    }
    lacks.extend(trace.damage_report());
    lacks
}

impl Visitor for Look {
    const MARKERS: bool = true;

    fn registers(&mut self) -> &mut Table {
        self.census.registers()
    }

    fn access(&mut self, register: RegisterId, access: &Access) {
        self.census.access(register, access);
        self.time(access.time, access.index);
    }

    fn gap(&mut self) {
        self.census.gap();
    }

    fn lost(&mut self, moment: &Moment, _: Option<u64>) {
        self.census.gap();
        if moment.shown && moment.timed {
            self.time(moment.time, moment.index);
        }
    }

    fn recording(&mut self) {
        self.census.gap();
        self.clock.recording();
    }

    fn marker(&mut self, moment: &Moment, _: &[u8]) {
        if !moment.shown {
            return;
        }
        self.markers += 1;
        if moment.timed {
            self.time(moment.time, moment.index);
        } else {
            let shown = self.clock.beside(moment.time);
            self.nanos |= !shown.is_multiple_of(1000);
            self.first.get_or_insert(shown);
        }
    }
}
