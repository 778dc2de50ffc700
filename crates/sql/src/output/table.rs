//! Rows for people to read: columns as wide as their widest cell, two spaces between, all rows.

use std::fmt::Write;

use mmio_format::Result;
use polars::prelude::{AnyValue, DataFrame};

use super::Lines;
use super::cell::{Cells, Plain};

/// Decimals of a number that is not whole: enough for nanoseconds.
const DECIMALS: usize = 9;

/// How a column is laid out.
struct Layout {
    width: usize,
    decimals: usize,
    to_the_right: bool,
}

/// Writes the table. Nothing of it is kept but the widths: it may have millions of rows.
pub(super) fn write(frame: &DataFrame, mut lines: Lines<'_>) -> Result<()> {
    let columns = Cells::of(frame);
    let mut cell = String::new();
    let layouts: Vec<Layout> =
        columns.iter().map(|column| layout(column, frame.height(), &mut cell)).collect();
    line(&mut lines, &layouts, |i, cell| cell.push_str(&clean(columns[i].name)))?;
    for row in 0..frame.height() {
        line(&mut lines, &layouts, |i, cell| {
            put(cell, &columns[i].get(row), columns[i].hexadecimal, layouts[i].decimals);
        })?;
    }
    lines.flush()
}

fn layout(column: &Cells<'_>, rows: usize, cell: &mut String) -> Layout {
    let to_the_right = column.dtype.is_primitive_numeric();
    let mut layout = Layout { width: clean(column.name).chars().count(), decimals: 0, to_the_right };
    if column.dtype.is_float() {
        layout.decimals = (0..rows).map(|row| decimals(&column.get(row))).max().unwrap_or(0);
    }
    for row in 0..rows {
        cell.clear();
        put(cell, &column.get(row), column.hexadecimal, layout.decimals);
        layout.width = layout.width.max(cell.chars().count());
    }
    layout
}

fn line(lines: &mut Lines<'_>, layouts: &[Layout], fill: impl Fn(usize, &mut String)) -> Result<()> {
    let (mut text, mut cell) = (String::new(), String::new());
    for (i, layout) in layouts.iter().enumerate() {
        cell.clear();
        fill(i, &mut cell);
        let blanks = " ".repeat(layout.width.saturating_sub(cell.chars().count()));
        let (before, behind) = if layout.to_the_right { (&*blanks, "") } else { ("", &*blanks) };
        text.extend([if i > 0 { "  " } else { "" }, before, &cell, behind]);
    }
    lines.buffer.extend_from_slice(text.trim_end().as_bytes());
    lines.buffer.push(b'\n');
    lines.written()
}

/// Decimals that a number needs, as far as they are shown.
fn decimals(value: &AnyValue<'_>) -> usize {
    match Plain::of(value) {
        Plain::Float(number) if number.is_finite() && !is_tiny(number) => {
            let text = format!("{number:.DECIMALS$}");
            text.trim_end_matches('0').rsplit_once('.').map_or(0, |(_, digits)| digits.len())
        }
        _ => 0,
    }
}

/// Whether a number is too small for the decimals that are shown.
fn is_tiny(number: f64) -> bool {
    number != 0.0 && number.abs() < 1e-9
}

fn put(out: &mut String, value: &AnyValue<'_>, hexadecimal: bool, decimals: usize) {
    let _ = match Plain::of(value) {
        Plain::Null => Ok(()),
        Plain::Unsigned(number) if hexadecimal => write!(out, "0x{number:x}"),
        Plain::Unsigned(number) => write!(out, "{number}"),
        Plain::Signed(number) => write!(out, "{number}"),
        Plain::Float(number) if is_tiny(number) || number.abs() >= 1e17 => write!(out, "{number:e}"),
        Plain::Float(number) => write!(out, "{number:.decimals$}"),
        Plain::Bool(value) => write!(out, "{value}"),
        Plain::Text(text) => write!(out, "{}", clean(text)),
        Plain::List(values) => {
            out.push('[');
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                put(out, &value, hexadecimal, self::decimals(&value));
            }
            out.push(']');
            Ok(())
        }
        Plain::Other(text) => write!(out, "{}", clean(&text)),
    };
}

/// Text of a trace without what would steer a terminal.
fn clean(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.into();
    }
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}
