//! The line on standard error that shows how a recording goes on.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mmio_capture::live::{Observer, Progress};
use mmio_report::numbers::grouped;

/// A line that is written over and over, on a terminal only.
pub(crate) struct LiveLine {
    is_on: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    started: Option<Instant>,
    /// When the line was written last, and the records by then.
    last: Option<(Instant, u64)>,
    is_shown: bool,
}

/// How often the line is written.
const EVERY: Duration = Duration::from_millis(500);

impl LiveLine {
    /// A line; nothing is written when `quiet` or when there is no terminal.
    pub(crate) fn new(quiet: bool) -> LiveLine {
        LiveLine { is_on: !quiet && std::io::stderr().is_terminal(), state: Mutex::default() }
    }
}

impl Observer for LiveLine {
    fn progress(&self, progress: &Progress<'_>) {
        let Ok(mut state) = self.state.lock() else { return };
        let now = Instant::now();
        let started = *state.started.get_or_insert(now);
        let (then, before) = *state.last.get_or_insert((now, 0));
        let elapsed = now - then;
        if !self.is_on || elapsed < EVERY {
            return;
        }
        let records = progress.records();
        let rate = (records - before) as f64 / elapsed.as_secs_f64();
        state.last = Some((now, records));
        state.is_shown = true;
        let line = format!(
            "{:.0} s  {} events  {}/s  {} lost  buffer {:.0} %  {:.1} MB",
            (now - started).as_secs_f64(),
            grouped(records),
            grouped(rate as u64),
            grouped(progress.lost()),
            100.0 * progress.buffer_fill(),
            progress.bytes() as f64 / 1e6,
        );
        // A terminal that went away is no reason to stop recording.
        let _ = write!(std::io::stderr(), "\r{line}\x1b[K");
    }

    fn ending(&self) {
        let Ok(mut state) = self.state.lock() else { return };
        if std::mem::take(&mut state.is_shown) {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }

    fn notice(&self, sentence: &str) {
        eprintln!("mmio-capture: {sentence}");
    }
}
