//! One recording from begin to end.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use mmio_format::container::key;

use super::attend::attend;
use super::checks;
use super::facts::{self, own_key};
use super::intake::{Intake, Recorded, Sink};
use super::mmiotap::Wanted;
use super::progress::Progress;
use super::roots::Roots;
use super::session::{self, Plan, Session};
use super::threads::Threads;
use super::tracefs::{BufferStats, Tracefs};
use crate::error::{Error, Result};
use crate::formats::Tracer;
use crate::merge::Merge;
use crate::pci::PciAddress;

/// Which of the kernel's files events are read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Ring-buffer pages, which are cheaper and hold more.
    #[default]
    Raw,
    /// The text log.
    Text,
}

/// What to record, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where the container goes; `-` is standard output.
    pub output: PathBuf,
    /// Replace the output if it is there.
    pub force: bool,
    /// zstd's compression level.
    pub level: i32,
    /// Who traps the accesses; [`checks::best_tracer`] without.
    pub tracer: Option<Tracer>,
    /// mmiotap's file, if it is not an installed one.
    pub module: Option<PathBuf>,
    /// Physical addresses that are traced, the last ones included; mmiotap alone can choose.
    pub ranges: Vec<(u64, u64)>,
    /// Pages or text.
    pub source: Source,
    /// Kilobytes of the kernel's buffer; by the free memory without.
    pub buffer_kb: Option<u64>,
    /// Keep program counters.
    pub keep_pc: bool,
    /// The PCI device whose driver is meant.
    pub device: Option<PciAddress>,
    /// Take the device from its driver first, and give it back while recording.
    pub rebind: bool,
    /// A command; the recording ends with it.
    pub command: Vec<OsString>,
    /// Each line of standard input becomes a marker.
    pub marks_from_stdin: bool,
    /// No live line.
    pub quiet: bool,
    /// The options as the user gave them, for the recording's data.
    pub described: String,
}

/// How it went.
#[derive(Debug)]
pub struct Outcome {
    /// What was recorded.
    pub recorded: Recorded,
    /// How the command ended.
    pub command: Option<ExitStatus>,
    /// What went wrong while recording or while putting things back.
    pub problems: Vec<String>,
}

/// What [`check`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The tracer that is used.
    pub tracer: Tracer,
    /// The device and its driver, for [`Options::rebind`].
    pub rebind: Option<(PciAddress, String)>,
}

/// Makes sure that a recording is possible; nothing is changed.
///
/// # Errors
/// [`Error::Refused`] with what to do about it.
pub fn check(options: &Options, roots: &Roots) -> Result<Checked> {
    checks::rights(roots)?;
    checks::no_other(roots)?;
    let tracer = options.tracer.unwrap_or_else(|| checks::best_tracer(roots, options.module.as_deref()));
    match tracer {
        Tracer::Mmiotrace if !options.ranges.is_empty() => {
            return Err(Error::Refused(
                "--range: the kernel's mmiotrace traces everything; mmiotap can choose".into(),
            ));
        }
        Tracer::Mmiotrace if options.module.is_some() => {
            return Err(Error::Refused("--module is mmiotap's file; --tracer mmiotrace has none".into()));
        }
        Tracer::Mmiotrace if options.keep_pc => checks::program_counters(roots)?,
        Tracer::Mmiotap if options.source == Source::Text => {
            return Err(Error::Refused("--source text: only mmiotrace has a text log; leave it out".into()));
        }
        _ => {}
    }
    let device = |device| checks::device(tracer, roots, device, options.rebind);
    let rebind = options.device.map_or(Ok(None), device)?;
    Ok(Checked { tracer, rebind })
}

/// Records until the command ends, or until `stop` holds a signal's number. [`check`] gave `checked`.
///
/// # Errors
/// [`Error`] when nothing could be recorded; everything is as before then.
pub fn record(options: &Options, roots: &Roots, checked: Checked, stop: &AtomicUsize) -> Result<Outcome> {
    let mounted = !roots.tracefs.join("current_tracer").exists();
    let roots = if mounted { session::mount(roots)? } else { roots.clone() };
    let result = record_mounted(options, &roots, checked, stop, mounted);
    if mounted && roots.tracefs.join("current_tracer").exists() {
        // The session had no chance to take it away.
        session::unmount(&roots.tracefs)?;
    }
    result
}

fn record_mounted(
    options: &Options,
    roots: &Roots,
    checked: Checked,
    stop: &AtomicUsize,
    mounted: bool,
) -> Result<Outcome> {
    checks::tracer(checked.tracer, roots, &Tracefs::new(&roots.tracefs))?;
    let progress = Arc::new(Progress::default());
    let sink = Sink::new(create(options)?, progress.clone());
    let plan = plan(options, roots, checked);
    let begun = Session::begin(roots, &plan, mounted);
    let session = begun.inspect_err(|_| remove_empty(options))?;
    let threads =
        begin(options, roots, plan.tracer, &session, sink).inspect_err(|_| remove_empty(options))?;
    let mut problems = Vec::new();
    let command = attend(options, &session, &threads, &progress, stop, &mut problems);
    end(session, options.source, threads, roots, command, problems)
}

