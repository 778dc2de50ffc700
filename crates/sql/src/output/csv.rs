//! Rows as comma-separated values: numbers in decimal, nothing for null, quotes where RFC 4180 wants them.

use std::io::Write;

use mmio_format::Result;
use polars::prelude::{AnyValue, DataFrame, Schema};

use super::cell::{Cells, Plain};
use super::{Lines, Sink};

pub(super) struct Csv<'a> {
    lines: Lines<'a>,
}

impl<'a> Csv<'a> {
    pub(super) fn new(mut lines: Lines<'a>, schema: &Schema) -> Result<Csv<'a>> {
        for (i, name) in schema.iter_names().enumerate() {
            if i > 0 {
                lines.buffer.push(b',');
            }
            quoted(&mut lines.buffer, name);
        }
        lines.buffer.push(b'\n');
        Ok(Csv { lines })
    }
}

impl Sink for Csv<'_> {
    fn write(&mut self, batch: &DataFrame) -> Result<()> {
        let columns = Cells::of(batch);
        for row in 0..batch.height() {
            for (i, column) in columns.iter().enumerate() {
                if i > 0 {
                    self.lines.buffer.push(b',');
                }
                put(&mut self.lines.buffer, &column.get(row));
            }
            self.lines.buffer.push(b'\n');
            self.lines.written()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.lines.flush()
    }
}

/// Appends a cell; writing to a buffer cannot fail.
fn put(out: &mut Vec<u8>, value: &AnyValue<'_>) {
    let _ = match Plain::of(value) {
        Plain::Null => Ok(()),
        Plain::Unsigned(number) => write!(out, "{number}"),
        Plain::Signed(number) => write!(out, "{number}"),
        Plain::Float(number) => write!(out, "{number}"),
        Plain::Bool(value) => write!(out, "{value}"),
        Plain::Text(text) => {
            quoted(out, text);
            Ok(())
        }
        Plain::List(values) => {
            let mut list = Vec::new();
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    list.push(b' ');
                }
                put(&mut list, &value);
            }
            quoted(out, &String::from_utf8_lossy(&list));
            Ok(())
        }
        Plain::Other(text) => {
            quoted(out, &text);
            Ok(())
        }
    };
}

/// Appends text. One that is empty is quoted too, so that it differs from null.
fn quoted(out: &mut Vec<u8>, text: &str) {
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        out.push(b'"');
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}
