//! Bits that clear themselves: those after which the driver sets the device up again are resets, those that are
//! set again and again start something.

use crate::census::Census;
use crate::evidence::Part::{self, Number};
use crate::evidence::{evidence, things};
use crate::patterns::bounded_map::BoundedMap;
use crate::patterns::details::{Condition, Details};
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::view::View;
use crate::share::{Share, share};
use crate::steps::Step;
use mmio_format::RegisterId;

/// Writes after such a bit was set that are looked at.
const SPAN: u32 = 512;
/// Registers that are written again: a set-up, not a job.
const AGAIN: usize = 16;
/// Resets that are seen to clear alone, at least, where registers are written again.
const LEAST_ALONE: u64 = 2;
/// Other registers that were written before, at most, when the set-up of a device begins with its reset; and
/// those that are written afterwards, at least.
const BEFORE: usize = 4;
const AFTER: usize = 6;
/// Bits that are set at once in a write without a read before, at most, when a set-up begins.
const BITS: u32 = 2;
/// Bits that are set more often start jobs.
const MOST_RESETS: u64 = 16;
/// Writes that set a bit that starts jobs, and the next read shows that it stayed, at most.
const STAYING: Share = share(1, 4);
/// How much a reset is believed, by what follows it, and that it is waited for.
const AGAIN_TRUST: f64 = 0.7;
const BEGIN_TRUST: f64 = 0.6;
const WAIT_TRUST: f64 = 0.7;
/// Bits that are watched at one time until they are read, and afterwards.
const PENDING: usize = 16;
const OPEN: usize = 4;
/// BARs of a device, the ROM included; a power of two.
const BARS: usize = 8;
/// Most bits that are followed.
const MAX_BITS: usize = 1 << 14;

#[derive(Clone, Copy, Debug, Default)]
struct Bit {
    first: Moment,
    mask: u64,
    /// Writes that set it and after which it was read as clear.
    n: u64,
    /// Of these, those where 0 had been read before.
    blank: u64,
    /// Of all, those where it had been clear before, and no other bit changed.
    alone: u64,
    /// Of all, those where the read came at once.
    at_once: u64,
    /// Writes that set it, and the next read showed that.
    stayed: u64,
    /// Times after which much was set up again.
    again: u64,
    /// Times at which hardly anything had been written, and then much was.
    begins: u64,
}

#[derive(Clone, Debug)]
struct Open {
    stream: u16,
    bar: u8,
    register: RegisterId,
    value: u64,
    /// The bits that the write set, as far as that is known.
    set: u64,
    /// The other bits were written as they had been read.
    kept: bool,
    /// There were none: 0 had been read.
    blank: bool,
    moment: Moment,
    /// The bit that was read as clear, 0 before the next read.
    mask: u64,
    /// Registers of the BAR that had been written before.
    before: usize,
    left: u32,
    /// Written since then: those that had been written before, and all.
    again: Vec<RegisterId>,
    written: Vec<RegisterId>,
}

/// What is known of a register: it was written, and it was read as something else than 0.
const WRITTEN: u8 = 1;
const SHOWS: u8 = 2;

/// Bits that were set and then read.
#[derive(Clone, Debug)]
pub(crate) struct SelfClearing {
    /// By register and bit.
    bits: BoundedMap<u64, Bit, MAX_BITS>,
    open: Vec<Open>,
    known: Vec<u8>,
    /// How many registers were written, by device and BAR.
    count: Vec<[usize; BARS]>,
    /// What was written before is not known: something was lost.
    lost: bool,
}

impl Detector for SelfClearing {
    const YIELDS: &'static [Role] = &[Role::Acknowledges];

    fn new(census: &Census) -> SelfClearing {
        SelfClearing {
            bits: BoundedMap::default(),
            open: Vec::new(),
            known: vec![0; census.table().len()],
            count: Vec::new(),
            lost: false,
        }
    }

    #[inline]
    fn read(&mut self, now: &Now<'_>) {
        if now.step.value | now.step.ever_one != 0 {
            self.known[now.step.register as usize] |= SHOWS;
        }
        if !self.open.is_empty() {
            self.judge(now.step, now.view);
        }
    }

    fn write(&mut self, now: &Now<'_>) {
        self.set(now.step, now.view, now.known.bar());
    }

    fn gap(&mut self) {
        self.open.clear();
        self.lost = true;
    }

    fn is_full(&self) -> bool {
        self.bits.is_full()
    }

    fn findings(&mut self, _facts: &Facts<'_>) -> Vec<Finding> {
        self.close(|_| true);
        let mut found: Vec<Finding> = Vec::new();
        for (&key, bit) in self.bits.iter() {
            let register = (key >> 8) as RegisterId;
            // A bit that is set in nothing but 0 may not be there at all.
            if bit.blank < bit.n || self.known[register as usize] & SHOWS != 0 {
                found.extend(reset(register, bit).into_iter().flatten().flatten());
                found.extend(start(register, bit));
            }
        }
        found.sort_by_key(|f| f.first.index);
        found
    }
}

