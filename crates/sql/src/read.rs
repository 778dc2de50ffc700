//! Reads the rows of one table from one trace, batch by batch.

use std::cell::Cell;

use mmio_format::container::BlockHead;
use mmio_format::trace::Part;
use mmio_format::{Columns, Error, Kind, Result, Selection, Stats};
use polars::prelude::{DataFrame, PolarsResult};

use super::accesses::Accesses;
use super::cells::Batch;
use super::maps::Maps;
use super::marks::Marks;
use super::prune::Prune;
use super::registers;
use super::table::Table;
use super::traces::Input;

/// Nanoseconds in seconds. Up to 104 days, the decimals that are printed are those of the trace.
pub(super) fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// Turns blocks into rows of a table.
pub(super) trait Rows {
    /// The columns of a block that it looks at.
    fn reads(&self) -> Columns;
    /// Collects the rows of a block. Blocks come in order.
    fn add(&mut self, part: &Part<'_>);
    /// What was collected.
    fn batch(&self) -> &Batch;
    /// Hands out what was collected.
    fn take(&mut self) -> PolarsResult<DataFrame>;
}

/// What a scan wants of a trace.
pub(super) struct Request<'a> {
    pub(super) table: Table,
    pub(super) columns: &'a [&'static str],
    /// Which blocks can hold rows that matter.
    pub(super) prune: Prune,
    /// Most rows.
    pub(super) limit: usize,
}

/// Hands the rows to `each`, and returns how many there were.
///
/// It does no work on polars' threads: it may run while all of them wait for it.
///
/// # Errors
/// [`Error::Io`], [`Error::Request`] when the filter names a device that the trace does not have.
pub(super) fn read(
    input: &Input,
    request: &Request<'_>,
    mut each: impl FnMut(DataFrame) -> Result<()>,
) -> Result<usize> {
    let mut trace = input.lock();
    let selection = Selection::new(&input.filter, &input.devices, trace.start());
    let selection = selection.map_err(|error| Error::Request(format!("{}: {error}", input.name)))?;
    let may_pass = selection.may_pass();
    let Some(mut rows) = rows(input, request, selection) else {
        let frame = registers::read(&mut trace, input, request.columns)?.head(Some(request.limit));
        let rows = frame.height();
        return each(frame).map(|()| rows);
    };
    let mut left = request.limit;
    let done = Cell::new(left == 0);
    let mut emit = |rows: &mut Box<dyn Rows + '_>| {
        let mut frame = rows.take().map_err(|error| Error::Request(error.to_string()))?;
        if frame.height() >= left {
            frame = frame.head(Some(left));
            done.set(true);
        }
        left -= frame.height();
        each(frame)
    };
    trace.for_each(
        rows.reads(),
        |head| !done.get() && wants(input, request, &may_pass, head),
        |part| {
            input.count_block();
            if done.get() {
                return Ok(());
            }
            rows.add(part);
            if rows.batch().is_full() || rows.batch().rows >= request.limit {
                emit(&mut rows)
            } else {
                Ok(())
            }
        },
    )?;
    if !done.get() && rows.batch().rows > 0 {
        emit(&mut rows)?;
    }
    Ok(request.limit - left)
}

/// What makes the rows of a table out of blocks; nothing for a table that is a report.
fn rows<'a>(input: &'a Input, request: &Request<'_>, selection: Selection<'a>) -> Option<Box<dyn Rows + 'a>> {
    let (columns, trace) = (request.columns, &input.name);
    Some(match request.table {
        Table::Accesses => Box::new(Accesses::new(columns, trace, selection, &input.devices)),
        Table::Maps => Box::new(Maps::new(columns, trace, &input.filter, selection, &input.devices)),
        Table::Marks => Box::new(Marks::new(columns, trace, selection)),
        Table::Registers => return None,
    })
}

/// Whether a block can hold a row, or something that rows behind it depend on.
fn wants(input: &Input, request: &Request<'_>, may_pass: &dyn Fn(&Stats) -> bool, head: &BlockHead) -> bool {
    let stats = &head.stats;
    let has = |kinds: &[Kind]| kinds.iter().any(|kind| stats.kinds & (1 << kind.0) != 0);
    let follows_marks = input.filter.mark.is_some() || request.columns.contains(&"mark");
    if follows_marks && has(&[Kind::MARKER]) {
        return true;
    }
    match request.table {
        Table::Accesses => {
            stats.accesses > 0 && request.prune.may_hold(stats, head.first_access) && may_pass(stats)
        }
        Table::Maps => has(&[Kind::MAP, Kind::UNMAP]),
        Table::Marks => has(&[Kind::MARKER, Kind::LOST]),
        Table::Registers => false,
    }
}
