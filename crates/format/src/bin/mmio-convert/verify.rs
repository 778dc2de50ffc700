//! `--check` and `--repair`: whether a container is whole, and making one of what is left.

use std::io::Read;

use anyhow::{Result, bail};
use mmio_format::cli::{Exit, Progress, grouped};
use mmio_format::container::{self, Reader, Totals, Writer};
use mmio_format::input::{self, Content};
use mmio_format::output::{self, Output};
use mmio_format::trace::{report, threads};

use crate::args::Args;

type Stream = Box<dyn Read + Send>;

fn open(args: &Args) -> Result<(Reader<Stream>, Progress)> {
    let input = input::open(&args.input)?;
    if input.content == Content::Text {
        bail!("{}: this is no container", args.input.display());
    }
    let progress = Progress::new(args.quiet, input.size, input.consumed.clone());
    Ok((Reader::new(input.reader, &args.input)?, progress))
}

/// Prints one line: what is in the file, and what is wrong with it.
pub(crate) fn check(args: &Args) -> Result<Exit> {
    let (mut reader, progress) = open(args)?;
    let good = container::check(&mut reader, threads())?;
    drop(progress);
    let name = args.input.display();
    match report(reader.damage().iter()) {
        None => {
            println!("{name}: good, {}", describe(&good));
            Ok(Exit::Success)
        }
        Some(damage) => {
            println!("{name}: {damage}; good: {}", describe(&good));
            Ok(Exit::Found)
        }
    }
}

/// Copies what is whole. That something was missing is what one repairs for, so it is no error.
pub(crate) fn repair(args: &Args) -> Result<Exit> {
    let (mut reader, progress) = open(args)?;
    let output = Output::create(&args.output, output::Content::Binary, args.force)?;
    let writer = Writer::new(output, &args.output, args.level)?;
    let (output, totals) = container::repair(&mut reader, writer)?;
    drop(progress);
    output.finish()?;
    if !args.quiet {
        eprintln!("{}: kept {}", args.input.display(), describe(&totals));
    }
    if let Some(damage) = report(reader.damage().iter()) {
        eprintln!("mmio-convert: {}: {damage}", args.input.display());
    }
    Ok(Exit::Success)
}

fn describe(t: &Totals) -> String {
    let (records, accesses) = (grouped(t.records), grouped(t.accesses));
    format!(
        "{} blocks, {records} records, {accesses} accesses, {} lost events",
        grouped(t.blocks),
        grouped(t.lost)
    )
}
