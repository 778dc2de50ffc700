//! The manners that all tools share: filters, progress, messages and exit codes.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::filter::{Filter, parse_registers, parse_time_range};
use crate::record::Kind;

/// The filters, the same in every tool.
#[derive(Args, Clone, Debug, Default)]
pub struct FilterArgs {
    /// Only this device: 00:02.0, 0000:00:02.0, a driver's name, or mem:fed00000
    #[arg(help_heading = "Filters", long, value_name = "NAME")]
    device: Option<String>,
    /// Only this BAR (6 is the ROM)
    #[arg(help_heading = "Filters", long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=6))]
    bar: Option<u8>,
    /// Only these offsets, as in +0x20,+0x40..+0x5f (last one included)
    #[arg(help_heading = "Filters", long = "reg", value_name = "LIST", value_delimiter = ',', value_parser = parse_registers)]
    registers: Vec<(u64, u64)>,
    /// Only this time, in seconds from the first record; either end may be left out
    #[arg(help_heading = "Filters", long, value_name = "A..B", value_parser = parse_time_range)]
    time: Option<(u64, u64)>,
    /// Only from the marker with this text to the next marker
    #[arg(help_heading = "Filters", long, value_name = "TEXT")]
    mark: Option<String>,
    /// Only reads or only writes
    #[arg(help_heading = "Filters", long, value_name = "R|W", ignore_case = true)]
    op: Option<Op>,
    /// Only accesses of this many bytes
    #[arg(help_heading = "Filters", long, value_name = "BYTES")]
    width: Option<u8>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Op {
    #[value(name = "R")]
    Read,
    #[value(name = "W")]
    Write,
}

impl FilterArgs {
    /// The filter asked for.
    pub fn filter(&self) -> Filter {
        Filter {
            device: self.device.clone(),
            bar: self.bar,
            registers: self.registers.clone(),
            time: self.time,
            mark: self.mark.clone(),
            op: self.op.map(|op| if matches!(op, Op::Read) { Kind::READ } else { Kind::WRITE }),
            width: self.width,
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether to colour standard output.
    pub fn on_stdout(self) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
            }
        }
    }
}

/// How a tool ended, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, an empty result included.
    Success,
    /// 1: a difference or damage was found where that was the question.
    Found,
    /// 2: an error, or an input that could only be read in part.
    Error,
    /// 3: a recording that lost events.
    Lost,
    /// The exit code of a command that was run.
    Command(u8),
}

/// Runs a tool: prints an error once, in one line, and turns everything into the exit code.
/// A reader of our output that went away is no error.
pub fn run(tool: &str, body: impl FnOnce() -> anyhow::Result<Exit>) -> ExitCode {
    match body() {
        Ok(Exit::Success) => ExitCode::SUCCESS,
        Ok(Exit::Found) => ExitCode::from(1),
        Ok(Exit::Error) => ExitCode::from(2),
        Ok(Exit::Lost) => ExitCode::from(3),
        Ok(Exit::Command(code)) => ExitCode::from(code),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{tool}: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// A bar with rate and time left on standard error, if that is a terminal.
pub struct Progress {
    bar: ProgressBar,
    consumed: Arc<AtomicU64>,
}

impl Progress {
    /// `size` is the length of the input in bytes where it is known; `consumed` counts up to it.
    pub fn new(quiet: bool, size: Option<u64>, consumed: Arc<AtomicU64>) -> Progress {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(size, target);
        let template = match size {
            Some(_) => "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            None => "{spinner} {bytes}, {bytes_per_sec}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress { bar, consumed }
    }

    /// Shows how far the input has been read.
    pub fn update(&self) {
        self.bar.set_position(self.consumed.load(Ordering::Relaxed));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_in_groups_of_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1234567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_closed_pipe_is_told_from_other_errors() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let closed = crate::container::Writer::new(writer, "-", 3).err().expect("the pipe is closed");
        assert!(is_closed_pipe(&closed.into()));
        assert!(!is_closed_pipe(&anyhow::anyhow!("something else")));
    }
}
