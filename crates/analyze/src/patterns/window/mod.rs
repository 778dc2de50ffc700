//! Windows: a base register moves what a range of other registers shows.
//!
//! Bases and what they move may belong to different devices of the trace (the bank register of a graphics card
//! and the fixed window below 1 MiB), so that the accesses of all devices are followed in their order.

mod range;
mod shown;
#[cfg(test)]
mod tests;
mod walks;

use mmio_format::{Access, DeviceId, Op, Place, RegisterId, Space};

use super::details::Details;
use super::finding::Finding;
use super::gaps::DeviceGaps;
use super::idiom::Idiom;
use super::per_register::PerRegister;
use crate::census::Census;
use mmio_format::register::NONE;
use shown::{MAX_ENTRIES, Shown};
use walks::Walks;

impl Idiom {
    /// A base register that moves what a range of others shows.
    pub const WINDOW: Idiom = Idiom::named("window");
}

/// Least writes of a base, and its most values.
const LEAST_WRITES: u64 = 4;
const MOST_VALUES: usize = 255;
/// Least accesses, and least reads, of a register that shows what a base chose.
const LEAST_ACCESSES: u64 = 4;
const LEAST_READS: u64 = 2;
/// Bases written last that may be the one.
const RECENT: usize = 3;
/// Most bytes from one access of a run to the next.
const NEAR: u64 = 64;
/// Bases that are known to move some register, at most.
const MAX_GOOD: usize = 48;

/// What a register may be.
const BASE: u8 = 1;
const SHOWN: u8 = 2;

fn roles(census: &Census, id: RegisterId) -> u8 {
    let base = if may_move(census, id) { BASE } else { 0 };
    base | if may_be_shown(census, id) { SHOWN } else { 0 }
}

/// Whether a register may be a base.
fn may_move(census: &Census, id: RegisterId) -> bool {
    let counts = census.counts(id);
    counts.writes >= LEAST_WRITES
        && counts.reads <= counts.writes
        && counts.changed != 0
        && census.distinct(id) <= MOST_VALUES
}

/// Whether a register may be seen through a window.
fn may_be_shown(census: &Census, id: RegisterId) -> bool {
    let counts = census.counts(id);
    counts.reads >= LEAST_READS
        && counts.accesses() >= LEAST_ACCESSES
        && counts.changed != 0
        && census.register(id).width > 0
}

/// The access before.
#[derive(Clone, Copy, Debug)]
struct Last {
    register: RegisterId,
    place: Place,
    /// It was a write that moved a base.
    moved: bool,
}

const NOTHING: Last = Last {
    register: NONE,
    place: Place { device: DeviceId::new(0), space: Space::Bar(0), offset: 0 },
    moved: false,
};

/// Bases, and the registers that they may move.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    /// What each register may be.
    roles: Vec<u8>,
    /// The value of each base since the last gap, by its epoch.
    values: PerRegister<(u32, u64)>,
    shown: PerRegister<Shown>,
    /// Bases that explained some register of a BAR.
    good: Vec<(DeviceId, Space, RegisterId)>,
    /// Bases written last, the last one first; and as it was when the present run began.
    recent: [RegisterId; RECENT],
    leads: [RegisterId; RECENT],
    last: Last,
    /// Counts the gaps: what is of another epoch is forgotten.
    epoch: u32,
    /// Values remembered.
    entries: usize,
    walks: Walks,
}

impl Windows {
    /// For the registers of `census`, which counted the accesses that will come.
    pub(crate) fn new(census: &Census) -> Windows {
        let n = census.table().len();
        Windows {
            roles: (0..n as RegisterId).map(|id| roles(census, id)).collect(),
            values: PerRegister::new(n),
            shown: PerRegister::new(n),
            good: Vec::new(),
            recent: [NONE; RECENT],
            leads: [NONE; RECENT],
            last: NOTHING,
            epoch: 0,
            entries: 0,
            walks: Walks::default(),
        }
    }

