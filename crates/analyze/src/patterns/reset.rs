//! Bits that are set and taken back, or the other way round, with nothing done in between.

use super::finding::{Finding, Kind, Moment};
use super::limited::Limited;
use super::pace::Gaps;
use super::poll::counted;
use crate::names::hex;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Most registers that are followed.
const MAX: usize = 1 << 12;
/// More pulses than that are work, not resets.
const MOST: u64 = 16;

#[derive(Clone, Debug)]
struct Pulses {
    n: u64,
    first: Moment,
    mask: u64,
    /// The value during the pulse.
    during: u64,
    /// Pulses during which the register was read and showed the bit.
    seen: u64,
    /// Writes soon after each other that were no pulse.
    other: u64,
    /// Pulses that ended with a write of other bits, and the times that they took.
    wide: u64,
    gaps: Gaps,
}

/// Finds them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resets {
    registers: Limited<RegisterId, Pulses, MAX>,
}

impl Resets {
    /// `end` follows `begin`, a write of the same place, with `reads` of the same place and no other access
    /// between; `isolated` if no such write came just before `begin`.
    pub(crate) fn pulse(&mut self, begin: &Step, end: &Step, reads: Option<u64>, isolated: bool) {
        let changed = begin.value ^ end.value;
        // A bit alone, and then a set-up without it.
        let alone = begin.value.count_ones() == 1 && end.value & begin.value == 0;
        let mask = if alone { begin.value } else { changed };
        let new = || Pulses {
            n: 0,
            first: Moment::of(begin),
            mask,
            during: begin.value,
            seen: 0,
            other: 0,
            wide: 0,
            gaps: Gaps::default(),
        };
        let Some(pulses) = self.registers.entry(end.register, new) else { return };
        if !isolated || mask.count_ones() != 1 || mask != pulses.mask {
            pulses.other += 1;
            return;
        }
        pulses.n += 1;
        pulses.wide += u64::from(mask != changed);
        pulses.gaps.add(end.time.saturating_sub(begin.time));
        pulses.seen += u64::from(reads.is_some_and(|value| (value ^ begin.value) & mask == 0));
    }

    /// Whether registers had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.registers.is_full()
    }

    /// What was found; `lines` tells registers that drive lines by single bits. A register that is written
    /// much for other reasons is no reset.
    pub(crate) fn findings(
        &self,
        lines: impl Fn(RegisterId) -> bool,
        writes: impl Fn(RegisterId) -> u64,
        usual: impl Fn(RegisterId) -> Gaps,
    ) -> Vec<Finding> {
        let pulses = self.registers.iter().filter(|(register, _)| !lines(**register));
        let pulses = pulses.filter(|(register, p)| p.n * 8 >= writes(**register));
        // Two values that have little in common may be two commands, if nothing is waited for.
        let held = |register, p: &Pulses| p.wide == 0 || p.gaps.pauses(&usual(register)) == p.n;
        let pulses = pulses.filter(|(register, p)| held(**register, p));
        let mut found: Vec<Finding> = pulses.filter_map(|(&register, p)| finding(register, p)).collect();
        found.sort_by_key(|f| f.first.index);
        found
    }
}

fn finding(register: RegisterId, p: &Pulses) -> Option<Finding> {
    if p.n == 0 || p.n > MOST || p.other > p.n {
        return None;
    }
    let mut finding = Finding::new(Kind::Reset, register, p.n, p.first);
    (finding.mask, finding.value) = (Some(p.mask), Some(p.during & p.mask));
    finding.confidence = if p.seen == p.n { 0.8 } else { 0.6 };
    let (there, back) = if p.during & p.mask == 0 { ("cleared", "set") } else { ("set", "cleared") };
    finding.evidence = format!(
        "bit {} {there} and {back} again {} with nothing in between{}, value {} meanwhile",
        p.mask.trailing_zeros(),
        counted(p.n, "time", "times"),
        if p.seen > 0 { " but reads that show it" } else { "" },
        hex(p.during)
    );
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{none, of};

    #[test]
    fn a_bit_alone_that_is_held_before_the_set_up_is_a_reset() {
        let log = "R8=1 R8=2 R8=3 R8=1 R8=2 W0=1 ~ W0=1a08000 W18=887c000 W20=887c800 R8=1 ~ ".repeat(2);
        assert_eq!(of("reset", &log), ["reset 0 x2 &1=1"]);
        // Two commands, one after the other.
        assert_eq!(of("reset", &log.replace("W0=1 ~ ", "W0=1 ")), none());
        assert_eq!(of("reset", &log.replace("W0=1 ~ ", "W0=1 | ")), none());
    }
}
