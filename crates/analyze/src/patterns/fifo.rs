//! Ports through which streams go.

use super::cells::Cells;
use super::finding::{Finding, Kind, Lengths, Moment, confidence};
use super::pace::Gaps;
use super::poll::counted;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Least accesses in a run.
const RUN: u64 = 4;
/// Least accesses in the longest run.
const LONG: u64 = 6;

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

/// Finds them.
#[derive(Clone, Debug)]
pub(crate) struct Fifos {
    cells: Cells<Port>,
    open: Vec<Option<Run>>,
}

impl Fifos {
    pub(crate) fn new(registers: usize) -> Fifos {
        Fifos { cells: Cells::new(registers), open: Vec::new() }
    }

    /// A step of a device.
    pub(crate) fn step(&mut self, step: &Step) {
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
        } else if step.is_read() && step.count >= RUN && step.changes >= 3 && step.changes * 2 >= step.count {
            let Some(port) = self.cells.entry(step.register, Port::default) else { return };
            if port.writes.n + port.reads.n == 0 {
                port.first = Moment::of(step);
            }
            port.reads.add(step.count);
            port.inside += step.count;
            port.varies = true;
        }
    }

    fn close(&mut self, device: usize) {
        let Some(run) = self.open[device].take() else { return };
        if run.length >= RUN
            && let Some(port) = self.cells.get(run.register)
        {
            if port.writes.n + port.reads.n == 0 {
                port.first = run.first;
            }
            port.writes.add(run.length);
            port.inside += run.length;
        }
    }

    /// Whether registers had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    pub(crate) fn gap(&mut self) {
        (0..self.open.len()).for_each(|device| self.close(device));
    }

    /// What was found; registers that count by themselves are none. `counts` are the reads and writes of a register.
    pub(crate) fn findings(
        &mut self,
        counts: impl Fn(RegisterId) -> (u64, u64),
        usual: impl Fn(RegisterId) -> Gaps,
        counting: impl Fn(RegisterId) -> bool,
    ) -> Vec<Finding> {
        self.gap();
        let ports = self.cells.iter().filter(|(register, _)| !counting(*register));
        ports
            .filter_map(|(register, port)| finding(register, port, counts(register), &usual(register)))
            .collect()
    }
}

fn finding(register: RegisterId, port: &Port, (reads, writes): (u64, u64), usual: &Gaps) -> Option<Finding> {
    let accesses = reads + writes;
    let runs = port.writes.n + port.reads.n;
    // What goes on by the same step, the first three writes of a run aside, is no data, but tells how far the driver is.
    let pointer = reads == 0 && (port.ramp + 3 * port.writes.n) * 4 >= port.inside * 3;
    let quick = port.gaps.pauses(usual) * 4 <= port.gaps.n();
    if runs == 0
        || port.writes.max().max(port.reads.max()) < LONG
        || !port.varies
        || pointer
        || !quick
        || port.inside * 4 < accesses
    {
        return None;
    }
    let longest = if port.writes.n >= port.reads.n { &port.writes } else { &port.reads }.iterations()?;
    let mut finding = Finding::new(Kind::Fifo, register, runs, port.first);
    finding.iterations = Some(longest);
    finding.confidence = confidence(port.inside, accesses) * confidence(runs, runs).max(0.75);
    let (writes, reads) = (
        counted(port.writes.n, "run of writes", "runs of writes"),
        counted(port.reads.n, "run of reads", "runs of reads"),
    );
    finding.evidence = format!(
        "{}, {}–{} long, {} of its {accesses} accesses",
        match (port.writes.n, port.reads.n) {
            (_, 0) => writes,
            (0, _) => reads,
            _ => format!("{writes} and {reads}"),
        },
        longest.min,
        longest.max,
        port.inside
    );
    Some(finding)
}
