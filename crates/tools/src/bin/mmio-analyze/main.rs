//! mmio-analyze: finds out from a trace what a driver does.

mod args;
mod export;
#[cfg(feature = "sql")]
mod sql;
mod table_args;
#[cfg(not(feature = "sql"))]
mod without_sql;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use mmio_analyze::load::Cut;
use mmio_analyze::unselected::unselected;
use mmio_analyze::{Summary, check, dump, info, pairs, patterns, regs, seqs};
use mmio_cli::{Exit, ReadArgs};
use mmio_format::{Filter, Trace};
use mmio_report::numbers::counted;
use mmio_report::{self as render, Speller, Style};

use args::{
    CheckArgs, Cli, Command, DumpArgs, Format, InfoArgs, InputArgs, ListFormat, PairsArgs, PatternsArgs,
    RegsArgs, SeqsArgs,
};
#[cfg(not(feature = "sql"))]
use without_sql as sql;

fn main() -> ExitCode {
    let cli = Cli::parse();
    mmio_cli::run("mmio-analyze", || match &cli.command {
        Command::Info(args) => run_info(args),
        Command::Check(args) => run_check(args),
        Command::Dump(args) => run_dump(args),
        Command::Seqs(args) => run_seqs(args),
        Command::Pairs(args) => run_pairs(args),
        Command::Regs(args) => run_regs(args),
        Command::Patterns(args) => run_patterns(args),
        Command::Query(args) => sql::run_query(args),
        Command::Export(args) => export::run(args),
    })
}

/// Opens the input, which must be a trace.
fn open(input: &InputArgs) -> Result<Trace> {
    open_file(&input.file, input.quiet, &input.read, &input.filter.filter())
}

fn open_file(file: &Path, quiet: bool, read: &ReadArgs, filter: &Filter) -> Result<Trace> {
    Ok(mmio_cli::open("mmio-analyze", file, quiet, read, filter)?)
}

/// Says what is missing from the input and whether the filter selects nothing of it, and makes that the exit code.
fn finish(trace: &mut Trace, input: &InputArgs, summary: &Summary) -> Result<Exit> {
    close(trace, &input.file, &input.filter.filter(), summary)
}

fn close(trace: &mut Trace, file: &Path, filter: &Filter, summary: &Summary) -> Result<Exit> {
    let damaged = warn(trace, file);
    if summary.is_in_vain() {
        say_in_vain(trace, file, filter)?;
    }
    Ok(match summary.is_in_vain() {
        _ if damaged => Exit::Error,
        true => Exit::Nothing,
        false => Exit::Success,
    })
}

/// Says that the filter selects nothing, and what there is.
fn say_in_vain(trace: &mut Trace, file: &Path, filter: &Filter) -> Result<()> {
    let found = unselected(trace, filter)?;
    let sentence = render::unselected::text(&found, filter, Speller::new(trace.devices()));
    eprintln!("mmio-analyze: {}: {sentence}", file.display());
    Ok(())
}

fn warn(trace: &Trace, file: &Path) -> bool {
    if let Some(text) = trace.damage_report() {
        eprintln!("mmio-analyze: {}: {text}", file.display());
        return true;
    }
    false
}

/// Losses and unparsed lines, for outputs that do not show them themselves.
fn notes(trace: &Trace) {
    if let Some(missing) = missing(trace) {
        eprintln!("mmio-analyze: the trace has {missing}");
    }
}

/// What the trace itself says that it lacks.
fn missing(trace: &Trace) -> Option<String> {
    let survey = trace.survey();
    let (lost, unparsed, wide) = (survey.lost(), survey.unparsed(), trace.wide_values());
    let places = survey.losses.len() as u64 + survey.more_losses.0;
    let events = if lost > 0 { counted(lost, "lost event", "lost events") } else { "lost events".to_owned() };
    let lost = (places > 0).then(|| format!("{events} in {}", counted(places, "place", "places")));
    let unparsed = (unparsed > 0).then(|| counted(unparsed, "unparsed line", "unparsed lines"));
    let wide = (wide > 0).then(|| mmio_report::wide(wide));
    let parts: Vec<String> = lost.into_iter().chain(unparsed).chain(wide).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("standard output")
}

fn print_json(report: &impl serde::Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    print(&text)
}

fn run_info(args: &InfoArgs) -> Result<Exit> {
    let mut trace = open(&args.input)?;
    let report = info::info(&mut trace, &args.input.filter.filter(), args.top)?;
    let facts = if args.full { Some(info::facts(&mut trace)?) } else { None };
    let speller = Speller::new(trace.devices());
    match args.format {
        Format::Table => print(&render::info::text(&report, facts.as_deref(), speller))?,
        Format::Json => print_json(&render::info::json(&report, facts.as_deref(), speller))?,
    }
    finish(&mut trace, &args.input, &report.trace)
}

