//! Bits that clear themselves and after which the driver sets the device up again: resets.

use super::finding::{Finding, Kind, Moment};
use super::poll::counted;
use super::view::View;
use crate::fast_map::FastMap;
use crate::register::RegisterId;
use crate::steps::Step;

/// Writes after such a bit was set that are looked at.
const SPAN: u32 = 512;
/// Registers that are written again: a set-up, not a job.
const AGAIN: usize = 16;
/// Bits that are set more often start jobs.
const MOST: u64 = 16;
/// Bits that are watched at one time.
const OPEN: usize = 4;
/// Most bits that are followed.
const MAX: usize = 1 << 14;

#[derive(Clone, Copy, Debug, Default)]
struct Bit {
    first: Moment,
    mask: u64,
    n: u64,
    /// Reads after which it was clear, while what else had been written was there.
    cleared: u64,
    /// Reads after which it was still set, or the rest was not there.
    stayed: u64,
    /// Times after which much was set up again.
    again: u64,
}

#[derive(Clone, Debug)]
struct Open {
    device: u16,
    register: RegisterId,
    value: u64,
    mask: u64,
    judged: bool,
    left: u32,
    written: Vec<RegisterId>,
}

/// Finds them.
#[derive(Clone, Debug)]
pub(crate) struct Forgets {
    /// By register and bit.
    bits: FastMap<u64, Bit>,
    open: Vec<Open>,
    /// Registers that were written before.
    known: Vec<bool>,
}

impl Forgets {
    pub(crate) fn new(registers: usize) -> Forgets {
        Forgets { bits: FastMap::default(), open: Vec::new(), known: vec![false; registers] }
    }

    /// The next read of a register whose bit was set tells whether it clears itself.
    pub(crate) fn read(&mut self, step: &Step) {
        let Some(place) = self.open.iter().position(|o| o.register == step.register && !o.judged) else {
            return;
        };
        let open = &mut self.open[place];
        open.judged = true;
        let clears = step.first == open.value & !open.mask;
        if let Some(bit) = self.bits.get_mut(&key(step.register, open.mask)) {
            bit.cleared += u64::from(clears);
            bit.stayed += u64::from(!clears);
        }
        if !clears {
            self.open.swap_remove(place);
        }
    }

    /// A write; `view` what came before.
    pub(crate) fn write(&mut self, step: &Step, view: &View) {
        let known = self.known[step.register as usize];
        for open in self.open.iter_mut().filter(|o| o.device == step.device) {
            open.left -= 1;
            if known && open.written.len() < AGAIN && !open.written.contains(&step.register) {
                open.written.push(step.register);
            }
        }
        let ends = |o: &Open| o.left == 0 || (!o.judged && o.register == step.register);
        if self.open.iter().any(ends) {
            self.close(ends);
        }
        self.known[step.register as usize] = true;
        let Some(before) = view.get(0).filter(|s| s.is_read() && s.register == step.register) else { return };
        let mask = step.value & !before.value;
        let kept = before.value.count_ones() >= 2 && step.value & !mask == before.value;
        if mask.count_ones() == 1 && kept {
            self.begin(step, mask);
        }
    }

    fn begin(&mut self, step: &Step, mask: u64) {
        if self.bits.len() >= MAX && !self.bits.contains_key(&key(step.register, mask)) {
            return;
        }
        let new = || Bit { first: Moment::of(step), mask, ..Bit::default() };
        let bit = self.bits.entry(key(step.register, mask)).or_insert_with(new);
        bit.n += 1;
        if self.open.len() < OPEN && bit.n <= MOST {
            self.open.push(Open {
                device: step.device,
                register: step.register,
                value: step.value,
                mask,
                judged: false,
                left: SPAN,
                written: Vec::new(),
            });
        }
    }

    fn close(&mut self, ends: impl Fn(&Open) -> bool) {
        let bits = &mut self.bits;
        self.open.retain(|open| {
            let ended = ends(open);
            if ended
                && open.judged
                && open.written.len() >= AGAIN
                && let Some(bit) = bits.get_mut(&key(open.register, open.mask))
            {
                bit.again += 1;
            }
            !ended
        });
    }

    /// Nothing is claimed across a gap.
    pub(crate) fn gap(&mut self) {
        self.open.clear();
    }

    /// What was found.
    pub(crate) fn findings(&mut self) -> Vec<Finding> {
        self.close(|_| true);
        let mut found: Vec<Finding> =
            self.bits.iter().filter_map(|(&key, bit)| finding((key >> 8) as RegisterId, bit)).collect();
        found.sort_by_key(|f| f.first.index);
        found
    }
}

/// Register and number of the bit.
fn key(register: RegisterId, mask: u64) -> u64 {
    u64::from(register) << 8 | u64::from(mask.trailing_zeros())
}

fn finding(register: RegisterId, bit: &Bit) -> Option<Finding> {
    if bit.cleared < 2 || bit.stayed > 0 || bit.n > MOST || bit.again == 0 {
        return None;
    }
    let mut finding = Finding::new(Kind::Reset, register, bit.n, bit.first);
    (finding.mask, finding.value) = (Some(bit.mask), Some(bit.mask));
    finding.confidence = 0.7;
    finding.evidence = format!(
        "bit {} set {}, clear in {} of {} next reads while the others stay; {} at least {AGAIN} registers were then \
         written again",
        bit.mask.trailing_zeros(),
        counted(bit.n, "time", "times"),
        bit.cleared,
        bit.cleared + bit.stayed,
        counted(bit.again, "time", "times")
    );
    Some(finding)
}
