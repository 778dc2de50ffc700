//! The binary trace of QEMU's backend `simple`, version 4, with the events of its log.
//!
//! Names of events come first, most of them of events that are not followed, so that the first events lie behind what
//! is looked at of other logs: they are read ahead to see what kind of machine it is.

mod record;

use std::collections::{HashMap, VecDeque};
use std::io;

use super::{Events, Stamp, vfio};
use crate::dialects::{Dialect, Options, Reader, Sink, Window};
use crate::error::{Damage, DamageKind, Position};
use record::{Args, DROPPED, EVENT_HEAD, HEAD, Kind, MAX_LENGTH, Order};

pub(in crate::dialects) const DIALECT: Dialect = Dialect {
    name: "qemu-simple",
    about: "the binary trace of QEMU's backend `simple`, version 4",
    is_headed: true,
    sniff: |start| Order::of(start).is_some(),
    make: |options, _| Box::new(Simple::new(options)),
};

/// The version that is read.
const VERSION: u64 = 4;
/// Types of records.
const NAME: u64 = 0;
const EVENT: u64 = 1;
/// Bytes of events that are read ahead.
const AHEAD: usize = 64 << 10;
/// Most events that are followed: a file has one number for each of their names.
const MAX_KINDS: usize = 1 << 10;

/// An event before its arguments.
#[derive(Clone, Copy, Debug)]
struct Event {
    id: u64,
    time: u64,
    pid: u32,
}

/// A reader of the trace.
struct Simple {
    events: Events,
    /// The order of bytes, when the head has been read.
    order: Option<Order>,
    /// Bytes read so far.
    at: u64,
    kinds: HashMap<u64, Kind>,
    /// Events that were read ahead, with their arguments.
    ahead: VecDeque<(Event, Vec<u8>)>,
    /// Why reading ahead ended, unless there was enough.
    ended: Option<io::Result<()>>,
    /// What the log calls the region of an event.
    name: Vec<u8>,
}

impl Simple {
    fn new(options: &Options) -> Simple {
        Simple {
            events: Events::new(options, &[]),
            order: None,
            at: 0,
            kinds: HashMap::new(),
            ahead: VecDeque::new(),
            ended: None,
            name: Vec::new(),
        }
    }

