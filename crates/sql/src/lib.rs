//! Traces as tables for SQL, and whole tables as Parquet, CSV and JSON.
//!
//! [`Traces`] holds the inputs, [`query`] answers a SQL query over their tables with [`Rows`], [`export`]
//! writes a whole table. The engine is polars, which appears nowhere outside this crate. Without the feature
//! `engine` the crate is empty: polars takes a quarter of an hour to build.
//!
//! A scan decodes only the columns that a query needs, passes over the blocks in which no row can fulfil the
//! query's conditions on time, op and device, and keeps only rows that fulfil all of them. What is left
//! is held in memory; [`export`] holds a batch of rows at a time.
//!
//! ```
//! use mmio_format::{Filter, Trace};
//! use mmio_sql::{Form, Header, Traces, query};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("log.txt");
//! std::fs::write(&path, "MAP 1.0 1 0xfe000000 0xffff0000 0x1000 0x0 0\nR 4 1.5 1 0xfe000020 0x7 0x0 0\n")?;
//! let mut traces = Traces::new(Filter::default());
//! traces.add("log".into(), Trace::open(&path)?);
//! let rows = query(&traces, "SELECT op, offset, value FROM accesses")?;
//! let mut csv = Vec::new();
//! rows.write(Form::Csv, &Header::new("example", &traces), &mut csv, "csv")?;
//! assert!(String::from_utf8(csv)?.starts_with("op,offset,value\nR,"));
//! # Ok(())
//! # }
//! ```

// A library is silent: what a user sees, a program says.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr, clippy::exit))]
#![cfg(feature = "engine")]

mod accesses;
mod cells;
mod dialect;
mod export;
mod maps;
mod marks;
mod message;
mod output;
mod prune;
mod query;
mod read;
mod registers;
mod scan;
mod table;
mod traces;

pub use export::export;
pub use output::{Form, Header};
pub use query::{Rows, query};
pub use table::Table;
pub use traces::Traces;

/// The engine, for tests that read what was written with its own readers.
#[doc(hidden)]
pub mod engine {
    pub use polars;
    pub use polars_io;
}
