//! Polls: one register read until bits of it agree.

use std::collections::HashSet;

use super::cells::Cells;
use super::finding::{Finding, Iterations, Kind, Lengths, Moment, confidence, spent};
use super::view::View;
use crate::names::hex;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Other accesses between two reads of a loop that serves what it finds.
const BODY: usize = 6;
/// Least loops that serve what they find, and least share of those that end empty.
const LEAST_DRAINS: u64 = 4;

/// Bits that agreed in the last read of a loop and in no earlier one.
#[derive(Clone, Debug)]
struct Exit {
    up: [u32; 64],
    down: [u32; 64],
    loops: u32,
    /// The last value of the first loop, and whether all others ended with it.
    end: u64,
    same_end: bool,
}

impl Exit {
    fn new() -> Exit {
        Exit { up: [0; 64], down: [0; 64], loops: 0, end: 0, same_end: true }
    }

    fn add(&mut self, chain: &Chain, width_mask: u64) {
        let up = chain.value & !chain.ever_one;
        let down = !chain.value & !chain.ever_zero & width_mask;
        for (bits, counts) in [(up, &mut self.up), (down, &mut self.down)] {
            let mut bits = bits;
            while bits != 0 {
                counts[bits.trailing_zeros() as usize] += 1;
                bits &= bits - 1;
            }
        }
        if self.loops == 0 {
            self.end = chain.value;
        }
        self.same_end &= chain.value == self.end;
        self.loops = self.loops.saturating_add(1);
    }

    /// Mask and value, and how many loops ended so.
    fn condition(&self, width_mask: u64) -> Option<(u64, u64, u64)> {
        let nearly = self.loops - self.loops / 16;
        let all = |counts: &[u32; 64]| -> u64 {
            (0..64).filter(|&b| counts[b] >= nearly).fold(0_u64, |bits, b| bits | 1 << b)
        };
        let (up, down) = (all(&self.up), all(&self.down));
        let holds = |bits: u64, counts: &[u32; 64]| {
            (0..64).filter(|b| bits >> b & 1 != 0).map(|b| counts[b]).min().unwrap_or(u32::MAX)
        };
        let empty = self.same_end && (self.end == 0 || self.end == width_mask);
        if (up | down) != 0 && !(empty && (up | down).count_ones() > 8) {
            let loops = holds(up, &self.up).min(holds(down, &self.down));
            return Some((up | down, up, loops.into()));
        }
        empty.then_some((width_mask, self.end, self.loops.into()))
    }
}

/// Reads of one register that may be a loop.
#[derive(Clone, Copy, Debug)]
struct Chain {
    first: Moment,
    end_time: u64,
    reads: u64,
    ever_one: u64,
    ever_zero: u64,
    value: u64,
    changes: u64,
    wrote: bool,
}

impl Chain {
    fn begin(step: &Step) -> Chain {
        Chain {
            first: Moment::of(step),
            end_time: step.end_time,
            reads: step.count,
            ever_one: step.ever_one,
            ever_zero: step.ever_zero,
            value: step.value,
            changes: step.changes,
            wrote: false,
        }
    }

    fn join(&mut self, step: &Step) {
        self.ever_one |= self.value | step.ever_one;
        self.ever_zero |= !self.value | step.ever_zero;
        self.changes += step.changes + u64::from(step.first != self.value);
        self.reads += step.count;
        self.value = step.value;
        self.end_time = step.end_time;
    }
}

#[derive(Clone, Debug)]
struct Loops {
    exit: Option<Box<Exit>>,
    lengths: Lengths,
    time: u64,
    first: Moment,
    /// Reads that did not change.
    still: u64,
    /// Reads that found something and were not repeated.
    left: u64,
    /// Loops with a write in them.
    served: u64,
    /// Whether it was ever read twice with nothing between.
    direct: bool,
    open: Option<Chain>,
}

impl Loops {
    fn new() -> Loops {
        Loops {
            exit: None,
            lengths: Lengths::default(),
            time: 0,
            first: Moment::default(),
            still: 0,
            left: 0,
            served: 0,
            direct: false,
            open: None,
        }
    }

