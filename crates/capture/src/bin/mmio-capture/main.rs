//! mmio-capture: records what a driver does to its device.

mod args;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use mmio_capture::offline::{self, Done, Options};
use mmio_format::cli::{self, Exit, grouped};
use mmio_format::output::{Content, Output};
use mmio_format::trace::threads;

use args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    cli::run("mmio-capture", || from_files(&args))
}

fn from_files(args: &Args) -> Result<Exit> {
    let options = Options {
        inputs: args.from.clone(),
        formats: args.formats.clone(),
        pci: args.pci.clone(),
        level: args.level,
        threads: threads(),
        quiet: args.quiet,
    };
    let mut output = Output::create(&args.output, Content::Binary, args.force)?;
    let done = offline::convert(&options, &mut output, &args.output)?;
    output.finish()?;
    Ok(close(args, &done))
}

/// Says on standard error what was recorded, and what was missing.
fn close(args: &Args, done: &Done) -> Exit {
    let name = args.output.display();
    if !args.quiet {
        let (t, lost) = (&done.totals, grouped(done.lost));
        eprintln!("{name}: {} records, {} accesses, {lost} lost", grouped(t.records), grouped(t.accesses));
        if done.assumed {
            eprintln!(
                "mmio-capture: no --formats: the pages were taken for those of a kernel 6.1 for x86-64"
            );
        }
    }
    if done.others > 0 {
        eprintln!("mmio-capture: left out: {} events of other tracers", grouped(done.others));
    }
    if let Some(damage) = &done.damage {
        eprintln!("mmio-capture: {damage}");
        return Exit::Error;
    }
    if done.losses > 0 && !args.allow_loss {
        let places = if done.losses == 1 { "place" } else { "places" };
        eprintln!("mmio-capture: {} events were lost at {} {places}", grouped(done.lost), done.losses);
        return Exit::Lost;
    }
    Exit::Success
}
