//! One recording from begin to end.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use mmio_format::container::key;

use super::attend::attend;
use super::checks;
use super::facts::{self, own_key};
use super::intake::{Intake, Recorded, Sink};
use super::observer::{Counters, Observer};
use super::options::Options;
use super::session::{Plan, Session};
use super::state::State;
use super::threads::Threads;
use crate::error::{Error, Result};
use crate::formats::Formats;
use crate::kernel::mount;
use crate::kernel::roots::Roots;
use crate::kernel::tracefs::{BufferStats, Tracefs};
use crate::merge::Merge;
use crate::pci::PciAddress;
use crate::pci::PciDevices;
use crate::tracers::{Source, Tracer};

/// How a recording went.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// What was recorded.
    pub recorded: Recorded,
    /// How the command ended.
    pub command: Option<ExitStatus>,
    /// What went wrong while recording or while putting things back, a sentence each.
    pub problems: Vec<String>,
}

/// What [`check`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    let here = || match options.events[..] {
        [] => Tracer::first(|tracer| tracer.is_here(roots, options.module.as_deref())),
        _ => Tracer::Events,
    };
    let tracer = options.tracer.unwrap_or_else(here);
    if tracer != Tracer::Events && !options.events.is_empty() {
        let name = tracer.name();
        return Err(Error::Refused(format!("--events is a tracer of its own; leave out --tracer {name}")));
    }
    tracer.control().check_wanted(roots, &options.wanted(roots, tracer))?;
    let device = |device| checks::device(tracer, roots, device, options.rebind);
    let rebind = options.device.map_or(Ok(None), device)?;
    Ok(Checked { tracer, rebind })
}

/// Records until the command ends, or until `stop` holds a signal's number.
/// [`check`] gave `checked`.
///
/// # Errors
/// [`Error`] when nothing could be recorded; everything is as before then.
pub fn record(
    options: &Options,
    roots: &Roots,
    checked: Checked,
    stop: &AtomicUsize,
    observer: Arc<dyn Observer>,
) -> Result<Outcome> {
    let mounted = !roots.tracefs.join("current_tracer").exists();
    let roots = if mounted { mount::mount(roots)? } else { roots.clone() };
    let result = record_mounted(options, &roots, checked, stop, observer, mounted);
    if mounted && roots.tracefs.join("current_tracer").exists() {
        // The session had no chance to take it away.
        mount::unmount(&roots.tracefs)?;
    }
    result
}

fn record_mounted(
    options: &Options,
    roots: &Roots,
    checked: Checked,
    stop: &AtomicUsize,
    observer: Arc<dyn Observer>,
    mounted: bool,
) -> Result<Outcome> {
    let Checked { tracer, rebind } = checked;
    let wanted = options.wanted(roots, tracer);
    tracer.control().check_kernel(roots, &Tracefs::new(&roots.tracefs), &wanted)?;
    let counters = Arc::new(Counters::default());
    let sink = Sink::new(create(options)?, counters.clone());
    let plan = Plan { tracer, output: options.output.clone(), rebind, wanted };
    let begun = Session::begin(roots, &plan, mounted, observer);
    let session = begun.inspect_err(|_| remove_empty(options))?;
    let devices = facts::pci_devices(roots).inspect_err(|_| remove_empty(options))?;
    let begun = begin(options, (roots, &devices), &plan, &session, sink);
    let threads = begun.inspect_err(|_| remove_empty(options))?;
    let mut problems = Vec::new();
    let command = attend(options, &session, &threads, &counters, stop, &mut problems);
    end(session, options.source, threads, (roots, &devices), command, problems)
}

