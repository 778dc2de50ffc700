//! `query` and the tables of `export`.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result, bail};
use mmio_cli::Exit;
use mmio_cli::output::{Content, Output};
use mmio_sql::{Form, Header, Table, Traces};

use crate::table_args::{ExportArgs, ExportFormat, QueryArgs, QueryFormat, TableName, TableOptions};

pub(crate) fn run_query(args: &QueryArgs) -> Result<Exit> {
    let form = match (args.format, args.output.as_deref().and_then(Form::of_name)) {
        (Some(QueryFormat::Table), _) | (None, None) => Form::Table,
        (Some(QueryFormat::Csv), _) => Form::Csv,
        (Some(QueryFormat::Json), _) => Form::Json,
        (Some(QueryFormat::Parquet), _) => Form::Parquet,
        (None, Some(form)) => form,
    };
    let path = args.output.as_deref().unwrap_or(Path::new("-"));
    let (files, sql) = files_and_sql(args)?;
    // Before the work: an output that cannot be written should not cost an hour.
    let mut output = create(path, form, &args.options)?;
    let traces = open(files, &args.options)?;
    let rows = mmio_sql::query(&traces, sql);
    if rows.is_err() {
        damage(&traces);
    }
    let header = Header::new("mmio-analyze.query", &traces);
    rows?.write(form, &header, &mut output, &path.display().to_string())?;
    let in_vain = traces.summary().is_in_vain();
    if !in_vain {
        output.finish()?;
    }
    close(&traces, form, &args.options, in_vain)
}

pub(crate) fn run_export(args: &ExportArgs, format: ExportFormat) -> Result<Exit> {
    let form = match format {
        ExportFormat::Parquet => Form::Parquet,
        ExportFormat::Csv => Form::Csv,
        ExportFormat::Json => Form::Json,
        ExportFormat::Jsonl => Form::JsonLines,
        ExportFormat::Vcd | ExportFormat::Perfetto => bail!("a waveform is no table"),
    };
    let table = match args.table.unwrap_or(TableName::Accesses) {
        TableName::Accesses => Table::Accesses,
        TableName::Maps => Table::Maps,
        TableName::Marks => Table::Marks,
        TableName::Registers => Table::Registers,
    };
    let mut output = create(&args.output, form, &args.options)?;
    let traces = open(&args.files, &args.options)?;
    // Mappings and markers may pass where no access does.
    let of_accesses = matches!(table, Table::Accesses | Table::Registers);
    let in_vain = of_accesses && traces.summary().is_in_vain();
    if !in_vain {
        let header = Header::new("mmio-analyze.export", &traces);
        mmio_sql::export(&traces, table, form, &header, &mut output, &args.output.display().to_string())?;
        output.finish()?;
    }
    close(&traces, form, &args.options, in_vain)
}

/// The query is the last of the arguments.
fn files_and_sql(args: &QueryArgs) -> Result<(&[OsString], &str)> {
    match args.files_and_sql.as_slice() {
        [files @ .., sql] if !files.is_empty() => {
            Ok((files, sql.to_str().context("the query is not UTF-8")?))
        }
        _ => bail!("query needs a file and a query, see mmio-analyze query --help"),
    }
}

fn create(path: &Path, form: Form, options: &TableOptions) -> Result<Output> {
    let content = if form == Form::Parquet { Content::Binary } else { Content::Text };
    Ok(Output::create(path, content, options.force)?)
}

fn open(files: &[impl AsRef<Path>], options: &TableOptions) -> Result<Traces> {
    let filter = options.filter.filter();
    let mut traces = Traces::new(filter.clone());
    for file in files.iter().map(AsRef::as_ref) {
        traces
            .add(file.display().to_string(), crate::open_file(file, options.quiet, &options.read, &filter)?);
    }
    traces.count_selected()?;
    Ok(traces)
}

/// Warns of what could not be read, and says whether there was any such thing.
fn damage(traces: &Traces) -> bool {
    let mut damaged = false;
    traces.for_each(|name, trace| damaged |= crate::warn(trace, Path::new(name)));
    damaged
}

/// Says what is missing from the inputs and whether the filters select nothing of them, and makes that the exit code.
/// JSON says itself what was lost.
fn close(traces: &Traces, form: Form, options: &TableOptions, in_vain: bool) -> Result<Exit> {
    if form != Form::Json {
        traces.for_each(|name, trace| {
            if let Some(missing) = crate::missing(trace) {
                eprintln!("mmio-analyze: {name} has {missing}");
            }
        });
    }
    let damaged = damage(traces);
    let (filter, mut said) = (options.filter.filter(), Ok(()));
    if in_vain {
        traces.for_each(|name, trace| {
            if said.is_ok() {
                said = crate::say_in_vain(trace, Path::new(name), &filter);
            }
        });
    }
    said?;
    Ok(match in_vain {
        _ if damaged => Exit::Error,
        true => Exit::Nothing,
        false => Exit::Success,
    })
}
