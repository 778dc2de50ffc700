//! Where a form is written to while a trace is walked.

use std::io::Write;

use mmio_format::{Error, Result};

/// Bytes that are collected before they are written.
const ENOUGH: usize = 1 << 18;

/// A buffer in front of a writer. What goes wrong is kept until the end, and nothing is written after it.
pub(super) struct Sink<'a> {
    to: &'a mut dyn Write,
    /// Bytes that were not yet written.
    pub(super) bytes: Vec<u8>,
    failed: Option<std::io::Error>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(to: &'a mut dyn Write) -> Sink<'a> {
        Sink { to, bytes: Vec::with_capacity(2 * ENOUGH), failed: None }
    }

    /// Writes the bytes that were collected if there are enough.
    #[inline]
    pub(super) fn flush(&mut self) {
        if self.bytes.len() >= ENOUGH {
            self.write();
        }
    }

    fn write(&mut self) {
        if self.failed.is_none() {
            self.failed = self.to.write_all(&self.bytes).err();
        }
        self.bytes.clear();
    }

    /// Writes the bytes that are left; `name` names the output in errors.
    pub(super) fn finish(mut self, name: &str) -> Result<()> {
        self.write();
        let flushed = self.failed.map_or_else(|| self.to.flush(), Err);
        flushed.map_err(|error| Error::write(name, error))
    }
}
