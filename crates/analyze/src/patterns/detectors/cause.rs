//! Causes that are acknowledged where they were read, with other accesses between.

use crate::census::Census;
use crate::evidence::Part::{Bits, Number};
use crate::evidence::{evidence, things};
use crate::patterns::details::Details;
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::per_register::PerRegister;
use crate::share::{Share, share};
use crate::steps::Step;
use mmio_format::RegisterId;

/// Least reads and writes of a register that is followed.
const LEAST_READS: u8 = 8;
const LEAST_WRITES: u8 = 4;
/// Most steps of the device from the read to the write that belongs to it.
const NEAR: u64 = 256;
/// Least times that written bits fell, and their share of all writes.
const LEAST_FALLS: u64 = 4;
const FALLING: Share = share(1, 4);
/// Such bits are there again at the next read, fall though nothing was written to them, or are not written though
/// they were read: at most so often, of the times that they fell.
const AGAIN: Share = share(1, 1);
const ALONE: Share = share(1, 8);
const PASSED: Share = share(1, 4);
/// Least times that what was read was written back, or a part of it, and their share of all writes.
const LEAST_RETURNS: u64 = 16;
const RETURNS: Share = share(1, 3);
/// First writes after a read that have no bits but those that were read.
const WITHIN: Share = share(9, 10);
/// First writes after a read that have all of them: nearly always, while the register changed so often by itself;
/// or sometimes, while it changed before so many of the next reads.
const EQUAL: Share = share(9, 10);
const LEAST_MOVES: u64 = 2;
const SOMETIMES_EQUAL: Share = share(1, 8);
const MOVING: Share = share(1, 2);
/// Next reads that still have what was not written, and of another value than was written, from which on it does not
/// matter how often all of it is written.
const HOLDING: Share = share(9, 10);
/// Reads right after the write that still have what was written, of all next reads, at most.
const SURVIVED: Share = share(1, 4);
const ALWAYS_MOVING: Share = share(9, 10);
/// Least first writes after a read of one and the same value, where none that changed it stayed.
const LEAST_SAME: u64 = 64;
/// Most bits of that value.
const FEW_BITS: u32 = 2;
/// How much a return is believed.
const RETURN_TRUST: f64 = 0.8;

#[derive(Clone, Copy, Debug, Default)]
struct Cause {
    first: Moment,
    /// The last value read, the step at which that was, and where; none after a gap.
    read: Option<(u64, u64, Moment)>,
    /// Bits written as 1 since then, and whether that was soon enough.
    written: u64,
    late: bool,
    /// Bits that fell after a 1 was written to them, and how often any did.
    mask: u64,
    fell: u64,
    /// Such bits were there again at the next read.
    again: u64,
    /// Such bits fell although nothing was written to them.
    alone: u64,
    /// Writes without any bit that had been read, after a read that had some of the mask.
    passed: u64,
    returns: Returns,
}

/// First writes after reads that were not 0.
#[derive(Clone, Copy, Debug, Default)]
struct Returns {
    first: Moment,
    n: u64,
    /// Those soon after it that wrote only bits that had been read, and those that wrote all of them.
    within: u64,
    equal: u64,
    first_value: u64,
    changed: u64,
    /// What was written last, until it is read.
    written: Option<u64>,
    /// Reads after a write, and those that gave something else.
    judged: u64,
    moved: u64,
    /// Reads that still have the bits which were read and not written, and these bits, until the next read.
    held: u64,
    left: u64,
    /// Reads right after a write that still have what was written, and the step of the last write.
    survived: u64,
    at: u64,
    /// Bits that were clear when it was read, were written as 1, and stayed.
    stuck: u64,
    /// These bits, until the next read.
    set: u64,
}

impl Returns {
    fn write(&mut self, read: u64, written: u64, soon: bool, moment: Moment) {
        (self.set, self.left) = (written & !read, read & !written);
        if self.written.replace(written).is_some() || read == 0 {
            return;
        }
        if self.n == 0 {
            (self.first, self.first_value) = (moment, read);
        }
        self.n += 1;
        self.within += u64::from(soon && written != 0 && written & !read == 0);
        self.equal += u64::from(soon && written == read);
        self.changed |= self.first_value ^ read;
    }

