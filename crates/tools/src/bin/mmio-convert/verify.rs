//! `--check` and `--repair`: whether a container is whole, and making one of what is left.

use std::io::Read;

use anyhow::{Result, bail};
use mmio_cli::output::{self, Output};
use mmio_cli::{Bar, Exit};
use mmio_format::Meter;
use mmio_format::container::{self, Reader, Totals, Writer};
use mmio_format::input::{self, Content};
use mmio_format::trace::{report, threads};
use mmio_report::numbers::counted;

use crate::args::Args;

/// An input that moves a progress bar while it is read.
struct Shown {
    reader: Box<dyn Read + Send>,
    meter: Meter,
    bar: Bar,
}

impl Read for Shown {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer);
        self.bar.show(self.meter.progress());
        read
    }
}

fn open(args: &Args) -> Result<Reader<Shown>> {
    let input = input::open(&args.input)?;
    if input.content == Content::Text {
        bail!("{}: this is no container", args.input.display());
    }
    let shown = Shown { reader: input.reader, meter: input.meter, bar: Bar::new(args.quiet) };
    Ok(Reader::new(shown, &args.input)?)
}

/// Prints one line: what is in the file, and what is wrong with it.
pub(crate) fn check(args: &Args) -> Result<Exit> {
    let mut reader = open(args)?;
    let good = container::check(&mut reader, threads())?;
    let damage = report(reader.damage().iter());
    drop(reader);
    let name = args.input.display();
    match damage {
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

/// Copies what is whole. That something was missing is what one repairs for, so it is not an error; that nothing is left
/// is one, and nothing is written then.
pub(crate) fn repair(args: &Args) -> Result<Exit> {
    let mut reader = open(args)?;
    let output = Output::create(&args.output, output::Content::Binary, args.force)?;
    let writer = Writer::new(output, &args.output, args.level)?;
    let (output, totals) = container::repair(&mut reader, writer)?;
    let damage = report(reader.damage().iter());
    drop(reader);
    if totals.records == 0 {
        let damage = damage.map_or(String::new(), |damage| format!("{damage}; "));
        bail!("{}: {damage}nothing can be kept of it: there is no whole block", args.input.display());
    }
    output.finish()?;
    if !args.quiet {
        eprintln!("{}: kept {}", args.input.display(), describe(&totals));
    }
    if let Some(damage) = damage {
        eprintln!("mmio-convert: {}: {damage}", args.input.display());
    }
    Ok(Exit::Success)
}

fn describe(t: &Totals) -> String {
    format!(
        "{}, {}, {}, {}",
        counted(t.blocks, "block", "blocks"),
        counted(t.records, "record", "records"),
        counted(t.accesses, "access", "accesses"),
        counted(t.lost, "lost event", "lost events"),
    )
}
