//! Recordings from what was saved elsewhere.

use anyhow::{Context, Result};
use mmio_capture::offline::{self, Done, Options};
use mmio_cli::output::{Content, Output};
use mmio_cli::{Bar, Exit};
use mmio_format::trace::threads;
use mmio_report::numbers::{counted, grouped};

use crate::args::Record;

pub(crate) fn convert(args: &Record) -> Result<Exit> {
    let path = args.output.as_ref().context("-o is missing")?;
    let options = Options {
        inputs: args.from.clone(),
        formats: args.formats.clone(),
        pci: args.pci.clone(),
        level: args.level,
        threads: threads(),
    };
    let mut output = Output::create(path, Content::Binary, args.force)?;
    let mut bar = Bar::new(args.quiet);
    let done = offline::convert(&options, &mut output, path, &mut |progress| bar.show(progress))?;
    drop(bar);
    output.finish()?;
    Ok(close(args, &done))
}

/// Says on standard error what was recorded, and what was missing.
fn close(args: &Record, done: &Done) -> Exit {
    if !args.quiet {
        closing_line(args, done.totals.records, done.totals.accesses, done.lost);
        if done.assumed {
            eprintln!(
                "mmio-capture: no --formats: the pages were taken for those of a kernel 6.1 for x86-64"
            );
        }
    }
    others(done.others);
    if let Some(damage) = &done.damage {
        eprintln!("mmio-capture: {damage}");
        return Exit::Error;
    }
    losses(args, done.lost, done.losses).unwrap_or(Exit::Success)
}

pub(crate) fn closing_line(args: &Record, records: u64, accesses: u64, lost: u64) {
    let name = args.output.as_ref().map_or("-".into(), |path| path.display().to_string());
    let (records, accesses) =
        (counted(records, "record", "records"), counted(accesses, "access", "accesses"));
    eprintln!("{name}: {records}, {accesses}, {} lost", grouped(lost));
}

pub(crate) fn others(count: u64) {
    if count > 0 {
        eprintln!("mmio-capture: left out: {} of other tracers", counted(count, "event", "events"));
    }
}

/// Says what was lost; the exit code for it, unless it is allowed.
pub(crate) fn losses(args: &Record, lost: u64, places: u64) -> Option<Exit> {
    if places == 0 || args.allow_loss {
        return None;
    }
    let (events, places) = (counted(lost, "event was", "events were"), counted(places, "place", "places"));
    eprintln!("mmio-capture: {events} lost at {places}");
    Some(Exit::Lost)
}
