//! Writes that begin or end what the driver does in one go: they hand work to the device.

use crate::census::Census;
use crate::evidence::Part::Number;
use crate::evidence::{Evidence, evidence};
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::gaps::Gaps;
use crate::patterns::idiom::Idiom;
use crate::patterns::known::Known;
use crate::patterns::per_register::PerRegister;
use crate::patterns::view::View;
use crate::share::{Share, share};
use crate::steps::Step;
use mmio_format::RegisterId;

impl Idiom {
    /// A write that hands work to the device.
    pub const DOORBELL: Idiom = Idiom::named("doorbell");
}

/// Least writes of a register that is followed.
const FOLLOWED_WRITES: u8 = 4;
/// Least writes, and least writes of which each goes on by the same step.
const LEAST_WRITES: u64 = 16;
const LEAST_STEPPING: u64 = 12;
const LEAST_STEPS: u64 = 6;
/// Steps back to the read that a write acknowledges.
const ANSWERED_WITHIN: usize = 4;
/// Writes that a pause follows, of those after which a time is known.
const PAUSED: Share = share(1, 2);
/// Writes after which a time is known.
const TIMED: Share = share(1, 2);
/// Writes that go on by the same step, and the most bytes, or whatever it counts, of that step.
const STEPPING: Share = share(3, 4);
const MOST_STEP: u64 = 1 << 12;
/// How much a step is believed.
const STEP_TRUST: f64 = 0.8;
/// The first write begins a series of steps, and the second one says by how much it goes on.
const BEGINNING: u64 = 2;
/// Reads for each write of a register that is hardly read, and reads that give what was written of one that does not
/// keep it.
const HARDLY_READ: Share = share(1, 4);
const KEPT: Share = share(1, 4);
/// Writes of 0 of something that is switched on and off, at least and at most, and the most values of it.
const LEAST_ZEROS: Share = share(1, 8);
const MOST_ZEROS: Share = share(7, 8);
const SWITCH_VALUES: usize = 4;
/// Writes that the same other write follows where a register is one of several that go together, unless so many pauses
/// follow.
const FOLLOWED_BY_ONE: Share = share(9, 10);
const PART_PAUSED: Share = share(9, 10);
/// Writes before one that goes on in a walk.
const WALK: usize = 4;
/// Writes that go on in a walk over registers, of all: what fills a table ends with its last register.
const WALKED: Share = share(1, 2);
/// Answers of the register to its own writes, of all its writes, from which on it is asked and not rung.
const ASKED: Share = share(1, 8);

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
    /// Writes that go on in a walk over registers.
    walked: u64,
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

/// Writes of each register, and when they came.
#[derive(Clone, Debug)]
pub(crate) struct Doorbells {
    cells: PerRegister<Rings>,
    /// For each device.
    last: Vec<Last>,
}

impl Detector for Doorbells {
    const YIELDS: &'static [Role] =
        &[Role::Drives, Role::Unlocks, Role::Streams, Role::Returns, Role::AcknowledgesOthers];

    fn new(census: &Census) -> Doorbells {
        Doorbells { cells: PerRegister::new(census.table().len()), last: Vec::new() }
    }

    /// The gap after the write before begins now, or lies before it.
    fn posted(&mut self, step: &Step, _view: &View) {
        if let Some(last) = self.last.get_mut(usize::from(step.stream)) {
            last.waited = last.time.map_or(0, |time| step.time.saturating_sub(time));
            last.time = Some(step.end_time);
        }
    }

    fn step(&mut self, now: &Now<'_>) {
        let Now { step, view, known, .. } = *now;
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
        } else if step.is_write()
            && known.writes >= FOLLOWED_WRITES
            && !is_answer(step, view)
            && let Some(rings) = self.cells.entry(step.register, Rings::default)
        {
            rings.write(step);
            rings.walked += u64::from(is_walk(step, view, now.registers));
            self.last[device].written = Some((step.register, before));
        }
    }

    fn gap(&mut self) {
        self.last.fill(Last::default());
        self.cells.iter_mut().for_each(|(_, rings)| rings.value = None);
    }

    fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let rung = self
            .cells
            .iter()
            .filter(|(register, rings)| rings.goes_on() || !is_asked(*register, rings, facts));
        rung.filter_map(|(register, rings)| finding(register, rings, facts)).collect()
    }
}

