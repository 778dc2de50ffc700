//! One pass over the accesses of a trace, each with its device, BAR and offset.

use std::ops::Range;

use crate::access::Access;
use crate::block::{Block, Columns, LOST_COUNT_UNKNOWN};
use crate::container::BlockHead;
use crate::devices::Devices;
use crate::error::Result;
use crate::filter::Bound;
use crate::located::{Located, Locator, Numbering};
use crate::record::{Kind, Op};
use crate::register::{RegisterId, Table};
use crate::scope::Scope;
use crate::source::Part;
use crate::trace::Trace;

/// Where a marker or a loss stands; times are right for a visitor that looks at every marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Nanoseconds of the trace's clock; of the record before it, where it has no time of its own.
    pub time: u64,
    /// Whether the time is its own.
    pub timed: bool,
    /// Number of the next access in the whole trace.
    pub index: u64,
    /// Whether it passes the filter by its time and by the markers before it.
    pub shown: bool,
}

/// Sees a trace in its order.
pub trait Visitor {
    /// Whether it looks at times. They are not read for one that does not, and [`Access::time`] is 0.
    const TIMES: bool = true;
    /// Whether it looks at values. They are not read for one that does not, and [`Access::value`] is 0.
    const VALUES: bool = true;
    /// Whether it looks at every marker. Where it does not, those among accesses that no filter takes may be missing.
    const MARKERS: bool = false;

    /// Numbers the registers that it sees.
    fn registers(&mut self) -> &mut Table;
    /// The next access, and the number of its register.
    fn access(&mut self, register: RegisterId, access: &Access);
    /// What comes next does not follow what came before: a loss, a new recording, a block that was not read.
    fn gap(&mut self) {}
    /// A loss, and how many events were lost, where the kernel said so.
    fn lost(&mut self, _moment: &Moment, _events: Option<u64>) {
        self.gap();
    }
    /// A recording begins, not the first one.
    fn recording(&mut self) {
        self.gap();
    }
    /// A marker with its text.
    fn marker(&mut self, _moment: &Moment, _text: &[u8]) {}

    /// The next access, of a register that has no number yet.
    fn see(&mut self, access: &Access) {
        let register = self.registers().id(access.register());
        self.access(register, access);
    }
}

/// Shows the accesses in `scope` to `visitor`.
///
/// # Errors
/// [`crate::Error::Io`], and [`crate::Error::Request`] when no device has the name asked for.
pub fn walk<V: Visitor>(trace: &mut Trace, scope: &Scope, visitor: &mut V) -> Result<()> {
    let devices = trace.devices().clone();
    let start = trace.start();
    let mut walk = Walk::new(&devices, scope, start)?;
    let takes = walk.takes(V::MARKERS);
    trace.map(
        columns::<V>(scope),
        takes,
        || {
            let mut locator = Locator::new(&devices);
            move |first_record, block: &_, located: &mut Located| {
                locator.locate(first_record, block, located);
            }
        },
        |part, located| {
            walk.part(part, located, visitor);
            Ok(())
        },
    )
}

/// The columns that a visitor looks at.
pub(crate) fn columns<V: Visitor>(scope: &Scope) -> Columns {
    let mut columns = Columns::ADDRESS.with(Columns::WIDTH).with(Columns::TEXT);
    if V::VALUES {
        columns = columns.with(Columns::VALUE);
    }
    if V::TIMES || scope.filter.time.is_some() {
        columns = columns.with(Columns::TIME);
    }
    columns
}

/// The bit of markers among the kinds of a block.
const MARKER: u32 = 1 << Kind::MARKER.0;

/// A walk over the blocks of a trace, in order.
pub(crate) struct Walk<'a> {
    filter: Bound<'a>,
    all: bool,
    records: Range<u64>,
    /// Time of the last record that had one.
    latest: u64,
    numbering: Numbering,
    /// Numbers of the first records of the recordings to come, last first.
    recordings: Vec<u64>,
}

impl<'a> Walk<'a> {
    /// A walk over what is in `scope`; `start` is the time of the trace's first record.
    ///
    /// # Errors
    /// [`crate::Error::Request`] when no device has the name asked for.
    pub(crate) fn new(devices: &Devices, scope: &'a Scope, start: u64) -> Result<Walk<'a>> {
        let filter = scope.filter.bind(devices, start)?;
        let mut recordings = devices.recordings();
        recordings.reverse();
        recordings.pop();
        let (all, records) = (filter.is_empty(), scope.records.clone());
        Ok(Walk { all, filter, records, latest: start, numbering: Numbering::default(), recordings })
    }

    /// Which blocks must be seen; with `markers` also those that hold nothing else of interest.
    pub(crate) fn takes(&self, markers: bool) -> impl Fn(&BlockHead) -> bool + use<'a> {
        let (filter, records) = (self.filter.clone(), self.records.clone());
        move |head| {
            head.first_record < records.end
                && head.end_record() > records.start
                && (filter.may_pass(&head.stats) || (markers && head.stats.kinds & MARKER != 0))
        }
    }

    /// Shows the accesses of the next block.
    pub(crate) fn part<V: Visitor>(&mut self, part: &Part<'_>, located: &Located, visitor: &mut V) {
        let block = part.block;
        if part.after_gap {
            visitor.gap();
        }
        self.numbering.begin(located);
        let mut accesses = 0;
        for (row, &kind) in block.kind.iter().enumerate() {
            let here = accesses;
            accesses += usize::from(kind.is_access());
            let record = part.first_record + row as u64;
            if !self.records.contains(&record) {
                continue;
            }
            let in_span = self.all || self.filter.in_span(block, row);
            if V::MARKERS && kind.is_timed() && block.time[row] != 0 {
                self.latest = block.time[row];
            }
            let Some(op) = kind.op() else {
                if kind == Kind::MARKER && self.is_new_recording(record) {
                    visitor.recording();
                }
                self.mark(block, row, part.first_access + here as u64, visitor);
                continue;
            };
            if !in_span {
                continue;
            }
            let register = located.register(here);
            let (place, width) = (register.place(), register.width);
            if !self.all && !self.filter.wants_access(op, width, place) {
                continue;
            }
            if self.is_new_recording(record) {
                visitor.recording();
            }
            let value = if op == Op::Unknown { 0 } else { block.value.get(row).copied().unwrap_or(0) };
            let time = block.time.get(row).copied().unwrap_or(0);
            let index = part.first_access + here as u64;
            let register = self.numbering.id(located, here, visitor.registers());
            visitor.access(register, &Access { place, op, width, value, time, index });
        }
    }

    /// A marker or a loss, if it is one; `index` is the number of the next access.
    fn mark(&mut self, block: &Block, row: usize, index: u64, visitor: &mut impl Visitor) {
        let own = block.time.get(row).copied().filter(|&time| time != 0);
        let time = own.unwrap_or(self.latest);
        let shown = self.filter.in_span_at(time);
        let moment = Moment { time, timed: own.is_some(), index, shown };
        match block.kind[row] {
            Kind::MARKER => visitor.marker(&moment, block.texts.get(row as u32).unwrap_or_default()),
            Kind::LOST => {
                let events = block.value.get(row).copied().filter(|&events| events != LOST_COUNT_UNKNOWN);
                visitor.lost(&moment, events);
            }
            _ => {}
        }
    }

    /// Whether `record` is the first one that is shown of its recording, and not of the trace's first.
    fn is_new_recording(&mut self, record: u64) -> bool {
        let before = self.recordings.len();
        while self.recordings.pop_if(|first| *first <= record).is_some() {}
        self.recordings.len() < before
    }
}
