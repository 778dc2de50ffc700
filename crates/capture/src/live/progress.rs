//! How a recording goes on: counters that threads share, and the line that shows them.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Counters of a recording.
#[derive(Debug, Default)]
pub struct Progress {
    /// Records that were read.
    pub records: AtomicU64,
    /// Events that are known to be lost.
    pub lost: AtomicU64,
    /// Bytes of the file.
    pub bytes: AtomicU64,
}

/// A line on standard error that is written over and over, on a terminal only.
#[derive(Debug)]
pub struct Line {
    shown: bool,
    on: bool,
    started: Instant,
    last: (Instant, u64),
}

/// How often it is written.
const EVERY: Duration = Duration::from_millis(500);

impl Line {
    /// A line; nothing is written when `quiet` or when there is no terminal.
    pub fn new(quiet: bool) -> Line {
        let now = Instant::now();
        Line { shown: false, on: !quiet && std::io::stderr().is_terminal(), started: now, last: (now, 0) }
    }

    /// Writes the line when it is time. `fill` gives the share of the kernel's buffer that is used, 0 to 1.
    pub fn update(&mut self, progress: &Progress, fill: impl FnOnce() -> f64) {
        let elapsed = self.last.0.elapsed();
        if !self.on || elapsed < EVERY {
            return;
        }
        let records = progress.records.load(Relaxed);
        let rate = (records - self.last.1) as f64 / elapsed.as_secs_f64();
        self.last = (Instant::now(), records);
        let line = format!(
            "{:.0} s  {} events  {}/s  {} lost  buffer {:.0} %  {:.1} MB",
            self.started.elapsed().as_secs_f64(),
            grouped(records),
            grouped(rate as u64),
            grouped(progress.lost.load(Relaxed)),
            100.0 * fill(),
            progress.bytes.load(Relaxed) as f64 / 1e6,
        );
        // A terminal that went away is no reason to stop recording.
        let _ = write!(std::io::stderr(), "\r{line}\x1b[K");
        self.shown = true;
    }

    /// Takes the line away.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
