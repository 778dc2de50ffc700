//! From what was saved of the tracer to a container: raw pages of one or several CPUs, or a text log.
//!
//! [`convert`] does it all.

mod raw_input;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use mmio_format::block::Columns;
use mmio_format::container::{Recording, Totals, Writer, key};
use mmio_format::error::{Damage, DamageKind, Position};
use mmio_format::input::Input;
use mmio_format::pipeline::ordered_map;
use mmio_format::source::{Piece, Source};
use mmio_format::survey::Survey;
use mmio_format::trace::{encoder, report, write_piece};
use mmio_format::{Block, Error as TraceError, Progress};

use crate::error::{Error, Result};
use crate::formats::{Formats, X86_64};
use crate::merge::{Merge, Stop, Tally};
use crate::pci::PciDevices;
use crate::tool::TOOL;
use crate::tracers::Tracer;
use raw_input::{Opened, RawInput, open};

/// What to read, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Raw pages, a file for each CPU, or one text log.
    /// Each may be compressed by gzip, bzip2, xz, lzma or zstd; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// The descriptions of the kernel's events and pages; [`X86_64`] without any.
    pub formats: Vec<PathBuf>,
    /// The list of PCI devices.
    pub pci: Option<PathBuf>,
    /// The compression level of zstd.
    pub level: i32,
    /// The number of threads that compress.
    pub threads: usize,
}

/// Counts of what was written.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Done {
    /// Totals of the container.
    pub totals: Totals,
    /// Events that were lost, each loss once.
    pub lost: u64,
    /// Places with losses, those of unknown count included.
    pub losses: u64,
    /// Events of other tracers that were left out.
    pub others: u64,
    /// Inputs that could not be read to their end, in a sentence.
    pub damage: Option<String>,
    /// Whether raw pages were read with [`X86_64`] because no description was given.
    pub assumed: bool,
}

/// Reads the inputs and writes a container to `out`, whose name in errors is `path`.
/// `show` is called at the begin and after each block.
///
/// # Errors
/// [`Error`] when an input cannot be opened, is not a trace or of a wrong kind, or has no usable description, or `out` cannot be
/// written.
/// Damaged inputs are not an error, see [`Done::damage`].
pub fn convert<W: Write>(
    options: &Options,
    out: W,
    path: &Path,
    show: &mut dyn FnMut(Progress),
) -> Result<Done> {
    let (assumed, formats) = match &options.formats[..] {
        [] => (true, Formats::parse(X86_64, Path::new("built-in formats"))?),
        files => (false, read_formats(files)?),
    };
    let devices = match &options.pci {
        Some(file) => PciDevices::parse(&read_whole(file)?, file)?,
        None => PciDevices::default(),
    };
    let mut raw = Vec::new();
    for file in &options.inputs {
        match open(file, &formats)? {
            Opened::Raw(input) => raw.push(input),
            Opened::Text(input) if options.inputs.len() == 1 => {
                return from_text(options, input, &devices, (out, path), show);
            }
            Opened::Text(_) => {
                let what = "text logs cannot be merged; give one alone";
                return Err(Error::Refused(format!("{}: this is text: {what}", file.display())));
            }
        }
    }
    let mut done = from_pages(options, raw, formats, &devices, (out, path), show)?;
    done.assumed = assumed;
    Ok(done)
}

fn read_formats(files: &[PathBuf]) -> Result<Formats> {
    let mut text = String::new();
    for file in files {
        text.push_str(&String::from_utf8_lossy(&read_whole(file)?));
        text.push('\n');
    }
    Formats::parse(&text, &files[0])
}

/// Longest description or list that is read: real ones have some kilobytes.
const MAX_DESCRIPTION: u64 = 16 << 20;

fn read_whole(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| Error::io("cannot open", path, e))?;
    file.take(MAX_DESCRIPTION).read_to_end(&mut bytes).map_err(|e| Error::io("cannot read", path, e))?;
    Ok(bytes)
}

/// How far all inputs were read.
fn progress(inputs: &[RawInput]) -> Progress {
    let all = || inputs.iter().map(|input| input.meter.progress());
    Progress { read: all().map(|p| p.read).sum(), size: all().map(|p| p.size).sum() }
}

fn from_pages<W: Write>(
    options: &Options,
    mut inputs: Vec<RawInput>,
    formats: Formats,
    devices: &PciDevices,
    (out, path): (W, &Path),
    show: &mut dyn FnMut(Progress),
) -> Result<Done> {
    let (cpus, knows_cpus) = sort_by_cpu(&mut inputs);
    let (size, tracer) = (formats.page.size, formats.tracer());
    let mut merge = Merge::new(formats, &cpus);
    let mut writer = Writer::new(out, path, options.level)?;
    writer.write_recording(&facts(devices, tracer))?;

    show(progress(&inputs));
    let mut first = true;
    ordered_map(
        options.threads,
        |block: &mut Block| {
            block.clear();
            if std::mem::take(&mut first) {
                devices.push_records(block);
            }
            fill(&mut merge, &mut inputs, size, block)?;
            show(progress(&inputs));
            Ok(!block.is_empty())
        },
        || {
            let mut encode = encoder(options.level);
            move |block: &mut Block, encoded: &mut _| encode(None, block, encoded)
        },
        |encoded| writer.write_encoded(encoded),
    )?;
    let tally = *merge.tally();
    writer.extend_recording(&fields(&tally, knows_cpus))?;
    let (_, totals) = writer.finish()?;
    let damage = damage_of(&merge, &inputs);
    Ok(Done { totals, lost: tally.lost, losses: tally.losses, others: tally.others, damage, assumed: false })
}

