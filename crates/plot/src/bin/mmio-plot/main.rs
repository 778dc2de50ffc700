//! mmio-plot: draws what a driver does to its device.

mod args;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use mmio_format::cli::{self, Exit};
use mmio_format::filter::Filter;
use mmio_format::output::{Content, Output};
use mmio_format::trace::Trace;
use mmio_plot::canvas::Canvas;
use mmio_plot::figure::WIDTH;
use mmio_plot::image::{Format, encode};
use mmio_plot::palette::Theme;
use mmio_plot::{Picture, graph, heatmap, latency, map, report, timeline, values};

use args::{Cli, Command, InputArgs, PlotArgs, ReportArgs, ThemeName};

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli::run("mmio-plot", || match &cli.command {
        Command::Timeline(args) => plot(args, timeline::timeline),
        Command::Values(args) => plot(args, values::values),
        Command::Latency(args) => plot(args, latency::latency),
        Command::Map(args) => plot(args, map::map),
        Command::Heatmap(args) => plot(args, heatmap::heatmap),
        Command::Graph(args) => {
            plot(&args.plot, |trace, filter, picture| graph::graph(trace, filter, picture, args.top))
        }
        Command::Report(args) => write_report(args),
    })
}

/// Opens the trace, draws, and writes the picture.
fn plot(
    args: &PlotArgs,
    draw: impl FnOnce(&mut Trace, &Filter, &Picture) -> mmio_format::Result<Canvas>,
) -> Result<Exit> {
    let format = format_of(&args.output)?;
    let content = if format == Format::Svg { Content::Text } else { Content::Binary };
    // Before the work, so that a name that will not do is told at once.
    let mut output = Output::create(&args.output, content, args.input.force)?;
    let mut trace = open(&args.input)?;
    let (width, height) = args.size.map_or((WIDTH, None), |(width, height)| (width, Some(height)));
    let picture = Picture { width, height, source: source(&args.input.file) };
    let canvas = draw(&mut trace, &args.input.filter.filter(), &picture)?;
    let bytes = encode(&canvas, format, theme(args.theme))?;
    output.write_all(&bytes).with_context(|| args.output.display().to_string())?;
    output.finish()?;
    Ok(if warn(&trace, &args.input) { Exit::Error } else { Exit::Success })
}

fn write_report(args: &ReportArgs) -> Result<Exit> {
    let name = args.output.to_string_lossy().to_lowercase();
    if name != "-" && !name.ends_with(".html") {
        bail!("{}: the name of a report ends in .html", args.output.display());
    }
    let mut output = Output::create(&args.output, Content::Text, args.input.force)?;
    let mut trace = open(&args.input)?;
    let page = report::report(&mut trace, &args.input.filter.filter(), &source(&args.input.file))?;
    output.write_all(page.as_bytes()).with_context(|| args.output.display().to_string())?;
    output.finish()?;
    Ok(if warn(&trace, &args.input) { Exit::Error } else { Exit::Success })
}

fn format_of(path: &Path) -> Result<Format> {
    let name = path.as_os_str().to_string_lossy().to_lowercase();
    match &*name {
        "-" => Ok(Format::Svg),
        name if name.ends_with(".svg") => Ok(Format::Svg),
        name if name.ends_with(".png") => Ok(Format::Png),
        _ => bail!("{}: the name of a picture ends in .svg or .png", path.display()),
    }
}

/// Opens the input. An input without a single record has nothing to draw.
fn open(args: &InputArgs) -> Result<Trace> {
    let trace = Trace::open(&args.file, args.quiet)?;
    let survey = trace.survey();
    if survey.records == 0 || survey.records == survey.raw {
        let unparsed = survey.unparsed();
        warn(&trace, args);
        bail!("{}: no record of a trace in it ({unparsed} unparsed lines)", args.file.display());
    }
    Ok(trace)
}

fn theme(name: ThemeName) -> Theme {
    match name {
        ThemeName::Light => Theme::Light,
        ThemeName::Dark => Theme::Dark,
    }
}

/// What the picture calls the trace.
fn source(path: &Path) -> String {
    match path.file_name() {
        Some(name) if path.as_os_str() != "-" => name.to_string_lossy().into_owned(),
        _ => "standard input".into(),
    }
}

/// Says what could not be read.
fn warn(trace: &Trace, args: &InputArgs) -> bool {
    let damage = trace.damage_report();
    if let Some(text) = &damage {
        eprintln!("mmio-plot: {}: {text}", args.file.display());
    }
    damage.is_some()
}
