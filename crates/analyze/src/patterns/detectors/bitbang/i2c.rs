//! I2C: data changes while the clock is high only to start and to stop.

use super::edges::Edges;
use super::frames::{Frames, show};
use crate::patterns::details::{Frame, Protocol, Said, Signal};
use crate::share::{Share, share};

/// Bits of a byte and its acknowledge.
const BYTE: u64 = 9;
/// Stretches between two conditions that have whole bytes, of all.
const WHOLE: Share = share(9, 10);

/// Which bits the lines are.
#[derive(Clone, Copy, Debug)]
struct Lines {
    clock: u64,
    data: u64,
    /// Where the data line is read.
    input: u64,
    /// Bits that are 1 drive their line low, as enables of open drains do.
    inverted: bool,
}

/// The state between two accesses.
#[derive(Debug, Default)]
struct Bus {
    frames: Frames,
    open: Option<Frame>,
    /// Bits of the byte that is not complete.
    byte: u8,
    /// Bits since the last start.
    bits: u64,
    /// The bit of this high clock, unless it was used for a condition.
    sample: Option<bool>,
    /// Frames, and starts in them, that ended inside a byte, or not.
    torn: u64,
    whole: u64,
}

/// What was said, if it is I2C; `data` and `inputs` are the bits that may be the data line and its input.
pub(super) fn decode(edges: &Edges, clock: u64, data: &[u64], inputs: u64) -> Option<Said> {
    let lines = data.iter().flat_map(|&data| {
        [false, true].map(|inverted| Lines {
            clock,
            data,
            input: input(edges, data, inverted, inputs),
            inverted,
        })
    });
    let decoded = lines.filter_map(|lines| run(edges, lines).map(|bus| (lines, bus)));
    let (lines, bus) = decoded.max_by_key(|(_, bus)| bus.whole)?;
    let Frames { frames, total } = bus.frames;
    let input = lines.input;
    Some(Said { protocol: Protocol::I2c, data: lines.data, input, select: 0, frames, total })
}

/// The bit that is low whenever the data line is driven low, and changes most. The data bit itself if there is no
/// other: it may only give back what was written.
fn input(edges: &Edges, data: u64, inverted: bool, inputs: u64) -> u64 {
    let mut candidates = inputs | if inverted { 0 } else { data };
    let (mut driven, mut before, mut changes) = (false, None, [0_u32; 64]);
    for event in &edges.events {
        if event.is_write() {
            driven = (event.value & data != 0) == inverted;
            continue;
        }
        candidates &= if driven { !event.value } else { u64::MAX };
        let mut changed = before.map_or(0, |b| b ^ event.value);
        before = Some(event.value);
        while changed != 0 {
            changes[changed.trailing_zeros() as usize] += 1;
            changed &= changed - 1;
        }
    }
    let bits = (0..64).filter(|b| candidates >> b & 1 != 0 && changes[*b] > 0);
    bits.max_by_key(|&b| (1 << b != data, changes[b])).map_or(0, |b| 1 << b)
}

fn run(edges: &Edges, lines: Lines) -> Option<Bus> {
    let level = |value: u64, bit: u64| (value & bit != 0) != lines.inverted;
    let mut bus = Bus::default();
    let mut before: Option<(bool, bool)> = None;
    for event in &edges.events {
        if event.is_write() {
            if event.is_fresh() {
                bus.forget();
                before = None;
            }
            let now = (level(event.value, lines.clock), level(event.value, lines.data));
            if let Some(before) = before {
                bus.edge(before, now, event.index());
            }
            before = Some(now);
        } else if let Some(sample) = bus.sample.as_mut().filter(|_| lines.input != 0) {
            *sample = event.value & lines.input != 0;
        }
    }
    bus.end();
    (bus.whole > 0 && share(bus.whole, bus.whole + bus.torn).is_at_least(WHOLE)).then_some(bus)
}

impl Bus {
    /// What is cut is not shown.
    fn forget(&mut self) {
        (self.open, self.bits, self.byte, self.sample) = (None, 0, 0, None);
    }

    fn edge(&mut self, before: (bool, bool), now: (bool, bool), index: u64) {
        match (before, now) {
            ((true, true), (true, false)) => self.start(index),
            ((true, false), (true, true)) => self.stop(),
            ((false, _), (true, data)) => self.sample = Some(data),
            ((true, _), (false, _)) => {
                if let Some(bit) = self.sample.take() {
                    self.bit(bit);
                }
            }
            _ => {}
        }
    }

    fn bit(&mut self, bit: bool) {
        let Some(frame) = &mut self.open else { return };
        frame.bits += 1;
        self.bits += 1;
        if self.bits.is_multiple_of(BYTE) {
            show(frame, Signal::Byte(self.byte, !bit));
            self.byte = 0;
        } else {
            self.byte = self.byte << 1 | u8::from(bit);
        }
    }

    /// Bytes end here.
    fn part(&mut self) {
        if self.open.is_some() && self.bits > 0 {
            let whole = self.bits.is_multiple_of(BYTE);
            self.whole += u64::from(whole);
            self.torn += u64::from(!whole);
        }
        (self.bits, self.byte, self.sample) = (0, 0, None);
    }

    fn start(&mut self, index: u64) {
        self.part();
        match &mut self.open {
            Some(frame) if frame.bits > 0 => show(frame, Signal::Start),
            _ => self.open = Some(Frame { first: index, ..Frame::default() }),
        }
    }

    fn stop(&mut self) {
        self.part();
        self.end();
    }

    fn end(&mut self) {
        if let Some(frame) = self.open.take() {
            self.frames.push(frame);
        }
    }
}
