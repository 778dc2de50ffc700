//! `query` and the tables of `export` in a build without the feature `sql`.

use anyhow::{Result, bail};
use mmio_cli::Exit;

use crate::table_args::{ExportArgs, ExportFormat, QueryArgs, TableOptions};

/// How to get what this build lacks.
const INSTALL: &str = "install one with: cargo install --path crates/tools --features sql";

pub(crate) fn run_query(args: &QueryArgs) -> Result<Exit> {
    let QueryArgs { files_and_sql: _, options, output: _, format: _ } = args;
    unused(options);
    bail!("query is not in this build; {INSTALL}")
}

pub(crate) fn run_export(args: &ExportArgs, _: ExportFormat) -> Result<Exit> {
    bail!("{}: tables are not in this build, .vcd and .perfetto-trace are; {INSTALL}", args.output.display())
}

/// The options are there for the help alone.
fn unused(TableOptions { filter: _, read: _, quiet: _, force: _ }: &TableOptions) {}
