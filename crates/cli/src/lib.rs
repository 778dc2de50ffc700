//! What the commands of mmioscope share: filters, colour, exit codes, the progress bar and output files.
//!
//! It is the one library that knows a command line and a terminal. A program's `main` is one call of [`run`], which
//! prints an error once and turns everything into an [`Exit`] code; it takes [`FilterArgs`] for its filters, opens traces
//! with [`open`], and writes to an [`output::Output`]. Meant for the project's own programs: it changes with them.

mod color;
mod exit;
mod filters;
pub mod output;
mod progress;
mod read_args;

use std::path::Path;

use mmio_format::input::{self, Input};
use mmio_format::{Filter, Result, Trace};

pub use color::Color;
pub use exit::{Exit, run};
pub use filters::FilterArgs;
pub use progress::Bar;
pub use read_args::ReadArgs;

/// Opens a trace for `tool`, with a progress bar unless `quiet`. Where `filter` names a device and several have that
/// name, all of them are meant, and standard error says which.
///
/// # Errors
/// As [`Trace::open`] and [`Trace::judge`]; what is missing from an input that is refused is printed before.
pub fn open(tool: &str, path: &Path, quiet: bool, read: &ReadArgs, filter: &Filter) -> Result<Trace> {
    open_input(tool, input::open_as(path, &read.options()?)?, quiet, filter)
}

/// Opens a trace as [`open`] does, from an input that is open.
///
/// # Errors
/// As [`open`].
pub fn open_input(tool: &str, input: Input, quiet: bool, filter: &Filter) -> Result<Trace> {
    let path = &input.path.clone();
    let mut bar = Bar::new(quiet);
    let trace = Trace::of_input(input, |progress| bar.show(progress))?;
    drop(bar);
    if let Err(refusal) = trace.judge() {
        if let Some(damage) = trace.damage_report() {
            eprintln!("{tool}: {}: {damage}", path.display());
        }
        return Err(refusal);
    }
    if filter.time.is_some() {
        trace.needs_times("--time")?;
    }
    for name in &filter.devices {
        let called = trace.devices().called(name);
        if called.len() > 1 {
            let names: Vec<&str> = called.iter().map(|&id| &*trace.devices().get(id).name).collect();
            eprintln!(
                "{tool}: {}: {} devices are called {name}: {}",
                path.display(),
                names.len(),
                names.join(", ")
            );
        }
    }
    Ok(trace)
}
