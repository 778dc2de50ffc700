//! mmio-plot: draws what a driver does to its device.

mod args;
mod phases;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use mmio_analyze::walk::Scope;
use mmio_format::cli::{self, Exit};
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
            plot(&args.plot, |trace, scope, picture| graph::graph(trace, scope, picture, args.top))
        }
        Command::Report(args) => write_report(args),
    })
}

/// Opens the trace, draws, and writes the picture, or one of each phase.
fn plot(
    args: &PlotArgs,
    draw: impl Fn(&mut Trace, &Scope, &Picture) -> mmio_format::Result<Canvas>,
) -> Result<Exit> {
    let format = format_of(&args.output)?;
    let filter = args.input.filter.filter();
    let (width, height) = args.size.map_or((WIDTH, None), |(width, height)| (width, Some(height)));
    let picture = |source| Picture { width, height, source };
    let trace = if args.by_mark {
        phases::refuse_stdout(&args.output)?;
        let mut trace = open(&args.input)?;
        let phases = phases::used(&mut trace, &filter, &args.output)?;
        // Before the work, so that a name that will not do is told at once.
        phases.iter().try_for_each(|phase| output(&phase.path, format, args).map(drop))?;
        for phase in phases {
            let source = format!("{} · {}", source(&args.input.file), phase.title);
            let canvas = draw(&mut trace, &phase.scope, &picture(source))?;
            write_picture(output(&phase.path, format, args)?, &canvas, format, args)?;
        }
        trace
    } else {
        let output = output(&args.output, format, args)?;
        let mut trace = open(&args.input)?;
        let canvas = draw(&mut trace, &Scope::of(&filter), &picture(source(&args.input.file)))?;
        write_picture(output, &canvas, format, args)?;
        trace
    };
    Ok(if warn(&trace, &args.input) { Exit::Error } else { Exit::Success })
}

fn output(path: &Path, format: Format, args: &PlotArgs) -> Result<Output> {
    let content = if format == Format::Svg { Content::Text } else { Content::Binary };
    Ok(Output::create(path, content, args.input.force)?)
}

fn write_picture(mut output: Output, canvas: &Canvas, format: Format, args: &PlotArgs) -> Result<()> {
    let bytes = encode(canvas, format, theme(args.theme))?;
    output.write_all(&bytes).with_context(|| output.path().display().to_string())?;
    Ok(output.finish()?)
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
