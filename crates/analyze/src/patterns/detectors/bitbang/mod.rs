//! Lines driven by single bits: a clock, and data beside it; and what they said.

mod edges;
mod frames;
mod i2c;
mod serial;
mod set_clear;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::census::Census;
use crate::evidence::Part::{Bit, Bits, Number};
use crate::evidence::evidence;
use crate::patterns::details::{Details, Lines};
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::per_register::PerRegister;
use crate::share::{Share, share};
use crate::steps::Step;
use edges::{After, Edges};
use mmio_format::RegisterId;

impl Idiom {
    /// Clock and data lines driven by single bits.
    pub const BITBANG: Idiom = Idiom::named("bitbang");
}

/// Least writes of a register that may drive lines, and most values of it.
const LEAST_WRITES: u64 = 16;
const MOST_VALUES: usize = 64;
/// Steps between two writes that belong together, and most bits that one of them changes.
const NEAR: usize = 2;
const FEW_BITS: u32 = 2;
/// Writes that belong together and change few bits; it is judged again after so many.
const TIGHT: Share = share(4, 5);
const JUDGED: u64 = 8;
/// Least rising edges of a clock; its edges of one direction at which no other bit changes; and writes that change
/// it.
const LEAST_RISES: u32 = 8;
const ALONE: Share = share(9, 10);
const CLOCKING: Share = share(3, 10);
/// Least changes of a line, and of one that carries data.
const LEAST_TOGGLES: u32 = 2;
const LEAST_DATA: u32 = 4;
/// Changes of a bit with edges of a clock between, from which on it goes with that clock: to be no clock of its own,
/// and to be a line beside one of several clocks.
const OTHER_CLOCK: Share = share(1, 4);
const BESIDE: Share = share(1, 3);

#[derive(Clone, Debug)]
struct Driven {
    first: Moment,
    /// The last value written, since the last gap.
    value: Option<u64>,
    writes: u64,
    /// Writes soon after the one before that change at most two bits.
    few: u64,
    rises: [u32; 64],
    toggles: [u32; 64],
    /// Of the rises, and of the falls, those in which no other bit changed.
    alone: [[u32; 64]; 2],
    /// Bits that read otherwise than they were written.
    inputs: u64,
    edges: Edges,
    /// Whether they are kept.
    keeps: bool,
}

/// What is written to the registers that may drive lines.
#[derive(Clone, Debug)]
pub(crate) struct Bitbangs {
    cells: PerRegister<Box<Driven>>,
    /// Registers that set or clear lines.
    parts: HashMap<RegisterId, set_clear::Part>,
    /// Events that are kept of all.
    events: usize,
}

impl Detector for Bitbangs {
    const YIELDS: &'static [Role] = &[Role::Port, Role::Unlocks];

    fn new(census: &Census) -> Bitbangs {
        let may = |id| census.counts(id).writes >= LEAST_WRITES && census.distinct(id) <= MOST_VALUES;
        let parts = set_clear::pairs(census, may);
        Bitbangs { cells: PerRegister::only(census.table().len(), may), parts, events: 0 }
    }

    fn read(&mut self, now: &Now<'_>) {
        let step = now.step;
        if let Some(lines) = self.cells.get(step.register)
            && let Some(value) = lines.value
        {
            lines.inputs |= step.value ^ value;
            if !lines.edges.events.is_empty() {
                lines.edges.push(step.value, step.index, None, &mut self.events);
            }
        }
    }

    #[inline]
    fn write(&mut self, now: &Now<'_>) {
        if self.cells.may(now.step.register) {
            let part = self.part(now.step.register);
            let lines = part.map_or(now.step.register, |part| part.lines);
            let own = |s: &Step| {
                s.is_write()
                    && (s.register == lines || self.part(s.register).is_some_and(|p| p.lines == lines))
            };
            let near = now.view.iter().take(NEAR).any(own);
            self.drive(lines, part, now.step, near);
        }
    }

    fn gap(&mut self) {
        self.cells.iter_mut().for_each(|(_, lines)| lines.value = None);
    }

    fn is_full(&self) -> bool {
        self.cells.is_full() || self.cells.iter().any(|(_, lines)| lines.edges.full && lines.are_tight())
    }

    fn findings(&mut self, _facts: &Facts<'_>) -> Vec<Finding> {
        let found = self.cells.iter().flat_map(|(register, lines)| findings(register, lines));
        found.map(|finding| Finding { part: self.clears(finding.register), ..finding }).collect()
    }
}

impl Bitbangs {
    /// What writes of a register do to lines, if it only sets or clears them.
    fn part(&self, register: RegisterId) -> Option<set_clear::Part> {
        if self.parts.is_empty() { None } else { self.parts.get(&register).copied() }
    }

    /// The register that clears what `register` sets.
    fn clears(&self, register: RegisterId) -> Option<RegisterId> {
        let other = |(&id, part): (&RegisterId, &set_clear::Part)| {
            (id != register && part.lines == register).then_some(id)
        };
        self.parts.iter().find_map(other)
    }