fn plan(options: &Options, roots: &Roots, checked: Checked) -> Plan {
    let Checked { tracer, rebind } = checked;
    Plan {
        tracer,
        output: options.output.clone(),
        buffer_kb: options.buffer_kb.unwrap_or_else(|| checks::default_buffer_kb(roots, tracer)),
        less_will_do: options.buffer_kb.is_none(),
        rebind,
        tap: Wanted {
            module: options.module.clone(),
            device: options.device,
            ranges: options.ranges.clone(),
            pc: options.keep_pc,
        },
    }
}

/// Writes what is known at the start, and sets reading and writing going.
fn begin(options: &Options, roots: &Roots, tracer: Tracer, session: &Session, sink: Sink) -> Result<Threads> {
    let tracefs = session.tracefs();
    let devices = facts::pci_devices(roots)?;
    let formats = match options.source {
        Source::Raw => Some(tracefs.formats(tracer)?),
        Source::Text => None,
    };
    let fields = match (options.source, options.keep_pc) {
        (Source::Raw, true) => "pc cpu pid",
        (Source::Raw, false) => "cpu pid",
        (Source::Text, true) => "pc",
        (Source::Text, false) => "",
    };
    let clock = tracefs.clock()?;
    let mut facts = facts::at_start(roots, tracer, &devices, &clock, fields, &options.described);
    let now = clock_now(tracefs);
    facts::moment(&mut facts, (key::START, own_key::START_CLOCK), facts::wall_time(), now);
    let place = (&*options.output, options.level);
    let layout = formats.as_ref().map(|formats| formats.page);
    let cpus = tracefs.cpus()?;
    let merge = formats.map(|formats| Merge::new(formats, &cpus));
    let intake = Intake::begin(sink, place, &facts, &devices, merge, options.keep_pc)?;
    Threads::start(tracefs, layout, intake)
}

/// Stops the tracer, takes what is left, puts everything back, and ends the file.
fn end(
    session: Session,
    source: Source,
    threads: Threads,
    roots: &Roots,
    command: Option<ExitStatus>,
    mut problems: Vec<String>,
) -> Result<Outcome> {
    let dropped = session.stop(source).unwrap_or_else(|error| {
        problems.push(session::chain(&error));
        0
    });
    let mut facts = facts::at_end(roots);
    let now = clock_now(session.tracefs());
    facts::moment(&mut facts, (key::END, own_key::END_CLOCK), facts::wall_time(), now);
    let intake = threads.join(&mut problems);
    let counted = statistics(session.tracefs());
    problems.extend(session.end());
    let mut intake = intake?;
    add_unreported(&mut intake, &counted, dropped, now);
    Ok(Outcome { recorded: intake.finish(&facts)?, command, problems })
}

/// What the kernel counted, by CPU.
fn statistics(tracefs: &Tracefs) -> Vec<(u32, BufferStats)> {
    let cpus = tracefs.cpus().unwrap_or_default();
    cpus.into_iter().filter_map(|cpu| Some((cpu, tracefs.stats(cpu).ok()?))).collect()
}

/// Losses that no event tells of: those at the very end, and events that never got into a buffer, which the tracer
/// counts and sometimes the buffer too.
fn add_unreported(intake: &mut Intake, counted: &[(u32, BufferStats)], dropped: u64, now: u64) {
    let (known, all_counted) = intake.known_lost();
    let sum =
        |of: fn(&BufferStats) -> u64| counted.iter().fold(0, |sum: u64, cpu| sum.saturating_add(of(&cpu.1)));
    let total = sum(|stats| stats.overrun).saturating_add(dropped.max(sum(|stats| stats.dropped)));
    if all_counted && total > known {
        let cpu = counted.iter().max_by_key(|cpu| cpu.1.overrun).map_or(0, |cpu| cpu.0);
        intake.add_loss(now, cpu, total - known);
    }
}

/// The trace's clock, 0 when it cannot be read.
fn clock_now(tracefs: &Tracefs) -> u64 {
    let first = tracefs.cpus().ok().and_then(|cpus| cpus.first().copied());
    first.and_then(|cpu| tracefs.stats(cpu).ok()).map_or(0, |stats| stats.now)
}

/// Writes straight to the file's place, so that what is written survives us.
fn create(options: &Options) -> Result<File> {
    let path = &options.output;
    if path.as_os_str() == "-" {
        return Ok(mmio_format::output::stdout(mmio_format::output::Content::Binary, options.force)?);
    }
    let mut open = OpenOptions::new();
    open.write(true);
    if options.force {
        open.create(true).truncate(true)
    } else {
        open.create_new(true)
    };
    open.open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::Refused(format!("{}: the file is there already; --force replaces it", path.display()))
        }
        _ => Error::io("cannot create", path, e),
    })
}

/// A recording that did not begin leaves no file.
fn remove_empty(options: &Options) {
    if std::fs::metadata(&options.output).is_ok_and(|found| found.is_file() && found.len() == 0) {
        let _ = std::fs::remove_file(&options.output);
    }
}

/// Writes a marker into whatever is recorded now.
///
/// # Errors
/// [`Error::Refused`] when nothing is recorded, [`Error::Trace`].
pub fn mark(roots: &Roots, text: &str) -> Result<()> {
    match super::state::State::load(&roots.state_file())? {
        Some(state) if state.is_alive(roots) => state.place().set("trace_marker", text),
        _ => Err(Error::Refused("nothing is being recorded".into())),
    }
}
