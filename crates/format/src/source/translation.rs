//! The log of another tracer, read block by block.

use std::io::{Read, Result};
use std::sync::Arc;

use super::work::Job;
use crate::container::Item;
use crate::dialects::{Reader, Sink, Window};
use crate::input::Log;
use crate::places::Places;

/// How far a log was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Start,
    Records,
    End,
    Over,
}

/// A reader of a log, and what it fills.
pub(super) struct Translation {
    reader: Box<dyn Reader>,
    window: Window,
    sink: Sink,
    at: At,
}

impl Translation {
    pub(super) fn new(log: Log, reader: Box<dyn Read + Send>, places: Arc<Places>) -> Translation {
        let sink = Sink::new(log.dialect.name).with_places(places);
        Translation { reader: log.reader, window: Window::new(reader), sink, at: At::Start }
    }

    /// Puts the next piece into `job`: what is known of the log, its records, and what is known at its end; `false` behind
    /// that.
    ///
    /// # Errors
    /// What the input gives; what was read before comes with the next call.
    pub(super) fn next(&mut self, job: &mut Job) -> Result<bool> {
        if self.at == At::Start {
            self.at = At::Records;
            job.item = Some(Item::Recording(self.sink.opening()));
            return Ok(true);
        }
        if self.at == At::Records {
            let more = self.reader.read(&mut self.window, &mut self.sink);
            if !matches!(more, Ok(true)) {
                self.at = At::End;
            }
            more?;
        }
        if !self.sink.is_empty() {
            self.sink.swap(job.filled.get_or_insert_default());
            job.item = Some(Item::Block);
            return Ok(true);
        }
        job.item = (self.at == At::End).then(|| Item::Recording(self.sink.closing()));
        let is_last = self.at == At::Over;
        self.at = At::Over;
        Ok(!is_last)
    }
}
