//! Ports through which streams go.

use crate::census::Census;
use crate::evidence::Part::Number;
use crate::evidence::{evidence, things};
use crate::patterns::details::Details;
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::gaps::Gaps;
use crate::patterns::idiom::Idiom;
use crate::patterns::lengths::Lengths;
use crate::patterns::per_register::PerRegister;
use crate::share::{Share, share};
use crate::steps::Step;
use mmio_format::RegisterId;

impl Idiom {
    /// One port written or read many times in a row.
    pub const FIFO: Idiom = Idiom::named("fifo");
}

/// Least accesses in a run, and in the longest one.
const LEAST_RUN: u64 = 4;
const LEAST_LONGEST: u64 = 6;
/// Reads of a run that differ from the one before: least, and their share.
const LEAST_CHANGES: u64 = 3;
const CHANGING: Share = share(1, 2);
/// Accesses of the register that are in runs.
const INSIDE: Share = share(1, 4);
/// Gaps within runs that are pauses, at most.
const PAUSES: Share = share(1, 4);
/// Writes in runs that go on by the same step, where no data is sent but it is said how far the driver is; and writes
/// that begin a run, which cannot.
const POINTING: Share = share(3, 4);
const BEGINNING: u64 = 3;
/// How much runs are believed, however few.
const LEAST_TRUST: f64 = 0.75;

#[derive(Clone, Debug, Default)]
struct Port {
    first: Moment,
    writes: Lengths,
    reads: Lengths,
    gaps: Gaps,
    /// Accesses in runs.
    inside: u64,
    varies: bool,
    value: u64,
    /// Writes in runs that go on by the same step as the one before.
    ramp: u64,
    by: u64,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    register: RegisterId,
    first: Moment,
    length: u64,
    time: u64,
}

/// Runs of each register.
#[derive(Clone, Debug)]
pub(crate) struct Fifos {
    cells: PerRegister<Port>,
    /// The run of writes of each device.
    open: Vec<Option<Run>>,
}

impl Detector for Fifos {
    const YIELDS: &'static [Role] = &[Role::Counts];

    fn new(census: &Census) -> Fifos {
        Fifos { cells: PerRegister::new(census.table().len()), open: Vec::new() }
    }

    fn step(&mut self, now: &Now<'_>) {
        let step = now.step;
        let device = usize::from(step.stream);
        if device >= self.open.len() {
            self.open.resize(device + 1, None);
        }
        let more = self.open[device].as_mut().filter(|r| step.is_write() && r.register == step.register);
        if let Some(run) = more {
            run.length += 1;
            let gap = step.time.saturating_sub(run.time);
            run.time = step.time;
            if run.length > 2
                && let Some(port) = self.cells.get(step.register)
            {
                port.gaps.add(gap);
                let by = step.value.wrapping_sub(port.value);
                port.varies |= by != 0;
                port.ramp += u64::from(by != 0 && by == port.by);
                (port.value, port.by) = (step.value, by);
            } else if let Some(port) = self.cells.entry(step.register, Port::default) {
                port.gaps.add(gap);
                port.value = step.value;
            }
            return;
        }
        self.close(device);
        if step.is_write() {
            self.open[device] =
                Some(Run { register: step.register, first: Moment::of(step), length: 1, time: step.time });
        } else if step.is_read() && step.count >= LEAST_RUN {
            self.reads(step);
        }
    }

    fn gap(&mut self) {
        (0..self.open.len()).for_each(|device| self.close(device));
    }

    fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        self.gap();
        self.cells.iter().filter_map(|(register, port)| finding(register, port, facts)).collect()
    }
}

impl Fifos {
    /// Reads in a row.
    fn reads(&mut self, step: &Step) {
        if step.changes < LEAST_CHANGES || !share(step.changes, step.count).is_at_least(CHANGING) {
            return;
        }
        let Some(port) = self.cells.entry(step.register, Port::default) else { return };
        if port.writes.n + port.reads.n == 0 {
            port.first = Moment::of(step);
        }
        port.reads.add(step.count);
        port.inside += step.count;
        port.varies = true;
    }

    fn close(&mut self, device: usize) {
        let Some(run) = self.open[device].take() else { return };
        if run.length >= LEAST_RUN
            && let Some(port) = self.cells.get(run.register)
        {
            if port.writes.n + port.reads.n == 0 {
                port.first = run.first;
            }
            port.writes.add(run.length);
            port.inside += run.length;
        }
    }
}

fn finding(register: RegisterId, port: &Port, facts: &Facts<'_>) -> Option<Finding> {
    let counts = facts.census.counts(register);
    let accesses = counts.reads + counts.writes;
    let runs = port.writes.n + port.reads.n;
    // What goes on by the same step is no data, but tells how far the driver is.
    let ramp = port.ramp + BEGINNING * port.writes.n;
    let pointer = counts.reads == 0 && share(ramp, port.inside).is_at_least(POINTING);
    let quick = !share(port.gaps.pauses(&facts.usual(register)), port.gaps.n()).exceeds(PAUSES);
    if runs == 0
        || port.writes.max().max(port.reads.max()) < LEAST_LONGEST
        || !port.varies
        || pointer
        || !quick
        || !share(port.inside, accesses).is_at_least(INSIDE)
    {
        return None;
    }
    let longest = if port.writes.n >= port.reads.n { &port.writes } else { &port.reads }.spread()?;
    let mut finding = Finding::new(Idiom::FIFO, register, runs, port.first);
    finding.details = Details::Runs(longest);
    finding.confidence = confidence(port.inside, accesses) * confidence(runs, runs).max(LEAST_TRUST);
    let (writes, reads) = (
        things(port.writes.n, "run of writes", "runs of writes"),
        things(port.reads.n, "run of reads", "runs of reads"),
    );
    let what = match (port.writes.n, port.reads.n) {
        (_, 0) => evidence![writes],
        (0, _) => evidence![reads],
        _ => evidence![writes, " and ", reads],
    };
    let (min, max) = (Number(longest.min), Number(longest.max));
    let words = " of its ";
    finding.evidence = evidence![
        what,
        ", ",
        min,
        "–",
        max,
        " long, ",
        Number(port.inside),
        words,
        Number(accesses),
        " accesses",
    ];
    Some(finding)
}