    /// The next `length` bytes; fewer are damage, and none at the end where `may_end`.
    fn bytes<'w>(
        &mut self,
        from: &'w mut Window,
        length: usize,
        may_end: bool,
    ) -> io::Result<Option<&'w [u8]>> {
        let found = from.ahead(length)?;
        self.at += found as u64;
        if found < length {
            from.bytes(found)?;
            // An input that is damaged itself says so.
            from.line()?;
            return if found == 0 && may_end { Ok(None) } else { Err(self.truncated()) };
        }
        from.bytes(length).map(Some)
    }

    fn truncated(&self) -> io::Error {
        self.damage(DamageKind::Truncated, "a record of QEMU's trace is not whole".into())
    }

    fn damage(&self, kind: DamageKind, what: String) -> io::Error {
        Damage { kind, what, place: Position { byte: Some(self.at), ..Position::default() } }.into()
    }

    /// Reads the head of the file.
    fn head(&mut self, from: &mut Window) -> io::Result<Order> {
        let damaged = |this: &Simple, what: String| this.damage(DamageKind::Damaged, what);
        let head = self.bytes(from, HEAD, false)?.unwrap_or_default();
        let (order, rest) = (Order::of(head), head.get(HEAD - 8..).unwrap_or_default());
        let Some(order) = order else {
            return Err(damaged(self, "this is not the head of a trace of QEMU's backend `simple`".into()));
        };
        let version = Args { bytes: rest, order }.number();
        if version != Some(VERSION) {
            let version = version.unwrap_or(0);
            let what =
                format!("version {version} of QEMU's simple trace, of which version {VERSION} is read");
            return Err(damaged(self, what));
        }
        Ok(order)
    }

    /// The next event with its arguments; `None` at the end. Names before it are noted.
    fn next<'w>(&mut self, from: &'w mut Window, order: Order) -> io::Result<Option<(Event, &'w [u8])>> {
        loop {
            let Some(kind) = self.number(from, order)? else { return Ok(None) };
            match kind {
                NAME => self.named(from, order)?,
                EVENT => break,
                _ => return Err(self.damage(DamageKind::Damaged, format!("a record of the type {kind:#x}"))),
            }
        }
        let mut head = Args { bytes: self.bytes(from, EVENT_HEAD, false)?.unwrap_or_default(), order };
        let fields = (head.number(), head.number(), head.half(), head.half());
        let (Some(id), Some(time), Some(length), Some(pid)) = fields else { return Err(self.truncated()) };
        let Some(arguments) = (length as usize).checked_sub(EVENT_HEAD).filter(|&n| n <= MAX_LENGTH) else {
            return Err(self.damage(DamageKind::Damaged, format!("an event of {length} bytes")));
        };
        let arguments = self.bytes(from, arguments, false)?.unwrap_or_default();
        Ok(Some((Event { id, time, pid }, arguments)))
    }

    /// The type of the next record.
    fn number(&mut self, from: &mut Window, order: Order) -> io::Result<Option<u64>> {
        let bytes = self.bytes(from, 8, true)?;
        Ok(bytes.and_then(|bytes| Args { bytes, order }.number()))
    }

    /// Reads the name of an event.
    fn named(&mut self, from: &mut Window, order: Order) -> io::Result<()> {
        let mut head = Args { bytes: self.bytes(from, 12, false)?.unwrap_or_default(), order };
        let (Some(id), Some(length)) = (head.number(), head.half()) else { return Err(self.truncated()) };
        if length as usize > MAX_LENGTH {
            return Err(self.damage(DamageKind::Damaged, format!("a name of {length} bytes")));
        }
        let name = self.bytes(from, length as usize, false)?.unwrap_or_default();
        if let Some(kind) = Kind::named(name).filter(|_| self.kinds.len() < MAX_KINDS) {
            self.kinds.insert(id, kind);
        }
        Ok(())
    }

    /// Reads the first events, for what they say of those before them.
    fn read_ahead(&mut self, from: &mut Window, order: Order) {
        let mut room = AHEAD;
        while self.ended.is_none() && room > 0 {
            match self.next(from, order) {
                Ok(None) => self.ended = Some(Ok(())),
                Err(error) => self.ended = Some(Err(error)),
                Ok(Some((event, bytes))) => {
                    room = room.saturating_sub(EVENT_HEAD + bytes.len());
                    let args = Args { bytes, order };
                    if let Some(&Kind::Memory(place, is_write)) = self.kinds.get(&event.id)
                        && let Some(event) = record::memory(args, place, is_write)
                    {
                        self.events.memory_region.foresee(&event);
                    }
                    self.ahead.push_back((event, bytes.to_vec()));
                }
            }
        }
    }

    /// Makes of an event what it is in the log.
    fn take(&mut self, event: Event, args: Args<'_>, to: &mut Sink) {
        let stamp = Stamp { time: Some(event.time), tid: Some(event.pid) };
        if event.id == DROPPED {
            return dropped(stamp, args, to);
        }
        let Some(&kind) = self.kinds.get(&event.id) else { return to.tally.add("other events of QEMU", 1) };
        if self.known(kind, stamp, args, to).is_none() {
            to.tally.add("events with arguments that cannot be read", 1);
        }
    }

    fn known(&mut self, kind: Kind, stamp: Stamp, args: Args<'_>, to: &mut Sink) -> Option<()> {
        let Events { memory_region, vfio, config } = &mut self.events;
        match kind {
            Kind::Memory(place, is_write) => {
                memory_region.take(&record::memory(args, place, is_write)?, stamp, to);
            }
            Kind::Region(is_write) => {
                let event = record::region(args, is_write, &mut self.name)?;
                vfio.access(&event, stamp, config, to);
            }
            Kind::Config(is_write) => {
                let (device, register) = record::configuration(args, is_write)?;
                vfio::configured(device, &register, config, to);
            }
            Kind::SetUp => {
                let (name, size) = record::set_up(args)?;
                vfio.sized(&name, size, config, to);
            }
            Kind::Message => to.marker(stamp.time, format!("irq {}", record::vector(args)?).as_bytes()),
            Kind::PciConfig => to.tally.add("accesses to configuration space", 1),
        }
        Some(())
    }
}

/// Events that QEMU dropped: its buffer is written behind what fills it, so the record stands where it was written.
fn dropped(stamp: Stamp, mut args: Args<'_>, to: &mut Sink) {
    let count = args.number();
    to.lost(stamp.time, 0, count);
    let count = count.map_or("an unknown number of".into(), |count| count.to_string());
    let text = format!(
        " {count} events lost: they are missing somewhere between the loss before this one and the next, not just here"
    );
    to.comment(text.as_bytes());
}

impl Reader for Simple {
    fn read(&mut self, from: &mut Window, to: &mut Sink) -> io::Result<bool> {
        let order = match self.order {
            Some(order) => order,
            None => {
                let order = self.head(from)?;
                self.order = Some(order);
                self.read_ahead(from, order);
                order
            }
        };
        while !to.is_full() {
            if let Some((event, bytes)) = self.ahead.pop_front() {
                self.take(event, Args { bytes: &bytes, order }, to);
            } else if let Some(ended) = self.ended.take() {
                return ended.map(|()| false);
            } else if let Some((event, bytes)) = self.next(from, order)? {
                self.take(event, Args { bytes, order }, to);
            } else {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
