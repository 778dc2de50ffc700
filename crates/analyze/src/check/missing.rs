//! What the trace lacks: accesses at all, lost events, lines that could not be read; and what it has too much, bits
//! above the width of an access.

use mmio_format::{Block, Columns, Filter, Kind, Register, Result, Row, Selection, Trace};

use super::finding::{Finding, Moment, Trouble};

/// Most places of losses, and most numbers of unparsed lines, that are named.
const MOST_NAMED: usize = 8;

/// Events that the tracer counted and could not keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// The events, as far as their number is known.
    pub events: u64,
    /// Places where events are missing.
    pub places: u64,
    /// The first places: number of the next access, and the events where they are known.
    pub first: Vec<(u64, Option<u64>)>,
}

/// Values with bits above the width of their access, which the device neither sent nor got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wide {
    /// How many values.
    pub values: u64,
    /// The first one, as it was recorded.
    pub first: u64,
    /// Register of the first one.
    pub register: Register,
}

/// Lines that are not records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unparsed {
    /// How many lines.
    pub lines: u64,
    /// Numbers of the first ones in the text of the trace, from 1.
    pub first: Vec<u64>,
}

/// A trace without a single access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoAccess {
    /// Mappings that were made while it was recorded.
    pub mappings: u64,
}

/// Looks through the records for what the trace lacks. Losses and lines are those of the whole trace, whatever
/// `filter` says.
///
/// # Errors
/// [`mmio_format::Error::Io`], and [`mmio_format::Error::Request`] when no device has the name asked for.
pub(super) fn missing(trace: &mut Trace, filter: &Filter) -> Result<Vec<Finding>> {
    let devices = trace.devices().clone();
    let mut selection = Selection::new(filter, &devices, trace.start())?;
    let mut look =
        Look { first_loss: trace.survey().losses.first().map(|loss| loss.index), ..Look::default() };
    let columns = [Columns::TIME, Columns::ADDRESS, Columns::WIDTH, Columns::VALUE, Columns::TEXT];
    let columns = columns.into_iter().reduce(Columns::with).unwrap_or(Columns::ALL);
    trace.for_each(
        columns,
        |_| true,
        |part| {
            for row in selection.rows(part) {
                look.row(part.block, part.first_record, row);
            }
            Ok(())
        },
    )?;
    Ok(look.findings(trace))
}

#[derive(Default)]
struct Look {
    /// The access before which events are missing first.
    first_loss: Option<u64>,
    loss: Option<Moment>,
    /// Time of the access before.
    latest: u64,
    wide: Option<(Moment, Wide)>,
    unparsed: Vec<u64>,
    mappings: u64,
    /// Whether the record before was raw and did not end its line, and how many such pieces there were.
    inside_line: bool,
    pieces: u64,
}

impl Look {
    fn row(&mut self, block: &Block, first_record: u64, row: Row) {
        let record = first_record + row.row as u64;
        let is_raw = row.kind == Kind::RAW;
        if is_raw {
            let text = block.texts.get(row.row as u32).unwrap_or_default();
            self.pieces += u64::from(self.inside_line);
            if !self.inside_line && self.unparsed.len() < MOST_NAMED {
                self.unparsed.push(record + 1 - self.pieces);
            }
            self.inside_line = !text.ends_with(b"\n");
            return;
        }
        self.inside_line = false;
        self.mappings += u64::from(row.kind == Kind::MAP);
        if !row.kind.is_access() {
            return;
        }
        let time = block.time[row.row];
        if self.loss.is_none() && self.first_loss.is_some_and(|index| index <= row.index) {
            self.loss = Some(Moment { index: row.index, time });
        }
        self.latest = time;
        if let Some(place) = row.place.filter(|_| row.passes) {
            self.value(Register::at(place, block.width[row.row]), block.value[row.row], row, time);
        }
    }

    fn value(&mut self, register: Register, value: u64, row: Row, time: u64) {
        let bits = 8 * u32::from(register.width);
        if row.kind.op().is_none_or(|op| op == mmio_format::Op::Unknown) || bits >= 64 || value >> bits == 0 {
            return;
        }
        let moment = Moment { index: row.index, time };
        let (_, wide) = self.wide.get_or_insert((moment, Wide { values: 0, first: value, register }));
        wide.values += 1;
    }

    fn findings(self, trace: &Trace) -> Vec<Finding> {
        let survey = trace.survey();
        let mut found = Vec::new();
        if survey.accesses == 0 {
            let none = NoAccess { mappings: self.mappings };
            found.push(Finding::of_trace(None, Trouble::NoAccess(none)));
        }
        if !survey.losses.is_empty() {
            let places = survey.losses.len() as u64 + survey.more_losses.0;
            let first = survey.losses.iter().take(MOST_NAMED).map(|loss| (loss.index, loss.events)).collect();
            // A loss at the very end stands after the last access.
            let end = Moment { index: survey.accesses, time: self.latest };
            let moment = Some(self.loss.unwrap_or(end));
            found.push(Finding::of_trace(
                moment,
                Trouble::Lost(Lost { events: survey.lost(), places, first }),
            ));
        }
        if let Some((moment, wide)) = self.wide {
            found.push(Finding::at(moment, wide.register, Trouble::Wide(wide)));
        }
        let lines = survey.unparsed();
        if lines > 0 {
            let unparsed = Unparsed { lines, first: self.unparsed };
            found.push(Finding::of_trace(None, Trouble::Unparsed(unparsed)));
        }
        found
    }
}
