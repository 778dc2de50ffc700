//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mmio_cli::{Color, FilterArgs, ReadArgs};
use mmio_report::dump::Fields;

use crate::table_args::{ExportArgs, QueryArgs};

/// Finds out from an MMIO trace what a driver does and what its device's registers mean
///
/// FILE is a log of the kernel's mmiotrace (plain, or compressed by gzip, bzip2, xz, lzma or zstd), a container
/// (.mmio.zst), or - for standard input. Exit codes: 0 success, 1 something that check found, or filters that
/// select nothing, 2 an error, or an input that could only be read in part.
#[derive(Parser)]
#[command(name = "mmio-analyze", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// What is in a trace: recordings, devices, markers, losses, hottest registers
    Info(InfoArgs),
    /// What went wrong: waits in vain, a device that is gone, answers that differ, losses; exit code 1 if something did
    Check(CheckArgs),
    /// The records for people to read, polls folded
    Dump(DumpArgs),
    /// The repeated access sequences that explain most of the trace
    Seqs(SeqsArgs),
    /// Write-then-read pairs: which read answers which write
    Pairs(PairsArgs),
    /// What each register did, and what kind of register it probably is
    Regs(RegsArgs),
    /// The access idioms: polls, acknowledges, doorbells, index and data ports, and others
    Patterns(PatternsArgs),
    /// Answer SQL over the tables of traces (needs the feature sql)
    Query(QueryArgs),
    /// Write waveforms for GTKWave and Perfetto; tables as Parquet, CSV, JSON (those need the feature sql)
    Export(ExportArgs),
}

/// Input and filters, the same for every analysis.
#[derive(Args)]
pub(crate) struct InputArgs {
    /// The trace; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// No progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
}

/// Forms of a list that is one row an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Table,
    Json,
    Csv,
}

/// What the lists of registers, patterns and pairs share.
#[derive(Args)]
pub(crate) struct ListArgs {
    /// Look at each stretch between two markers by itself
    #[arg(long)]
    pub(crate) by_mark: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
    /// Colour the output
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Args)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// How many of the most used registers to list
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) top: usize,
    /// Show what is stored about each recording too: tool, tracer, clock, kernel, machine, modules, devices
    #[arg(long)]
    pub(crate) full: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
    /// Colour the output
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Args)]
pub(crate) struct DumpArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Show the time since the line before instead of the trace's clock
    #[arg(long)]
    pub(crate) delta: bool,
    /// What to show, with commas between: index, time, device, bar, offset, op, value, map, address, pc, caller, cpu,
    /// pid, sequence, repeat, or all; those after value where the trace has them [default:
    /// time,device,bar,offset,op,value]
    #[arg(long, value_name = "LIST")]
    pub(crate) fields: Option<Fields>,
    /// Show every read of a poll
    #[arg(long)]
    pub(crate) no_fold: bool,
    /// There is no JSON: mmio-convert writes it
    #[arg(long, hide = true, value_parser = other_form)]
    pub(crate) format: Option<String>,
    /// Colour the output
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

/// The dump has one form; the error names the program that has others.
fn other_form(name: &str) -> Result<String, String> {
    match name {
        "table" => Ok(name.to_owned()),
        _ => {
            Err("dump is for people; mmio-convert --to jsonl and --to csv write the same for programs".into())
        }
    }
}

#[derive(Args)]
pub(crate) struct SeqsArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// How many sequences to list
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) top: usize,
    /// Fewest occurrences of a sequence
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) min_count: usize,
    /// Fewest steps of a sequence
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) min_length: usize,
    /// Follow all devices as one stream instead of each by itself
    #[arg(long)]
    pub(crate) interleaved: bool,
    /// Look at each stretch between two markers by itself
    #[arg(long)]
    pub(crate) by_mark: bool,
    /// Show the occurrences of sequence N: index, time, and the values that differ
    #[arg(long, value_name = "N")]
    pub(crate) show: Option<usize>,
    /// Put the occurrences of every sequence into the JSON
    #[arg(long)]
    pub(crate) occurrences: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Colour the output
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Args)]
pub(crate) struct PairsArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// How many pairs to list for each device
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) top: usize,
    /// Fewest answers of a pair
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) min_count: u64,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Args)]
pub(crate) struct PatternsArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Args)]
pub(crate) struct RegsArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// List every register of a table on its own
    #[arg(long)]
    pub(crate) expand: bool,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}
