//! Rows of the table `registers`: the report of `regs`.

use std::borrow::Cow;

use mmio_format::{Result, Trace};
use polars::prelude::{ChunkedBuilder, DataFrame, PolarsResult, StringChunked};

use super::cells::{Batch, Cells};
use super::message;
use super::table::Table;
use super::traces::Input;
use mmio_analyze::regs::{Entry, Options, regs};
use mmio_report::Speller;
use mmio_report::numbers::rounded;

/// The registers of a trace.
///
/// # Errors
/// Those of [`regs`].
pub(super) fn read(trace: &mut Trace, input: &Input, wanted: &[&'static str]) -> Result<DataFrame> {
    let options = Options { filter: (*input.filter).clone(), ..Options::default() };
    let report = regs(trace, &options)?;
    let speller = Speller::new(trace.devices());
    frame(&report.registers, speller, &input.name, wanted).map_err(|error| message::of_query(&error))
}

fn frame(
    entries: &[Entry],
    speller: Speller<'_>,
    trace: &str,
    wanted: &[&'static str],
) -> PolarsResult<DataFrame> {
    let mut batch = Batch::new(Table::Registers, wanted, &[], trace);
    for entry in entries {
        for (name, cells) in &mut batch.columns {
            fill(name, cells, entry, speller);
        }
    }
    batch.rows = entries.len();
    batch.take(|_| StringChunked::default())
}

fn fill(name: &str, cells: &mut Cells, entry: &Entry, speller: Speller<'_>) {
    match cells {
        Cells::Text(to) => to.append_option(text(name, entry, speller).as_deref()),
        Cells::Unsigned(to) => to.append_option(number(name, entry)),
        Cells::Float(to) => to.append_value(rounded(entry.confidence)),
        _ => {}
    }
}

fn text<'e>(name: &str, entry: &'e Entry, speller: Speller<'e>) -> Option<Cow<'e, str>> {
    match name {
        "device" => Some(speller.device(entry.site.device()).into()),
        "space" => speller.space(entry.site).map(Cow::from),
        "kind" => Some(mmio_report::regs::kind(entry.kind).into()),
        "evidence" => Some(speller.evidence(&entry.evidence).into()),
        _ => None,
    }
}

fn number(name: &str, entry: &Entry) -> Option<u64> {
    let register = entry.site.register;
    match name {
        "bar" => Some(entry.site.bar().into()),
        "offset" => Some(register.offset),
        "width" => Some(register.width.into()).filter(|&width| width != 0),
        "elements" => Some(entry.elements as u64),
        "stride" => entry.stride,
        "reads" => Some(entry.reads),
        "writes" => Some(entry.writes),
        "unknown" => Some(entry.unknown),
        "distinct" => Some(entry.distinct as u64),
        "changed" => Some(entry.changed),
        "ones" => Some(entry.ones),
        "zeros" => Some(entry.zeros),
        "first" => Some(entry.first),
        "last" => Some(entry.last),
        _ => None,
    }
}