/// Whether a write goes on in a walk: each write before it was to the register at the same distance.
fn is_walk(step: &Step, view: &View, registers: &[Known]) -> bool {
    let place = |s: &Step| i64::from(registers[s.register as usize].place());
    let (mut next, mut by, mut n) = (place(step), 0, 0);
    for write in view.iter().take(WALK).take_while(|s| s.is_write()) {
        let distance = next - place(write);
        if distance == 0 || (n > 0 && distance != by) {
            break;
        }
        (next, by, n) = (place(write), distance, n + 1);
    }
    n == WALK
}

/// Whether writes are answered, so that the register is asked and not rung.
fn is_asked(register: RegisterId, rings: &Rings, facts: &Facts) -> bool {
    facts.answers(register).is_some_and(|n| share(n, rings.n).is_at_least(ASKED))
}

/// Whether a write belongs to a read-modify-write or an acknowledge.
fn is_answer(step: &Step, view: &View) -> bool {
    let own = |s: &Step| s.is_read() && s.register == step.register && s.value != 0;
    let acknowledges = |s: &Step| own(s) && step.value & !s.value == 0;
    view.get(0).is_some_and(own) || view.iter().take(ANSWERED_WITHIN).any(acknowledges)
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
        self.next.is_some_and(|next| next != register)
            && share(self.leads, self.n).is_at_least(FOLLOWED_BY_ONE)
    }

    /// Whether most writes go on by the same step, which is not too large.
    fn goes_on(&self) -> bool {
        share(self.steps + BEGINNING, self.n).is_at_least(STEPPING)
            && self.steps > 1
            && self.step.min(self.step.wrapping_neg()) <= MOST_STEP
    }

    /// Whether something is switched on and off: there are a few `values` in turn, 0 among them.
    fn is_switch(&self, values: usize) -> bool {
        let zeros = share(self.zeros, self.n);
        values <= SWITCH_VALUES && zeros.is_at_least(LEAST_ZEROS) && !zeros.exceeds(MOST_ZEROS)
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

fn finding(register: RegisterId, rings: &Rings, facts: &Facts<'_>) -> Option<Finding> {
    let (counts, usual) = (facts.census.counts(register), facts.usual(register));
    let (pauses, timed) = (rings.gaps.pauses(&usual), rings.gaps.n());
    let stepping = rings.steps + BEGINNING;
    let steps = rings.goes_on();
    let acts = !share(counts.reads, counts.writes).exceeds(HARDLY_READ)
        || steps
        || !share(rings.shown, rings.judged).is_at_least(KEPT);
    let part = rings.is_part(register) && !share(pauses, timed).is_at_least(PART_PAUSED);
    let rings_out = share(pauses, timed).is_at_least(PAUSED) || steps;
    let all_steps = steps && rings.n >= LEAST_STEPS && stepping >= rings.n && !part;
    let enough = rings.n >= LEAST_WRITES || (steps && rings.n >= LEAST_STEPPING) || all_steps;
    let judged = share(timed, rings.n).is_at_least(TIMED);
    let switch = rings.is_switch(facts.census.distinct(register));
    let walked = share(rings.walked, rings.n).is_at_least(WALKED);
    if !enough || !judged || !rings_out || !acts || switch || (part && !steps) || walked {
        return None;
    }
    let mut finding = Finding::new(Idiom::DOORBELL, register, rings.n, rings.first);
    let sure = if steps { confidence(rings.steps, rings.n) * STEP_TRUST } else { 0.0 };
    finding.confidence = confidence(pauses, timed).max(sure);
    finding.evidence = evidence![
        Number(pauses),
        " of ",
        Number(rings.n),
        " writes end what is done in one go",
        steps.then(|| by(rings.step as i64)),
        if counts.reads == 0 { "; never read" } else { "" },
    ];
    Some(finding)
}

fn by(step: i64) -> Evidence {
    let sign = if step < 0 { "-" } else { "" };
    evidence!["; the value goes on by ", sign, Number(step.unsigned_abs())]
}

#[cfg(test)]
mod tests {
    use crate::patterns::testing::{none, of};

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