impl SelfClearing {
    /// The next read of a register says whether a bit that was set clears itself; `view` what came before.
    fn judge(&mut self, step: &Step, view: &View) {
        let Some(place) = self.open.iter().position(|o| o.register == step.register && o.mask == 0) else {
            return;
        };
        let held = self.open.len() - self.pending();
        let open = &mut self.open[place];
        // A driver may read until it is clear.
        let gone = |value: u64| open.set & !value;
        let (mask, last) = if gone(step.first) == 0 && step.count > 1 {
            (gone(step.value), step.value)
        } else {
            (gone(step.first), step.first)
        };
        if mask.count_ones() != 1 {
            if let Some(bit) = self.bits.get_mut(&key(step.register, open.set)).filter(|_| mask == 0) {
                bit.stayed += 1;
            }
            self.open.swap_remove(place);
            return;
        }
        let new = || Bit { first: open.moment, mask, ..Bit::default() };
        let Some(bit) = self.bits.entry(key(step.register, mask), new) else { return };
        bit.n += 1;
        bit.blank += u64::from(open.blank);
        bit.alone += u64::from(open.kept && open.set == mask && last == open.value & !mask);
        bit.at_once += u64::from(view.get(0).is_some_and(|s| s.is_write() && s.register == step.register));
        open.mask = mask;
        if held >= OPEN || bit.n > MOST_RESETS {
            self.open.swap_remove(place);
        }
    }

    /// A write to `bar`; `view` what came before.
    fn set(&mut self, step: &Step, view: &View, bar: u8) {
        let register = &mut self.known[step.register as usize];
        let known = *register & WRITTEN != 0;
        *register |= WRITTEN;
        let device = usize::from(step.stream);
        if device >= self.count.len() {
            self.count.resize(device + 1, [0; BARS]);
        }
        let count = &mut self.count[device][usize::from(bar) % BARS];
        let others = if self.lost { usize::MAX } else { *count - usize::from(known) };
        *count += usize::from(!known);
        let beside = |o: &&mut Open| (o.stream, o.bar) == (step.stream, bar) && o.register != step.register;
        for open in self.open.iter_mut().filter(beside) {
            open.left -= 1;
            for (wanted, most, list) in [(known, AGAIN, &mut open.again), (true, AFTER, &mut open.written)] {
                if wanted && list.len() < most && !list.contains(&step.register) {
                    list.push(step.register);
                }
            }
        }
        if self.open.is_empty() && others > BEFORE && view.get(0).is_none_or(|s| s.register != step.register)
        {
            return;
        }
        let ends = |o: &Open| o.left == 0 || (o.mask == 0 && o.register == step.register);
        if self.open.iter().any(ends) {
            self.close(ends);
        }
        self.begin(step, view, bar, others);
    }

    /// `others` registers of the same BAR were written before.
    fn begin(&mut self, step: &Step, view: &View, bar: u8, others: usize) {
        let before = view.get(0).filter(|s| s.is_read() && s.register == step.register);
        let set = step.value & !before.map_or(0, |b| b.value);
        let kept = before.is_some_and(|b| step.value & !set == b.value);
        let single = match before {
            Some(_) => kept && set.count_ones() == 1,
            None => others <= BEFORE && set.count_ones() <= BITS,
        };
        if set == 0 || !single {
            return;
        }
        // What is not read soon is of no interest.
        if self.pending() >= PENDING
            && let Some(oldest) = self.open.iter().position(|o| o.mask == 0)
        {
            self.open.remove(oldest);
        }
        self.open.push(Open {
            stream: step.stream,
            bar,
            register: step.register,
            value: step.value,
            set,
            kept,
            blank: before.is_some_and(|b| b.value == 0),
            moment: Moment::of(step),
            mask: 0,
            before: others,
            left: SPAN,
            again: Vec::new(),
            written: Vec::new(),
        });
    }

    /// How many wait for the next read.
    fn pending(&self) -> usize {
        self.open.iter().filter(|o| o.mask == 0).count()
    }

    fn close(&mut self, ends: impl Fn(&Open) -> bool) {
        let bits = &mut self.bits;
        self.open.retain(|open| {
            let ended = ends(open);
            if ended
                && open.mask != 0
                && let Some(bit) = bits.get_mut(&key(open.register, open.mask))
            {
                bit.again += u64::from(open.again.len() >= AGAIN);
                bit.begins += u64::from(open.before <= BEFORE && open.written.len() >= AFTER);
            }
            !ended
        });
    }
}

/// Register and number of the bit.
fn key(register: RegisterId, mask: u64) -> u64 {
    u64::from(register) << 8 | u64::from(mask.trailing_zeros())
}

