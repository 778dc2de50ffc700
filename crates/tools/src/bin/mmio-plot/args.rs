//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mmio_cli::{FilterArgs, ReadArgs};
use mmio_plot::figure::SIDES;
use mmio_plot::graph;

/// Draws what a driver does to its device
///
/// FILE is a log of the kernel's mmiotrace (plain, or compressed by gzip, bzip2, xz, lzma or zstd), a container
/// (.mmio.zst), or - for standard input. Lost events and unparsed lines are in every picture. Exit codes: 0
/// success, 1 filters that select nothing (no file is written), 2 an error, or an input that could only be read in part.
#[derive(Parser)]
#[command(name = "mmio-plot", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Accesses over time: a lane for each BAR, markers, losses, and the rate
    Timeline(PlotArgs),
    /// Values of registers over time, as a logic analyser shows them (--reg chooses)
    Values(PlotArgs),
    /// How long devices take to answer, and drivers poll: distributions
    Latency(PlotArgs),
    /// The register map of a device, coloured by what each register probably is
    Map(PlotArgs),
    /// Registers of a BAR by time, as dark as they are used
    Heatmap(PlotArgs),
    /// Which access follows which: the busiest registers of a device, and arrows from each access to the next
    Graph(GraphArgs),
    /// Everything in one page of HTML: plots, registers, patterns, pairs and sequences
    Report(ReportArgs),
}

/// Input, filters and output, the same for all.
#[derive(Args)]
pub(crate) struct InputArgs {
    /// The trace; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Replace OUT if it exists
    #[arg(long)]
    pub(crate) force: bool,
    /// No progress bar
    #[arg(short, long)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
}

#[derive(Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// The page, .html; - is standard output
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
}

#[derive(Args)]
pub(crate) struct PlotArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// The picture, .svg or .png; - is standard output, as SVG
    #[arg(short, long, value_name = "OUT", required_unless_present = "show")]
    pub(crate) output: Option<PathBuf>,
    /// Show the picture on the terminal, as wide as that is; kitty, ghostty, WezTerm and iTerm2 can do it
    #[arg(long, conflicts_with_all = ["output", "force", "by_mark"])]
    pub(crate) show: bool,
    /// A picture of each stretch between two markers: OUT.svg becomes OUT.1-TEXT.svg and so on, OUT.0.svg is what is
    /// before the first marker
    #[arg(long)]
    pub(crate) by_mark: bool,
    /// Width and height in pixels [default: 1200 wide, as high as suits]
    #[arg(long, value_name = "WxH", value_parser = parse_size)]
    pub(crate) size: Option<(i32, i32)>,
    /// Colours
    #[arg(long, value_enum, default_value_t = ThemeName::Light)]
    pub(crate) theme: ThemeName,
}

#[derive(Args)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pub(crate) plot: PlotArgs,
    /// How many registers to show, each read and written by itself; 2 to 40
    #[arg(long, value_name = "N", default_value_t = graph::TOP, value_parser = parse_nodes)]
    pub(crate) top: usize,
}

fn parse_nodes(text: &str) -> Result<usize, String> {
    let bad = || format!("expected a number from {} to {}", graph::NODES.start(), graph::NODES.end());
    text.parse().ok().filter(|n| graph::NODES.contains(n)).ok_or_else(bad)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ThemeName {
    Light,
    Dark,
}

fn parse_size(text: &str) -> Result<(i32, i32), String> {
    let bad =
        || format!("expected width and height from {} to {}, as in 1200x800", SIDES.start(), SIDES.end());
    let (width, height) = text.split_once('x').ok_or_else(bad)?;
    let side = |text: &str| text.parse().ok().filter(|side| SIDES.contains(side)).ok_or_else(bad);
    Ok((side(width)?, side(height)?))
}
