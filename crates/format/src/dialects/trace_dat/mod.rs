//! trace-cmd's `trace.dat`: the same events as in ftrace's text, by the fields that the file describes.
//!
//! A file is read on a thread of its own, which hands its events over in batches, spelled as the kernel prints them.

pub(super) mod fields;
pub(super) mod spell;

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::ftrace::{Events, Origin};
use super::kernel_events::Told;
use super::window::Rest;
use super::{Dialect, Options, Reader, Sink, Window};
use crate::container::key;
use crate::error::Damage;
use crate::ring::page::Missed;
use crate::ring::trace_dat::{Item, MAGIC, TraceDat};

pub(super) const DIALECT: Dialect = Dialect {
    name: "trace-dat",
    about: "trace.dat of trace-cmd, versions 6 and 7",
    is_headed: true,
    sniff: |start| start.starts_with(MAGIC),
    make: |options, start| Box::new(Dat::new(options, start)),
};

/// Events of a batch, and batches that wait.
const BATCH: usize = 4096;
const WAITING: usize = 4;
/// Clocks of the kernel whose times are not nanoseconds (kernel/trace/trace.c, `trace_clocks`).
const COUNTS: [&str; 2] = ["counter", "x86-tsc"];

/// What is known of the file before its events.
#[derive(Default)]
struct Head {
    kernel: Option<String>,
    clock: String,
    overrun: u64,
}

/// An event and what it says, or a loss.
enum Happened {
    Event { name: String, told: Told, origin: Origin },
    Lost { time: u64, cpu: u32, count: Option<u64> },
}

/// What the thread hands over.
enum Message {
    Head(Head),
    Batch(Vec<Happened>),
    End(io::Result<()>),
}

/// A reader of a file.
struct Dat {
    events: Events,
    batches: Option<Receiver<Message>>,
    thread: Option<JoinHandle<()>>,
    is_counted: bool,
}

impl Dat {
    fn new(options: &Options, start: &[u8]) -> Dat {
        Dat { events: Events::new(options, start), batches: None, thread: None, is_counted: false }
    }

    /// Takes a batch; `false` at the end.
    fn take(&mut self, message: Message, to: &mut Sink) -> io::Result<bool> {
        match message {
            Message::Head(head) => self.head(head, to),
            Message::Batch(batch) => batch.into_iter().for_each(|happened| self.happened(happened, to)),
            Message::End(result) => {
                self.events.end(to);
                return result.map(|()| false);
            }
        }
        Ok(true)
    }

    fn head(&mut self, head: Head, to: &mut Sink) {
        self.is_counted = COUNTS.contains(&head.clock.as_str());
        if !head.clock.is_empty() && !self.is_counted {
            to.fact(key::CLOCK, &head.clock);
        }
        if let Some(kernel) = &head.kernel {
            to.fact(key::KERNEL, kernel);
        }
        if head.overrun > 0 {
            let text = format!(
                "events that the kernel overwrote before trace-cmd read them, as it counts: {}",
                head.overrun
            );
            to.note(&text);
        }
    }

    fn happened(&mut self, happened: Happened, to: &mut Sink) {
        match happened {
            Happened::Event { name, told, origin } => {
                told.take(&name, origin, self.is_counted, &mut self.events, to);
            }
            Happened::Lost { time, cpu, count } => {
                to.lost(Some(time).filter(|_| !self.is_counted), cpu, count);
            }
        }
    }
}

impl Reader for Dat {
    fn read(&mut self, from: &mut Window, to: &mut Sink) -> io::Result<bool> {
        if self.batches.is_none() {
            // The parts of a file refer to each other, so it is read whole, within its limit.
            let file = TraceDat::read(Rest(from), Path::new("trace.dat"))
                .map_err(|error| io::Error::other(error.to_string()))?;
            let (sender, batches) = sync_channel(WAITING);
            self.batches = Some(batches);
            self.thread = Some(thread::spawn(move || hand_over(&file, &sender)));
        }
        while !to.is_full() {
            let Some(Ok(message)) = self.batches.as_ref().map(Receiver::recv) else { return Ok(false) };
            if !self.take(message, to)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Drop for Dat {
    fn drop(&mut self) {
        // Without a receiver the thread ends.
        self.batches = None;
        self.thread.take().map(JoinHandle::join);
    }
}

/// Hands all events over, as long as they are received.
fn hand_over(file: &TraceDat, to: &SyncSender<Message>) {
    let facts = file.facts();
    let overrun = facts.cpu_stats.iter().map(|stats| stats.overrun).fold(0, u64::saturating_add);
    let clock =
        file.buffers().first().map(|buffer| buffer.clock.clone().unwrap_or_default()).unwrap_or_default();
    let head = Head { kernel: facts.uname.clone(), clock, overrun };
    if to.send(Message::Head(head)).is_err() {
        return;
    }
    let (mut items, mut batch) = (file.items(), Vec::new());
    while let Some(item) = items.next() {
        batch.push(happened(&item));
        if batch.len() >= BATCH && to.send(Message::Batch(std::mem::take(&mut batch))).is_err() {
            return;
        }
    }
    let damage: Option<Damage> = items.damage().cloned();
    let end = damage.map_or(Ok(()), |damage| Err(damage.into()));
    let _ = to.send(Message::Batch(batch)).and_then(|()| to.send(Message::End(end)));
}

fn happened(item: &Item<'_>) -> Happened {
    match item {
        Item::Event(event) => {
            let origin =
                Origin { time: Some(event.time), cpu: Some(event.cpu), pid: event.pid.try_into().ok() };
            let told = Told::of(event.format, event.data);
            Happened::Event { name: event.format.name.clone(), told, origin }
        }
        Item::Lost(lost) => {
            let count = if let Missed::Count(count) = lost.count { Some(count) } else { None };
            Happened::Lost { time: lost.time, cpu: lost.cpu, count }
        }
    }
}
