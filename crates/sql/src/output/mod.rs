//! Rows as tables, CSV, JSON and Parquet.

mod cell;
mod csv;
mod json;
mod parquet;
mod table;

use std::io::Write;
use std::path::Path;

use mmio_format::{Error, Result};
use polars::prelude::{DataFrame, Schema};

use super::traces::Traces;
use mmio_report::Counts;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Columns for people to read.
    Table,
    /// Comma-separated values under a line with the names.
    Csv,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    JsonLines,
    /// Parquet, compressed with zstd.
    Parquet,
}

impl Form {
    /// The form that a file's name tells: `.csv`, `.json`, `.jsonl`, `.parquet`.
    pub fn of_name(path: &Path) -> Option<Form> {
        match path.extension()?.to_str()? {
            "csv" => Some(Form::Csv),
            "json" => Some(Form::Json),
            "jsonl" => Some(Form::JsonLines),
            "parquet" => Some(Form::Parquet),
            _ => None,
        }
    }
}

/// What a JSON document says before its rows.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    schema: &'static str,
    trace: Counts,
}

impl Header {
    /// A header for rows of `traces`; `schema` names the kind of document.
    pub fn new(schema: &'static str, traces: &Traces) -> Header {
        Header { schema, trace: traces.summary().into() }
    }
}

/// Takes rows batch by batch. Without [`Sink::finish`], what was written is not complete.
pub(super) trait Sink {
    fn write(&mut self, batch: &DataFrame) -> Result<()>;
    fn finish(self: Box<Self>) -> Result<()>;
}

/// A sink for rows of this shape.
pub(super) fn sink<'a>(
    form: Form,
    schema: &Schema,
    header: &Header,
    to: &'a mut (dyn Write + Send),
    name: &'a str,
) -> Result<Box<dyn Sink + 'a>> {
    let lines = Lines { to, name, buffer: Vec::new() };
    Ok(match form {
        Form::Table => return Err(Error::Request("a table for people needs all rows at once".into())),
        Form::Csv => Box::new(csv::Csv::new(lines, schema)?),
        Form::Json => Box::new(json::Json::new(lines, header)?),
        Form::JsonLines => Box::new(json::JsonLines::new(lines)),
        Form::Parquet => Box::new(parquet::Parquet::new(lines.to, name, schema)?),
    })
}

/// Writes all rows of `frame`.
pub(super) fn write(
    mut frame: DataFrame,
    form: Form,
    header: &Header,
    to: &mut (dyn Write + Send),
    name: &str,
) -> Result<()> {
    frame.rechunk_mut();
    if form == Form::Table {
        return table::write(&frame, Lines { to, name, buffer: Vec::new() });
    }
    let mut sink = sink(form, &frame.schema().clone(), header, to, name)?;
    sink.write(&frame)?;
    sink.finish()
}

/// Text on its way to an output.
struct Lines<'a> {
    to: &'a mut (dyn Write + Send),
    name: &'a str,
    buffer: Vec<u8>,
}

/// Bytes collected before they are written.
const PIECE: usize = 256 << 10;

impl Lines<'_> {
    /// Writes what is in the buffer once there is enough.
    fn written(&mut self) -> Result<()> {
        if self.buffer.len() < PIECE { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<()> {
        let result = self.to.write_all(&self.buffer).and_then(|()| self.to.flush());
        self.buffer.clear();
        result.map_err(|error| Error::write(self.name, error))
    }
}