    fn add(&mut self, chain: &Chain, width_mask: u64) {
        if self.lengths.n == 0 {
            self.first = chain.first;
        }
        self.exit.get_or_insert_with(|| Box::new(Exit::new())).add(chain, width_mask);
        self.lengths.add(chain.reads);
        self.time = self.time.saturating_add(chain.end_time.saturating_sub(chain.first.time));
    }

    /// Ends a loop of reads alone.
    fn close(&mut self, width_mask: u64) {
        let Some(chain) = self.open.take() else { return };
        if chain.changes > 0 {
            self.add(&chain, width_mask);
        } else if chain.reads > 1 {
            self.still += 1;
        }
    }
}

/// Finds polls.
#[derive(Clone, Debug)]
pub(crate) struct Polls {
    /// Reads with at most one other read between.
    waits: Cells<Loops>,
    /// Reads with writes between, which go on until nothing is left.
    drains: Cells<Loops>,
}

impl Polls {
    pub(crate) fn new(registers: usize) -> Polls {
        Polls { waits: Cells::new(registers), drains: Cells::new(registers) }
    }

    /// Whether registers had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.waits.is_full() || self.drains.is_full()
    }

    /// A read step of a register with bits `width_mask`; `often` if it is read often enough to be a drain.
    pub(crate) fn read(&mut self, step: &Step, view: &View, width_mask: u64, often: bool) {
        let linked = view.iter().take(BODY).position(|s| s.register == step.register && s.is_read());
        let wrote = |back: usize| view.iter().take(back).any(Step::is_write);
        let near = linked.is_some_and(|back| back <= 1 && !wrote(back));
        if step.count > 1 || near || self.waits.get(step.register).is_some() {
            let before = linked.filter(|_| near).and_then(|back| view.get(back));
            self.wait(step, before, width_mask);
        }
        if often {
            let own = |back: usize| step.first == width_mask || answers(step, view, back);
            let serves = linked.is_some_and(|back| near || (wrote(back) && own(back)));
            self.drain(&single(step, step.first), serves, linked.is_some_and(wrote), width_mask);
            if step.count > 1 {
                self.drain(&single(step, step.value), true, false, width_mask);
            }
        }
    }

    /// `before` are the reads that this one goes on from.
    fn wait(&mut self, step: &Step, before: Option<&Step>, width_mask: u64) {
        let Some(loops) = self.waits.entry(step.register, Loops::new) else { return };
        if let Some(before) = before.filter(|_| loops.open.is_none()) {
            loops.open = Some(Chain::begin(before));
        }
        loops.direct |= step.count > 1 || before.is_some_and(|b| b.count > 1);
        match &mut loops.open {
            Some(chain) if before.is_some() => chain.join(step),
            _ => {
                loops.close(width_mask);
                loops.open = Some(Chain::begin(step));
            }
        }
    }

    fn drain(&mut self, step: &Step, serves: bool, wrote: bool, width_mask: u64) {
        let Some(loops) = self.drains.entry(step.register, Loops::new) else { return };
        let empty = step.value == 0 || step.value == width_mask;
        match (loops.open.take(), empty) {
            (Some(mut chain), _) if serves => {
                chain.join(step);
                chain.wrote |= wrote;
                if empty {
                    loops.served += u64::from(chain.wrote);
                    loops.add(&chain, width_mask);
                } else {
                    loops.open = Some(chain);
                }
            }
            (open, _) => {
                loops.left += u64::from(open.is_some());
                loops.open = (!empty).then(|| Chain::begin(step));
            }
        }
    }

    /// Loops that were cut are not loops.
    pub(crate) fn gap(&mut self) {
        for (_, loops) in self.waits.iter_mut().chain(self.drains.iter_mut()) {
            loops.open = None;
        }
    }

    /// The polls; of registers that count by themselves there are none.
    pub(crate) fn findings(
        &mut self,
        mask_of: impl Fn(RegisterId) -> u64,
        counts: impl Fn(RegisterId) -> bool,
    ) -> Found {
        let mut found = Found::default();
        for (register, loops) in self.waits.iter_mut() {
            loops.close(mask_of(register));
            if !counts(register) {
                found.waits.extend(wait(register, loops, mask_of(register)));
            }
        }
        // Two reads may be the end of one service and the beginning of the next; more are a wait.
        let is_long = |f: &Finding| f.iterations.is_some_and(|i| i.median > 2);
        let long: HashSet<RegisterId> =
            found.waits.iter().filter(|f| is_long(f)).map(|f| f.register).collect();
        for (register, loops) in self.drains.iter().filter(|(register, _)| !long.contains(register)) {
            found.drains.extend(drain(register, loops, mask_of(register)));
        }
        let drained: HashSet<RegisterId> = found.drains.iter().map(|f| f.register).collect();
        found.waits.retain(|f| !drained.contains(&f.register));
        found
    }
}