    /// A write of `register`, or of what sets or clears its lines, `near` to the one before or not.
    fn drive(&mut self, register: RegisterId, part: Option<set_clear::Part>, step: &Step, near: bool) {
        let new = || Box::new(Driven::new(step));
        let Some(lines) = self.cells.entry(register, new) else { return };
        let level = lines.value.unwrap_or(0);
        let value = part.map_or(step.value, |part| part.level(level, step.value));
        // What the device drives comes back with the next value written.
        let changed = lines.value.map_or(0, |before| before ^ value) & !lines.inputs;
        lines.writes += 1;
        lines.few += u64::from(near && changed.count_ones() <= FEW_BITS);
        lines.change(changed, value);
        let known = lines.value.replace(value).is_some() && !lines.edges.events.is_empty();
        let after = match (known, near) {
            (false, _) => After::Gap,
            (true, true) => After::Soon,
            (true, false) => After::Pause,
        };
        if lines.writes.is_multiple_of(JUDGED) {
            lines.keeps = lines.are_tight();
        }
        if lines.keeps {
            lines.edges.push(value, step.index, Some(after), &mut self.events);
        } else {
            lines.edges.forget(&mut self.events);
        }
    }
}

impl Driven {
    fn new(step: &Step) -> Driven {
        Driven {
            first: Moment::of(step),
            value: None,
            writes: 0,
            few: 0,
            rises: [0; 64],
            toggles: [0; 64],
            alone: [[0; 64]; 2],
            inputs: 0,
            edges: Edges::default(),
            keeps: true,
        }
    }

    /// A write of `value` that changed these bits.
    fn change(&mut self, changed: u64, value: u64) {
        let mut bits = changed;
        while bits != 0 {
            let bit = bits.trailing_zeros() as usize;
            self.toggles[bit] = self.toggles[bit].saturating_add(1);
            self.rises[bit] = self.rises[bit].saturating_add((value >> bit & 1) as u32);
            let alone = &mut self.alone[(!value >> bit & 1) as usize][bit];
            *alone = alone.saturating_add(u32::from(changed.count_ones() == 1));
            bits &= bits - 1;
        }
    }

    /// Whether most writes come soon after each other and change few bits.
    fn are_tight(&self) -> bool {
        share(self.few, self.writes).is_at_least(TIGHT)
    }

    /// Whether `bit` may be a clock: data changes at one of its edges, or between two.
    fn may_clock(&self, bit: usize) -> bool {
        let (rises, toggles) = (u64::from(self.rises[bit]), u64::from(self.toggles[bit]));
        let edges = [rises, toggles.saturating_sub(rises)];
        let alone = |i: usize| share(self.alone[i][bit].into(), edges[i]).is_at_least(ALONE);
        (0..2).any(|i| edges[i] > 0 && alone(i)) && self.rises[bit] >= LEAST_RISES
    }

    /// Bits that change often enough to be lines.
    fn used(&self) -> impl Iterator<Item = usize> {
        (0..64).filter(|&b| self.toggles[b] >= LEAST_TOGGLES)
    }

    /// The clocks. Besides the one that changes most there are those between whose changes it stands still.
    fn clocks(&self) -> Vec<usize> {
        let most = self.used().max_by_key(|&b| (self.toggles[b], Reverse(b)));
        let mut clocks: Vec<usize> = most.into_iter().collect();
        let mut others: Vec<usize> = self.used().filter(|&b| self.may_clock(b)).collect();
        others.sort_by_key(|&b| Reverse(self.toggles[b]));
        for bit in others {
            if clocks.iter().all(|&clock| bit != clock && !self.goes_with(bit, clock, OTHER_CLOCK)) {
                clocks.push(bit);
            }
        }
        clocks
    }

    /// Whether `clock` changes between the changes of `bit`, `often` at least.
    fn goes_with(&self, bit: usize, clock: usize, often: Share) -> bool {
        let (all, with) = self.edges.within(1 << bit, 1 << clock);
        share(with, all).is_at_least(often) && with > 0
    }
}

/// Of the lines of one register, by clock.
fn findings(register: RegisterId, lines: &Driven) -> Vec<Finding> {
    let clocks = lines.clocks();
    let Some(&first) = clocks.first() else { return Vec::new() };
    let clocking = share(lines.toggles[first].into(), lines.writes).is_at_least(CLOCKING);
    if !lines.are_tight() || !clocking {
        return Vec::new();
    }
    clocks.iter().filter_map(|&clock| finding(register, lines, clock, clocks.len() > 1)).collect()
}

fn finding(register: RegisterId, lines: &Driven, clock: usize, several: bool) -> Option<Finding> {
    let beside = |&b: &usize| b != clock && (!several || lines.goes_with(b, clock, BESIDE));
    let bits: Vec<u64> = lines.used().filter(beside).map(|b| 1 << b).collect();
    let often = |bit: &&u64| lines.toggles[bit.trailing_zeros() as usize] >= LEAST_DATA;
    let data = bits.iter().filter(often).fold(0, |all, bit| all | bit);
    if !lines.may_clock(clock) || data == 0 {
        return None;
    }
    let (bit, rises) = (1 << clock, lines.rises[clock].into());
    let mut finding = Finding::new(Idiom::BITBANG, register, rises, lines.first);
    finding.second = Some(register);
    finding.confidence = confidence(lines.few, lines.writes);
    let inputs = lines.inputs & !bit;
    finding.evidence = evidence![
        "bit ",
        Bit(clock as u32),
        " rises ",
        Number(rises),
        " times in ",
        Number(lines.writes),
        " writes one after the other, bits ",
        Bits(data),
        " change beside it",
        (inputs != 0).then(|| evidence![", bits ", Bits(inputs), " are read"]),
    ];
    let said = i2c::decode(&lines.edges, bit, &bits, inputs)
        .or_else(|| serial::decode(&lines.edges, bit, &bits, inputs))
        .filter(|said| said.total > 0);
    finding.details = Details::Lines(Lines { clock: bit, said });
    Some(finding)
}
