//! One recording from begin to end.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::BufRead;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mmio_format::container::key;

use super::checks;
use super::drain::{self, Message};
use super::facts::{self, own_key};
use super::intake::{Intake, Recorded, Sink};
use super::progress::{Line, Progress};
use super::roots::Roots;
use super::session::{self, Plan, Session};
use super::tracefs::{BufferStats, Tracefs};
use crate::error::{Error, Result};
use crate::merge::Merge;

/// Pages or texts that may wait to be written. Beyond, events wait in the kernel's buffer.
const QUEUE: usize = 8192;
/// How often the end is looked for.
const TICK: Duration = Duration::from_millis(20);
/// How long a command may take to end after a signal, before the recording ends without it.
const PATIENCE: Duration = Duration::from_secs(10);

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
    /// Pages or text.
    pub source: Source,
    /// Kilobytes of the kernel's buffer; by the free memory without.
    pub buffer_kb: Option<u64>,
    /// Keep program counters.
    pub keep_pc: bool,
    /// Full name of the PCI device whose driver is meant.
    pub device: Option<String>,
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

/// Makes sure that a recording is possible; nothing is changed. What it returns is the device's driver for
/// [`Options::rebind`].
///
/// # Errors
/// [`Error::Refused`] with what to do about it.
pub fn check(options: &Options, roots: &Roots) -> Result<Option<(String, String)>> {
    checks::rights(roots)?;
    checks::no_other(roots)?;
    if options.keep_pc {
        checks::program_counters(roots)?;
    }
    let slot = options.device.as_ref();
    slot.map_or(Ok(None), |slot| checks::device(roots, slot, options.rebind))
}

/// Records until the command ends, or until `stop` holds a signal's number. [`check`] gave `rebind`.
///
/// # Errors
/// [`Error`] when nothing could be recorded; everything is as before then.
pub fn record(
    options: &Options,
    roots: &Roots,
    rebind: Option<(String, String)>,
    stop: &AtomicUsize,
) -> Result<Outcome> {
    let mounted = !roots.tracefs.join("current_tracer").exists();
    let roots = if mounted { session::mount(roots)? } else { roots.clone() };
    let result = record_mounted(options, &roots, rebind, stop, mounted);
    if mounted && roots.tracefs.join("current_tracer").exists() {
        // The session had no chance to take it away.
        session::unmount(&roots.tracefs)?;
    }
    result
}

fn record_mounted(
    options: &Options,
    roots: &Roots,
    rebind: Option<(String, String)>,
    stop: &AtomicUsize,
    mounted: bool,
) -> Result<Outcome> {
    let tracefs = Tracefs::new(&roots.tracefs);
    checks::tracer(&tracefs)?;
    let devices = facts::pci_devices(roots)?;
    let merge = match options.source {
        Source::Raw => Some(Merge::new(tracefs.formats()?, &tracefs.cpus()?)),
        Source::Text => None,
    };
    let progress = Arc::new(Progress::default());
    let sink = Sink::new(create(options)?, progress.clone());
    let plan = Plan {
        output: options.output.clone(),
        buffer_kb: options.buffer_kb.unwrap_or_else(|| checks::default_buffer_kb(roots)),
        less_will_do: options.buffer_kb.is_none(),
        rebind,
    };
    let begun = Session::begin(roots, &plan, mounted);
    let session = begun.inspect_err(|_| remove_empty(options))?;
    let fields = match (options.source, options.keep_pc) {
        (Source::Raw, true) => "pc cpu pid",
        (Source::Raw, false) => "cpu pid",
        (Source::Text, true) => "pc",
        (Source::Text, false) => "",
    };
    let clock = session.tracefs().clock()?;
    let mut facts = facts::at_start(roots, &devices, &clock, fields, &options.described);
    let now = clock_now(session.tracefs());
    facts::moment(&mut facts, (key::START, own_key::START_CLOCK), facts::wall_time(), now);
    let place = (&*options.output, options.level);
    let intake = Intake::begin(sink, place, &facts, &devices, merge, options.keep_pc)?;
    let threads = Threads::start(session.tracefs(), options.source, intake)?;
    let mut problems = Vec::new();
    let command = attend(options, &session, &threads, &progress, stop, &mut problems);
    end(session, options.source, threads, roots, command, problems)
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

/// Runs the command and waits for the end of the recording, whatever it is.
fn attend(
    options: &Options,
    session: &Session,
    threads: &Threads,
    progress: &Progress,
    stop: &AtomicUsize,
    problems: &mut Vec<String>,
) -> Option<ExitStatus> {
    if let Err(error) = session.bind() {
        problems.push(session::chain(&error));
        return None;
    }
    if options.marks_from_stdin {
        marks_from_stdin(session.tracefs().clone());
    }
    let mut child = match start(options) {
        Ok(child) => child,
        Err(error) => {
            problems.push(session::chain(&error));
            return None;
        }
    };
    let mut line = Line::new(options.quiet);
    let mut told: Option<Instant> = None;
    let status = loop {
        if let Some(status) = child.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
            break Some(status);
        }
        if threads.is_over() {
            break None;
        }
        let signal = stop.load(Ordering::Acquire);
        if signal != 0 {
            match (&child, told) {
                (None, _) => break None,
                (Some(child), None) => {
                    pass_on(child, signal);
                    told = Some(Instant::now());
                }
                (Some(_), Some(since)) if since.elapsed() > PATIENCE => break None,
                _ => {}
            }
        }
        line.update(progress, || fill(session.tracefs()));
        std::thread::sleep(TICK);
    };
    line.clear();
    status
}