    fn read(&mut self, value: u64, now: u64) {
        let Some(written) = self.written.take() else { return };
        self.judged += 1;
        self.moved += u64::from(value != written);
        self.stuck += u64::from(value & self.set != 0);
        self.survived += u64::from(now == self.at + 1 && value & written == written);
        self.held += u64::from(self.left & !value == 0);
    }

    /// A setting is not written back as it was read, again and again; and a part of it only to change it, which
    /// would show. So this acknowledges, though the cause may be there again at the next read.
    fn finding(&self, register: RegisterId, census: &Census) -> Option<Finding> {
        let writes = census.counts(register).writes;
        let whole =
            share(self.equal, self.n).is_at_least(EQUAL) && self.changed != 0 && self.moved >= LEAST_MOVES;
        let moving = |least| share(self.moved, self.judged).is_at_least(least);
        let holding = share(self.held, self.judged).is_at_least(HOLDING)
            && !share(self.survived, self.judged).exceeds(SURVIVED);
        let sometimes = share(self.equal, self.n).is_at_least(SOMETIMES_EQUAL);
        let part = share(self.within, self.n).is_at_least(WITHIN)
            && ((holding && moving(ALWAYS_MOVING)) || (sometimes && moving(MOVING)));
        // The same event each time, so often, and a bit that was written never stayed.
        let same = share(self.equal, self.n).is_at_least(EQUAL)
            && self.n >= LEAST_SAME
            && self.stuck == 0
            && self.first_value.count_ones() <= FEW_BITS;
        if self.within < LEAST_RETURNS
            || !share(self.within, writes).is_at_least(RETURNS)
            || !(whole || part || same)
        {
            return None;
        }
        let mut finding = Finding::new(Idiom::ACK, register, self.within, self.first);
        finding.second = Some(register);
        finding.details = Details::Returned;
        finding.confidence = confidence(self.within, self.n) * RETURN_TRUST;
        finding.evidence = evidence![
            Number(self.within),
            " of ",
            things(self.n, "write", "writes"),
            " after reads that were not 0 write bits that were read and no others, ",
            Number(self.equal),
            " of them all; ",
            Number(self.moved),
            " of ",
            Number(self.judged),
            " next reads give something else",
        ];
        Some(finding)
    }
}

/// Bits that fall when a 1 is written to them while they are 1, and not otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Causes {
    cells: PerRegister<Cause>,
    /// Steps of each device so far.
    steps: Vec<u64>,
}

impl Detector for Causes {
    const YIELDS: &'static [Role] = &[Role::AcknowledgesItself];

    fn new(census: &Census) -> Causes {
        Causes { cells: PerRegister::new(census.table().len()), steps: Vec::new() }
    }

    #[inline]
    fn step(&mut self, now: &Now<'_>) {
        let device = usize::from(now.step.stream);
        if device >= self.steps.len() {
            self.steps.resize(device + 1, 0);
        }
        self.steps[device] += 1;
        if now.known.reads >= LEAST_READS && now.known.writes >= LEAST_WRITES {
            self.follow(now.step, self.steps[device]);
        }
    }

    fn gap(&mut self) {
        self.cells.iter_mut().for_each(|(_, cause)| {
            (cause.read, cause.written, cause.returns.written) = (None, 0, None);
        });
    }

    fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let finding = |(register, cause): (RegisterId, &Cause)| {
            finding(register, cause, facts.census).or_else(|| cause.returns.finding(register, facts.census))
        };
        self.cells.iter().filter_map(finding).collect()
    }
}

