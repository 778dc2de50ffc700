//! Causes that are acknowledged where they were read, with other accesses between.

use super::cells::Cells;
use super::finding::{Finding, Kind, Moment, confidence};
use super::poll::counted;
use crate::census::Census;
use crate::names::hex;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Most steps of the device from the read to the write that belongs to it.
const NEAR: u64 = 32;
/// Least times that written bits fell.
const LEAST: u64 = 4;
/// Least times that what was read was written back, or a part of it.
const OFTEN: u64 = 16;

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
}

impl Returns {
    fn write(&mut self, read: u64, written: u64, soon: bool, moment: Moment) {
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

    fn read(&mut self, value: u64) {
        let Some(written) = self.written.take() else { return };
        self.judged += 1;
        self.moved += u64::from(value != written);
    }

    /// Nobody writes a setting back as it was read, again and again; and a part of it only to change it, which
    /// would show. So this acknowledges, though the cause may be there again at the next read.
    fn finding(&self, register: RegisterId, census: &Census) -> Option<Finding> {
        let writes = census.counts(register).writes;
        let whole = self.equal * 10 >= self.n * 9 && self.changed != 0 && self.moved >= 2;
        let part =
            self.within * 10 >= self.n * 9 && self.equal * 8 >= self.n && self.moved * 2 >= self.judged;
        if self.within < OFTEN || self.within * 3 < writes || !(whole || part) {
            return None;
        }
        let mut finding = Finding::new(Kind::Ack, register, self.within, self.first);
        finding.second = Some(register);
        finding.confidence = confidence(self.within, self.n) * 0.8;
        finding.evidence = format!(
            "{} of {} after reads that were not 0 write bits that were read and no others, {} of them all; {} of {} next \
             reads give something else",
            self.within,
            counted(self.n, "write", "writes"),
            self.equal,
            self.moved,
            self.judged
        );
        Some(finding)
    }
}

/// Finds them: a bit that falls when a 1 is written to it while it is 1, and not otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Causes {
    cells: Cells<Cause>,
    /// Steps of each device so far.
    steps: Vec<u64>,
}

impl Causes {
    pub(crate) fn new(registers: usize) -> Causes {
        Causes { cells: Cells::new(registers), steps: Vec::new() }
    }

    /// Whether registers had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    /// A step; `both` if its register is read and written often enough.
    pub(crate) fn step(&mut self, step: &Step, both: bool) {
        let device = usize::from(step.stream);
        if device >= self.steps.len() {
            self.steps.resize(device + 1, 0);
        }
        self.steps[device] += 1;
        if !both {
            return;
        }
        let now = self.steps[device];
        let Some(cause) = self.cells.entry(step.register, Cause::default) else { return };
        if step.is_read() {
            cause.judge(step);
            cause.returns.read(step.first);
            (cause.written, cause.late) = (0, false);
            cause.read = Some((step.value, now, Moment::of(step)));
        } else if step.is_write()
            && let Some((value, at, moment)) = cause.read
        {
            cause.returns.write(value, step.value, now - at <= NEAR, moment);
            cause.written |= step.value;
            cause.late |= now - at > NEAR;
            cause.passed += u64::from(value & cause.mask != 0 && value & step.value == 0);
        }
    }

    /// Nothing is claimed across a gap.
    pub(crate) fn gap(&mut self) {
        self.cells.iter_mut().for_each(|(_, cause)| {
            (cause.read, cause.written, cause.returns.written) = (None, 0, None);
        });
    }

    /// What was found.
    pub(crate) fn findings(&self, census: &Census) -> Vec<Finding> {
        let finding = |(register, cause): (RegisterId, &Cause)| {
            finding(register, cause, census).or_else(|| cause.returns.finding(register, census))
        };
        self.cells.iter().filter_map(finding).collect()
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
    if c.fell < LEAST
        || c.again > c.fell
        || c.alone * 8 > c.fell
        || c.passed * 4 > c.fell
        || c.fell * 4 < writes
    {
        return None;
    }
    let mut finding = Finding::new(Kind::Ack, register, judged, c.first);
    finding.second = Some(register);
    finding.mask = Some(c.mask);
    finding.confidence = confidence(c.fell, judged + c.alone);
    finding.evidence = format!(
        "bits {} fell {} after a 1 was written to them while they were set, and {} otherwise",
        hex(c.mask),
        counted(c.fell, "time", "times"),
        counted(c.alone, "time", "times")
    );
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{none, of};

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