/// Share of the fullest buffer that waits to be read.
fn fill(tracefs: &Tracefs) -> f64 {
    let share = |&cpu: &u32| {
        let size = tracefs.buffer_kb(Some(cpu)).ok().flatten()?;
        Some(tracefs.stats(cpu).ok()?.bytes as f64 / (size.max(1) * 1024) as f64)
    };
    tracefs.cpus().unwrap_or_default().iter().filter_map(share).fold(0.0, f64::max)
}

fn start(options: &Options) -> Result<Option<Child>> {
    let Some((program, arguments)) = options.command.split_first() else { return Ok(None) };
    let mut command = Command::new(program);
    command.args(arguments);
    if options.marks_from_stdin {
        command.stdin(Stdio::null());
    }
    if options.output.as_os_str() == "-" {
        // Standard output is the container.
        command.stdout(std::io::stderr());
    }
    command.spawn().map(Some).map_err(|e| Error::io("cannot run", program, e))
}

/// A terminal sends Ctrl-C to the command as well; other signals come to us alone.
fn pass_on(child: &Child, signal: usize) {
    let pid = rustix::process::Pid::from_child(child);
    let known = [rustix::process::Signal::HUP, rustix::process::Signal::TERM];
    if let Some(signal) = known.into_iter().find(|known| known.as_raw() as usize == signal) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

fn marks_from_stdin(tracefs: Tracefs) {
    // It may wait for a line for ever; it ends with the process.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
            if let Err(error) = tracefs.set("trace_marker", &line) {
                eprintln!("mmio-capture: {}", session::chain(&error));
                break;
            }
        }
    });
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

/// The thread that reads and the one that writes.
struct Threads {
    ending: Ending,
    reader: JoinHandle<std::io::Result<()>>,
    writer: JoinHandle<Result<Intake>>,
}

/// Tells the reader to end, in a panic too: the kernel keeps its tracer while somebody reads.
struct Ending(Arc<AtomicBool>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Threads {
    fn start(tracefs: &Tracefs, source: Source, intake: Intake) -> Result<Threads> {
        let (to_writer, messages) = sync_channel(QUEUE);
        let ending = Arc::new(AtomicBool::new(false));
        let reader = reader(tracefs, source, ending.clone(), to_writer)?;
        let writer = std::thread::spawn(move || intake.run(&messages));
        Ok(Threads { ending: Ending(ending), reader, writer })
    }

    /// One of them ended by itself, which is no good sign.
    fn is_over(&self) -> bool {
        self.reader.is_finished() || self.writer.is_finished()
    }

    /// Waits until everything that is in the kernel's buffer is written.
    fn join(self, problems: &mut Vec<String>) -> Result<Intake> {
        drop(self.ending);
        match self.reader.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => problems.push(format!("reading from the kernel failed: {error}")),
            Err(_) => problems.push("the reading thread panicked".into()),
        }
        self.writer.join().unwrap_or_else(|_| Err(Error::Refused("the writing thread panicked".into())))
    }
}

fn reader(
    tracefs: &Tracefs,
    source: Source,
    ending: Arc<AtomicBool>,
    out: SyncSender<Message>,
) -> Result<JoinHandle<std::io::Result<()>>> {
    match source {
        Source::Text => {
            let file = tracefs.open("trace_pipe")?;
            Ok(std::thread::spawn(move || drain::text(file, &ending, &out)))
        }
        Source::Raw => {
            let layout = tracefs.formats()?.page;
            let files: Result<Vec<File>> = tracefs
                .cpus()?
                .iter()
                .map(|cpu| tracefs.open(&format!("per_cpu/cpu{cpu}/trace_pipe_raw")))
                .collect();
            let files = files?;
            Ok(std::thread::spawn(move || drain::pages(files, &layout, &ending, &out)))
        }
    }
}

/// Writes a marker into whatever is recorded now.
///
/// # Errors
/// [`Error::Refused`] when nothing is recorded, [`Error::Trace`].
pub fn mark(roots: &Roots, text: &str) -> Result<()> {
    match super::state::State::load(&roots.state_file())? {
        Some(state) if state.is_alive(roots) => Tracefs::new(&state.tracefs).set("trace_marker", text),
        _ => Err(Error::Refused("nothing is being recorded".into())),
    }
}
