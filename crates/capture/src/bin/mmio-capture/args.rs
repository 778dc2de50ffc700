//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Records what a driver does to its device, with the kernel's tracer, into a trace
///
/// Exit codes: 0 success, 2 an error, or an input that could only be read in part, 3 a recording that lost events.
#[derive(Parser)]
#[command(name = "mmio-capture", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Read what was saved of the tracer: raw pages (trace_pipe_raw), a file for each CPU, or a text log
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) from: Vec<PathBuf>,
    /// The format files of the kernel that wrote the pages, with header_page and header_event
    #[arg(long, value_name = "FILE", requires = "from")]
    pub(crate) formats: Vec<PathBuf>,
    /// The machine's /proc/bus/pci/devices
    #[arg(long, value_name = "FILE", requires = "from")]
    pub(crate) pci: Option<PathBuf>,
    /// Where to write the trace; - is standard output
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Compression level, 1 to 19
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..=19))]
    pub(crate) level: i32,
    /// Exit with 0 although events were lost
    #[arg(long)]
    pub(crate) allow_loss: bool,
    /// Replace OUT if it exists; write to a terminal
    #[arg(long)]
    pub(crate) force: bool,
    /// No progress bar and no closing line
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
