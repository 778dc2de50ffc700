//! Lines driven by single bits: a clock, and data beside it.

use super::cells::Cells;
use super::finding::{Finding, Kind, Moment, confidence};
use super::view::View;
use crate::names::hex;
use crate::register::RegisterId;
use crate::steps::Step;

/// Least rising edges of the clock.
const LEAST: u32 = 8;
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
}

/// Finds them.
#[derive(Clone, Debug)]
pub(crate) struct Bitbangs {
    cells: Cells<Box<Lines>>,
}

impl Bitbangs {
    pub(crate) fn new(registers: usize) -> Bitbangs {
        Bitbangs { cells: Cells::new(registers) }
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
        lines.value = Some(step.value);
    }

    /// A read.
    pub(crate) fn read(&mut self, step: &Step) {
        if let Some(lines) = self.cells.get(step.register)
            && let Some(value) = lines.value
        {
            lines.inputs |= step.value ^ value;
        }
    }

    /// Whether registers had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    pub(crate) fn gap(&mut self) {
        self.cells.iter_mut().for_each(|(_, lines)| lines.value = None);
    }

    /// What was found.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        self.cells.iter().filter_map(|(register, lines)| finding(register, lines)).collect()
    }
}

fn finding(register: RegisterId, lines: &Lines) -> Option<Finding> {
    let clock = (0..64).max_by_key(|&b| (lines.toggles[b], std::cmp::Reverse(b)))?;
    let data = (0..64).filter(|&b| b != clock && lines.toggles[b] >= 4).fold(0, |bits, b| bits | 1_u64 << b);
    let (rises, toggles) = (lines.rises[clock], u64::from(lines.toggles[clock]));
    let tight = lines.few * 5 >= lines.writes * 4;
    // Data changes at one edge of the clock, or between two.
    let edges = [u64::from(rises), toggles.saturating_sub(rises.into())];
    let alone = (0..2).any(|i| edges[i] > 0 && u64::from(lines.alone[i][clock]) * 10 >= edges[i] * 9);
    if !alone || rises < LEAST || toggles * 10 < lines.writes * 3 || !tight || data == 0 {
        return None;
    }
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
    Some(finding)
}