/// Writes what is known at the start, and sets reading and writing going.
fn begin(
    options: &Options,
    (roots, devices): (&Roots, &PciDevices),
    plan: &Plan,
    session: &Session,
    sink: Sink,
) -> Result<Threads> {
    let tracefs = session.tracefs();
    let formats = match options.source {
        Source::Raw => Some(Formats::of_kernel(tracefs, plan.tracer, &plan.wanted)?),
        Source::Text => None,
    };
    let fields = match (options.source, options.keep_pc) {
        (Source::Raw, true) => "pc cpu pid",
        (Source::Raw, false) => "cpu pid",
        (Source::Text, true) => "pc",
        (Source::Text, false) => "",
    };
    let clock = tracefs.clock()?;
    let mut facts = facts::at_start(roots, plan.tracer, devices, &clock, fields, &options.described);
    let now = clock_now(tracefs);
    facts::moment(&mut facts, (key::START, own_key::START_CLOCK), facts::wall_time(), now);
    let place = (&*options.output, options.level);
    let layout = formats.as_ref().map(|formats| formats.page);
    let cpus = tracefs.cpus()?;
    let merge = formats.map(|formats| {
        let mut merge = Merge::new(formats, &cpus);
        merge.know(&facts::places(roots, &plan.wanted));
        merge
    });
    let intake = Intake::begin(sink, place, &facts, devices, merge, options.keep_pc)?;
    Threads::start(tracefs, layout, intake)
}

/// Stops the tracer, takes what is left, puts everything back, and ends the file.
fn end(
    session: Session,
    source: Source,
    threads: Threads,
    (roots, before): (&Roots, &PciDevices),
    command: Option<ExitStatus>,
    mut problems: Vec<String>,
) -> Result<Outcome> {
    let dropped = session.stop(source).unwrap_or_else(|error| {
        problems.push(error.with_causes());
        0
    });
    let mut facts = facts::at_end(roots, before);
    let now = clock_now(session.tracefs());
    facts::moment(&mut facts, (key::END, own_key::END_CLOCK), facts::wall_time(), now);
    let intake = threads.join(&mut problems);
    let counted = statistics(session.tracefs());
    problems.extend(session.end());
    let mut intake = intake?;
    add_unreported(&mut intake, &counted, dropped, now);
    Ok(Outcome { recorded: intake.finish(&facts)?, command, problems })
}

/// The kernel's counts, by CPU.
fn statistics(tracefs: &Tracefs) -> Vec<(u32, BufferStats)> {
    let cpus = tracefs.cpus().unwrap_or_default();
    cpus.into_iter().filter_map(|cpu| Some((cpu, tracefs.stats(cpu).ok()?))).collect()
}

/// Adds the losses that no event tells of: those at the very end, and events that never got into a buffer, which the
/// tracer counts and sometimes the buffer too.
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

/// Opens the output straight at its place, so that what is written survives us.
fn create(options: &Options) -> Result<File> {
    let path = &options.output;
    if path.as_os_str() == "-" {
        let owned = std::io::stdout().as_fd().try_clone_to_owned();
        return owned.map(File::from).map_err(|e| Error::io("cannot open", path, e));
    }
    let mut open = OpenOptions::new();
    open.write(true);
    if options.force {
        open.create(true).truncate(true)
    } else {
        open.create_new(true)
    };
    open.open(path).map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => {
            Error::Refused(format!("{}: the file is there already; --force replaces it", path.display()))
        }
        _ => Error::io("cannot create", path, e),
    })
}

/// Removes the file of a recording that did not begin.
fn remove_empty(options: &Options) {
    if std::fs::metadata(&options.output).is_ok_and(|found| found.is_file() && found.len() == 0) {
        let _ = std::fs::remove_file(&options.output);
    }
}

/// Writes a marker into the recording that is running.
///
/// # Errors
/// [`Error::Refused`] when nothing is recorded, [`Error::Trace`].
pub fn mark(roots: &Roots, text: &str) -> Result<()> {
    match State::load(roots)? {
        Some(state) if state.is_alive(roots) => state.place().set("trace_marker", text),
        _ => Err(Error::Refused("nothing is being recorded".into())),
    }
}
