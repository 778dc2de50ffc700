//! What polars says, as an error of ours in one line.

use mmio_format::Error;
use polars::prelude::PolarsError;

use super::table::Table;

/// Longest message in characters; polars likes to append whole plans.
const MAX_LENGTH: usize = 400;

/// The error of a query.
pub(super) fn of_query(error: &PolarsError) -> Error {
    let mut text = one_line(&error.to_string());
    if text.contains("relation") && text.contains("not found") {
        let known: Vec<&str> = Table::ALL.iter().map(|table| table.name()).collect();
        text.push_str(&format!("; the tables are {}", known.join(", ")));
    }
    Error::Request(text)
}

/// The first paragraph of `text` in one line.
pub(super) fn one_line(text: &str) -> String {
    let first = text.split("\n\n").next().unwrap_or_default();
    let line = first.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