/// One of the reads of a step.
fn single(step: &Step, value: u64) -> Step {
    Step { count: 1, first: value, value, ever_one: 0, ever_zero: 0, changes: 0, ..*step }
}

/// Polls of both sorts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// They wait for the device.
    pub(crate) waits: Vec<Finding>,
    /// They go on until nothing is left.
    pub(crate) drains: Vec<Finding>,
}

/// Whether what was written to the register itself since it was read, `back` steps ago, only acknowledges.
fn answers(step: &Step, view: &View, back: usize) -> bool {
    let Some(read) = view.get(back) else { return false };
    let mut own = view.iter().take(back).filter(|s| s.is_write() && s.register == step.register);
    own.all(|w| w.value & !read.value == 0)
}

fn wait(register: RegisterId, loops: &Loops, width_mask: u64) -> Option<Finding> {
    let (mut finding, longest, ended) = head(register, loops, width_mask)?;
    let (n, mask, value) = (finding.count, finding.mask?, finding.value?);
    // Who waits reads more than twice, or has nothing else to read.
    let twice = longest.max == 2 && !loops.direct;
    if (n == 1 && longest.max < 4) || n * 4 < loops.still || twice {
        return None;
    }
    finding.confidence = confidence(ended, n + loops.still / 4);
    finding.evidence = format!(
        "{} of {}–{} reads, {} in the last and in no earlier one{}; {} in total",
        counted(n, "loop", "loops"),
        longest.min,
        longest.max,
        agrees(mask, value),
        if ended == n { String::new() } else { format!(" of {ended}") },
        spent(loops.time)
    );
    Some(finding)
}

fn drain(register: RegisterId, loops: &Loops, width_mask: u64) -> Option<Finding> {
    let (mut finding, longest, _) = head(register, loops, width_mask)?;
    let (n, mask, value) = (finding.count, finding.mask?, finding.value?);
    if n < LEAST_DRAINS || loops.left * 10 > n || loops.served * 2 < n {
        return None;
    }
    finding.confidence = confidence(n, n + loops.left);
    finding.evidence = format!(
        "{} read it again after serving what it showed, {}–{} reads until {}; {} times it was not read again",
        counted(n, "loop", "loops"),
        longest.min,
        longest.max,
        agrees(mask, value),
        loops.left
    );
    Some(finding)
}

/// What waits and drains have in common, how long the loops were, and how many ended so.
fn head(register: RegisterId, loops: &Loops, width_mask: u64) -> Option<(Finding, Iterations, u64)> {
    let iterations = loops.lengths.iterations()?;
    let (mask, value, ended) = loops.exit.as_ref()?.condition(width_mask)?;
    let mut finding = Finding::new(Kind::Poll, register, loops.lengths.n, loops.first);
    (finding.mask, finding.value) = (Some(mask), Some(value));
    finding.iterations = Some(iterations);
    finding.time_spent = Some(loops.time);
    Some((finding, iterations, ended))
}

/// `bit 3 set`, `bits 0x3 clear`, `& 0x3 = 0x2`.
pub fn agrees(mask: u64, value: u64) -> String {
    let one = mask.count_ones() == 1;
    let bits = if one { format!("bit {}", mask.trailing_zeros()) } else { format!("bits {}", hex(mask)) };
    match value {
        v if v == mask => format!("{bits} set"),
        0 => format!("{bits} clear"),
        v => format!("& {} = {}", hex(mask), hex(v)),
    }
}

/// `1 loop`, `2 loops`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", crate::names::grouped(n), if n == 1 { one } else { many })
}
