//! Orders what comes from the kernel, compresses it and writes it: the thread at the end of the queue.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use mmio_format::block::MAX_RECORDS;
use mmio_format::container::{Recording, Totals, Writer};
use mmio_format::survey::Survey;
use mmio_format::{Block, Stats, text};

use super::drain::Message;
use super::observer::Counters;
use crate::error::Result;
use crate::merge::{Merge, Stop};
use crate::pci::PciDevices;

/// A block that is not full is written after this time: what a crash costs at most.
const FLUSH: Duration = Duration::from_secs(2);
/// How often what was written is put on the disk.
const SYNC: Duration = Duration::from_secs(5);
/// Most records that a piece of text can become, which is its bytes.
const TEXT_PIECE: usize = 4096;

/// The output, which counts and can be put on disk.
#[derive(Debug)]
pub(super) struct Sink {
    file: File,
    counters: Arc<Counters>,
}

impl Sink {
    /// An output that writes to `file` and counts the bytes.
    pub(super) fn new(file: File, counters: Arc<Counters>) -> Sink {
        Sink { file, counters }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.counters.bytes.fetch_add(n as u64, Relaxed);
        Ok(n)
    }

    /// Puts what was written on the disk, unless it went to a pipe.
    fn flush(&mut self) -> std::io::Result<()> {
        if self.file.metadata()?.is_file() { self.file.sync_data() } else { Ok(()) }
    }
}

/// The form in which events come.
enum Origin {
    Pages(Box<Merge>),
    /// Text, with the begin of a line whose end is still to come.
    Text(Vec<u8>),
}

/// The writing end of a recording.
pub(super) struct Intake {
    writer: Writer<Sink>,
    origin: Origin,
    block: Block,
    survey: Survey,
    counters: Arc<Counters>,
    keep_pc: bool,
    flushed: Instant,
    synced: Instant,
}

/// Counts of what was recorded.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Recorded {
    /// Totals of the container.
    pub totals: Totals,
    /// Events that were lost, each loss once.
    pub lost: u64,
    /// Places with losses.
    pub losses: u64,
    /// Places with losses whose number of events is not known.
    pub uncounted: u64,
    /// Events of other tracers that were left out.
    pub others: u64,
    /// Pages that could not be read, in a sentence.
    pub faults: Option<String>,
}

impl Intake {
    /// Begins a container.
    /// With `merge` events come as pages, without as text, which has VERSION and PCIDEV lines of its own.
    /// Program counters are left out unless `keep_pc`.
    ///
    /// # Errors
    /// [`crate::Error::Trace`].
    pub(super) fn begin(
        sink: Sink,
        (path, level): (&Path, i32),
        facts: &Recording,
        devices: &PciDevices,
        merge: Option<Merge>,
        keep_pc: bool,
    ) -> Result<Intake> {
        let counters = sink.counters.clone();
        let mut writer = Writer::live(sink, path, level)?;
        writer.write_recording(facts)?;
        let mut block = Block::default();
        let origin = match merge {
            Some(mut merge) => {
                devices.push_records(&mut block);
                (0..merge.cpus()).for_each(|index| merge.close(index));
                Origin::Pages(Box::new(merge))
            }
            None => Origin::Text(Vec::new()),
        };
        let now = Instant::now();
        let survey = Survey::default();
        Ok(Intake { writer, origin, block, survey, counters, keep_pc, flushed: now, synced: now })
    }

