//! The tables and their columns.

use std::sync::Arc;

use polars::prelude::{DataType, Field, Schema, SchemaRef};

/// A table of a trace. docs/queries.md describes the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// Reads, writes and UNKNOWNs.
    Accesses,
    /// Mappings that came and went.
    Maps,
    /// Markers and losses.
    Marks,
    /// What each register did and probably is, see [`mmio_analyze::regs`].
    Registers,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// What the device or the address space gives: no sign, 64 bits.
    Unsigned,
    /// A number whose differences may be negative, or that the kernel signs.
    Signed,
    /// Seconds of the trace's clock, shares.
    Float,
    /// Words.
    Text,
}

use Type::{Float, Signed, Text, Unsigned};

/// The last column of every table.
pub(super) const TRACE: (&str, Type) = ("trace", Text);

const ACCESSES: &[(&str, Type)] = &[
    ("index", Signed),
    ("time", Float),
    ("device", Text),
    ("bar", Unsigned),
    ("offset", Unsigned),
    ("op", Text),
    ("width", Unsigned),
    ("value", Unsigned),
    ("pc", Unsigned),
    ("cpu", Signed),
    ("pid", Signed),
    ("mark", Text),
    TRACE,
];

const MAPS: &[(&str, Type)] = &[
    ("kind", Text),
    ("time", Float),
    ("index", Signed),
    ("map_id", Signed),
    ("device", Text),
    ("bar", Unsigned),
    ("offset", Unsigned),
    ("address", Unsigned),
    ("virtual", Unsigned),
    ("length", Unsigned),
    TRACE,
];

const MARKS: &[(&str, Type)] =
    &[("kind", Text), ("time", Float), ("index", Signed), ("text", Text), ("events", Unsigned), TRACE];

const REGISTERS: &[(&str, Type)] = &[
    ("device", Text),
    ("bar", Unsigned),
    ("space", Text),
    ("offset", Unsigned),
    ("width", Unsigned),
    ("elements", Unsigned),
    ("stride", Unsigned),
    ("reads", Unsigned),
    ("writes", Unsigned),
    ("unknown", Unsigned),
    ("distinct", Unsigned),
    ("changed", Unsigned),
    ("ones", Unsigned),
    ("zeros", Unsigned),
    ("first", Unsigned),
    ("last", Unsigned),
    ("kind", Text),
    ("confidence", Float),
    ("evidence", Text),
    TRACE,
];

impl Table {
    /// All tables.
    pub const ALL: [Table; 4] = [Table::Accesses, Table::Maps, Table::Marks, Table::Registers];

    /// The table's name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Table::Accesses => "accesses",
            Table::Maps => "maps",
            Table::Marks => "marks",
            Table::Registers => "registers",
        }
    }

    /// Names and types of the table's columns, in order.
    pub(super) fn columns(self) -> &'static [(&'static str, Type)] {
        match self {
            Table::Accesses => ACCESSES,
            Table::Maps => MAPS,
            Table::Marks => MARKS,
            Table::Registers => REGISTERS,
        }
    }

    /// The table's columns as polars knows them.
    pub(super) fn schema(self) -> SchemaRef {
        let field = |&(name, kind): &(&'static str, Type)| Field::new(name.into(), kind.dtype());
        Arc::new(self.columns().iter().map(field).collect::<Schema>())
    }
}

impl Type {
    pub(super) fn dtype(self) -> DataType {
        match self {
            Unsigned => DataType::UInt64,
            Signed => DataType::Int64,
            Float => DataType::Float64,
            Text => DataType::String,
        }
    }
}
