//! mmio-plot: draws what a driver does to its device.

mod args;
mod phases;
mod show;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use mmio_analyze::unselected::unselected;
use mmio_cli::Exit;
use mmio_cli::output::{Content, Output};
use mmio_format::{Scope, Trace};
use mmio_plot::canvas::Canvas;
use mmio_plot::figure::{SIDES, WIDTH};
use mmio_plot::image::{Format, encode};
use mmio_plot::palette::Theme;
use mmio_plot::{Picture, graph, heatmap, latency, map, report, timeline, values};
use mmio_report::Speller;

use args::{Cli, Command, InputArgs, PlotArgs, ReportArgs, ThemeName};
use show::Screen;

fn main() -> ExitCode {
    let cli = Cli::parse();
    mmio_cli::run("mmio-plot", || match &cli.command {
        Command::Timeline(args) => plot(args, timed("a timeline", timeline::timeline)),
        Command::Values(args) => plot(args, timed("a plot of values", values::values)),
        Command::Latency(args) => plot(args, timed("a plot of latencies", latency::latency)),
        Command::Map(args) => plot(args, map::map),
        Command::Heatmap(args) => plot(args, timed("a heatmap", heatmap::heatmap)),
        Command::Graph(args) => {
            plot(&args.plot, |trace, scope, picture| graph::graph(trace, scope, picture, args.top))
        }
        Command::Report(args) => write_report(args),
    })
}

/// What draws over time, which refuses a log without times.
fn timed(
    what: &'static str,
    draw: impl Fn(&mut Trace, &Scope, &Picture) -> mmio_format::Result<Canvas>,
) -> impl Fn(&mut Trace, &Scope, &Picture) -> mmio_format::Result<Canvas> {
    move |trace, scope, picture| {
        trace.needs_times(what)?;
        draw(trace, scope, picture)
    }
}

/// Opens the trace, draws, and writes or shows the picture.
fn plot(
    args: &PlotArgs,
    draw: impl Fn(&mut Trace, &Scope, &Picture) -> mmio_format::Result<Canvas>,
) -> Result<Exit> {
    let draw_at = |trace: &mut Trace, scope: &Scope, source: String, plain: i32| {
        let (width, height) = args.size.map_or((plain, None), |(width, height)| (width, Some(height)));
        draw(trace, scope, &Picture { width, height, source })
    };
    let whole = Scope::of(&args.input.filter.filter());
    let trace = match &args.output {
        Some(path) if args.by_mark => {
            let mut trace = open(&args.input)?;
            let draw = |trace: &mut Trace, scope: &Scope, source| draw_at(trace, scope, source, WIDTH);
            if draw_phases(args, &mut trace, path, draw)? == 0 {
                return nothing(&mut trace, &args.input);
            }
            trace
        }
        Some(path) => {
            let format = format_of(path)?;
            let output = output(path, format, args)?;
            let mut trace = open(&args.input)?;
            let canvas = draw_at(&mut trace, &whole, source(&args.input.file), WIDTH)?;
            if canvas.summary.is_in_vain() {
                return nothing(&mut trace, &args.input);
            }
            write_picture(output, &canvas, format, args)?;
            trace
        }
        None => {
            let screen = Screen::new()?;
            let mut trace = open(&args.input)?;
            let width = screen.width().map_or(WIDTH, |width| width.clamp(*SIDES.start(), *SIDES.end()));
            let canvas = draw_at(&mut trace, &whole, source(&args.input.file), width)?;
            if canvas.summary.is_in_vain() {
                return nothing(&mut trace, &args.input);
            }
            screen.show(&encode(&canvas, Format::Png, theme(args.theme))?, args.size.is_none())?;
            trace
        }
    };
    Ok(if warn(&trace, &args.input) { Exit::Error } else { Exit::Success })
}

/// Writes a picture of each phase, and returns how many these are.
fn draw_phases(
    args: &PlotArgs,
    trace: &mut Trace,
    path: &Path,
    draw: impl Fn(&mut Trace, &Scope, String) -> mmio_format::Result<Canvas>,
) -> Result<usize> {
    let format = format_of(path)?;
    phases::refuse_stdout(path)?;
    let phases = phases::used(trace, &args.input.filter.filter(), path)?;
    let count = phases.len();
    // Before the work, so that a name that will not do is reported at once.
    phases.iter().try_for_each(|phase| output(&phase.path, format, args).map(drop))?;
    for phase in phases {
        let source = format!("{} · {}", source(&args.input.file), phase.title);
        let canvas = draw(trace, &phase.scope, source)?;
        write_picture(output(&phase.path, format, args)?, &canvas, format, args)?;
    }
    Ok(count)
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
    let (page, summary) = report::report(&mut trace, &args.input.filter.filter(), &source(&args.input.file))?;
    if summary.is_in_vain() {
        return nothing(&mut trace, &args.input);
    }
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

/// Opens the input, which must be a trace.
fn open(args: &InputArgs) -> Result<Trace> {
    Ok(mmio_cli::open("mmio-plot", &args.file, args.quiet, &args.read, &args.filter.filter())?)
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

/// Says that the filters select nothing, and what there is.
fn nothing(trace: &mut Trace, args: &InputArgs) -> Result<Exit> {
    let damaged = warn(trace, args);
    let filter = args.filter.filter();
    let found = unselected(trace, &filter)?;
    let sentence = mmio_report::unselected::text(&found, &filter, Speller::new(trace.devices()));
    eprintln!("mmio-plot: {}: {sentence}", args.file.display());
    Ok(if damaged { Exit::Error } else { Exit::Nothing })
}

/// Says what could not be read.
fn warn(trace: &Trace, args: &InputArgs) -> bool {
    let damage = trace.damage_report();
    if let Some(text) = &damage {
        eprintln!("mmio-plot: {}: {text}", args.file.display());
    }
    damage.is_some()
}
