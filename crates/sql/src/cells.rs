//! Columns of a batch of rows while they grow.

use std::sync::Arc;

use polars::prelude::{
    ChunkTake, ChunkedBuilder, Column, DataFrame, Float64Type, Int64Type, IntoColumn, PolarsResult,
    PrimitiveChunkedBuilder, Scalar, StringChunked, StringChunkedBuilder, UInt32Type, UInt64Type,
};

use super::table::{TRACE, Table, Type};

/// The cells of one column.
pub(super) enum Cells {
    Unsigned(PrimitiveChunkedBuilder<UInt64Type>),
    Signed(PrimitiveChunkedBuilder<Int64Type>),
    Float(PrimitiveChunkedBuilder<Float64Type>),
    Text(StringChunkedBuilder),
    /// Numbers of words that repeat; the words are given when the batch is taken.
    Word(PrimitiveChunkedBuilder<UInt32Type>),
    /// One text for all rows.
    Constant(Arc<str>),
}

/// The wanted columns of a batch.
pub(super) struct Batch {
    pub(super) columns: Vec<(&'static str, Cells)>,
    pub(super) rows: usize,
    /// Bytes of text that the rows hold or point to.
    pub(super) text: usize,
}

/// Rows and bytes of text that fill a batch, which ends with the block that fills it.
const FULL: (usize, usize) = (1 << 18, 32 << 20);

impl Batch {
    /// Room for rows with the columns `wanted`. Those in `words` hold numbers of words.
    pub(super) fn new(table: Table, wanted: &[&'static str], words: &[&str], trace: &str) -> Batch {
        let kind = |name: &str| table.columns().iter().find(|c| c.0 == name).map_or(Type::Text, |c| c.1);
        let column = |&name: &&'static str| match name {
            _ if name == TRACE.0 => (name, Cells::Constant(trace.into())),
            _ if words.contains(&name) => (name, Cells::Word(builder(name))),
            _ => (name, Cells::new(name, kind(name))),
        };
        Batch { columns: wanted.iter().map(column).collect(), rows: 0, text: 0 }
    }

    /// Whether a column of this name is wanted.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|c| c.0 == name)
    }

    /// Whether it is time to take the rows that were collected.
    pub(super) fn is_full(&self) -> bool {
        self.rows >= FULL.0 || self.text >= FULL.1
    }

    /// The rows collected so far; the batch is empty afterwards. `words` gives the words of a column.
    pub(super) fn take(&mut self, words: impl Fn(&str) -> StringChunked) -> PolarsResult<DataFrame> {
        let rows = std::mem::take(&mut self.rows);
        self.text = 0;
        let mut columns = Vec::with_capacity(self.columns.len());
        for (name, cells) in &mut self.columns {
            columns.push(cells.take(name, rows, &words)?);
        }
        DataFrame::new(rows, columns)
    }
}

fn builder<T: polars::prelude::PolarsNumericType>(name: &str) -> PrimitiveChunkedBuilder<T> {
    PrimitiveChunkedBuilder::new(name.into(), 0)
}

impl Cells {
    fn new(name: &str, kind: Type) -> Cells {
        match kind {
            Type::Unsigned => Cells::Unsigned(builder(name)),
            Type::Signed => Cells::Signed(builder(name)),
            Type::Float => Cells::Float(builder(name)),
            Type::Text => Cells::Text(StringChunkedBuilder::new(name.into(), 0)),
        }
    }

    fn take(
        &mut self,
        name: &str,
        rows: usize,
        words: &impl Fn(&str) -> StringChunked,
    ) -> PolarsResult<Column> {
        Ok(match self {
            Cells::Unsigned(cells) => std::mem::replace(cells, builder(name)).finish().into_column(),
            Cells::Signed(cells) => std::mem::replace(cells, builder(name)).finish().into_column(),
            Cells::Float(cells) => std::mem::replace(cells, builder(name)).finish().into_column(),
            Cells::Text(cells) => {
                let empty = StringChunkedBuilder::new(name.into(), 0);
                std::mem::replace(cells, empty).finish().into_column()
            }
            Cells::Word(cells) => {
                let numbers = std::mem::replace(cells, builder(name)).finish();
                words(name).take(&numbers)?.with_name(name.into()).into_column()
            }
            Cells::Constant(text) => Column::new_scalar(
                name.into(),
                Scalar::from(polars::prelude::PlSmallStr::from(&**text)),
                rows,
            ),
        })
    }
}
