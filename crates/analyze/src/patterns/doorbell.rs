//! Writes that begin or end what the driver does in one go: they hand work to the device.

use super::cells::Cells;
use super::finding::{Finding, Kind, Moment, confidence};
use super::pace::Gaps;
use crate::census::Census;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Least writes.
const LEAST: u64 = 12;
/// Least writes of which each goes on by the same step.
const LEAST_STEPS: u64 = 6;
/// Most bytes, or whatever it counts, by which a tail pointer goes on.
const ENTRY: u64 = 1 << 12;
/// Values of something that is switched on and off.
const SWITCH: usize = 4;

#[derive(Clone, Debug, Default)]
struct Rings {
    n: u64,
    first: Moment,
    /// The gap after each write; where the one before is longer, up to half as much more.
    gaps: Gaps,
    /// The last one, since the last gap.
    value: Option<u64>,
    /// Writes whose value is as much above the one before as that was above its own.
    steps: u64,
    by: u64,
    /// That step.
    step: u64,
    /// The register most often written next, by majority vote, and how often it was.
    next: Option<RegisterId>,
    votes: u64,
    leads: u64,
    /// Writes of 0.
    zeros: u64,
    /// Reads after a write, and how many gave what was written.
    judged: u64,
    shown: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Last {
    /// The register that the last access wrote, and the gap before that.
    written: Option<(RegisterId, u64)>,
    time: Option<u64>,
    /// The gap before a read that seemed to post the write.
    waited: u64,
}

/// Finds them.
#[derive(Clone, Debug)]
pub(crate) struct Doorbells {
    cells: Cells<Rings>,
    /// For each device.
    last: Vec<Last>,
}

impl Doorbells {
    pub(crate) fn new(registers: usize) -> Doorbells {
        Doorbells { cells: Cells::new(registers), last: Vec::new() }
    }

    /// A read that only posts the write before it: the gap after that write begins now, or lies before it.
    pub(crate) fn posted(&mut self, step: &Step) {
        if let Some(last) = self.last.get_mut(usize::from(step.stream)) {
            last.waited = last.time.map_or(0, |time| step.time.saturating_sub(time));
            last.time = Some(step.end_time);
        }
    }

    /// A step; `plain` if it is a write that does not belong to a read-modify-write or an acknowledge.
    pub(crate) fn step(&mut self, step: &Step, plain: bool) {
        let device = usize::from(step.stream);
        if device >= self.last.len() {
            self.last.resize(device + 1, Last::default());
        }
        let last = std::mem::take(&mut self.last[device]);
        let before = last.time.map_or(0, |time| step.time.saturating_sub(time)).max(last.waited);
        if let Some((register, gap)) = last.written
            && let Some(rings) = self.cells.get(register)
        {
            rings.next(step);
            rings.gaps.add(before.max(gap.min(before.saturating_add(before / 2))));
        }
        self.last[device].time = Some(step.end_time);
        if step.is_read() {
            if let Some(rings) = self.cells.get(step.register)
                && let Some(value) = rings.value
            {
                rings.judged += 1;
                rings.shown += u64::from(step.first == value);
            }
        } else if plain && let Some(rings) = self.cells.entry(step.register, Rings::default) {
            rings.write(step);
            self.last[device].written = Some((step.register, before));
        }
    }

    /// Whether registers had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    pub(crate) fn gap(&mut self) {
        self.last.fill(Last::default());
        self.cells.iter_mut().for_each(|(_, rings)| rings.value = None);
    }

    /// What was found.
    pub(crate) fn findings(&self, census: &Census, usual: impl Fn(RegisterId) -> Gaps) -> Vec<Finding> {
        let cells = self.cells.iter();
        cells.filter_map(|(register, rings)| finding(register, rings, census, &usual(register))).collect()
    }
}

impl Rings {
    /// What was accessed after a write.
    fn next(&mut self, step: &Step) {
        let next = step.is_write().then_some(step.register);
        if self.votes == 0 {
            (self.next, self.leads) = (next, 0);
        }
        if self.next == next {
            self.votes += 1;
            self.leads += 1;
        } else {
            self.votes -= 1;
        }
    }

