//! Rows of the table `accesses`.

use mmio_format::trace::Part;
use mmio_format::{Block, Columns, Devices, Kind, Place, Row, Selection};
use polars::prelude::{ChunkedBuilder, DataFrame, NewChunkedArray, PolarsResult, StringChunked};

use super::cells::{Batch, Cells};
use super::read::{Rows, seconds};
use super::table::Table;

/// Columns whose words repeat.
const WORDS: &[&str] = &["device", "op", "mark"];
const OPS: [&str; 3] = ["R", "W", "?"];

/// Collects accesses.
pub(super) struct Accesses<'a> {
    batch: Batch,
    selection: Selection<'a>,
    devices: &'a Devices,
    /// Texts of the markers that the rows of the batch stand after, and of the last one.
    marks: Vec<String>,
    /// Whether a row stands after the last one.
    mark_used: bool,
    chosen: Vec<Chosen>,
}

/// An access of the block at hand that becomes a row.
struct Chosen {
    row: usize,
    index: u64,
    place: Place,
    /// Length of `marks`, whose last one is before the access.
    marks: u32,
}

impl<'a> Accesses<'a> {
    pub(super) fn new(
        wanted: &[&'static str],
        trace: &str,
        selection: Selection<'a>,
        devices: &'a Devices,
    ) -> Accesses<'a> {
        Accesses {
            batch: Batch::new(Table::Accesses, wanted, WORDS, trace),
            selection,
            devices,
            marks: Vec::new(),
            mark_used: false,
            chosen: Vec::new(),
        }
    }

    fn is_filtered(&self) -> bool {
        !self.selection.is_all()
    }

    fn needs_place(&self) -> bool {
        self.is_filtered() || ["device", "bar", "offset"].iter().any(|c| self.batch.has(c))
    }

    /// Finds the rows of a block.
    fn choose(&mut self, part: &Part<'_>) {
        let marks = self.batch.has("mark");
        let Accesses { batch, selection, marks: texts, mark_used, chosen, .. } = self;
        chosen.clear();
        for Row { row, kind, index, place, passes, .. } in selection.rows(part) {
            if kind == Kind::MARKER && marks {
                let text = text(part.block, row);
                batch.text += text.len();
                // A marker takes the place of one that no row comes after.
                if !std::mem::take(mark_used) {
                    texts.pop();
                }
                texts.push(text);
            }
            if kind.is_access() && passes {
                *mark_used = true;
                let (place, marks) = (place.unwrap_or_default(), texts.len() as u32);
                chosen.push(Chosen { row, index, place, marks });
            }
        }
    }
}

impl Rows for Accesses<'_> {
    fn reads(&self) -> Columns {
        let mut columns = Columns::KIND;
        let needs = [
            (Columns::TIME, self.is_filtered() || self.batch.has("time")),
            (Columns::ADDRESS, self.needs_place()),
            (Columns::VALUE, self.batch.has("value")),
            // A value has as many bits as its access is wide.
            (Columns::WIDTH, self.is_filtered() || self.batch.has("width") || self.batch.has("value")),
            (Columns::ORIGIN, ["pc", "cpu", "pid"].iter().any(|c| self.batch.has(c))),
            (Columns::TEXT, self.is_filtered() || self.batch.has("mark")),
        ];
        for (column, _) in needs.iter().filter(|need| need.1) {
            columns = columns.with(*column);
        }
        columns
    }

    fn add(&mut self, part: &Part<'_>) {
        self.choose(part);
        for (name, cells) in &mut self.batch.columns {
            fill(name, cells, part.block, &self.chosen);
        }
        self.batch.rows += self.chosen.len();
    }

    fn batch(&self) -> &Batch {
        &self.batch
    }

    fn take(&mut self) -> PolarsResult<DataFrame> {
        let (devices, marks) = (self.devices, &self.marks);
        let frame = self.batch.take(|column| match column {
            "device" => words(devices.iter().map(|(_, device)| device.name.as_str())),
            "op" => words(OPS.into_iter()),
            _ => words(marks.iter().map(String::as_str)),
        });
        let last = self.marks.len().saturating_sub(1);
        self.marks.drain(..last);
        self.mark_used = false;
        frame
    }
}

fn words<'w>(words: impl Iterator<Item = &'w str>) -> StringChunked {
    StringChunked::from_iter_values("".into(), words)
}

/// The text of a marker.
pub(super) fn text(block: &Block, row: usize) -> String {
    String::from_utf8_lossy(block.texts.get(row as u32).unwrap_or_default()).into_owned()
}

/// Appends the chosen rows of a block to one column.
fn fill(name: &str, cells: &mut Cells, block: &Block, chosen: &[Chosen]) {
    match (name, cells) {
        ("index", Cells::Signed(to)) => chosen.iter().for_each(|c| to.append_value(c.index as i64)),
        ("time", Cells::Float(to)) => chosen.iter().for_each(|c| to.append_value(seconds(block.time[c.row]))),
        ("device", Cells::Word(to)) => {
            chosen.iter().for_each(|c| to.append_value(c.place.device.index() as u32))
        }
        ("bar", Cells::Unsigned(to)) => chosen.iter().for_each(|c| to.append_value(c.place.bar().into())),
        ("offset", Cells::Unsigned(to)) => chosen.iter().for_each(|c| to.append_value(c.place.offset)),
        ("op", Cells::Word(to)) => chosen.iter().for_each(|c| to.append_value(block.kind[c.row].0.into())),
        ("width", Cells::Unsigned(to)) => chosen
            .iter()
            .for_each(|c| to.append_option(known(block, c.row).then(|| block.width[c.row].into()))),
        ("value", Cells::Unsigned(to)) => {
            chosen
                .iter()
                .for_each(|c| to.append_option(known(block, c.row).then(|| block.access_value(c.row))));
        }
        ("pc", Cells::Unsigned(to)) => {
            chosen.iter().for_each(|c| to.append_option(Some(block.pc.get(c.row)).filter(|&pc| pc != 0)));
        }
        ("cpu", Cells::Signed(to)) => chosen
            .iter()
            .for_each(|c| to.append_option(has_origin(block, c.row).then(|| block.cpu.get(c.row).into()))),
        ("pid", Cells::Signed(to)) => chosen
            .iter()
            .for_each(|c| to.append_option(has_origin(block, c.row).then(|| block.pid.get(c.row).into()))),
        ("mark", Cells::Word(to)) => {
            chosen.iter().for_each(|c| to.append_option(c.marks.checked_sub(1)));
        }
        _ => {}
    }
}

/// An UNKNOWN has no width and no value.
fn known(block: &Block, row: usize) -> bool {
    block.kind[row] != Kind::UNKNOWN
}

/// Whether the tracer knew where the access came from: a text log says nothing about CPU and process.
fn has_origin(block: &Block, row: usize) -> bool {
    block.cpu.get(row) != 0
        || block.pid.get(row) != 0
        || block.sequence.get(row) != 0
        || block.caller.get(row) != 0
}
