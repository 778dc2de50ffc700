//! The command line.

use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
use mmio_cli::{FilterArgs, ReadArgs};

/// Converts MMIO traces: text logs to containers and back, and to what other tools read
///
/// IN is a log of the kernel's mmiotrace (plain, or compressed by gzip, bzip2, xz, lzma or zstd), a container
/// (.mmio.zst, or plain .mmio), or - for standard input. What a format has no place for is counted on
/// standard error. Exit codes: 0 success, 1 damage found by --check, or filters that select nothing (nothing
/// is written), 2 an error, or an input that could only be read in part.
#[derive(Parser)]
#[command(name = "mmio-convert", version, max_term_width = 100)]
pub(crate) struct Args {
    /// The trace to read; - is standard input
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// Where to write; - is standard output
    #[arg(short, long, value_name = "OUT", default_value = "-")]
    pub(crate) output: PathBuf,
    /// What to write [default: by the name of OUT, text for -]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) to: Option<Format>,
    /// Compression level of a container, 1 to 19
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..=19))]
    pub(crate) level: i32,
    /// Replace OUT if it exists; write a container to a terminal
    #[arg(long)]
    pub(crate) force: bool,
    /// No progress bar and no closing line
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Verify every checksum and the index of a container; exit code 1 when it is damaged
    #[arg(long, conflicts_with_all = ["output", "to", "level", "repair"])]
    pub(crate) check: bool,
    /// Copy all whole blocks of a damaged container to OUT and make its index again
    #[arg(long, conflicts_with = "to", requires = "output")]
    pub(crate) repair: bool,
    /// Leave out what says which machine was traced: its kernel, command line, modules, and devices that are not used
    #[arg(long, conflicts_with_all = ["check", "repair"])]
    pub(crate) strip: bool,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The kernel's own log
    Text,
    /// Event lines of tracefs' `trace` for mmiotrace_rw and mmiotrace_map
    Ftrace,
    /// QEMU's vfio_region_read and vfio_region_write lines
    Qemu,
    /// Accesses as comma-separated values
    Csv,
    /// Every record as a JSON object a line
    Jsonl,
    /// The container
    Mmio,
}

impl Format {
    /// The format that a file's name asks for; text for standard output.
    pub(crate) fn of_name(path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_str()?;
        let by_ending = [
            (".mmio.zst", Format::Mmio),
            (".mmio", Format::Mmio),
            (".txt", Format::Text),
            (".log", Format::Text),
            (".ftrace", Format::Ftrace),
            (".qemu", Format::Qemu),
            (".csv", Format::Csv),
            (".jsonl", Format::Jsonl),
        ];
        if name == "-" {
            return Some(Format::Text);
        }
        by_ending.iter().find(|(ending, _)| name.ends_with(ending)).map(|&(_, format)| format)
    }
}
