//! What watches a recording: it is shown how the recording goes on, and gets a sentence when something goes wrong.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::kernel::tracefs::Tracefs;

/// What watches a recording.
///
/// The methods are called on several threads, and while a panic unwinds too.
/// `()` is an observer that does nothing.
pub trait Observer: Send + Sync {
    /// Shows how the recording goes on, about ten times a second.
    fn progress(&self, progress: &Progress<'_>);

    /// Says that the end has come: what is left is written now, and everything is put back.
    fn ending(&self);

    /// Says in a sentence what went wrong and is in no result: recording goes on, or ended by a panic.
    fn notice(&self, sentence: &str);
}

impl Observer for () {
    fn progress(&self, _: &Progress<'_>) {}
    fn ending(&self) {}
    fn notice(&self, _: &str) {}
}

/// How a recording goes on.
#[derive(Debug)]
pub struct Progress<'a> {
    counters: &'a Counters,
    tracefs: &'a Tracefs,
}

impl Progress<'_> {
    /// The number of records that were read.
    pub fn records(&self) -> u64 {
        self.counters.records.load(Relaxed)
    }

    /// The number of events that are known to be lost.
    pub fn lost(&self) -> u64 {
        self.counters.lost.load(Relaxed)
    }

    /// The bytes of the container so far.
    pub fn bytes(&self) -> u64 {
        self.counters.bytes.load(Relaxed)
    }

    /// The share of the fullest of the kernel's buffers that waits to be read, 0 to 1.
    /// The kernel is asked for it.
    pub fn buffer_fill(&self) -> f64 {
        let share = |&cpu: &u32| {
            let size = self.tracefs.buffer_kb(Some(cpu)).ok().flatten()?;
            Some(self.tracefs.stats(cpu).ok()?.bytes as f64 / (size.max(1) * 1024) as f64)
        };
        self.tracefs.cpus().unwrap_or_default().iter().filter_map(share).fold(0.0, f64::max)
    }
}

/// Counters of a recording, which threads share.
#[derive(Debug, Default)]
pub(super) struct Counters {
    /// Records that were read.
    pub(super) records: AtomicU64,
    /// Events that are known to be lost.
    pub(super) lost: AtomicU64,
    /// Bytes of the container.
    pub(super) bytes: AtomicU64,
}

impl Counters {
    /// The counters as an observer sees them.
    pub(super) fn progress<'a>(&'a self, tracefs: &'a Tracefs) -> Progress<'a> {
        Progress { counters: self, tracefs }
    }
}