    /// Takes messages until no more can come.
    ///
    /// # Errors
    /// [`crate::Error::Trace`] when the output refuses something.
    pub(super) fn run(mut self, messages: &Receiver<Message>) -> Result<Intake> {
        loop {
            match messages.recv_timeout(FLUSH) {
                Ok(message) => self.take(message)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.flushed.elapsed() >= FLUSH {
                self.write_block()?;
            }
            if self.synced.elapsed() >= SYNC {
                self.writer.flush()?;
                self.synced = Instant::now();
            }
        }
        self.release(u64::MAX)?;
        if let Origin::Pages(merge) = &mut self.origin {
            merge.end();
        }
        self.release(u64::MAX)?;
        if let Origin::Text(rest) = &mut self.origin {
            let rest = std::mem::take(rest);
            text::parse(&rest, &mut self.block);
        }
        self.write_block()?;
        Ok(self)
    }

    /// The number of lost events that the events themselves tell of, and whether that is all of them.
    pub(super) fn known_lost(&self) -> (u64, bool) {
        let all_counted = self.survey.losses.iter().all(|loss| loss.events.is_some());
        (self.survey.lost(), all_counted)
    }

    /// Notes a loss after all events.
    pub(super) fn add_loss(&mut self, time: u64, cpu: u32, count: u64) {
        self.block.push_lost(time, cpu, count);
    }

    /// Ends the container with what is known only now.
    ///
    /// # Errors
    /// [`crate::Error::Trace`].
    pub(super) fn finish(mut self, facts: &Recording) -> Result<Recorded> {
        self.write_block()?;
        self.writer.extend_recording(facts)?;
        if let Origin::Pages(merge) = &self.origin
            && let Some(closing) = merge.closing()
        {
            self.writer.extend_recording(&closing)?;
        }
        let (_, totals) = self.writer.finish()?;
        let mut done = Recorded {
            totals,
            lost: self.survey.lost(),
            losses: self.survey.losses.len() as u64 + self.survey.more_losses.0,
            uncounted: self.survey.losses.iter().filter(|loss| loss.events.is_none()).count() as u64,
            ..Recorded::default()
        };
        if let Origin::Pages(merge) = &self.origin {
            done.others = merge.tally().others;
            done.faults = merge.faults().next().map(|(index, faults)| {
                let (count, what) = (faults.count, faults.first.what);
                format!(
                    "{count} damaged pages from the kernel: the first at byte {} of lane {index}: {what}",
                    faults.offset
                )
            });
        }
        Ok(done)
    }

    fn take(&mut self, message: Message) -> Result<()> {
        match (message, &mut self.origin) {
            (Message::Page(index, page), Origin::Pages(merge)) => merge.push(index, page),
            (Message::Release(limit), _) => self.release(limit)?,
            (Message::Text(bytes), Origin::Text(rest)) => {
                rest.extend_from_slice(&bytes);
                let end = rest.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
                let lines: Vec<u8> = rest.drain(..end).collect();
                self.parse(&lines)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn parse(&mut self, mut lines: &[u8]) -> Result<()> {
        while !lines.is_empty() {
            if self.block.is_full() || self.block.len() + TEXT_PIECE > MAX_RECORDS {
                self.write_block()?;
            }
            // A record has a line end, so that a piece has no more records than bytes.
            let piece = &lines[..lines.len().min(TEXT_PIECE)];
            let end = match piece.iter().rposition(|&b| b == b'\n') {
                Some(at) => at + 1,
                None => lines.iter().position(|&b| b == b'\n').map_or(lines.len(), |at| at + 1),
            };
            text::parse(&lines[..end], &mut self.block);
            lines = &lines[end..];
        }
        self.count();
        Ok(())
    }

    fn release(&mut self, limit: u64) -> Result<()> {
        while let Origin::Pages(merge) = &mut self.origin {
            let stop = merge.fill(limit, &mut self.block);
            self.count();
            if stop != Stop::Full {
                return Ok(());
            }
            self.write_block()?;
        }
        Ok(())
    }

    fn count(&self) {
        let records = self.writer.totals().records + self.block.len() as u64;
        self.counters.records.store(records, Relaxed);
        if let Origin::Pages(merge) = &self.origin {
            self.counters.lost.store(merge.tally().lost, Relaxed);
        } else {
            self.counters.lost.store(self.survey.lost(), Relaxed);
        }
    }

    fn write_block(&mut self) -> Result<()> {
        self.flushed = Instant::now();
        if self.block.is_empty() {
            return Ok(());
        }
        if !self.keep_pc {
            self.block.pc.clear();
        }
        self.survey.feed(&Stats::of(&self.block), &self.block, self.writer.totals().accesses);
        self.writer.write_block(&self.block)?;
        self.block.clear();
        Ok(())
    }
}
