//! Rows of the table `marks`.

use mmio_format::block::LOST_COUNT_UNKNOWN;
use mmio_format::loss::LossPairing;
use mmio_format::trace::Part;
use mmio_format::{Block, Columns, Kind, Row, Selection};
use polars::prelude::{ChunkedBuilder, DataFrame, PolarsResult, StringChunked};

use super::accesses::text;
use super::cells::{Batch, Cells};
use super::read::{Rows, seconds};
use super::table::Table;

/// Collects markers and losses.
pub(super) struct Marks<'a> {
    batch: Batch,
    selection: Selection<'a>,
    /// The kernel reports a loss twice.
    pairing: LossPairing,
}

struct Mark {
    kind: &'static str,
    /// Nanoseconds; nothing where the log has no time.
    time: Option<u64>,
    text: Option<String>,
    events: Option<u64>,
}

impl<'a> Marks<'a> {
    pub(super) fn new(wanted: &[&'static str], trace: &str, selection: Selection<'a>) -> Marks<'a> {
        Marks {
            batch: Batch::new(Table::Marks, wanted, &[], trace),
            selection,
            pairing: LossPairing::default(),
        }
    }
}

impl Mark {
    /// The marker or loss at `row`, if it is one.
    fn new(block: &Block, row: usize, pairing: &mut LossPairing) -> Option<Mark> {
        let time = Some(block.time[row]).filter(|&time| time != 0);
        match block.kind[row] {
            Kind::MARKER => {
                let bytes = block.texts.get(row as u32).unwrap_or_default();
                let events = if time.is_none() { pairing.marker(bytes) } else { None };
                Some(Mark { kind: "marker", time, text: Some(text(block, row)), events })
            }
            Kind::LOST => {
                let events = Some(block.value[row]).filter(|&n| n != LOST_COUNT_UNKNOWN);
                pairing.lost(events);
                Some(Mark { kind: "lost", time, text: None, events })
            }
            _ => None,
        }
    }
}

impl Rows for Marks<'_> {
    fn reads(&self) -> Columns {
        Columns::TIME.with(Columns::VALUE).with(Columns::TEXT)
    }

    fn add(&mut self, part: &Part<'_>) {
        let Marks { batch, selection, pairing } = self;
        for Row { row, index, in_span, .. } in selection.rows(part) {
            let Some(mark) = Mark::new(part.block, row, pairing).filter(|_| in_span) else { continue };
            for (name, cells) in &mut batch.columns {
                fill(name, cells, index, &mark);
            }
            batch.rows += 1;
            batch.text += mark.text.map_or(0, |text| text.len());
        }
    }

    fn batch(&self) -> &Batch {
        &self.batch
    }

    fn take(&mut self) -> PolarsResult<DataFrame> {
        self.batch.take(|_| StringChunked::default())
    }
}

fn fill(name: &str, cells: &mut Cells, index: u64, mark: &Mark) {
    match (name, cells) {
        ("kind", Cells::Text(to)) => to.append_value(mark.kind),
        ("time", Cells::Float(to)) => to.append_option(mark.time.map(seconds)),
        ("index", Cells::Signed(to)) => to.append_value(index as i64),
        ("text", Cells::Text(to)) => to.append_option(mark.text.as_deref()),
        ("events", Cells::Unsigned(to)) => to.append_option(mark.events),
        _ => {}
    }
}
