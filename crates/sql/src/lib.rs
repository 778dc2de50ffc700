//! Traces as tables for SQL, and whole tables as Parquet, CSV and JSON.
//!
//! [`Traces`] holds the inputs, [`query`] answers a SQL query over their tables with [`Rows`], [`export`]
//! writes a whole table. The engine is polars, which appears nowhere outside this crate. Without the feature
//! `engine` the crate is empty: polars takes a quarter of an hour to build.
//!
//! A scan decodes only the columns that a query needs, passes over the blocks in which no row can fulfil the
//! query's conditions on time, op and device, and keeps only rows that fulfil all of them. What is left
//! is held in memory; [`export`] holds a batch of rows at a time.
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
