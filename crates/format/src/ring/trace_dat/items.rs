//! The events and losses of all CPUs in one order.
//!
//! The rule is that of a recording: the next one is that with the lowest time among the CPUs' next ones; of equal times
//! that of the buffer and CPU that stand first in the file.
//! Each CPU's own order is kept, also where its times go back.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::TraceDat;
use super::buffers::{Buffer, CpuData};
use super::cpu_reader::{CpuReader, Next, What};
use super::damage;
use super::pages::{Budget, Pages};
use crate::error::{Damage, DamageKind};
use crate::ring::formats::{Format, PageLayout};
use crate::ring::page::Missed;

/// An event of the kernel.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The time by the buffer's clock, for most clocks in nanoseconds.
    pub time: u64,
    /// The index of the buffer in [`TraceDat::buffers`].
    pub buffer: usize,
    /// The number of the CPU.
    pub cpu: u32,
    /// The process that was running.
    pub pid: i32,
    /// What the event is, and where its fields are.
    pub format: &'a Format,
    /// The bytes of the event, the fields that all events have first.
    pub data: &'a [u8],
}

/// Events that are missing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// The time of what follows, or of what stands before where pages are damaged.
    pub time: u64,
    /// The index of the buffer in [`TraceDat::buffers`].
    pub buffer: usize,
    /// The number of the CPU.
    pub cpu: u32,
    /// The number of events.
    pub count: Missed,
}

/// An event or a loss.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// An event.
    Event(Event<'a>),
    /// A loss.
    Lost(Lost),
}

/// The numbers of what was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Events that were given.
    pub events: u64,
    /// Events of a number that no format has; they were left out.
    pub unknown: u64,
}

/// The events and losses of a file. What [`Items::next`] gives borrows from this.
#[derive(Debug)]
pub struct Items<'a> {
    trace: &'a TraceDat,
    cpus: Vec<CpuReader<'a>>,
    /// The time and index of each CPU that has a next one.
    order: BinaryHeap<Reverse<(u64, usize)>>,
    /// What the CPUs' next ones are.
    next: Vec<Option<Next>>,
    /// The CPU whose item was given last: it goes on before the next one is chosen.
    current: Option<usize>,
    budget: Budget,
    damage: Option<Damage>,
    tally: Tally,
}

/// What was chosen: the index of the CPU, its next one, and for an event its format and process.
struct Chosen<'a> {
    cpu: usize,
    next: Next,
    known: Option<(&'a Format, i32)>,
}

impl<'a> Items<'a> {
    pub(super) fn new(trace: &'a TraceDat) -> Items<'a> {
        let mut items = Items {
            trace,
            cpus: Vec::new(),
            order: BinaryHeap::new(),
            next: Vec::new(),
            current: None,
            budget: Budget::default(),
            damage: trace.damage.clone(),
            tally: Tally::default(),
        };
        let count = trace.buffers.iter().map(|buffer| buffer.cpus.len()).sum();
        for (index, buffer) in trace.buffers.iter().enumerate() {
            for data in buffer.cpus.iter().filter(|data| data.size > 0) {
                match reader(trace, (index, buffer), data, count) {
                    Ok(cpu) => items.cpus.push(cpu),
                    Err(damage) => items.note(damage),
                }
            }
        }
        items.next.resize(items.cpus.len(), None);
        (0..items.cpus.len()).for_each(|cpu| items.go_on(cpu));
        items
    }

    /// The next event or loss.
    #[allow(clippy::should_implement_trait, reason = "what it gives borrows from this")]
    pub fn next(&mut self) -> Option<Item<'_>> {
        let Chosen { cpu, next, known } = self.choose()?;
        let reader = self.cpus.get(cpu)?;
        let (time, buffer, cpu) = (next.time, reader.buffer, reader.cpu);
        Some(match (next.what, known) {
            (What::Event { start, end }, Some((format, pid))) => {
                Item::Event(Event { time, buffer, cpu, pid, format, data: reader.data(start, end) })
            }
            (What::Event { .. }, None) => return None,
            (What::Lost(count), _) => Item::Lost(Lost { time, buffer, cpu, count }),
        })
    }

    /// The numbers of what was read so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The first damage that was met so far, of the pages or of what stands beside them.
    pub fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    /// Chooses the next one, and passes over events that are not known.
    fn choose(&mut self) -> Option<Chosen<'a>> {
        loop {
            if let Some(cpu) = self.current.take() {
                self.go_on(cpu);
            }
            let Reverse((_, cpu)) = self.order.pop()?;
            self.current = Some(cpu);
            let next = self.next.get(cpu).copied().flatten()?;
            let What::Event { start, end } = next.what else {
                return Some(Chosen { cpu, next, known: None });
            };
            match self.trace.formats.of(self.cpus.get(cpu)?.data(start, end)) {
                Some(known) => {
                    self.tally.events += 1;
                    return Some(Chosen { cpu, next, known: Some(known) });
                }
                None => self.tally.unknown += 1,
            }
        }
    }

    fn go_on(&mut self, cpu: usize) {
        let Some(reader) = self.cpus.get_mut(cpu) else { return };
        let next = reader.next(&self.trace.header, &mut self.budget);
        let damage = reader.damage.take();
        self.next[cpu] = next;
        self.order.extend(next.map(|next| Reverse((next.time, cpu))));
        damage.into_iter().for_each(|damage| self.note(damage));
    }

    fn note(&mut self, damage: Damage) {
        self.damage.get_or_insert(damage);
    }
}

fn reader<'a>(
    trace: &'a TraceDat,
    (index, buffer): (usize, &Buffer),
    data: &CpuData,
    cpus: usize,
) -> Result<CpuReader<'a>, Damage> {
    // Pages of a buffer may be larger than those that the kernel describes.
    let layout = PageLayout { size: buffer.page_size, ..trace.page };
    if layout.size <= layout.data || layout.check().is_err() {
        let what = format!("pages of {} bytes are not possible", layout.size);
        return Err(damage(DamageKind::Damaged, data.offset, what));
    }
    let pages = Pages::new(&trace.bytes, buffer, data, trace.compressor, cpus)?;
    Ok(CpuReader::new(index, data.cpu, pages, layout))
}
