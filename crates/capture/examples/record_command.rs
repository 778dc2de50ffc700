//! Records what drivers do while a command runs, as root.
//!
//!     record_command OUT.mmio.zst COMMAND…
//!
//! With mmiotrace all CPUs but one are offline meanwhile.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use mmio_capture::live::{self, Observer, Options, Outcome, Progress, Roots};

/// Prints what goes wrong, and nothing else.
struct Notices;

impl Observer for Notices {
    fn progress(&self, _: &Progress<'_>) {}

    fn ending(&self) {
        eprintln!("the command has ended");
    }

    fn notice(&self, sentence: &str) {
        eprintln!("record_command: {sentence}");
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(output), command) = (arguments.next(), arguments.collect::<Vec<_>>()) else {
        return usage();
    };
    if command.is_empty() {
        return usage();
    }
    match record(output, command) {
        Ok(outcome) => close(&outcome),
        Err(error) => {
            eprintln!("record_command: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: record_command OUT.mmio.zst COMMAND...");
    ExitCode::FAILURE
}

fn record(output: OsString, command: Vec<OsString>) -> mmio_capture::Result<Outcome> {
    let options = Options { output: output.into(), level: 3, command, ..Options::default() };
    let roots = Roots::of_machine();
    let checked = live::check(&options, &roots)?;
    eprintln!("recording with {}", checked.tracer.name());
    // A program with handlers of signals would put the signal's number there.
    let no_signal = AtomicUsize::new(0);
    live::record(&options, &roots, checked, &no_signal, Arc::new(Notices))
}

fn close(outcome: &Outcome) -> ExitCode {
    let recorded = &outcome.recorded;
    println!("{} accesses, {} lost", recorded.totals.accesses, recorded.lost);
    outcome.problems.iter().for_each(|problem| eprintln!("record_command: {problem}"));
    let is_well = outcome.problems.is_empty() && recorded.losses == 0;
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