    /// It is nearly always followed by a write of the same other register: one of several that go together.
    fn is_part(&self, register: RegisterId) -> bool {
        self.next.is_some_and(|next| next != register) && self.leads * 10 >= self.n * 9
    }

    fn write(&mut self, step: &Step) {
        let value = step.value;
        if self.n == 0 {
            self.first = Moment::of(step);
        }
        if let Some(before) = self.value {
            let by = value.wrapping_sub(before);
            if by == self.by && by != 0 {
                self.steps += 1;
                self.step = by;
            }
            self.by = by;
        }
        self.zeros += u64::from(value == 0);
        self.n += 1;
        self.value = Some(value);
    }
}

fn finding(register: RegisterId, rings: &Rings, census: &Census, usual: &Gaps) -> Option<Finding> {
    let counts = census.counts(register);
    let pauses = rings.gaps.pauses(usual);
    // The first write begins a ring, and the second one says by how much it goes on.
    let steps = (rings.steps + 2) * 4 >= rings.n * 3
        && rings.steps > 1
        && rings.step.min(rings.step.wrapping_neg()) <= ENTRY;
    // A few values in turn, 0 among them: something is switched on and off.
    let off = rings.zeros * 8 >= rings.n && rings.zeros * 8 <= rings.n * 7;
    let switch = census.distinct(register) <= SWITCH && off;
    let acts = counts.reads * 4 <= counts.writes || steps || rings.shown * 4 < rings.judged;
    let part = rings.is_part(register) && pauses * 10 < rings.gaps.n() * 9;
    let rings_out = pauses * 2 >= rings.gaps.n() || steps;
    let judged = rings.gaps.n() * 2 >= rings.n;
    let enough = rings.n >= LEAST || (steps && rings.n >= LEAST_STEPS && rings.steps + 2 >= rings.n && !part);
    if !enough || !judged || !rings_out || !acts || switch || (part && !steps) {
        return None;
    }
    let mut finding = Finding::new(Kind::Doorbell, register, rings.n, rings.first);
    let sure = if steps { confidence(rings.steps, rings.n) * 0.8 } else { 0.0 };
    finding.confidence = confidence(pauses, rings.gaps.n()).max(sure);
    finding.evidence = format!(
        "{pauses} of {} writes end what is done in one go{}{}",
        rings.n,
        if steps { format!("; the value goes on by {}", rings.step as i64) } else { String::new() },
        if counts.reads == 0 { "; never read" } else { "" }
    );
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{none, of};

    /// Writes of `offset` that go on by `by`.
    fn ramp(offset: u64, n: u64, by: u64) -> String {
        (1..=n).map(|i| format!("W{offset:x}={:x} ", i * by)).collect()
    }

    #[test]
    fn a_tail_pointer_goes_on_by_an_entry() {
        let log = format!("R0=1 W4=1000 {} R0=1", ramp(0x2c, 31, 1));
        assert_eq!(of("doorbell", &log), ["doorbell 2c x31"]);
        assert_eq!(of("fifo", &log), none());
        assert_eq!(of("doorbell", &ramp(0x2c, 6, 0x10)), ["doorbell 2c x6"]);
        assert_eq!(of("doorbell", &ramp(0x2c, 5, 0x10)), none());
        // A pattern that fills memory.
        assert_eq!(of("doorbell", &ramp(0x2c, 31, 0x0101_0101)), none());
        // What is lost may have been a step.
        assert_eq!(of("doorbell", "W2c=1 W2c=2 W2c=3 | W2c=9 W2c=a | W2c=20 W2c=21 "), none());
    }

    #[test]
    fn an_interrupt_that_follows_posts_no_doorbell() {
        let irq = "R3c=80ff R3e=5 W3e=4 W3c=80ac R3c=80ac W3e=53 W3c=80ff R3c=80ff";
        let log = format!("Wd9=40 ~ {irq} ~ W44=1 R3c=80ff W48=2 R3c=80ff ~ ").repeat(20);
        assert!(of("doorbell", &log).contains(&"doorbell d9 x20".to_owned()), "{:?}", of("doorbell", &log));
    }
}
