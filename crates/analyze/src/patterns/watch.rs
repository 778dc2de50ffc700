//! Shows every step to the detectors that it may concern.

use std::collections::BTreeSet;

use mmio_format::{Access, Op, RegisterId};

use super::ack::Acks;
use super::answer::{Answers, Around};
use super::bitbang::Bitbangs;
use super::cause::Causes;
use super::cells::Cells;
use super::commanded::Commanded;
use super::counter::Counters;
use super::doorbell::Doorbells;
use super::far::Later;
use super::fifo::Fifos;
use super::finding::{Finding, Moment};
use super::forget::Forgets;
use super::pace::Gaps;
use super::poll::Polls;
use super::reset::Resets;
use super::rmw::{Backs, is_near};
use super::unlock::Unlocks;
use super::view::View;
use super::window::{self, Windows};
use super::words::Words;
use crate::census::Census;
use crate::steps::{Observer, Past, Step};

/// What the census knows of a register, in short.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// At most 255 are counted.
    reads: u8,
    writes: u8,
    width: u8,
    /// Bits of what it may be.
    roles: u8,
    /// The same for registers of different widths at one place.
    place: u32,
}

impl Known {
    fn is(self, role: u8) -> bool {
        self.roles & role != 0
    }

    fn accesses(self) -> u16 {
        u16::from(self.reads) + u16::from(self.writes)
    }
}

/// It is written often, with few values: it may drive lines.
const LINES: u8 = 1;
/// It may move a window, or lie in one.
const BASE: u8 = 2;
const SHOWN: u8 = 4;

/// Least writes of a register on which lines may be driven, and most values of it.
const LINE_WRITES: u8 = 16;
const LINE_VALUES: usize = 64;

/// Watches all idioms.
pub(crate) struct Watch {
    known: Vec<Known>,
    pub(super) views: Vec<View>,
    pub(super) usual: Vec<Gaps>,
    times: Vec<Option<u64>>,
    pub(super) polls: Polls,
    pub(super) backs: Backs,
    pub(super) acks: Acks,
    pub(super) causes: Causes,
    pub(super) answers: Answers,
    pub(super) doorbells: Doorbells,
    pub(super) bitbangs: Bitbangs,
    pub(super) fifos: Fifos,
    pub(super) counters: Counters,
    pub(super) later: Later,
    pub(super) resets: Resets,
    pub(super) commanded: Commanded,
    pub(super) unlocks: Unlocks,
    pub(super) words: Words,
    pub(super) forgets: Forgets,
    pub(super) windows: Windows,
    /// What was last written to registers that are read too.
    stored: Cells<Option<u64>>,
}

/// The bits of an access of `width` bytes.
pub(super) fn bits(width: u8) -> u64 {
    if width >= 8 { u64::MAX } else { (1 << (8 * u32::from(width))) - 1 }
}

fn roles(census: &Census, id: RegisterId) -> u8 {
    let counts = census.counts(id);
    let lines = counts.writes >= LINE_WRITES.into() && census.distinct(id) <= LINE_VALUES;
    let role = |is: bool, role: u8| if is { role } else { 0 };
    role(lines, LINES)
        | role(window::may_move(census, id), BASE)
        | role(window::may_be_shown(census, id), SHOWN)
}

impl Watch {
    pub(crate) fn new(census: &Census) -> Watch {
        let n = census.table().len();
        let known = (0..n as RegisterId)
            .map(|id| {
                let counts = census.counts(id);
                Known {
                    reads: counts.reads.min(255) as u8,
                    writes: counts.writes.min(255) as u8,
                    width: census.register(id).width,
                    place: {
                        let r = census.register(id);
                        (r.offset as u32) ^ (r.bar() as u32) << 29
                    },
                    roles: roles(census, id),
                }
            })
            .collect();
        Watch {
            known,
            views: Vec::new(),
            usual: Vec::new(),
            times: Vec::new(),
            polls: Polls::new(n),
            backs: Backs::new(n),
            acks: Acks::default(),
            causes: Causes::new(n),
            answers: Answers::default(),
            doorbells: Doorbells::new(n),
            bitbangs: Bitbangs::new(n),
            fifos: Fifos::new(n),
            counters: Counters::new(n),
            later: Later::new(n),
            resets: Resets::default(),
            commanded: Commanded::new(n),
            unlocks: Unlocks::default(),
            words: Words::default(),
            forgets: Forgets::new(n),
            windows: Windows::new(n),
            stored: Cells::new(n),
        }
    }

    /// The last write and the read after it, now that it is known what comes next.
    fn answered(&mut self, device: usize, next: Option<&Step>) {
        let view = &self.views[device];
        let (Some(read), Some(write)) = (view.get(0), view.get(1)) else { return };
        if !read.is_read() || !write.is_write() {
            return;
        }
        // The read begins a read-modify-write, and was not for this write.
        let taken = next.is_some_and(|n| {
            n.is_write() && n.register == read.register && read.count == 1 && is_near(read.value, n.value)
        });
        let around = Around {
            before: view.get(2),
            next,
            taken,
            stored: self.stored.get(read.register).copied().flatten(),
        };
        self.answers.pair(write, read, &around);
    }

    fn read(&mut self, step: &Step, known: Known, device: usize) {
        let view = &self.views[device];
        if known.reads > 1 {
            self.polls.read(step, view, bits(known.width), known.reads >= 8);
        }
        self.backs.read(step);
        self.forgets.read(step, view);
        self.bitbangs.read(step);
        if known.writes == 0 && known.reads >= 4 {
            self.counters.step(step, view);
        }
        if known.writes <= known.reads / 8 && known.reads >= 8 && step.count == 1 {
            self.later.read(step, view);
        }
    }

