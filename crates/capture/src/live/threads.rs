//! The thread that empties the kernel's buffers and the one that writes, with a queue between.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use mmio_format::ring::formats::PageLayout;

use super::drain::{self, Message};
use super::intake::Intake;
use crate::error::{Error, Result};
use crate::kernel::tracefs::Tracefs;

/// Pages or texts that may wait to be written.
/// Beyond, events wait in the kernel's buffer.
const QUEUE: usize = 8192;

/// The thread that reads and the one that writes.
pub(super) struct Threads {
    ending: Ending,
    reader: JoinHandle<std::io::Result<()>>,
    writer: JoinHandle<Result<Intake>>,
}

/// Tells the reader to end, in a panic too: the kernel keeps its tracer while it is read.
struct Ending(Arc<AtomicBool>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Threads {
    /// Starts both, to read pages of this layout, or the text log without one.
    pub(super) fn start(tracefs: &Tracefs, layout: Option<PageLayout>, intake: Intake) -> Result<Threads> {
        let (to_writer, messages) = sync_channel(QUEUE);
        let ending = Arc::new(AtomicBool::new(false));
        let reader = reader(tracefs, layout, ending.clone(), to_writer)?;
        let writer = std::thread::spawn(move || intake.run(&messages));
        Ok(Threads { ending: Ending(ending), reader, writer })
    }

    /// Whether one of them ended by itself, which is not a good sign.
    pub(super) fn is_over(&self) -> bool {
        self.reader.is_finished() || self.writer.is_finished()
    }

    /// Waits until everything that is in the kernel's buffer is written.
    pub(super) fn join(self, problems: &mut Vec<String>) -> Result<Intake> {
        drop(self.ending);
        match self.reader.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => problems.push(format!("reading from the kernel failed: {error}")),
            Err(_) => problems.push("the reading thread panicked".into()),
        }
        self.writer.join().unwrap_or_else(|_| Err(Error::Refused("the writing thread panicked".into())))
    }
}

fn reader(
    tracefs: &Tracefs,
    layout: Option<PageLayout>,
    ending: Arc<AtomicBool>,
    out: SyncSender<Message>,
) -> Result<JoinHandle<std::io::Result<()>>> {
    let cpus = tracefs.cpus()?;
    // The first one is traced in any case, and no buffer of another one that is traced is smaller.
    let buffer = tracefs.buffer_kb(cpus.first().copied())?.unwrap_or(0).saturating_mul(1024);
    let buffer = usize::try_from(buffer).unwrap_or(usize::MAX);
    match layout {
        None => {
            let file = tracefs.open("trace_pipe")?;
            Ok(std::thread::spawn(move || drain::text(file, buffer, &ending, &out)))
        }
        Some(layout) => {
            let files: Result<Vec<File>> =
                cpus.iter().map(|cpu| tracefs.open(&format!("per_cpu/cpu{cpu}/trace_pipe_raw"))).collect();
            let files = files?;
            Ok(std::thread::spawn(move || drain::pages(files, &layout, buffer, &ending, &out)))
        }
    }
}
