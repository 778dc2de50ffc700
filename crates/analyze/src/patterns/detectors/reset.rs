//! Bits that are set and taken back, or the other way round, with nothing done in between.

use crate::census::Census;
use crate::evidence::Part::{Bit, Bits};
use crate::evidence::{evidence, things};
use crate::patterns::bounded_map::BoundedMap;
use crate::patterns::details::{Condition, Details};
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, Moment};
use crate::patterns::gaps::Gaps;
use crate::patterns::idiom::Idiom;
use crate::share::{Share, share};
use crate::steps::Step;
use mmio_format::RegisterId;
use mmio_format::register::NONE;

impl Idiom {
    /// A bit that puts the device, or a part of it, back to its beginning.
    pub const RESET: Idiom = Idiom::named("reset");
}

/// Most registers that are followed.
const MAX_REGISTERS: usize = 1 << 12;
/// Writes after a pulse that are looked at, and other registers that are then written without being read first: a
/// set-up. The least share of the pulses that one follows.
const SPAN: u32 = 24;
const SET_UP: usize = 2;
const SETTING_UP: Share = share(1, 2);
/// More pulses than that are work, not resets.
const MOST_PULSES: u64 = 16;
/// Pulses for all writes of the register, two of which a pulse takes.
const PULSES: Share = share(1, 8);
/// Writes soon after each other that were no pulse, for each pulse, at most.
const OTHER_WRITES: Share = share(1, 1);
/// How much a reset is believed, with the bit read in every pulse, and otherwise.
const SEEN_TRUST: f64 = 0.8;
const UNSEEN_TRUST: f64 = 0.6;

#[derive(Clone, Debug)]
struct Pulses {
    n: u64,
    first: Moment,
    mask: u64,
    /// The value during the pulse.
    during: u64,
    /// Pulses after which other registers were set up.
    set_up: u64,
    /// Pulses during which nothing was read.
    blind: u64,
    /// Pulses during which the register was read and showed the bit.
    seen: u64,
    /// Writes soon after each other that were no pulse.
    other: u64,
    /// Pulses that ended with a write of other bits, and the times that they took.
    wide: u64,
    gaps: Gaps,
}

/// Two writes of one place with nothing but its reads between, by register.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resets {
    registers: BoundedMap<RegisterId, Pulses, MAX_REGISTERS>,
    /// The latest pulse of each device, until it is known what follows it.
    open: Vec<Option<Open>>,
}

/// What follows a pulse.
#[derive(Clone, Copy, Debug)]
struct Open {
    register: RegisterId,
    /// Writes that are still looked at.
    left: u32,
    /// Other registers that were written without being read first.
    written: [RegisterId; SET_UP],
    n: usize,
}

impl Detector for Resets {
    const YIELDS: &'static [Role] = &[Role::Drives, Role::Rings];

    fn new(_census: &Census) -> Resets {
        Resets::default()
    }

    fn write(&mut self, now: &Now<'_>) {
        self.set_up(now);
        let (view, here) = (now.view, now.known.place());
        let is_here = |s: &Step| now.registers[s.register as usize].place() == here;
        let reads = view.iter().take_while(|s| s.is_read() && is_here(s)).count();
        let Some(begin) = view.get(reads).filter(|s| s.is_write() && is_here(s)) else { return };
        let before = view.iter().skip(reads + 1).find(|s| !(s.is_read() && is_here(s)));
        let isolated = !before.is_some_and(|s| s.is_write() && is_here(s));
        // What was read before the first write says which bits that one changed.
        let looked = view.get(reads + 1).filter(|s| s.is_read() && is_here(s));
        let change = begin.value ^ now.step.value;
        let begins = looked.is_none_or(|s| [0, change].contains(&(s.value ^ begin.value)));
        let isolated = isolated && begins;
        let read = if reads > 0 { view.get(reads - 1).map(|s| s.first) } else { None };
        if self.pulse(begin, now.step, read, isolated) {
            let device = usize::from(now.step.stream);
            if device >= self.open.len() {
                self.open.resize(device + 1, None);
            }
            let written = [NONE; SET_UP];
            self.open[device] = Some(Open { register: now.step.register, left: SPAN, written, n: 0 });
        }
    }

    fn gap(&mut self) {
        self.open.fill(None);
    }

