//! How one cell is spelled.

use polars::prelude::{AnyValue, Column, DataFrame, DataType};

/// Words in the name of a column of unsigned 64-bit numbers that make it hexadecimal.
const HEXADECIMAL: [&str; 10] =
    ["offset", "value", "pc", "address", "virtual", "changed", "ones", "zeros", "first", "last"];

/// Whether tables and JSON print a column in hexadecimal: by its type and by the words of its name, as in `value_min`.
pub(super) fn is_hexadecimal(column: &Column) -> bool {
    let inner = match column.dtype() {
        DataType::List(inner) => inner,
        dtype => dtype,
    };
    *inner == DataType::UInt64 && column.name().split(['_', ' ']).any(|word| HEXADECIMAL.contains(&word))
}

/// The columns of a frame, ready to be read row by row.
pub(super) struct Cells<'a> {
    pub(super) name: &'a str,
    pub(super) hexadecimal: bool,
    pub(super) dtype: &'a DataType,
    column: polars::prelude::Series,
}

impl<'a> Cells<'a> {
    pub(super) fn of(frame: &'a DataFrame) -> Vec<Cells<'a>> {
        let cells = |column: &'a Column| Cells {
            name: column.name(),
            hexadecimal: is_hexadecimal(column),
            dtype: column.dtype(),
            column: column.as_materialized_series().clone(),
        };
        frame.columns().iter().map(cells).collect()
    }

    /// The value in `row`; null after the last one.
    pub(super) fn get(&self, row: usize) -> AnyValue<'_> {
        self.column.get(row).unwrap_or(AnyValue::Null)
    }
}

/// What kinds of values there are for us.
pub(super) enum Plain<'a> {
    Null,
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    Text(&'a str),
    List(&'a polars::prelude::Series),
    /// Any other value as polars spells it.
    Other(String),
}

impl<'a> Plain<'a> {
    pub(super) fn of(value: &'a AnyValue<'_>) -> Plain<'a> {
        match value {
            AnyValue::Null => Plain::Null,
            AnyValue::Boolean(value) => Plain::Bool(*value),
            AnyValue::String(text) => Plain::Text(text),
            AnyValue::StringOwned(text) => Plain::Text(text),
            AnyValue::UInt32(value) => Plain::Unsigned((*value).into()),
            AnyValue::UInt64(value) => Plain::Unsigned(*value),
            AnyValue::Int32(value) => Plain::Signed((*value).into()),
            AnyValue::Int64(value) => Plain::Signed(*value),
            AnyValue::Float32(value) => Plain::Float((*value).into()),
            AnyValue::Float64(value) => Plain::Float(*value),
            AnyValue::List(values) => Plain::List(values),
            other => match (other.is_integer(), other.extract::<i64>()) {
                (true, Some(value)) => Plain::Signed(value),
                _ => Plain::Other(other.to_string()),
            },
        }
    }
}
