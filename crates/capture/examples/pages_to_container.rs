//! Makes a container of what was saved of the tracer elsewhere.
//!
//!     pages_to_container OUT.mmio.zst IN…
//!
//! IN are pages of `per_cpu/cpuN/trace_pipe_raw`, a file for each CPU, or one text log; they may be compressed.
//! The pages are taken for those of a kernel 6.1 for x86-64.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use mmio_capture::Error;
use mmio_capture::offline::{Options, convert};
use mmio_format::Progress;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(out), inputs) = (arguments.next(), arguments.collect::<Vec<_>>()) else {
        return usage();
    };
    if inputs.is_empty() {
        return usage();
    }
    match run(out, inputs) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pages_to_container: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: pages_to_container OUT.mmio.zst IN...");
    ExitCode::FAILURE
}

fn run(out: PathBuf, inputs: Vec<PathBuf>) -> Result<ExitCode, Error> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let options = Options { inputs, level: 3, threads, ..Options::default() };
    let create = File::create_new(&out);
    let file = create.map_err(|e| Error::Refused(format!("{}: cannot create: {e}", out.display())))?;
    let mut shown = 0;
    let done = convert(&options, file, &out, &mut |progress| show(progress, &mut shown))?;
    let (totals, lost) = (done.totals, done.lost);
    println!("{}: {} records, {} accesses, {lost} lost", out.display(), totals.records, totals.accesses);
    if let Some(damage) = done.damage {
        eprintln!("pages_to_container: {damage}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints each tenth of the input once.
fn show(progress: Progress, shown: &mut u64) {
    let Some(size) = progress.size else { return };
    let tenth = progress.read * 10 / size.max(1);
    if tenth > *shown {
        *shown = tenth;
        eprintln!("{} %", tenth * 10);
    }
}
