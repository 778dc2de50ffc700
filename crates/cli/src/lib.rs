//! What the commands of mmioscope share: filters, colour, exit codes, the progress bar and output files.

mod color;
mod exit;
mod filters;
pub mod output;
mod progress;

use std::path::Path;

use mmio_format::Result;
use mmio_format::trace::Trace;

pub use color::Color;
pub use exit::{Exit, run};
pub use filters::FilterArgs;
pub use progress::Bar;

/// Opens a trace, with a progress bar unless `quiet`.
///
/// # Errors
/// As [`Trace::open`].
pub fn open(path: &Path, quiet: bool) -> Result<Trace> {
    let mut bar = Bar::new(quiet);
    Trace::open_observed(path, |progress| bar.show(progress))
}