/// Sorts the inputs by their CPUs' numbers, which are made up where no name tells them.
/// Returns the numbers, and whether all of them are known.
fn sort_by_cpu(inputs: &mut [RawInput]) -> (Vec<u32>, bool) {
    let knows_cpus = inputs.iter().all(|input| input.cpu.is_some());
    for (i, input) in inputs.iter_mut().enumerate() {
        input.cpu.get_or_insert(i as u32);
    }
    inputs.sort_by_key(|input| input.cpu);
    (inputs.iter().filter_map(|input| input.cpu).collect(), knows_cpus)
}

/// Fills a block from the inputs, which are read as far as the order needs it.
fn fill(
    merge: &mut Merge,
    inputs: &mut [RawInput],
    size: usize,
    block: &mut Block,
) -> std::result::Result<(), TraceError> {
    while let Stop::Needs(index) = merge.fill(u64::MAX, block) {
        let mut page = merge.spare();
        match inputs[index].next(size, &mut page) {
            Ok(true) => merge.push(index, page),
            Ok(false) => merge.close(index),
            Err(Error::Trace(error)) => return Err(error),
            Err(other) => return Err(TraceError::Request(other.to_string())),
        }
    }
    Ok(())
}

/// The bytes that could not be read, in one sentence.
fn damage_of(merge: &Merge, inputs: &[RawInput]) -> Option<String> {
    let mut all = Vec::new();
    for input in inputs {
        all.extend(input.damage.iter().map(|damage| format!("{}: {damage}", input.path.display())));
    }
    for (index, faults) in merge.faults() {
        if faults.is_cut && inputs[index].damage.is_some() {
            continue; // The page is cut because its file is.
        }
        let kind = if faults.is_cut { DamageKind::Truncated } else { DamageKind::Damaged };
        let place = Position { byte: Some(faults.offset), ..Position::default() };
        let damage = Damage { kind, what: faults.first.what.into(), place };
        let more = match faults.count.saturating_sub(1) {
            0 => String::new(),
            1 => "; and 1 more place".to_owned(),
            more => format!("; and {more} more places"),
        };
        all.push(format!("{}: {damage}{more}", inputs[index].path.display()));
    }
    (!all.is_empty()).then(|| all.join("; "))
}

fn facts(devices: &PciDevices, tracer: Tracer) -> Recording {
    let mut recording = Recording::default();
    recording.push(key::TOOL, TOOL);
    recording.push(key::TRACER, tracer.name());
    devices.describe(&mut recording);
    recording
}

/// The columns that mean something, which are known at the end only.
fn fields(tally: &Tally, knows_cpus: bool) -> Recording {
    let names = [("pc", tally.has_pc), ("cpu", knows_cpus), ("pid", true)];
    let names: Vec<&str> = names.iter().filter(|name| name.1).map(|name| name.0).collect();
    let mut recording = Recording::default();
    recording.push(key::FIELDS, names.join(" "));
    recording
}

fn from_text<W: Write>(
    options: &Options,
    input: Input,
    devices: &PciDevices,
    (out, path): (W, &Path),
    show: &mut dyn FnMut(Progress),
) -> Result<Done> {
    let name = input.path.clone();
    if !options.formats.is_empty() {
        let what = "this is text, which needs no description of events";
        return Err(Error::Refused(format!("{}: {what}", name.display())));
    }
    let meter = input.meter.clone();
    let mut show = || show(meter.progress());
    show();
    let mut source = Source::new(input)?;
    let mut writer = Writer::new(out, path, options.level)?;
    writer.write_recording(&facts(devices, Tracer::Mmiotrace))?;
    let mut survey = Survey::default();
    source.run(
        options.threads,
        Columns::ALL,
        |_| true,
        || encoder(options.level),
        |piece| {
            show();
            if let Piece::Block(part, _) = &piece {
                survey.feed(part.stats, part.block, part.first_access);
            }
            write_piece(&mut writer, piece)
        },
    )?;
    let (_, totals) = writer.finish()?;
    let damage = report(source.damage().iter()).map(|damage| format!("{}: {damage}", name.display()));
    if let Err(refusal) = source.judge(&survey) {
        return Err(damage.map_or(Error::Trace(refusal), Error::Refused));
    }
    let losses = survey.losses.len() as u64 + survey.more_losses.0;
    Ok(Done { totals, lost: survey.lost(), losses, damage, ..Done::default() })
}
