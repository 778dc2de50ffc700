//! Rows as JSON: one document with a header, or one object a line. Hexadecimal columns are strings (`"0x1f"`), other
//! numbers are numbers, what is not a number of JSON (NaN) is null.

use std::io::Write;

use mmio_format::Result;
use polars::prelude::{AnyValue, DataFrame};

use super::cell::{Cells, Plain};
use super::{Header, Lines, Sink};

/// One object a line.
pub(super) struct JsonLines<'a> {
    lines: Lines<'a>,
}

impl<'a> JsonLines<'a> {
    pub(super) fn new(lines: Lines<'a>) -> JsonLines<'a> {
        JsonLines { lines }
    }
}

impl Sink for JsonLines<'_> {
    fn write(&mut self, batch: &DataFrame) -> Result<()> {
        let columns = Cells::of(batch);
        for row in 0..batch.height() {
            object(&mut self.lines.buffer, &columns, row);
            self.lines.buffer.push(b'\n');
            self.lines.written()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.lines.flush()
    }
}

/// One document.
pub(super) struct Json<'a> {
    lines: Lines<'a>,
    rows: u64,
}

impl<'a> Json<'a> {
    pub(super) fn new(mut lines: Lines<'a>, header: &Header) -> Result<Json<'a>> {
        let out = &mut lines.buffer;
        let _ = write!(out, "{{\n  \"schema\": \"{}\",\n  \"version\": 1,\n  \"trace\": ", header.schema);
        json(out, &header.trace);
        out.extend_from_slice(b",\n  \"rows\": [");
        Ok(Json { lines, rows: 0 })
    }
}

impl Sink for Json<'_> {
    fn write(&mut self, batch: &DataFrame) -> Result<()> {
        let columns = Cells::of(batch);
        for row in 0..batch.height() {
            let before: &[u8] = if self.rows == 0 { b"\n    " } else { b",\n    " };
            self.lines.buffer.extend_from_slice(before);
            object(&mut self.lines.buffer, &columns, row);
            self.rows += 1;
            self.lines.written()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        let end: &[u8] = if self.rows == 0 { b"]\n}\n" } else { b"\n  ]\n}\n" };
        self.lines.buffer.extend_from_slice(end);
        self.lines.flush()
    }
}

fn object(out: &mut Vec<u8>, columns: &[Cells<'_>], row: usize) {
    out.push(b'{');
    for (i, column) in columns.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        json(out, column.name);
        out.push(b':');
        put(out, &column.get(row), column.hexadecimal);
    }
    out.push(b'}');
}

/// Appends a value; writing to a buffer cannot fail.
fn put(out: &mut Vec<u8>, value: &AnyValue<'_>, hexadecimal: bool) {
    match Plain::of(value) {
        Plain::Null => out.extend_from_slice(b"null"),
        Plain::Unsigned(number) if hexadecimal => {
            let _ = write!(out, "\"0x{number:x}\"");
        }
        Plain::Unsigned(number) => json(out, &number),
        Plain::Signed(number) => json(out, &number),
        Plain::Float(number) => json(out, &number),
        Plain::Bool(value) => json(out, &value),
        Plain::Text(text) => json(out, text),
        Plain::List(values) => {
            out.push(b'[');
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                put(out, &value, hexadecimal);
            }
            out.push(b']');
        }
        Plain::Other(text) => json(out, &text),
    }
}

fn json(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    let _ = serde_json::to_writer(out, value);
}
