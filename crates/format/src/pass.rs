//! One pass over the accesses of a trace, each with its device, BAR and offset.

use std::ops::Range;

use crate::access::Access;
use crate::block::{Block, Columns, LOST_COUNT_UNKNOWN};
use crate::container::BlockHead;
use crate::devices::Devices;
use crate::error::Result;
use crate::filter::Bound;
use crate::located::{Located, Numbering};
use crate::record::{Kind, Op};
use crate::scope::Scope;
use crate::source::Part;
use crate::visitor::{Moment, Visitor};

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

/// A pass over the blocks of a trace, in order.
pub(crate) struct Pass {
    filter: Bound,
    all: bool,
    records: Range<u64>,
    /// Accesses that were shown.
    shown: u64,
    /// Time of the last record that had one.
    latest: u64,
    numbering: Numbering,
    /// Numbers of the first records of the recordings to come, last first.
    recordings: Vec<u64>,
}

impl Pass {
    /// A pass over what is in `scope`; `start` is the time of the trace's first record.
    ///
    /// # Errors
    /// [`crate::Error::Request`] when no device has a name that is asked for, and for registers behind a port.
    pub(crate) fn new(devices: &Devices, scope: &Scope, start: u64) -> Result<Pass> {
        let filter = scope.filter.bind(devices, start)?;
        let mut recordings = devices.recordings();
        recordings.reverse();
        recordings.pop();
        let (all, records) = (filter.is_empty(), scope.records.clone());
        let numbering = Numbering::default();
        Ok(Pass { all, filter, records, shown: 0, latest: start, numbering, recordings })
    }

    /// Which blocks must be seen; with `markers` also those that hold nothing else of interest.
    pub(crate) fn takes(&self, markers: bool) -> impl Fn(&BlockHead) -> bool + use<> {
        let (filter, records) = (self.filter.clone(), self.records.clone());
        move |head| {
            let has_markers = head.stats.kinds & MARKER != 0;
            head.first_record < records.end
                // Markers before the records decide about these too.
                && (head.end_record() > records.start || (has_markers && filter.follows_marks()))
                && (filter.may_pass(&head.stats) || (markers && has_markers))
        }
    }

    /// How many accesses were shown.
    pub(crate) fn shown(&self) -> u64 {
        self.shown
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
                if kind == Kind::MARKER && record < self.records.start {
                    self.filter.in_span(block, row);
                }
                continue;
            }
            let was_in_mark = self.filter.in_mark();
            let in_span = self.all || self.filter.in_span(block, row);
            if V::MARKERS && kind.is_timed() && block.time[row] != 0 {
                self.latest = block.time[row];
            }
            let Some(op) = kind.op() else {
                if kind == Kind::MARKER && self.is_new_recording(record) {
                    visitor.recording();
                }
                if kind == Kind::MARKER && !was_in_mark && self.filter.in_mark() {
                    // Another stretch begins, which does not follow the one before.
                    visitor.gap();
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
            let value = if op == Op::Unknown { 0 } else { block.access_value(row) };
            let time = block.time.get(row).copied().unwrap_or(0);
            let index = part.first_access + here as u64;
            let register = self.numbering.id(located, here, visitor.registers());
            self.shown += 1;
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