fn run_check(args: &CheckArgs) -> Result<Exit> {
    let mut trace = open(&args.input)?;
    let report = check::check(&mut trace, &args.input.filter.filter())?;
    let speller = Speller::new(trace.devices());
    match args.format {
        ListFormat::Table => {
            let style = Style { color: args.color.on_stdout() };
            print(&render::check::text(&report, speller, style))?;
        }
        ListFormat::Json => print_json(&render::check::json(&report, speller))?,
        ListFormat::Csv => print(&render::check::csv(&report, speller))?,
    }
    let exit = finish(&mut trace, &args.input, &report.trace)?;
    Ok(if exit == Exit::Success && !report.findings.is_empty() { Exit::Found } else { exit })
}

fn run_dump(args: &DumpArgs) -> Result<Exit> {
    let fields = args.fields.unwrap_or_default();
    if args.delta && !fields.has_times() {
        bail!("--delta shows times, and --fields leaves them out");
    }
    let mut trace = open(&args.input)?;
    let devices = trace.devices().clone();
    let style = Style { color: args.color.on_stdout() };
    let mut dumper = render::dump::Dumper::new(Speller::new(&devices), style, args.delta, fields);
    let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let filter = args.input.filter.filter();
    let summary = dump::dump(&mut trace, &filter, !args.no_fold, |item| {
        out.write_all(dumper.line(item).as_bytes()).map_err(|e| mmio_format::Error::write("-", e))
    })?;
    out.flush().context("standard output")?;
    notes(&trace);
    finish(&mut trace, &args.input, &summary)
}

fn run_seqs(args: &SeqsArgs) -> Result<Exit> {
    let mut trace = open(&args.input)?;
    let cut = Cut { interleaved: args.interleaved, by_mark: args.by_mark };
    let occurrences = args.occurrences || args.show.is_some();
    let options =
        seqs::Options { top: args.top, min_count: args.min_count, min_length: args.min_length, occurrences };
    let report = seqs::seqs(&mut trace, &args.input.filter.filter(), cut, &options)?;
    let speller = Speller::new(trace.devices());
    let style = Style { color: args.color.on_stdout() };
    match (args.format, args.show) {
        (Format::Json, _) => print_json(&render::seqs::json(&report, speller))?,
        (Format::Table, None) => print(&render::seqs::text(&report, speller, style))?,
        (Format::Table, Some(id)) => {
            let shown = render::seqs::show(&report, speller, id, style);
            print(&shown.with_context(|| {
                format!("there is no sequence {id}, the list has {}", report.sequences.len())
            })?)?;
        }
    }
    finish(&mut trace, &args.input, &report.trace)
}

fn run_pairs(args: &PairsArgs) -> Result<Exit> {
    let mut trace = open(&args.input)?;
    let options = pairs::Options { min_count: args.min_count, top: args.top, by_mark: args.list.by_mark };
    let report = pairs::pairs(&mut trace, &args.input.filter.filter(), &options)?;
    let speller = Speller::new(trace.devices());
    match args.list.format {
        ListFormat::Table => {
            let style = Style { color: args.list.color.on_stdout() };
            print(&render::pairs::text(&report, speller, style))?;
        }
        ListFormat::Json => print_json(&render::pairs::json(&report, speller))?,
        ListFormat::Csv => {
            print(&render::pairs::csv(&report, speller))?;
            notes(&trace);
        }
    }
    finish(&mut trace, &args.input, &report.trace)
}

fn run_patterns(args: &PatternsArgs) -> Result<Exit> {
    let mut trace = open(&args.input)?;
    let options = patterns::Options { filter: args.input.filter.filter(), by_mark: args.list.by_mark };
    let report = patterns::patterns(&mut trace, &options)?;
    let speller = Speller::new(trace.devices());
    match args.list.format {
        ListFormat::Table => {
            let style = Style { color: args.list.color.on_stdout() };
            print(&render::patterns::text(&report, speller, style))?;
        }
        ListFormat::Json => print_json(&render::patterns::json(&report, speller))?,
        ListFormat::Csv => {
            print(&render::patterns::csv(&report, speller))?;
            notes(&trace);
        }
    }
    finish(&mut trace, &args.input, &report.trace)
}

fn run_regs(args: &RegsArgs) -> Result<Exit> {
    let mut trace = open(&args.input)?;
    let options =
        regs::Options { filter: args.input.filter.filter(), by_mark: args.list.by_mark, expand: args.expand };
    let report = regs::regs(&mut trace, &options)?;
    let speller = Speller::new(trace.devices());
    match args.list.format {
        ListFormat::Table => {
            let style = Style { color: args.list.color.on_stdout() };
            print(&mmio_report::regs::text(&report, speller, style))?;
        }
        ListFormat::Json => print_json(&mmio_report::regs::json(&report, speller))?,
        ListFormat::Csv => {
            print(&mmio_report::regs::csv(&report, speller))?;
            notes(&trace);
        }
    }
    finish(&mut trace, &args.input, &report.trace)
}
