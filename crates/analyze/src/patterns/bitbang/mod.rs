//! Lines driven by single bits: a clock, and data beside it; and what they said.

mod edges;
mod frames;
mod i2c;
mod serial;
#[cfg(test)]
mod tests;

use super::cells::Cells;
use super::finding::{Finding, Kind, Moment, confidence};
use super::poll::counted;
use super::view::View;
use crate::names::hex;
use crate::steps::Step;
use edges::{After, Edges};
pub(crate) use frames::Said;
pub use frames::{Frame, Protocol};
use mmio_format::RegisterId;

/// Least rising edges of the clock.
const LEAST: u32 = 8;
/// Writes after which it is judged whether they may be lines.
const SURE: u64 = 8;
/// Characters of a frame in the evidence.
const SHOWN: usize = 40;
/// Steps between two writes that belong together.
const NEAR: usize = 2;

#[derive(Clone, Debug)]
struct Lines {
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

/// Finds them.
#[derive(Clone, Debug)]
pub(crate) struct Bitbangs {
    cells: Cells<Box<Lines>>,
    /// Events that are kept of all.
    events: usize,
}

impl Bitbangs {
    pub(crate) fn new(registers: usize) -> Bitbangs {
        Bitbangs { cells: Cells::new(registers), events: 0 }
    }

    /// A write of a register with few values and many writes.
    pub(crate) fn write(&mut self, step: &Step, view: &View) {
        let new = || {
            Box::new(Lines {
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
            })
        };
        let Some(lines) = self.cells.entry(step.register, new) else { return };
        // What the device drives comes back with the next value written.
        let changed = lines.value.map_or(0, |value| value ^ step.value) & !lines.inputs;
        lines.writes += 1;
        let near = view.iter().take(NEAR).any(|s| s.is_write() && s.register == step.register);
        lines.few += u64::from(near && changed.count_ones() <= 2);
        let mut bits = changed;
        while bits != 0 {
            let bit = bits.trailing_zeros() as usize;
            lines.toggles[bit] = lines.toggles[bit].saturating_add(1);
            lines.rises[bit] = lines.rises[bit].saturating_add((step.value >> bit & 1) as u32);
            let alone = &mut lines.alone[(!step.value >> bit & 1) as usize][bit];
            *alone = alone.saturating_add(u32::from(changed.count_ones() == 1));
            bits &= bits - 1;
        }
        let known = lines.value.replace(step.value).is_some() && !lines.edges.events.is_empty();
        let after = match (known, near) {
            (false, _) => After::Gap,
            (true, true) => After::Soon,
            (true, false) => After::Pause,
        };
        if lines.writes.is_multiple_of(SURE) {
            lines.keeps = lines.are_tight();
        }
        if lines.keeps {
            lines.edges.push(step.value, step.index, Some(after), &mut self.events);
        } else {
            lines.edges.drop_all(&mut self.events);
        }
    }

    /// A read.
    pub(crate) fn read(&mut self, step: &Step) {
        if let Some(lines) = self.cells.get(step.register)
            && let Some(value) = lines.value
        {
            lines.inputs |= step.value ^ value;
            if !lines.edges.events.is_empty() {
                lines.edges.push(step.value, step.index, None, &mut self.events);
            }
        }
    }

    /// Whether registers had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.cells.is_full() || self.cells.iter().any(|(_, lines)| lines.edges.full && lines.are_tight())
    }

    pub(crate) fn gap(&mut self) {
        self.cells.iter_mut().for_each(|(_, lines)| lines.value = None);
    }

    /// What was found.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        self.cells.iter().flat_map(|(register, lines)| findings(register, lines)).collect()
    }
}

impl Lines {
    /// Whether most writes come soon after each other and change few bits.
    fn are_tight(&self) -> bool {
        self.few * 5 >= self.writes * 4
    }

    /// Whether `bit` may be a clock: data changes at one of its edges, or between two.
    fn may_clock(&self, bit: usize) -> bool {
        let (rises, toggles) = (u64::from(self.rises[bit]), u64::from(self.toggles[bit]));
        let edges = [rises, toggles.saturating_sub(rises)];
        let alone = (0..2).any(|i| edges[i] > 0 && u64::from(self.alone[i][bit]) * 10 >= edges[i] * 9);
        alone && self.rises[bit] >= LEAST
    }

