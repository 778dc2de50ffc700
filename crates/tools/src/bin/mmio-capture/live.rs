//! Recording from the running kernel.

use std::io::{BufRead, IsTerminal, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use anyhow::{Context, Result, bail};
use mmio_capture::Tracer;
use mmio_capture::live::{self, Options, Outcome, Roots};
use mmio_cli::Exit;
use mmio_cli::output::{Content, stdout};
use mmio_report::numbers::counted;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::args::{Chosen, Record, Source};
use crate::live_line::LiveLine;
use crate::saved::{closing_line, losses, others};

pub(crate) fn record(args: &Record, roots: &Roots) -> Result<Exit> {
    let options = options(args)?;
    let checked = live::check(&options, roots)?;
    agree_to_cpus(args, &checked.tracer.cpus_that_go(roots))?;
    if options.output.as_os_str() == "-" {
        // Refuses a terminal.
        stdout(Content::Binary, args.force)?;
    }
    let stop = Arc::new(AtomicUsize::new(0));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register_usize(signal, stop.clone(), signal as usize).context("signals")?;
    }
    let outcome = live::record(&options, roots, checked, &stop, Arc::new(LiveLine::new(args.quiet)))?;
    Ok(close(args, &outcome))
}

fn options(args: &Record) -> Result<Options> {
    let described: Vec<String> = std::env::args().skip(1).collect();
    Ok(Options {
        output: args.output.clone().context("-o is missing")?,
        force: args.force,
        level: args.level,
        tracer: match args.tracer {
            Chosen::Auto => None,
            Chosen::Mmiotrace => Some(Tracer::Mmiotrace),
            Chosen::Mmiotap => Some(Tracer::Mmiotap),
        },
        module: args.module.clone(),
        events: args.events.clone(),
        ranges: args.range.clone(),
        source: match args.source {
            Source::Raw => live::Source::Raw,
            Source::Text => live::Source::Text,
        },
        buffer_kb: args.buffer,
        keep_pc: args.pc,
        device: args.device.as_deref().map(str::parse).transpose()?,
        rebind: args.rebind,
        command: args.command.clone(),
        marks_from_stdin: args.marks_from_stdin,
        described: described.join(" "),
    })
}

/// Asks whether these CPUs may go offline.
fn agree_to_cpus(args: &Record, cpus: &[u32]) -> Result<()> {
    if cpus.is_empty() || args.yes {
        return Ok(());
    }
    let what = format!("the tracer takes {} of {} CPUs offline while it is on", cpus.len(), cpus.len() + 1);
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() || args.marks_from_stdin {
        bail!("{what}; --yes agrees to that");
    }
    eprint!("mmio-capture: {what}. Go on? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => bail!("nothing was changed"),
    }
}

/// Says what was recorded and what was missing, and makes the exit code of it.
fn close(args: &Record, outcome: &Outcome) -> Exit {
    let recorded = &outcome.recorded;
    if !args.quiet {
        closing_line(args, recorded.totals.records, recorded.totals.accesses, recorded.lost);
    }
    others(recorded.others);
    if recorded.uncounted > 0 {
        let losses = counted(recorded.uncounted, "loss", "losses");
        eprintln!("mmio-capture: the size of {losses} is not known");
    }
    let problems = outcome.problems.iter().chain(&recorded.faults);
    problems.clone().for_each(|problem| eprintln!("mmio-capture: {problem}"));
    let lost = losses(args, recorded.lost, recorded.losses);
    if problems.count() > 0 {
        return Exit::Error;
    }
    if recorded.totals.accesses == 0 {
        eprintln!("mmio-capture: {}", why_empty(args));
    }
    lost.unwrap_or_else(|| outcome.command.map_or(Exit::Success, exit_of))
}

/// What leads to a recording without an access, most often.
fn why_empty(args: &Record) -> &'static str {
    if !args.events.is_empty() {
        "no access was recorded: none of these events happened meanwhile, or they are not of a kind that is read"
    } else if args.device.is_some() || !args.range.is_empty() {
        "no access was recorded: the driver did nothing meanwhile, or is not loaded"
    } else {
        "no access was recorded. Mappings that exist already are not traced without --device: a driver that is loaded must be \
         unloaded first (modprobe -r), or its device be named"
    }
}

/// The exit code of a command as a shell has it: the code, or 128 and the signal.
fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(0), _) => Exit::Success,
        (Some(code), _) => Exit::Command(code as u8),
        (None, signal) => Exit::Command(128u8.wrapping_add(signal.unwrap_or(0) as u8)),
    }
}
