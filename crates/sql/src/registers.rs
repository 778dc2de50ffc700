//! Rows of the table `registers`: the report of `regs`.

use mmio_format::{Result, Trace};
use polars::prelude::{ChunkedBuilder, DataFrame, PolarsResult, StringChunked};

use super::cells::{Batch, Cells};
use super::message;
use super::table::Table;
use super::traces::Input;
use mmio_analyze::regs::{Entry, Options, regs};

/// The registers of a trace.
///
/// # Errors
/// Those of [`regs`].
pub(super) fn read(trace: &mut Trace, input: &Input, wanted: &[&'static str]) -> Result<DataFrame> {
    let options = Options { filter: (*input.filter).clone(), ..Options::default() };
    let report = regs(trace, &options)?;
    frame(&report.registers, &input.name, wanted).map_err(|error| message::of_query(&error))
}

fn frame(entries: &[Entry], trace: &str, wanted: &[&'static str]) -> PolarsResult<DataFrame> {
    let mut batch = Batch::new(Table::Registers, wanted, &[], trace);
    for entry in entries {
        for (name, cells) in &mut batch.columns {
            fill(name, cells, entry);
        }
    }
    batch.rows = entries.len();
    batch.take(|_| StringChunked::default())
}

fn fill(name: &str, cells: &mut Cells, entry: &Entry) {
    match cells {
        Cells::Text(to) => to.append_option(text(name, entry)),
        Cells::Unsigned(to) => to.append_option(number(name, entry)),
        Cells::Float(to) => to.append_value(entry.confidence),
        _ => {}
    }
}

fn text<'e>(name: &str, entry: &'e Entry) -> Option<&'e str> {
    match name {
        "device" => Some(&entry.device),
        "space" => entry.space.as_deref(),
        "kind" => Some(entry.kind.name()),
        "evidence" => Some(&entry.evidence),
        _ => None,
    }
}

fn number(name: &str, entry: &Entry) -> Option<u64> {
    match name {
        "bar" => Some(entry.bar.into()),
        "offset" => parsed(&entry.offset),
        "width" => Some(entry.width.into()).filter(|&width| width != 0),
        "elements" => Some(entry.elements as u64),
        "stride" => entry.stride,
        "reads" => Some(entry.reads),
        "writes" => Some(entry.writes),
        "unknown" => Some(entry.unknown),
        "distinct" => Some(entry.distinct as u64),
        "changed" => parsed(&entry.changed),
        "ones" => parsed(&entry.ones),
        "zeros" => parsed(&entry.zeros),
        "first" => parsed(&entry.first),
        "last" => parsed(&entry.last),
        _ => None,
    }
}

/// The number that the report spells in hexadecimal.
fn parsed(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}
