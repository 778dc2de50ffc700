//! mmio-capture: records what a driver does to its device.

mod args;
mod control;
mod live;
mod live_line;
mod saved;

use std::process::ExitCode;

use clap::Parser;
use mmio_capture::live::Roots;

use args::{Action, Args};

fn main() -> ExitCode {
    let args = Args::parse();
    mmio_cli::run("mmio-capture", || match &args.action {
        Some(Action::Mark { text }) => control::mark(&Roots::of_machine(), text),
        Some(Action::Status) => control::status(&Roots::of_machine()),
        Some(Action::Restore) => control::restore(&Roots::of_machine()),
        None if args.record.from.is_empty() => live::record(&args.record, &Roots::of_machine()),
        None => saved::convert(&args.record),
    })
}