    fn is_full(&self) -> bool {
        self.registers.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let pulses = self.registers.iter().map(|(&register, pulses)| (register, pulses));
        // A register that is written much for other reasons resets nothing.
        let writes = |register| facts.census.counts(register).writes;
        let pulses = pulses.filter(|&(id, p)| share(p.n, writes(id)).is_at_least(PULSES));
        // Two values that have little in common may be two commands, if nothing is waited for.
        let held = |register, p: &Pulses| p.wide == 0 || p.gaps.pauses(&facts.usual(register)) == p.n;
        let pulses = pulses.filter(|&(register, p)| held(register, p));
        let mut found: Vec<Finding> = pulses.filter_map(|(register, p)| finding(register, p)).collect();
        found.sort_by_key(|f| f.first.index);
        found
    }
}

impl Resets {
    /// A reset puts registers back to their beginning, so that they are written anew, without a look at what they have.
    fn set_up(&mut self, now: &Now<'_>) {
        let (step, view) = (now.step, now.view);
        let Some(slot) = self.open.get_mut(usize::from(step.stream)) else { return };
        let Some(open) = slot else { return };
        let looked = view.get(0).is_some_and(|s| s.is_read() && s.register == step.register);
        if step.register != open.register && !looked && !open.written.contains(&step.register) {
            open.written[open.n] = step.register;
            open.n += 1;
        }
        open.left -= 1;
        if open.n == SET_UP
            && let Some(pulses) = self.registers.get_mut(&open.register)
        {
            pulses.set_up += 1;
        }
        if open.n == SET_UP || open.left == 0 {
            *slot = None;
        }
    }

    /// `end` follows `begin`, a write of the same place, with `reads` of the same place and no other access
    /// between; `isolated` if no such write came just before `begin`.
    fn pulse(&mut self, begin: &Step, end: &Step, reads: Option<u64>, isolated: bool) -> bool {
        let changed = begin.value ^ end.value;
        // A bit alone, and then a set-up without it.
        let alone = begin.value.count_ones() == 1 && end.value & begin.value == 0;
        let mask = if alone { begin.value } else { changed };
        let new = || Pulses {
            n: 0,
            first: Moment::of(begin),
            mask,
            during: begin.value,
            set_up: 0,
            blind: 0,
            seen: 0,
            other: 0,
            wide: 0,
            gaps: Gaps::default(),
        };
        let Some(pulses) = self.registers.entry(end.register, new) else { return false };
        let unseen = reads.is_some_and(|value| (value ^ begin.value) & mask != 0);
        if unseen || !isolated || mask.count_ones() != 1 || mask != pulses.mask {
            pulses.other += 1;
            return false;
        }
        pulses.n += 1;
        pulses.wide += u64::from(mask != changed);
        pulses.gaps.add(end.time.saturating_sub(begin.time));
        pulses.blind += u64::from(reads.is_none());
        pulses.seen += u64::from(reads.is_some());
        true
    }
}

fn finding(register: RegisterId, p: &Pulses) -> Option<Finding> {
    // Pins and gates are read before each change; a pulse is taken back blindly, or much is set up afterwards.
    let pulse = p.blind == p.n || share(p.set_up, p.n).is_at_least(SETTING_UP);
    if p.n == 0 || !pulse || p.n > MOST_PULSES || share(p.other, p.n).exceeds(OTHER_WRITES) {
        return None;
    }
    let mut finding = Finding::new(Idiom::RESET, register, p.n, p.first);
    finding.details = Details::Condition(Condition { mask: p.mask, value: p.during & p.mask });
    finding.confidence = if p.seen == p.n { SEEN_TRUST } else { UNSEEN_TRUST };
    let (there, back) = if p.during & p.mask == 0 { ("cleared", "set") } else { ("set", "cleared") };
    finding.evidence = evidence![
        "bit ",
        Bit(p.mask.trailing_zeros()),
        " ",
        there,
        " and ",
        back,
        " again ",
        things(p.n, "time", "times"),
        " with nothing in between",
        if p.seen > 0 { " but reads that show it" } else { "" },
        ", value ",
        Bits(p.during),
        " meanwhile",
    ];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use crate::patterns::testing::{none, of};

    #[test]
    fn a_bit_alone_that_is_held_before_the_set_up_is_a_reset() {
        let log = "R8=1 R8=2 R8=3 R8=1 R8=2 W0=1 ~ W0=1a08000 W18=887c000 W20=887c800 R8=1 ~ ".repeat(2);
        assert_eq!(of("reset", &log), ["reset 0 x2 &1=1"]);
        // Two commands, one after the other.
        assert_eq!(of("reset", &log.replace("W0=1 ~ ", "W0=1 ")), none());
        assert_eq!(of("reset", &log.replace("W0=1 ~ ", "W0=1 | ")), none());
    }
}
