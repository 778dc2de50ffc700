//! `export`: which form is written, and those that need no feature.

use std::path::Path;

use anyhow::{Context, Result, bail};
use mmio_cli::Exit;
use mmio_cli::output::{Content, Output};
use mmio_format::Trace;
use mmio_views::Written;

use crate::sql;
use crate::table_args::{ExportArgs, ExportFormat};

pub(crate) fn run(args: &ExportArgs) -> Result<Exit> {
    let format = args.format.or_else(|| of_name(&args.output)).with_context(|| {
        format!(
            "{}: the name does not tell a form (.vcd and .perfetto-trace do; .parquet, .csv, .json and .jsonl with the feature sql); --format names one",
            args.output.display()
        )
    })?;
    match format {
        ExportFormat::Vcd => waveform(args, Content::Text, mmio_views::vcd),
        ExportFormat::Perfetto => waveform(args, Content::Binary, mmio_views::perfetto),
        table => sql::run_export(args, table),
    }
}

/// The form that the ending of a file's name asks for.
fn of_name(path: &Path) -> Option<ExportFormat> {
    Some(match path.extension()?.to_str()? {
        "vcd" => ExportFormat::Vcd,
        "perfetto-trace" | "pftrace" => ExportFormat::Perfetto,
        "parquet" => ExportFormat::Parquet,
        "csv" => ExportFormat::Csv,
        "json" => ExportFormat::Json,
        "jsonl" => ExportFormat::Jsonl,
        _ => return None,
    })
}

/// Writes one trace in a form of `mmio_views`, which says what it does not show as it is.
fn waveform(
    args: &ExportArgs,
    content: Content,
    write: fn(
        &mut Trace,
        &mmio_format::Filter,
        &mut dyn std::io::Write,
        &str,
    ) -> mmio_format::Result<Written>,
) -> Result<Exit> {
    let [file] = args.files.as_slice() else {
        bail!("a waveform shows one trace, here are {}", args.files.len())
    };
    if args.table.is_some() {
        bail!("--table is for the forms that are tables: .parquet, .csv, .json and .jsonl");
    }
    let mut output = Output::create(&args.output, content, args.options.force)?;
    let filter = args.options.filter.filter();
    let mut trace = crate::open_file(file, args.options.quiet, &args.options.read, &filter)?;
    trace.needs_times("a waveform")?;
    let name = args.output.display().to_string();
    let Written { summary, lacking, .. } = write(&mut trace, &filter, &mut output, &name)?;
    if !summary.is_in_vain() {
        output.finish()?;
    }
    for sentence in lacking {
        eprintln!("mmio-analyze: {}: {sentence}", file.display());
    }
    crate::notes(&trace);
    crate::close(&mut trace, file, &filter, &summary)
}
