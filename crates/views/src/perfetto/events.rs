//! The accesses, polls, answers, markers and losses, in the order of the trace.

use mmio_format::{Access, Op, Register, RegisterId};

use super::answers::Answers;
use super::packets::{Name, Packets, Track, Value};
use super::polls::Polls;
use super::rate::Rate;
use super::tracks::{Kind, Tracks};
use crate::clock::Clock;
use crate::losses::{Losses, Lost};
use mmio_analyze::census::Census;
use mmio_analyze::steps::{Folder, Observer, Past, Step};
use mmio_format::register::Table;
use mmio_format::walk::{Moment, Visitor};

/// The tracks of the trace as a whole.
pub(super) struct Whole {
    pub(super) phases: Track,
    pub(super) markers: Track,
    pub(super) losses: Track,
}

/// Writes events of steps.
pub(super) struct Steps<'a, 'b> {
    pub(super) packets: &'a mut Packets<'b>,
    pub(super) tracks: &'a mut Tracks,
    pub(super) polls: Polls,
    pub(super) answers: Answers,
    pub(super) census: &'a mut Census,
    /// For each register the names of its reads, writes and UNKNOWNs.
    pub(super) names: Vec<[Option<Name>; 3]>,
}

/// Writes events while a trace is walked.
pub(super) struct Events<'a, 'b> {
    pub(super) steps: Steps<'a, 'b>,
    pub(super) folder: Folder,
    pub(super) clock: Clock,
    pub(super) losses: Losses,
    pub(super) whole: Whole,
    /// Access rates by device.
    pub(super) rates: Vec<Option<Rate>>,
    /// The first time that is shown.
    pub(super) first: u64,
    /// Nanoseconds from the first time to the last.
    pub(super) span: u64,
    /// When the present phase began, and its marker.
    pub(super) phase: Option<(u64, Name)>,
}

impl Steps<'_, '_> {
    fn name(&mut self, step: &Step, register: Register) -> Name {
        let id = step.register as usize;
        if id >= self.names.len() {
            self.names.resize(id + 1, [None; 3]);
        }
        let packets = &mut self.packets;
        *self.names[id][usize::from(step.op as u8)].get_or_insert_with(|| {
            let width = match register.width {
                0 | 4 => String::new(),
                width => width.to_string(),
            };
            packets.name(format!("{}{width} +0x{:x}", step.op.letter(), register.offset))
        })
    }
}

impl Observer for Steps<'_, '_> {
    fn step(&mut self, step: &Step, past: &Past) {
        let register = self.census.register(step.register);
        let name = self.name(step, register);
        let track = self.tracks.get(register.device, Kind::Bar(register.bar()), self.packets);
        let index = ("index", Value::Count(step.index));
        let count = if step.op == Op::Read { "reads" } else { "accesses" };
        match (step.count, step.op) {
            (1, Op::Unknown) => self.packets.instant(track, step.time, name, &[index]),
            (1, _) => {
                self.packets.instant(track, step.time, name, &[("value", Value::Hex(step.value)), index]);
            }
            (_, Op::Unknown) => {
                let says = [(count, Value::Count(step.count)), index];
                self.packets.slice(track, (step.time, step.end_time), name, &says);
            }
            _ => {
                let says = [
                    (count, Value::Count(step.count)),
                    ("first value", Value::Hex(step.first)),
                    ("last value", Value::Hex(step.value)),
                    ("changes", Value::Count(step.changes)),
                    index,
                ];
                self.packets.slice(track, (step.time, step.end_time), name, &says);
            }
        }
        if step.is_read() {
            let of = |step: &Step| self.census.register(step.register);
            self.answers.step(step, register, past, of, self.tracks, self.packets);
            self.polls.step(step, register, past, self.tracks, self.packets);
        }
    }

    fn gap(&mut self) {
        self.polls.close(self.tracks, self.packets);
    }
}

impl Events<'_, '_> {
    fn at(&mut self, moment: &Moment) -> u64 {
        match moment.timed {
            true => self.clock.at(moment.time, moment.index),
            false => self.clock.beside(moment.time),
        }
    }

    fn loss(&mut self, time: u64, lost: Lost, index: u64) {
        let packets = &mut *self.steps.packets;
        let name = match (lost.events, lost.unknown) {
            (0, 1..) => "lost events, nobody knows how many".to_owned(),
            (events, 0) => format!("{} lost events", mmio_report::numbers::grouped(events)),
            (events, _) => format!("{} lost events and more", mmio_report::numbers::grouped(events)),
        };
        let name = packets.name(name);
        let says = [
            ("events", Value::Count(lost.events)),
            ("losses", Value::Count(lost.losses)),
            ("index", Value::Count(index)),
        ];
        packets.instant(self.whole.losses, time, name, &says);
    }

    fn end_phase(&mut self, time: u64) {
        if let Some((begin, name)) = self.phase.take() {
            self.steps.packets.slice(self.whole.phases, (begin, time), name, &[]);
        }
    }

    /// Writes the events that are still open.
    pub(super) fn end(mut self) {
        self.folder.gap(&mut self.steps);
        for rate in self.rates.iter_mut().flatten() {
            rate.close(None, self.steps.packets);
        }
        if let Some(now) = self.clock.now() {
            self.end_phase(now);
        }
    }
}

impl Visitor for Events<'_, '_> {
    const MARKERS: bool = true;

    fn registers(&mut self) -> &mut Table {
        self.steps.census.registers()
    }

    fn access(&mut self, register: RegisterId, access: &Access) {
        let time = self.clock.at(access.time, access.index);
        let device = access.place.stream();
        if device >= self.rates.len() {
            self.rates.resize_with(device + 1, || None);
        }
        let Steps { packets, tracks, .. } = &mut self.steps;
        let rate = self.rates[device].get_or_insert_with(|| {
            Rate::new(tracks.get(access.place.device, Kind::Rate, packets), self.first, self.span)
        });
        rate.count(time, packets);
        self.folder.access(register, &Access { time, ..*access }, &mut self.steps);
    }

    fn gap(&mut self) {
        self.folder.gap(&mut self.steps);
    }

    fn lost(&mut self, moment: &Moment, events: Option<u64>) {
        self.gap();
        let lost = self.losses.lost(moment.index, events);
        if !moment.shown {
            return;
        }
        let time = self.at(moment);
        if let Some(lost) = lost {
            self.loss(time, lost, moment.index);
        }
    }

    fn recording(&mut self) {
        self.gap();
        self.clock.recording();
    }

    fn marker(&mut self, moment: &Moment, text: &[u8]) {
        let lost = if moment.timed { None } else { self.losses.marker(moment.index) };
        if lost.is_some() {
            self.gap();
        }
        if !moment.shown {
            // What it begins is not in the file, what was before it ends.
            if let Some(now) = self.clock.now() {
                self.end_phase(now);
            }
            return;
        }
        let time = self.at(moment);
        if let Some(lost) = lost {
            self.loss(time, lost, moment.index);
        }
        let name = self.steps.packets.name(String::from_utf8_lossy(text).into_owned());
        let says = [("index", Value::Count(moment.index))];
        self.steps.packets.instant(self.whole.markers, time, name, &says);
        self.end_phase(time);
        self.phase = Some((time, name));
    }
}