    /// The next access of any device.
    #[inline]
    pub(crate) fn access(&mut self, register: RegisterId, access: &Access) {
        let place = access.place;
        let last = self.last;
        // Of reads in a row the first one tells.
        if register == last.register && access.op == Op::Read && !last.moved {
            return;
        }
        let near = last.place.offset.abs_diff(place.offset) <= NEAR && !last.moved;
        if !near || (last.place.device, last.place.space) != (place.device, place.space) {
            self.leads = self.recent;
        }
        self.walks.access(register, access);
        let roles = self.roles[register as usize];
        if roles & SHOWN != 0 && self.show(register, access) {
            self.roles[register as usize] &= !SHOWN;
        }
        let moved = roles & BASE != 0 && access.op == Op::Write && self.moves(register, access);
        self.last = Last { register, place, moved };
    }

    /// A base is written; whether it has another value now.
    fn moves(&mut self, register: RegisterId, access: &Access) -> bool {
        let new = (self.epoch, access.value);
        let Some(value) = self.values.entry(register, || (u32::MAX, 0)) else { return false };
        let moved = *value != new;
        *value = new;
        let known = self.recent.iter().position(|&r| r == register).unwrap_or(RECENT - 1);
        self.recent[..=known].rotate_right(1);
        self.recent[0] = register;
        self.walks.based(register, access);
        moved
    }

    /// Whether no base is left to try.
    fn show(&mut self, register: RegisterId, access: &Access) -> bool {
        let at = (access.place.device, access.place.space);
        // What changes with a base may look like one: the base that moves it comes first.
        let first = match self.shown.entry(register, || Shown::new(access)) {
            Some(shown) if shown.base == NONE && !shown.is_done() => {
                self.leads.map(|lead| self.shown.get(lead).map_or(lead, |s| s.base))
            }
            _ => [NONE; RECENT],
        };
        let Some(shown) = self.shown.get(register) else { return true };
        if shown.base == NONE {
            let good = self.good.iter().filter(|g| (g.0, g.1) == at).map(|g| g.2);
            if shown.is_done() || !shown.choose(good.chain(first).chain(self.leads), register) {
                return shown.is_done();
            }
        }
        let value = self.values.get(shown.base).filter(|v| v.0 == self.epoch).map(|v| v.1);
        let sure = shown.access(access.value, access.op == Op::Write, value, self.epoch, &mut self.entries);
        let (device, bar) = at;
        if sure && !self.good.contains(&(device, bar, shown.base)) && self.good.len() < MAX_GOOD {
            self.good.push((device, bar, shown.base));
        }
        false
    }

    /// Nothing is claimed across a gap.
    pub(crate) fn gap(&mut self) {
        self.epoch = self.epoch.wrapping_add(1) % u32::MAX;
        (self.recent, self.leads, self.last) = ([NONE; RECENT], [NONE; RECENT], NOTHING);
        self.walks.gap();
    }

    /// Whether something had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.values.is_full() || self.shown.is_full() || self.entries >= MAX_ENTRIES || self.walks.is_full()
    }

    /// What was found; `usual` is how fast the accesses of a register's device follow each other.
    pub(crate) fn findings(&mut self, census: &Census, usual: &DeviceGaps) -> Vec<Finding> {
        let mut found = range::findings(&self.shown, census);
        let known: Vec<RegisterId> = found.iter().map(|f| f.register).collect();
        let walked = self.walks.findings(census, usual);
        found.extend(walked.into_iter().filter(|f| !known.contains(&f.register)));
        found
    }
}

/// Whether `register` lies in the window that was found.
pub(super) fn has(window: &Finding, register: RegisterId, census: &Census) -> bool {
    let (Some(start), &Details::Window(extent)) = (window.second, &window.details) else { return false };
    let (start, at) = (census.register(start), census.register(register));
    (start.device, start.space) == (at.device, at.space)
        && at.offset.checked_sub(start.offset).is_some_and(|by| by < extent.length)
}
