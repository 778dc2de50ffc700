//! Bits at the edges of a clock, as they are: SPI, 93Cxx memories, and others of their sort.

use super::edges::Edges;
use super::frames::{Frames, show};
use crate::patterns::details::{Frame, Protocol, Said, Signal};
use crate::share::{Share, share};

/// Least bits of a frame that is selected.
const LEAST_BITS: u64 = 4;
/// Rises of the clock at the other level of the line that selects, for those at its level, at most.
const DESELECTED: Share = share(1, 16);
/// Least changes of the line that selects, and how many there are for the rises, at most.
const LEAST_SELECTS: u64 = 2;
const SELECTS: Share = share(1, 2);

/// What was said; `data` are the bits that change between the edges of `clock`, and `inputs` those that are
/// read otherwise than they were written.
pub(super) fn decode(edges: &Edges, clock: u64, data: &[u64], inputs: u64) -> Option<Said> {
    let changes = |bit: u64| edges.changes().filter(|(changed, _)| changed & bit != 0).count();
    let line = |select| data.iter().copied().filter(|&bit| bit != select).max_by_key(|&bit| changes(bit));
    let input = input(edges, clock, inputs & !clock);
    let said = |(select, level)| {
        let data = line(select)?;
        let Frames { frames, total } = run(edges, clock, data, input, (select, level));
        Some(Said { protocol: Protocol::Serial, data, input, select, frames, total })
    };
    let mut selects = data.iter().filter_map(|&bit| selects(edges, clock, bit));
    // What selects does it again and again.
    let again = |said: &Said| said.frames.iter().filter(|f| f.bits >= LEAST_BITS).count() > 1;
    selects.find_map(said).filter(again).or_else(|| said((0, 0)))
}

/// `bit` and its level, if the clock rises at one level of it and it comes back to the other.
fn selects(edges: &Edges, clock: u64, bit: u64) -> Option<(u64, u64)> {
    let (mut rises, mut changes) = ([0_u64; 2], 0_u64);
    for (changed, value) in edges.changes() {
        changes += u64::from(changed & bit != 0);
        rises[usize::from(value & bit != 0)] += u64::from(changed & value & clock != 0);
    }
    let level = usize::from(rises[1] > rises[0]);
    let stays = !share(rises[1 - level], rises[level]).exceeds(DESELECTED);
    let again = changes >= LEAST_SELECTS && !share(changes, rises[level]).exceeds(SELECTS);
    (stays && again).then_some((bit, if level == 1 { bit } else { 0 }))
}

/// The bit of `inputs` that changes most from read to read while the clock is high, if any does.
fn input(edges: &Edges, clock: u64, inputs: u64) -> u64 {
    let reads = || edges.events.iter().filter(|e| !e.is_write() && e.value & clock != 0);
    let changes =
        |b: &u32| reads().zip(reads().skip(1)).filter(|(x, y)| (x.value ^ y.value) >> b & 1 != 0).count();
    let bits = (0..64_u32).filter(|b| inputs >> b & 1 != 0 && changes(b) > 0);
    bits.rev().max_by_key(changes).map_or(0, |b| 1 << b)
}

/// A cycle of the clock.
struct Cycle {
    out: bool,
    /// What was read while the clock was high; or, if nothing was, while it was low after that.
    read: Option<bool>,
    high: bool,
}

fn run(edges: &Edges, clock: u64, data: u64, input: u64, (select, level): (u64, u64)) -> Frames {
    let mut frames = Frames::default();
    let (mut frame, mut cycle): (Frame, Option<Cycle>) = (Frame::default(), None);
    // Within a frame of which the beginning is not known.
    let mut cut = false;
    let mut before = None;
    for event in &edges.events {
        let value = event.value;
        if !event.is_write() {
            if let Some(cycle) = cycle.as_mut().filter(|c| input != 0 && (c.high || c.read.is_none())) {
                cycle.read = Some(value & input != 0);
            }
            continue;
        }
        if event.is_fresh() {
            // What is cut is not shown.
            cut = before.is_some() && select != 0;
            (frame, cycle, before) = (Frame::default(), None, None);
        }
        let outside = value & select != level;
        cut &= !outside;
        let begins = event.is_pause() && select == 0;
        let rises = before.is_some_and(|b: u64| !b & value & clock != 0);
        if rises || outside || begins {
            close(&mut frame, cycle.take());
        }
        if outside || begins {
            frames.push(std::mem::take(&mut frame));
        }
        if rises && !outside && !cut {
            if frame.bits == 0 {
                frame.first = event.index();
            }
            cycle = Some(Cycle { out: value & data != 0, read: None, high: true });
        } else if let Some(cycle) = &mut cycle {
            cycle.high &= value & clock != 0;
        }
        before = Some(value);
    }
    close(&mut frame, cycle);
    frames.push(frame);
    frames
}

/// Puts a cycle at the end of the frame.
fn close(frame: &mut Frame, cycle: Option<Cycle>) {
    let Some(Cycle { out, read, .. }) = cycle else { return };
    frame.bits += 1;
    show(frame, Signal::Cycle(out, read));
}
