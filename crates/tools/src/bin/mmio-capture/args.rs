//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};

/// Records what a driver does to its device into a trace
///
/// Without a command it records until Ctrl-C. Mappings that exist already are seen with mmiotap and --device or --range
/// only; otherwise load the driver while recording, or give --device and --rebind. Exit codes: 0 success; 2 an error, or an input that could only be read in part;
/// 3 a recording that lost events; else that of the command, when it failed.
#[derive(Parser)]
#[command(name = "mmio-capture", version, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) action: Option<Action>,
    #[command(flatten)]
    pub(crate) record: Record,
}

#[derive(Subcommand)]
pub(crate) enum Action {
    /// Write a marker into the recording that is running
    Mark {
        /// The marker's text
        text: String,
    },
    /// Say whether something is being recorded
    Status,
    /// Put the tracer back after a recorder that was killed
    Restore,
}

#[derive(Group)]
pub(crate) struct Record {
    /// Where to write the trace; - is standard output
    #[arg(short, long, value_name = "OUT", required = true)]
    pub(crate) output: Option<PathBuf>,
    /// Record until this command ends
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "from")]
    pub(crate) command: Vec<OsString>,
    /// Who traps the accesses; auto is mmiotap if it is loaded or installed
    #[arg(long, value_enum, default_value_t = Chosen::Auto, conflicts_with = "from")]
    pub(crate) tracer: Chosen,
    /// Record events that the kernel and its drivers have, as in regmap,i2c:i2c_write; a system alone means all its events
    #[arg(long, value_name = "SYSTEM:EVENT", value_delimiter = ',', conflicts_with_all = ["from", "tracer"])]
    pub(crate) events: Vec<String>,
    /// The file of mmiotap, if it is not an installed module
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub(crate) module: Option<PathBuf>,
    /// The PCI device whose driver is meant, as in 0000:02:00.0
    #[arg(long, value_name = "SLOT", conflicts_with = "from")]
    pub(crate) device: Option<String>,
    /// Physical addresses to trace, the last one included, as in 0xfebc0000-0xfebdffff (mmiotap)
    #[arg(long, value_name = "FIRST-LAST", value_parser = parse_range, conflicts_with = "from")]
    pub(crate) range: Vec<(u64, u64)>,
    /// Unbind the device's driver before recording, and bind it again while recording
    #[arg(long, requires = "device")]
    pub(crate) rebind: bool,
    /// Read the kernel's ring buffer or its text log
    #[arg(long, value_enum, default_value_t = Source::Raw, conflicts_with = "from")]
    pub(crate) source: Source,
    /// Size of the kernel's buffer, as in 64M [default: an eighth of the free memory, at most 512M]
    #[arg(long, value_name = "SIZE", value_parser = parse_size, conflicts_with = "from")]
    pub(crate) buffer: Option<u64>,
    /// Keep program counters; for mmiotrace the kernel must have been booted with mmiotrace.trace_pc=1
    #[arg(long, conflicts_with = "from")]
    pub(crate) pc: bool,
    /// Each line of standard input becomes a marker
    #[arg(long, conflicts_with = "from")]
    pub(crate) marks_from_stdin: bool,
    /// Agree to CPUs going offline while recording (mmiotrace)
    #[arg(short, long, conflicts_with = "from")]
    pub(crate) yes: bool,
    /// Read what was saved of the tracer: raw pages (trace_pipe_raw), a file for each CPU, or a text log
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) from: Vec<PathBuf>,
    /// The format files of the kernel that wrote the pages, with header_page and header_event
    #[arg(long, value_name = "FILE", requires = "from")]
    pub(crate) formats: Vec<PathBuf>,
    /// The /proc/bus/pci/devices of the machine that was traced
    #[arg(long, value_name = "FILE", requires = "from")]
    pub(crate) pci: Option<PathBuf>,
    /// Compression level, 1 to 19
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..=19))]
    pub(crate) level: i32,
    /// Exit with 0 although events were lost
    #[arg(long)]
    pub(crate) allow_loss: bool,
    /// Replace OUT if it exists; write to a terminal
    #[arg(long)]
    pub(crate) force: bool,
    /// No live line and no closing line
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// Ring-buffer pages: nanoseconds, processes, less work for the machine
    Raw,
    /// The text log
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Chosen {
    /// mmiotap where it is loaded or installed, else mmiotrace
    Auto,
    /// The kernel's own tracer: one CPU stays online
    Mmiotrace,
    /// The module mmiotap: every CPU stays online
    Mmiotap,
}

/// `0xfebc0000-0xfebdffff`, hexadecimal with or without `0x`.
fn parse_range(text: &str) -> Result<(u64, u64), String> {
    let number = |digits: &str| {
        let digits = digits.trim().trim_start_matches("0x");
        u64::from_str_radix(digits, 16).map_err(|_| format!("`{digits}` is no hexadecimal number"))
    };
    let (first, last) =
        text.split_once('-').ok_or("the first and the last address are expected, with - between")?;
    let range = (number(first)?, number(last)?);
    if range.0 > range.1 { Err("the last address is below the first one".into()) } else { Ok(range) }
}

/// `64M`, `512k`, `1G` or bytes, in kilobytes.
fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        unit => return Err(format!("`{unit}` is no unit of size; k, M and G are")),
    };
    let number: u64 = digits.parse().map_err(|_| format!("`{digits}` is no number"))?;
    let bytes = number.checked_mul(unit).ok_or("this is too large")?;
    match bytes.div_ceil(1024) {
        0..=3 => Err("the kernel needs at least 4k".into()),
        kb if kb > 1 << 32 => Err("this is too large".into()),
        kb => Ok(kb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn ranges_are_hexadecimal() {
        let ranges = ["0xfebc0000-0xfebdffff", "10-1f", "0x0-0xffffffffffffffff"].map(parse_range);
        assert_eq!(ranges, [Ok((0xfebc_0000, 0xfebd_ffff)), Ok((16, 31)), Ok((0, u64::MAX))]);
        for bad in ["", "10", "20-10", "g-10", "1-2-3", "0x10000000000000000-1"] {
            assert!(parse_range(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_have_units() {
        let sizes = ["64M", "64k", "1G", "65536", "4097", "4kib"].map(parse_size);
        assert_eq!(sizes, [Ok(65536), Ok(64), Ok(1 << 20), Ok(64), Ok(5), Ok(4)]);
        for bad in ["", "M", "-1", "1T", "3k", "18446744073709551615G", "99999999999G"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