    /// Bits that change often enough to be lines.
    fn used(&self) -> impl Iterator<Item = usize> {
        (0..64).filter(|&b| self.toggles[b] >= 2)
    }

    /// The clocks. Besides the one that changes most there are those between whose changes it stands still.
    fn clocks(&self) -> Vec<usize> {
        let most = self.used().max_by_key(|&b| (self.toggles[b], std::cmp::Reverse(b)));
        let mut clocks: Vec<usize> = most.into_iter().collect();
        let mut others: Vec<usize> = self.used().filter(|&b| self.may_clock(b)).collect();
        others.sort_by_key(|&b| std::cmp::Reverse(self.toggles[b]));
        for bit in others {
            if clocks.iter().all(|&clock| bit != clock && !self.goes_with(bit, clock, 4)) {
                clocks.push(bit);
            }
        }
        clocks
    }

    /// Whether `clock` changes between the changes of `bit`, at least in one case of `share`.
    fn goes_with(&self, bit: usize, clock: usize, share: u64) -> bool {
        let (all, with) = self.edges.within(1 << bit, 1 << clock);
        with * share >= all && with > 0
    }
}

/// Of the lines of one register, by clock.
fn findings(register: RegisterId, lines: &Lines) -> Vec<Finding> {
    let clocks = lines.clocks();
    let Some(&first) = clocks.first() else { return Vec::new() };
    if !lines.are_tight() || u64::from(lines.toggles[first]) * 10 < lines.writes * 3 {
        return Vec::new();
    }
    clocks.iter().filter_map(|&clock| finding(register, lines, clock, clocks.len() > 1)).collect()
}

fn finding(register: RegisterId, lines: &Lines, clock: usize, several: bool) -> Option<Finding> {
    let beside = |&b: &usize| b != clock && (!several || lines.goes_with(b, clock, 3));
    let bits: Vec<u64> = lines.used().filter(beside).map(|b| 1 << b).collect();
    let often = |bits: u64, bit: &u64| match lines.toggles[bit.trailing_zeros() as usize] {
        4.. => bits | bit,
        _ => bits,
    };
    let data = bits.iter().fold(0, often);
    if !lines.may_clock(clock) || data == 0 {
        return None;
    }
    let rises = lines.rises[clock];
    let mut finding = Finding::new(Kind::Bitbang, register, rises.into(), lines.first);
    finding.second = Some(register);
    (finding.mask, finding.value) = (Some(1 << clock), Some(1 << clock));
    finding.confidence = confidence(lines.few, lines.writes);
    let inputs = lines.inputs & !(1 << clock);
    finding.evidence = format!(
        "bit {clock} rises {rises} times in {} writes one after the other, bits {} change beside it{}",
        lines.writes,
        hex(data),
        if inputs == 0 { String::new() } else { format!(", bits {} are read", hex(inputs)) }
    );
    let bit = 1 << clock;
    finding.said = i2c::decode(&lines.edges, bit, &bits, inputs)
        .or_else(|| serial::decode(&lines.edges, bit, &bits, inputs))
        .filter(|said| said.total > 0);
    if let Some(said) = &finding.said {
        finding.evidence += &told(said);
    }
    Some(finding)
}

/// `; i2c, 4 frames, the first a0+ 00+`.
fn told(said: &Said) -> String {
    let Some(first) = said.frames.first() else { return String::new() };
    let cut = |text: &str| match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    let words = |what: &str, text: &Option<String>| {
        text.as_ref().map_or(String::new(), |text| format!("{what}{}", cut(text)))
    };
    let name = if said.protocol == Protocol::I2c { "I2C" } else { "serial" };
    let frames = counted(said.total, "frame", "frames");
    format!(
        "; {name}, {frames}, the first{}{}{}",
        words(" ", &first.bytes),
        words(" out ", &first.out),
        words(" in ", &first.input)
    )
}
