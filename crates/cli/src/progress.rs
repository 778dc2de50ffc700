//! The progress bar.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mmio_format::Progress;

/// A bar with rate and time left on standard error, if that is a terminal. It appears with the first
/// [`Bar::show`] and goes when it is dropped.
#[derive(Default)]
pub struct Bar {
    quiet: bool,
    bar: Option<ProgressBar>,
}

impl Bar {
    /// A bar that is never shown if `quiet`.
    pub fn new(quiet: bool) -> Bar {
        Bar { quiet, bar: None }
    }

    /// Shows how far an input has been read.
    pub fn show(&mut self, progress: Progress) {
        let quiet = self.quiet;
        self.bar.get_or_insert_with(|| drawn(quiet, progress.size)).set_position(progress.read);
    }
}

fn drawn(quiet: bool, size: Option<u64>) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(size, target);
    let template = match size {
        Some(_) => "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        None => "{spinner} {bytes}, {bytes_per_sec}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