    fn write(&mut self, step: &Step, known: Known, device: usize) {
        let view = &self.views[device];
        self.backs.write(step, view);
        self.forgets.write(step, view, (known.place >> 29) as u8);
        self.unlocks.write(step, view);
        self.words.write(step, view);
        if known.reads >= 8 && known.writes >= 8 {
            self.commanded.write(step, view);
        }
        if known.reads > 0
            && let Some(value) = self.stored.entry(step.register, || None)
        {
            *value = Some(step.value);
        }
        if known.writes > 1 {
            self.acks.write(step, view);
        }
        if known.is(LINES) {
            self.bitbangs.write(step, view);
        }
        self.pulse(step, known, device);
    }

    /// A write of a place that was written before, with nothing but its reads between.
    fn pulse(&mut self, step: &Step, known: Known, device: usize) {
        let view = &self.views[device];
        let place = |s: &Step| self.known[s.register as usize].place;
        let reads = view.iter().take_while(|s| s.is_read() && place(s) == known.place).count();
        let Some(begin) = view.get(reads).filter(|s| s.is_write() && place(s) == known.place) else { return };
        let before = view.iter().skip(reads + 1).find(|s| !(s.is_read() && place(s) == known.place));
        let isolated = !before.is_some_and(|s| s.is_write() && place(s) == known.place);
        let read = if reads > 0 { view.get(reads - 1).map(|s| s.first) } else { None };
        self.resets.pulse(begin, step, read, isolated);
    }

    /// Nothing more comes: the last writes and reads are judged without what follows.
    pub(super) fn end(&mut self) {
        (0..self.views.len()).for_each(|device| self.answered(device, None));
    }

    /// The windows.
    pub(super) fn windows(&mut self, census: &Census) -> Vec<Finding> {
        let usual = |id: RegisterId| {
            self.usual.get(census.register(id).place().stream()).copied().unwrap_or_default()
        };
        self.windows.findings(census, usual)
    }

    /// Of what there was more than is followed.
    pub(super) fn left_out(&self) -> BTreeSet<&'static str> {
        let limits = [
            (self.polls.is_full(), "registers that may be polled"),
            (self.backs.is_full(), "registers that are written back"),
            (self.acks.is_full(), "pairs of a cause and its acknowledge"),
            (self.causes.is_full(), "registers that may be acknowledged"),
            (self.answers.is_full(), "pairs of a write and its read"),
            (self.stored.is_full(), "registers that are written and read"),
            (self.doorbells.is_full(), "registers that may be doorbells"),
            (self.bitbangs.is_full(), "registers that may drive lines"),
            (self.fifos.is_full(), "registers that may be ports of streams"),
            (self.counters.is_full(), "registers that may count"),
            (self.later.is_full(), "registers that may answer later"),
            (self.resets.is_full(), "registers with pulses"),
            (self.forgets.is_full(), "bits that may reset"),
            (self.commanded.is_full(), "registers that may take commands"),
            (self.unlocks.is_full(), "registers that may take keys"),
            (self.windows.is_full(), "registers that may be in windows"),
            (self.words.is_full(), "pairs of a status and its data"),
        ];
        limits.into_iter().filter_map(|(full, what)| full.then_some(what)).collect()
    }
}

impl Observer for Watch {
    fn access(&mut self, register: RegisterId, access: &Access) {
        let device = access.place.stream();
        if device >= self.views.len() {
            self.views.resize_with(device + 1, View::default);
            self.usual.resize_with(device + 1, Gaps::default);
            self.times.resize(device + 1, None);
        }
        if let Some(time) = self.times[device].replace(access.time) {
            self.usual[device].add(access.time.saturating_sub(time));
        }
        let known = self.known[register as usize];
        let moves = access.op == Op::Write && known.is(BASE);
        if self.windows.access(register, access, moves, known.is(SHOWN)) {
            self.known[register as usize].roles &= !SHOWN;
        }
        if access.op == Op::Read && known.writes == 0 && known.reads >= 8 {
            let moment = Moment { index: access.index, time: access.time };
            self.counters.access(register, access.value, moment, bits(known.width));
        }
    }

    fn step(&mut self, step: &Step, _past: &Past) {
        let device = usize::from(step.stream);
        let known = self.known[step.register as usize];
        if self.views[device].is_posting(step) {
            self.doorbells.posted(step);
            if let Some(write) = self.views[device].get(0).filter(|s| s.is_write()) {
                self.answers.pair(write, step, &Around::default());
            }
            return;
        }
        self.answered(device, Some(step));
        if step.is_read() {
            self.read(step, known, device);
        } else if step.is_write() {
            self.write(step, known, device);
        }
        let own = self.views[device]
            .get(0)
            .is_some_and(|s| s.is_read() && s.register == step.register && s.value != 0);
        self.doorbells.step(step, step.is_write() && known.writes >= 4 && !own);
        self.fifos.step(step);
        self.causes.step(step, known.reads >= 8 && known.writes >= 4);
        if known.accesses() > 0 {
            self.views[device].push(step);
        }
    }

    fn gap(&mut self) {
        for device in 0..self.views.len() {
            self.answered(device, None);
            self.views[device].gap();
        }
        self.times.fill(None);
        self.windows.gap();
        self.polls.gap();
        self.backs.gap();
        self.causes.gap();
        self.commanded.gap();
        self.forgets.gap();
        self.stored.iter_mut().for_each(|(_, value)| *value = None);
        self.bitbangs.gap();
        self.counters.gap();
        self.doorbells.gap();
        self.fifos.gap();
    }
}