/// A reset, and that it was waited for.
fn reset(register: RegisterId, bit: &Bit) -> Option<[Option<Finding>; 2]> {
    let again = bit.again > 0 && bit.alone >= LEAST_ALONE;
    if bit.stayed > 0 || bit.n > MOST_RESETS || (bit.begins == 0 && !again) {
        return None;
    }
    let mut reset = Finding::new(Idiom::RESET, register, bit.n, bit.first);
    reset.details = Details::Condition(Condition { mask: bit.mask, value: bit.mask });
    reset.confidence = if again { AGAIN_TRUST } else { BEGIN_TRUST };
    let after = if bit.begins > 0 {
        let registers = Number(AFTER as u64);
        evidence!["the first time before anything was set up, and then ", registers, " registers or more"]
    } else {
        let (times, registers) = (things(bit.again, "time", "times"), Number(AGAIN as u64));
        evidence![times, " at least ", registers, " registers were then written again"]
    };
    reset.evidence = evidence![
        "bit ",
        bit.number(),
        " set ",
        things(bit.n, "time", "times"),
        " and clear by itself at the next read; ",
        after,
    ];
    let mut wait = Finding::new(Idiom::HANDSHAKE, register, bit.at_once, bit.first);
    wait.second = Some(register);
    let clear = Condition { mask: bit.mask, value: 0 };
    wait.details = Details::Condition(clear);
    wait.confidence = WAIT_TRUST;
    wait.evidence = evidence!["a reset after which it is read at once: ", clear.evidence()];
    Some([Some(reset), (bit.at_once > 0).then_some(wait)])
}

/// A bit that starts something. What it started may not be done at the next read.
fn start(register: RegisterId, bit: &Bit) -> Option<Finding> {
    if bit.alone <= MOST_RESETS || share(bit.stayed, bit.n).exceeds(STAYING) {
        return None;
    }
    let mut finding = Finding::new(Idiom::DOORBELL, register, bit.alone, bit.first);
    finding.details = Details::Condition(Condition { mask: bit.mask, value: bit.mask });
    finding.confidence = confidence(bit.alone, bit.n + bit.stayed);
    let (times, words) = (things(bit.alone, "time", "times"), ", and clear by itself at the next read");
    finding.evidence = evidence!["bit ", bit.number(), " set ", times, words, " while the others stay"];
    Some(finding)
}

impl Bit {
    fn number(&self) -> Part {
        Part::Bit(self.mask.trailing_zeros())
    }
}

#[cfg(test)]
mod tests {
    use crate::patterns::testing::{none, of};

    /// So many registers from `from` on are written.
    fn set_up(n: u64, from: u64) -> String {
        (0..n).map(|i| format!("W{:x}=7 ", from + 4 * i)).collect()
    }

    #[test]
    fn a_bit_that_clears_itself_before_the_first_set_up_is_a_reset() {
        let log = format!("R0=20 W20=80002 R20=80000 ~ {}", set_up(8, 0x100));
        assert_eq!(of("reset", &log), ["reset 20 x1 &2=2"]);
        assert_eq!(of("handshake", &log), ["handshake 20 x1 &2=0"]);
        // It is polled until it is clear.
        let log = format!("R4=30 W4=31 R4=31 R4=31 R4=30 R8=1 {}", set_up(8, 0x100));
        assert_eq!(of("reset", &log), ["reset 4 x1 &1=1"]);
        // The device was set up long before.
        let late = format!("{} R20=80000 W20=80002 R20=80000 {}", set_up(8, 0x100), set_up(8, 0x100));
        assert_eq!(of("reset", &late), none());
        // Nothing is set up.
        assert_eq!(of("reset", "W20=80002 R20=80000 W100=1 W104=1 R100=1"), none());
        // The bit stays, or nothing was ever there.
        assert_eq!(of("reset", &format!("W20=2 R20=2 {}", set_up(8, 0x100))), none());
        assert_eq!(of("reset", &format!("R20=0 W20=2 R20=0 {}", set_up(8, 0x100))), none());
    }

    #[test]
    fn a_bit_that_clears_itself_often_starts_something() {
        let log = "R20=10021 W20=10061 R20=10021 R24=8020 W24=20 ~ ".repeat(20);
        assert!(
            of("doorbell", &log).contains(&"doorbell 20 x20 &40=40".to_owned()),
            "{:?}",
            of("doorbell", &log)
        );
        // Every second time it stays.
        let stays =
            "R20=10021 W20=10061 R20=10021 R20=10021 W20=10061 R20=10061 W20=10021 R24=8020 ~ ".repeat(20);
        assert_eq!(of("doorbell", &stays), none());
    }

    #[test]
    fn what_was_written_before_a_loss_is_not_known() {
        let log = format!("| W20=80002 R20=80000 ~ {}", set_up(8, 0x100));
        assert_eq!(of("reset", &log), none());
        let log = format!("W20=80002 | R20=80000 ~ {}", set_up(8, 0x100));
        assert_eq!(of("reset", &log), none());
    }
}
