//! Registers as waveforms: a Value Change Dump.

mod changes;
mod header;
mod names;
mod variables;
mod write;

use std::io::Write;

use mmio_analyze::waits::waits;
use mmio_format::{Filter, Result, Scope, Trace};
use mmio_report::numbers::grouped;

use super::Written;
use super::clock::Clock;
use super::look::{Look, lacks};
use super::losses::{Losses, Lost};
use super::sink::Sink;
use changes::Changes;
use mmio_format::walk::walk;
use variables::Variables;

pub use variables::MOST_REGISTERS;

/// Writes what passes `filter` as a Value Change Dump, unless that is nothing, and returns in sentences what it does not
/// show as it is in the trace; the file says the same. `name` names the output in errors.
///
/// The trace is walked three times; memory goes with the number of registers.
///
/// # Errors
/// As [`walk`], and [`mmio_format::Error::Io`] for `to`.
pub fn vcd(trace: &mut Trace, filter: &Filter, to: &mut dyn Write, name: &str) -> Result<Written> {
    limited(trace, filter, MOST_REGISTERS, to, name)
}

/// Writes a Value Change Dump with at most `most` registers.
fn limited(
    trace: &mut Trace,
    filter: &Filter,
    most: usize,
    to: &mut dyn Write,
    name: &str,
) -> Result<Written> {
    let mut look = Look::at(trace, filter)?;
    let summary = look.summary;
    if summary.is_in_vain() {
        return Ok(Written { summary, lacking: Vec::new() });
    }
    let waits = waits(trace, filter)?;
    let variables = Variables::new(&look, trace.survey(), most, &waits);
    let mut told = look.told();
    let (registers, accesses) = variables.left_out;
    if registers > 0 {
        told.push(format!(
            "{} of {} registers, the least used ones, have no variables; their {} accesses count in others",
            grouped(registers as u64),
            grouped(look.census.table().len() as u64),
            grouped(accesses)
        ));
    }
    let (unit, unit_name) = if look.nanos { (1, "ns") } else { (1000, "us") };
    let mut sink = Sink::new(to);
    let mut said = told.clone();
    said.extend(lacks(trace));
    sink.bytes.extend(header::header(&variables, trace.devices(), &said, unit_name).into_bytes());
    let mut changes = Changes {
        losses: Losses::of(trace),
        census: &mut look.census,
        variables,
        clock: Clock::default(),
        sink,
        unit,
        stamp: look.first.unwrap_or(trace.start()) / unit,
        known: Vec::new(),
        forget: false,
        lost: Lost::default(),
        unmet: waits.unmet.iter().map(|wait| (wait.index, (wait.reads, wait.end))).collect(),
    };
    changes.begin();
    walk(trace, &Scope::of(filter), &mut changes)?;
    changes.end(name)?;
    Ok(Written { summary, lacking: told })
}
