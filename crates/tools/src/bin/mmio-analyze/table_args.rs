//! The command lines of `query` and `export`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mmio_cli::{FilterArgs, ReadArgs};

/// The tables, for the help.
const TABLES: &str = "Tables and their columns, which docs/queries.md explains:
  accesses  index time device bar offset op width value pc cpu pid mark trace
  maps      kind time index map_id device bar offset address virtual length trace
  marks     kind time index text events trace
  registers device bar space offset width elements stride reads writes unknown distinct
            changed ones zeros first last kind confidence evidence trace
The column trace is the name of the file.";

/// The forms of an export, for the help.
const EXPORTS: &str = "docs/waveforms.md explains .vcd and .perfetto-trace, docs/queries.md the tables.";

#[derive(Args)]
#[command(override_usage = "mmio-analyze query [OPTIONS] <FILE>... <SQL>", after_help = TABLES)]
pub(crate) struct QueryArgs {
    /// The traces (- is standard input), and the query, as in
    /// "SELECT offset, COUNT(*) FROM accesses WHERE op = 'W' GROUP BY offset"
    // One list, or an option could not stand between the last file and the query.
    #[arg(value_name = "FILE... SQL", required = true)]
    pub(crate) files_and_sql: Vec<OsString>,
    #[command(flatten)]
    pub(crate) options: TableOptions,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Form of the output; without it the name of the output tells, a table on standard output
    #[arg(long, value_enum)]
    pub(crate) format: Option<QueryFormat>,
}

/// What `query` and `export` share.
#[derive(Args)]
pub(crate) struct TableOptions {
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
    /// No progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Replace the output, or write binary data to a terminal
    #[arg(short, long)]
    pub(crate) force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueryFormat {
    Table,
    Csv,
    Json,
    Parquet,
}

#[derive(Args)]
#[command(after_help = EXPORTS)]
pub(crate) struct ExportArgs {
    /// The trace, or several for a table; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) options: TableOptions,
    /// The file to write; its name tells the form: .vcd, .perfetto-trace; .parquet, .csv, .json, .jsonl
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Form of the output, where its name does not tell or is -
    #[arg(long, value_enum)]
    pub(crate) format: Option<ExportFormat>,
    /// The table to write; accesses without it
    #[arg(long, value_enum)]
    pub(crate) table: Option<TableName>,
}

/// Forms of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Registers as waveforms, for GTKWave and PulseView
    Vcd,
    /// Accesses, polls and sequences on tracks, for ui.perfetto.dev
    Perfetto,
    /// A table; needs the feature sql
    Parquet,
    /// A table; needs the feature sql
    Csv,
    /// A table; needs the feature sql
    Json,
    /// A table; needs the feature sql
    Jsonl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableName {
    Accesses,
    Maps,
    Marks,
    Registers,
}
