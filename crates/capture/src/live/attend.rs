//! While it is recorded: the command that is run, markers from standard input, and what ends it all.

use std::io::BufRead;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::observer::{Counters, Observer};
use super::options::Options;
use super::session::Session;
use super::threads::Threads;
use crate::error::{Error, Result};
use crate::kernel::tracefs::Tracefs;

/// How often the end is looked for, beside that of the command, which wakes us.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// How long a command may take to end after a signal, before the recording ends without it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the command and waits for the end of the recording, whatever it is.
pub(super) fn attend(
    options: &Options,
    session: &Session,
    threads: &Threads,
    counters: &Counters,
    stop: &AtomicUsize,
    problems: &mut Vec<String>,
) -> Option<ExitStatus> {
    let (tracefs, observer) = (session.tracefs(), session.observer());
    if let Err(error) = session.bind() {
        problems.push(error.with_causes());
        return None;
    }
    if options.marks_from_stdin {
        marks_from_stdin(tracefs.clone(), observer.clone());
    }
    let child = match start(options) {
        Ok(child) => child,
        Err(error) => {
            problems.push(error.with_causes());
            return None;
        }
    };
    let status = wait(child, threads, stop, || observer.progress(&counters.progress(tracefs)));
    observer.ending();
    status
}

/// Waits for the end of the command, of the threads, or for a signal, which the command has time to follow.
fn wait(
    mut child: Option<Child>,
    threads: &Threads,
    stop: &AtomicUsize,
    mut meanwhile: impl FnMut(),
) -> Option<ExitStatus> {
    let mut signalled: Option<Instant> = None;
    let handle =
        child.as_ref().and_then(|child| pidfd_open(Pid::from_child(child), PidfdFlags::empty()).ok());
    loop {
        if let Some(status) = child.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
            return Some(status);
        }
        if threads.is_over() {
            return None;
        }
        let signal = stop.load(Ordering::Acquire);
        if signal != 0 {
            match (&child, signalled) {
                (None, _) => return None,
                (Some(child), None) => {
                    pass_on(child, signal);
                    signalled = Some(Instant::now());
                }
                (Some(_), Some(since)) if since.elapsed() > PATIENCE => return None,
                _ => {}
            }
        }
        meanwhile();
        rest(handle.as_ref());
    }
}

/// Waits for the end of the command, a signal, or a while.
/// Kernels before 5.3 do not tell of the command's end.
fn rest(command: Option<&OwnedFd>) {
    let mut fds: Vec<PollFd> = command.map(|fd| PollFd::new(fd, PollFlags::IN)).into_iter().collect();
    // Whatever woke us, the loop looks at everything.
    let _ = poll(&mut fds, Some(&TICK));
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

/// Sends a signal to the command, unless it has it: a terminal sends Ctrl-C to the command as well, other signals come
/// to us alone.
fn pass_on(child: &Child, signal: usize) {
    let pid = Pid::from_child(child);
    let known = [rustix::process::Signal::HUP, rustix::process::Signal::TERM];
    if let Some(signal) = known.into_iter().find(|known| known.as_raw() as usize == signal) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

fn marks_from_stdin(tracefs: Tracefs, observer: Arc<dyn Observer>) {
    // It may wait for a line for ever; it ends with the process.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
            if let Err(error) = tracefs.set("trace_marker", &line) {
                observer.notice(&error.with_causes());
                break;
            }
        }
    });
}
