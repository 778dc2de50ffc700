//! One pass over the accesses of a trace, each with its device, BAR and offset.

use std::ops::Range;

use mmio_format::filter::{Bound, Filter};
use mmio_format::resolve::{Devices, Place, Resolver};
use mmio_format::trace::{Part, Trace};
use mmio_format::{Columns, Kind, Result};

/// Which part of a trace is looked at.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Accesses that do not pass are not seen.
    pub filter: Filter,
    /// Numbers of the records.
    pub records: Range<u64>,
}

impl Scope {
    /// All records that pass `filter`.
    pub fn of(filter: &Filter) -> Scope {
        Scope { filter: filter.clone(), records: 0..u64::MAX }
    }
}

/// A read, a write or an UNKNOWN.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// Device, BAR and offset.
    pub place: Place,
    /// `Kind::READ`, `Kind::WRITE` or `Kind::UNKNOWN`.
    pub op: Kind,
    /// Bytes; 0 for `Kind::UNKNOWN`.
    pub width: u8,
    /// The value; 0 for `Kind::UNKNOWN`.
    pub value: u64,
    /// Nanoseconds of the trace's clock.
    pub time: u64,
    /// Number of the access in the whole trace.
    pub index: u64,
}

/// Sees a trace in its order.
pub trait Visitor {
    /// Whether it looks at times. They are not read for one that does not, and [`Access::time`] is 0.
    const TIMES: bool = true;

    /// The next access.
    fn access(&mut self, access: &Access);
    /// What comes next does not follow what came before: a loss, a new recording, a block that was not read.
    fn gap(&mut self) {}
    /// A marker with its text.
    fn marker(&mut self, _text: &[u8]) {}
}

/// Shows the accesses in `scope` to `visitor`.
///
/// # Errors
/// [`mmio_format::Error::Io`], and [`mmio_format::Error::Request`] when no device has the name asked for.
pub fn walk<V: Visitor>(trace: &mut Trace, scope: &Scope, visitor: &mut V) -> Result<()> {
    let devices = trace.devices().clone();
    let filter = scope.filter.bind(&devices, trace.start())?;
    let may_pass = filter.clone();
    let mut columns = Columns::ADDRESS.with(Columns::VALUE).with(Columns::WIDTH).with(Columns::TEXT);
    if V::TIMES || scope.filter.time.is_some() {
        columns = columns.with(Columns::TIME);
    }
    let mut walk = Walk::new(&devices, filter, scope.records.clone());
    let records = scope.records.clone();
    trace.for_each(
        columns,
        |head| {
            head.first_record < records.end
                && head.end_record() > records.start
                && may_pass.may_pass(&head.stats)
        },
        |part| {
            walk.part(part, visitor);
            Ok(())
        },
    )
}

struct Walk<'a> {
    filter: Bound<'a>,
    all: bool,
    resolver: Resolver<'a>,
    records: Range<u64>,
    recording: usize,
}

impl<'a> Walk<'a> {
    fn new(devices: &'a Devices, filter: Bound<'a>, records: Range<u64>) -> Walk<'a> {
        let all = filter.is_empty();
        Walk { filter, all, resolver: devices.resolver(), records, recording: 0 }
    }

    fn part(&mut self, part: &Part<'_>, visitor: &mut impl Visitor) {
        let block = part.block;
        if part.after_gap {
            visitor.gap();
        }
        let mut index = part.first_access;
        for (row, &op) in block.kind.iter().enumerate() {
            let here = index;
            index += u64::from(op.is_access());
            let record = part.first_record + row as u64;
            if !self.records.contains(&record) {
                continue;
            }
            match op {
                Kind::LOST => visitor.gap(),
                Kind::MARKER => visitor.marker(block.texts.get(row as u32).unwrap_or_default()),
                _ => {}
            }
            let in_span = self.all || self.filter.in_span(block, row);
            if !op.is_access() || !in_span {
                continue;
            }
            let place = self.resolver.place(record, block.address[row]);
            let width = block.width[row];
            if !self.all && !self.filter.wants_access(op, width, place) {
                continue;
            }
            if self.resolver.recording() != self.recording {
                self.recording = self.resolver.recording();
                visitor.gap();
            }
            let value = if op == Kind::UNKNOWN { 0 } else { block.value[row] };
            visitor.access(&Access {
                place,
                op,
                width,
                value,
                time: block.time.get(row).copied().unwrap_or(0),
                index: here,
            });
        }
    }
}
