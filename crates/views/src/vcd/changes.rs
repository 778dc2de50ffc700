//! The changes of the variables, in the order of the trace.

use std::collections::HashMap;

use mmio_format::{Access, Op, RegisterId};

use super::variables::{Counter, Variables};
use super::write::{self, Code};
use crate::clock::Clock;
use crate::losses::{Losses, Lost};
use crate::sink::Sink;
use mmio_analyze::census::Census;
use mmio_analyze::waits::End;
use mmio_format::register::Table;
use mmio_format::walk::{Moment, Visitor};

/// Writes changes while a trace is walked.
pub(super) struct Changes<'a> {
    pub(super) census: &'a mut Census,
    pub(super) variables: Variables,
    pub(super) losses: Losses,
    pub(super) clock: Clock,
    pub(super) sink: Sink<'a>,
    /// Nanoseconds in a unit of time.
    pub(super) unit: u64,
    /// The time that was written last, in units.
    pub(super) stamp: u64,
    /// Places of registers whose value is known.
    pub(super) known: Vec<u32>,
    /// Whether values have become unknown, which is not written yet.
    pub(super) forget: bool,
    /// Events that were lost then.
    pub(super) lost: Lost,
    /// The waits that were not met by the number of their first read: their reads, and how they ended.
    pub(super) unmet: HashMap<u64, (u64, End)>,
}

impl Changes<'_> {
    /// Writes the first time, and what the variables are then.
    pub(super) fn begin(&mut self) {
        let out = &mut self.sink.bytes;
        write::time(out, self.stamp);
        out.extend_from_slice(b"$dumpvars\n");
        for shown in &self.variables.shown {
            if let Some(code) = shown.value {
                write::unknown(out, code);
            }
            let counters = [&shown.reads, &shown.writes, &shown.unknown];
            counters.into_iter().flatten().for_each(|counter| write::vector(out, counter.code, 0));
            shown.unmet.iter().for_each(|code| write::vector(out, *code, 0));
        }
        let Variables { markers, losses, lost_events, others, .. } = &self.variables;
        let others = others.iter().map(|(_, counter)| counter);
        for counter in [markers, losses, lost_events].into_iter().chain(others) {
            write::vector(out, counter.code, 0);
        }
        out.extend_from_slice(b"$end\n");
    }

    /// Goes on to `time`, in nanoseconds. Values that have become unknown were so from just after the last
    /// change on, or the last value would not be seen.
    fn go_to(&mut self, time: u64) {
        let time = time / self.unit;
        if self.forget {
            self.stamp(self.stamp.saturating_add(1).min(time));
            self.write_unknown();
        }
        self.stamp(time);
    }

    fn stamp(&mut self, time: u64) {
        if time != self.stamp {
            write::time(&mut self.sink.bytes, time);
            self.stamp = time;
        }
    }

    fn write_unknown(&mut self) {
        self.forget = false;
        let lost = std::mem::take(&mut self.lost);
        self.count(lost);
        for place in self.known.drain(..) {
            let shown = &mut self.variables.shown[place as usize];
            shown.last = None;
            if let Some(code) = shown.value {
                write::unknown(&mut self.sink.bytes, code);
            }
        }
        self.sink.flush();
    }

    fn count(&mut self, lost: Lost) {
        let Variables { losses, lost_events, .. } = &mut self.variables;
        for (counter, more) in [(losses, lost.losses), (lost_events, lost.events)] {
            counter.count = counter.count.saturating_add(more);
            if more > 0 {
                write::vector(&mut self.sink.bytes, counter.code, counter.count);
            }
        }
    }

    /// Ends a unit after the last change, which would else have no width.
    pub(super) fn end(mut self, name: &str) -> mmio_format::Result<()> {
        let end = self.stamp.saturating_add(1);
        self.go_to(end.saturating_mul(self.unit));
        self.stamp(end);
        self.sink.finish(name)
    }
}

/// A read of a register for which some waits are not met; `begins` is the wait that begins here.
fn wait(code: Code, waiting: &mut u64, begins: Option<&(u64, End)>, out: &mut Vec<u8>) {
    if let Some(&(reads, end)) = begins {
        *waiting = reads;
        match end {
            End::InVain => write::vector(out, code, 1),
            _ => write::unknown(out, code),
        }
    }
    if *waiting > 0 {
        *waiting -= 1;
        if *waiting == 0 {
            write::vector(out, code, 0);
        }
    }
}

fn up(counter: &mut Counter, out: &mut Vec<u8>) {
    counter.count += 1;
    write::vector(out, counter.code, counter.count);
}

impl Visitor for Changes<'_> {
    const MARKERS: bool = true;

    fn registers(&mut self) -> &mut Table {
        self.census.registers()
    }

    fn access(&mut self, register: RegisterId, access: &Access) {
        let time = self.clock.at(access.time, access.index);
        self.go_to(time);
        let out = &mut self.sink.bytes;
        let place = self.variables.places[register as usize];
        if let Some(shown) = self.variables.shown.get_mut(place as usize) {
            let value = shown.value.filter(|_| access.op != Op::Unknown && shown.last != Some(access.value));
            if let Some(code) = value {
                if shown.last.replace(access.value).is_none() {
                    self.known.push(place);
                }
                write::vector(out, code, access.value);
            }
            let counter = match access.op {
                Op::Write => &mut shown.writes,
                _ if shown.reads.is_some() => &mut shown.reads,
                _ => &mut shown.unknown,
            };
            counter.iter_mut().for_each(|counter| up(counter, out));
            if let Some(code) = shown.unmet.filter(|_| access.op == Op::Read) {
                wait(code, &mut shown.waiting, self.unmet.get(&access.index), out);
            }
        } else if let Some((_, others)) =
            self.variables.others.get_mut(place as usize - self.variables.shown.len())
        {
            up(others, out);
        }
        self.sink.flush();
    }

    fn gap(&mut self) {
        self.forget = true;
    }

    fn lost(&mut self, moment: &Moment, events: Option<u64>) {
        self.forget = true;
        let lost = self.losses.lost(moment.index, events);
        if moment.shown {
            self.lost.add(lost.unwrap_or_default());
        }
        if moment.shown && moment.timed {
            let time = self.clock.at(moment.time, moment.index);
            self.go_to(time);
        }
    }

    fn recording(&mut self) {
        self.forget = true;
        self.clock.recording();
    }

    fn marker(&mut self, moment: &Moment, text: &[u8]) {
        let lost = if moment.timed { None } else { self.losses.marker(moment.index) };
        self.forget |= lost.is_some();
        if !moment.shown {
            return;
        }
        self.lost.add(lost.unwrap_or_default());
        if moment.timed {
            let time = self.clock.at(moment.time, moment.index);
            self.go_to(time);
        } else {
            self.clock.beside(moment.time);
        }
        write::string(&mut self.sink.bytes, self.variables.marker, text);
        up(&mut self.variables.markers, &mut self.sink.bytes);
        self.sink.flush();
    }
}
