//! How far an input has been read: what a program that waits for it may show.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far an input has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that were read, compressed if the input is.
    pub read: u64,
    /// Length of the input in bytes; nothing for a pipe.
    pub size: Option<u64>,
}

/// A count of the bytes that are read from an input. Copies count the same input.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    read: Arc<AtomicU64>,
    size: Option<u64>,
}

impl Meter {
    /// A count that has not begun, of an input of `size` bytes.
    pub(crate) fn new(size: Option<u64>) -> Meter {
        Meter { read: Arc::default(), size }
    }

    /// Counts `bytes` more.
    pub(crate) fn add(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Where the count stands.
    pub fn progress(&self) -> Progress {
        Progress { read: self.read.load(Ordering::Relaxed), size: self.size }
    }
}
