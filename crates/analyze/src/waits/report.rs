//! Waits as plain data.

use std::collections::HashMap;

use mmio_format::{Filter, Op, RegisterId};

use super::judge::Judged;
use super::watch::Follower;
use crate::patterns::{Condition, Spread};
use crate::site::Site;
use crate::summary::Summary;

/// Reads of one register until it gives what is waited for.
///
/// Between two reads lies nothing of the same device, or one read of another register.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// The register that is read.
    pub site: Site,
    /// How often it is read, 2 or more.
    pub reads: u64,
    /// Nanoseconds of the first read.
    pub start: u64,
    /// Nanoseconds of the last read.
    pub end_time: u64,
    /// Number of the first read in the whole trace.
    pub index: u64,
    /// Value of the last read.
    pub last: u64,
    /// What is waited for, as the waits for this register tell that were met; nothing where none was.
    pub condition: Option<Condition>,
    /// How the wait ended.
    pub end: End,
    /// What came after the last read on the same device; nothing after a wait that is cut.
    pub next: Option<Next>,
}

impl Wait {
    /// Nanoseconds from the first to the last read.
    pub fn spent(&self) -> u64 {
        self.end_time.saturating_sub(self.start)
    }
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The last read gave what was waited for.
    Met,
    /// The reads stopped without it, and something else came.
    InVain,
    /// The reads went on for long and stopped without a change; no wait for the register was met, so that nothing
    /// tells whether this one was.
    Unknown,
    /// What came of it is not in the trace.
    Cut(Cut),
}

/// What cuts a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cut {
    /// The end of the trace, or of the part that was looked at.
    End,
    /// Lost events, a gap in what was traced, or a new recording.
    Loss,
}

/// The access that came after a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Next {
    /// The register that is accessed.
    pub site: Site,
    /// What is done to it.
    pub op: Op,
    /// The value that is written, or was read first.
    pub value: u64,
    /// Nanoseconds.
    pub time: u64,
    /// Number of the access in the whole trace.
    pub index: u64,
}

/// All waits for one register.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waited {
    /// The register that is read.
    pub site: Site,
    /// What is waited for; nothing where no wait was met, or the waits have nothing in common.
    pub condition: Option<Condition>,
    /// Waits that were met.
    pub met: u64,
    /// Waits in vain.
    pub in_vain: u64,
    /// Waits of which the end is not in the trace.
    pub cut: u64,
    /// Waits of unknown end.
    pub unknown: u64,
    /// Reads of the waits that were met; nothing where none was.
    pub reads: Option<Spread>,
    /// Nanoseconds from the first to the last read of the waits that were met, of all together.
    pub spent: u64,
}

/// The waits of a trace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Waits {
    /// Counts of the whole trace.
    pub trace: Summary,
    /// The registers that are waited for, by device and place; of a trace that is looked at by marker, of each stretch
    /// those that are.
    pub registers: Vec<Waited>,
    /// The waits that were not met, in the order of the trace. Those that were met are counted in `registers`.
    pub unmet: Vec<Wait>,
    /// Whether there were too many registers or waits to follow all of them.
    pub truncated: bool,
}

impl Waits {
    pub(crate) fn new(trace: Summary) -> Waits {
        Waits { trace, registers: Vec::new(), unmet: Vec::new(), truncated: false }
    }

    /// What was followed, of registers at `site`.
    pub(super) fn of(trace: Summary, mut follower: Follower, site: impl Fn(RegisterId) -> Site) -> Waits {
        let mut waits = Waits::new(trace);
        waits.truncated = follower.is_full();
        for (register, judged) in follower.judge(|_| false) {
            waits.truncated |= judged.full && judged.is_wait();
            waits.add(site(register), &judged, &site);
        }
        waits.registers.sort_by_key(|waited| waited.site.register);
        waits.unmet.sort_by_key(|wait| wait.index);
        waits
    }

    /// The waits that were not met, by the number of their first read.
    pub fn by_index(&self) -> HashMap<u64, &Wait> {
        self.unmet.iter().map(|wait| (wait.index, wait)).collect()
    }

    /// The waits for the registers that `filter` shows.
    pub(crate) fn shown(mut self, filter: &Filter) -> Waits {
        self.registers.retain(|waited| waited.site.is_shown(filter));
        self.unmet.retain(|wait| wait.site.is_shown(filter));
        self
    }

    /// Takes the waits of another stretch of the trace too.
    pub(crate) fn append(&mut self, mut other: Waits) {
        self.registers.append(&mut other.registers);
        self.unmet.append(&mut other.unmet);
        self.truncated |= other.truncated;
    }

    /// Adds what came of the waits for the register of `site`; `site_of` is where a register lies.
    pub(super) fn add(&mut self, site: Site, judged: &Judged, site_of: impl Fn(RegisterId) -> Site) {
        if !judged.is_wait() {
            return;
        }
        let condition = judged.until.map(|(condition, _)| condition);
        let is = |end| judged.count(|other| other == end);
        self.registers.push(Waited {
            site,
            condition,
            met: judged.until.map_or(0, |(_, met)| met),
            in_vain: is(End::InVain),
            cut: judged.cut(),
            unknown: is(End::Unknown),
            reads: judged.reads,
            spent: judged.spent,
        });
        self.unmet.extend(judged.unmet.iter().map(|unmet| Wait {
            site,
            reads: unmet.reads,
            start: unmet.first.time,
            end_time: unmet.end_time,
            index: unmet.first.index,
            last: unmet.last,
            condition,
            end: unmet.end,
            next: unmet.next.map(|next| next.next(site_of(next.register))),
        }));
    }
}