impl Causes {
    /// Step number `now` of its device.
    fn follow(&mut self, step: &Step, now: u64) {
        let Some(cause) = self.cells.entry(step.register, Cause::default) else { return };
        if step.is_read() {
            cause.judge(step);
            cause.returns.read(step.first, now);
            (cause.written, cause.late) = (0, false);
            cause.read = Some((step.value, now, Moment::of(step)));
        } else if step.is_write()
            && let Some((value, at, moment)) = cause.read
        {
            cause.returns.write(value, step.value, now - at <= NEAR, moment);
            cause.returns.at = now;
            cause.written |= step.value;
            cause.late |= now - at > NEAR;
            cause.passed += u64::from(value & cause.mask != 0 && value & step.value == 0);
        }
    }
}

impl Cause {
    fn judge(&mut self, step: &Step) {
        let Some((before, _, moment)) = self.read else { return };
        let fallen = before & !step.first;
        let answered = fallen & self.written;
        // What else was written must not be why they fell: all that was written fell, or nothing was changed. And
        // a register that gives an answer would have new bits.
        let only = self.written & step.first == 0 || self.written == before;
        if answered != 0 && !self.late && only && step.first & !before == 0 {
            if self.fell == 0 {
                self.first = moment;
            }
            self.fell += 1;
            self.mask |= answered;
        } else {
            self.again += u64::from(before & self.written & step.first & self.mask != 0);
        }
        let during = if step.count > 1 { step.ever_one & !step.value } else { 0 };
        let alone = fallen & !self.written | during;
        self.alone += u64::from(alone & self.mask != 0);
    }
}

fn finding(register: RegisterId, c: &Cause, census: &Census) -> Option<Finding> {
    let judged = c.fell + c.again;
    let writes = census.counts(register).writes;
    if c.fell < LEAST_FALLS
        || share(c.again, c.fell).exceeds(AGAIN)
        || share(c.alone, c.fell).exceeds(ALONE)
        || share(c.passed, c.fell).exceeds(PASSED)
        || !share(c.fell, writes).is_at_least(FALLING)
    {
        return None;
    }
    let mut finding = Finding::new(Idiom::ACK, register, judged, c.first);
    finding.second = Some(register);
    finding.details = Details::Bits(c.mask);
    finding.confidence = confidence(c.fell, judged + c.alone);
    finding.evidence = evidence![
        "bits ",
        Bits(c.mask),
        " fell ",
        things(c.fell, "time", "times"),
        " after a 1 was written to them while they were set, and ",
        things(c.alone, "time", "times"),
        " otherwise",
    ];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use crate::patterns::testing::{none, of};

    #[test]
    fn what_is_given_back_as_it_was_read_acknowledges() {
        // The next cause is there before the register is read again.
        let log = "R8=2 R190=3 W8=2 ~ R8=2 R190=1 W8=2 ~ R8=1 R110=8 W8=1 ~ ".repeat(8);
        assert_eq!(of("ack", &log), ["ack 8 x24"]);
        // A part of it at once, and the rest later.
        let part = "R3e=5 W3e=4 W3c=80ac ~ W3e=53 W3c=80ff ~ R3e=4 W3e=4 W3c=80ff ~ ".repeat(10);
        assert_eq!(of("ack", &part), ["ack 3e x20"]);
        assert_eq!(of("rmw", &part), none());
    }

    #[test]
    fn storage_and_commands_are_not_acknowledged() {
        // A setting that is written again.
        assert_eq!(of("ack", &"R8=2 R190=3 W8=2 ~ ".repeat(24)), none());
        // One that the driver changes by itself.
        assert_eq!(of("ack", &"R8=6 R190=3 W8=2 ~ R8=2 W8=6 ~ ".repeat(12)), none());
        // A command that is given until its result is good.
        assert_eq!(of("ack", &"R20=18217949 W20=8210000 ~ R20=18220141 W20=8220000 ~ ".repeat(12)), none());
        let cut = "R8=2 R190=3 | W8=2 ~ R8=2 R190=1 | W8=2 ~ R8=1 R110=8 | W8=1 ~ ".repeat(8);
        assert_eq!(of("ack", &cut), none());
    }
}
