//! Polls: one register read until bits of it agree.

use std::collections::HashSet;

use crate::census::Census;
use crate::evidence::Part::{Number, Time};
use crate::evidence::{evidence, things};
use crate::patterns::details::{Body, Condition, Details, Loops, Spread};
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::known::mask_of;
use crate::patterns::lengths::Lengths;
use crate::patterns::per_register::PerRegister;
use crate::patterns::view::View;
use crate::share::{Share, share};
use crate::steps::Step;
use mmio_format::RegisterId;

impl Idiom {
    /// Reads of one register until bits of it agree.
    pub const POLL: Idiom = Idiom::named("poll");
}

/// Loops of which so many may end otherwise: one of sixteen.
const OTHER_ENDS: u32 = 16;
/// Bits that may agree at the end of all loops by chance where all are 0 or 1 then.
const CHANCE_BITS: u32 = 8;
/// Least reads of the longest loop: of a single one; and of several with another read between all reads.
const LEAST_SINGLE: u64 = 4;
const LEAST_BROKEN: u64 = 3;
/// Loops for all runs of reads that do not change; and how many of these runs speak against one loop.
const LOOPING: Share = share(1, 4);
const STILL_RUNS: u64 = 4;

/// Least reads of a register that may be served.
const LEAST_READS: u8 = 8;
/// Other accesses between two reads of a loop that serves what it finds.
const BODY: usize = 6;
/// Reads of a loop that are the end of one service and the beginning of the next; more are a wait.
const TOUCHING: u64 = 2;
/// Least loops that serve what they find, those with a write in them, and those that do not end empty, at most.
const LEAST_DRAINS: u64 = 4;
const SERVING: Share = share(1, 2);
const LEFT: Share = share(1, 10);

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

    /// How loops end, and how many ended so.
    fn condition(&self, width_mask: u64) -> Option<(Condition, u64)> {
        let nearly = self.loops - self.loops / OTHER_ENDS;
        let all = |counts: &[u32; 64]| -> u64 {
            (0..64).filter(|&b| counts[b] >= nearly).fold(0_u64, |bits, b| bits | 1 << b)
        };
        let (up, down) = (all(&self.up), all(&self.down));
        let holds = |bits: u64, counts: &[u32; 64]| {
            (0..64).filter(|b| bits >> b & 1 != 0).map(|b| counts[b]).min().unwrap_or(u32::MAX)
        };
        let empty = self.same_end && (self.end == 0 || self.end == width_mask);
        if (up | down) != 0 && !(empty && (up | down).count_ones() > CHANCE_BITS) {
            let loops = holds(up, &self.up).min(holds(down, &self.down));
            return Some((Condition { mask: up | down, value: up }, loops.into()));
        }
        empty.then_some((Condition { mask: width_mask, value: self.end }, self.loops.into()))
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
struct Reads {
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

impl Reads {
    fn new() -> Reads {
        Reads {
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

/// Reads of each register that may be loops.
#[derive(Clone, Debug)]
pub(crate) struct Polls {
    /// Reads with at most one other read between.
    waits: PerRegister<Reads>,
    /// Reads with writes between, which go on until nothing is left.
    drains: PerRegister<Reads>,
}

impl Detector for Polls {
    fn new(census: &Census) -> Polls {
        let registers = census.table().len();
        Polls { waits: PerRegister::new(registers), drains: PerRegister::new(registers) }
    }

    #[inline]
    fn read(&mut self, now: &Now<'_>) {
        if now.known.reads > 1 {
            self.follow(now.step, now.view, now.known.mask(), now.known.reads >= LEAST_READS);
        }
    }

    /// Loops that were cut are not loops.
    fn gap(&mut self) {
        for (_, loops) in self.waits.iter_mut().chain(self.drains.iter_mut()) {
            loops.open = None;
        }
    }

    fn is_full(&self) -> bool {
        self.waits.is_full() || self.drains.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let mask = |register| mask_of(facts.census.register(register).width);
        let mut waits = Vec::new();
        for (register, loops) in self.waits.iter_mut() {
            loops.close(mask(register));
            if !facts.has(register, Role::Counts) {
                waits.extend(wait(register, loops, mask(register)));
            }
        }
        let is_long = |f: &&Finding| f.details.lengths().is_some_and(|reads| reads.median > TOUCHING);
        let long: HashSet<RegisterId> = waits.iter().filter(is_long).map(|f| f.register).collect();
        let drains = self.drains.iter().filter(|(register, _)| !long.contains(register));
        let drains: Vec<Finding> =
            drains.filter_map(|(register, loops)| drain(register, loops, mask(register))).collect();
        let drained: HashSet<RegisterId> = drains.iter().map(|f| f.register).collect();
        waits.retain(|f| !drained.contains(&f.register));
        waits.extend(drains);
        waits
    }
}

impl Polls {
    /// A read step of a register with bits `width_mask`; `often` if it is read often enough to be a drain.
    fn follow(&mut self, step: &Step, view: &View, width_mask: u64, often: bool) {
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
        let Some(loops) = self.waits.entry(step.register, Reads::new) else { return };
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
        let Some(loops) = self.drains.entry(step.register, Reads::new) else { return };
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
}

/// One of the reads of a step.
fn single(step: &Step, value: u64) -> Step {
    Step { count: 1, first: value, value, ever_one: 0, ever_zero: 0, changes: 0, ..*step }
}

/// Whether what was written to the register itself since it was read, `back` steps ago, only acknowledges.
fn answers(step: &Step, view: &View, back: usize) -> bool {
    let Some(read) = view.get(back) else { return false };
    let mut own = view.iter().take(back).filter(|s| s.is_write() && s.register == step.register);
    own.all(|w| w.value & !read.value == 0)
}

fn wait(register: RegisterId, loops: &Reads, width_mask: u64) -> Option<Finding> {
    let found = all(loops, Body::Wait, width_mask)?;
    let (n, longest) = (loops.lengths.n, found.reads);
    // Who waits reads more than twice, or has nothing else to read.
    let twice = longest.max < LEAST_BROKEN && !loops.direct;
    if (n == 1 && longest.max < LEAST_SINGLE) || !share(n, loops.still).is_at_least(LOOPING) || twice {
        return None;
    }
    let mut finding = found.finding(register, loops);
    finding.confidence = confidence(found.ended, n + loops.still / STILL_RUNS);
    let all = (found.ended != n).then(|| evidence![" of ", Number(found.ended)]);
    finding.evidence = evidence![
        things(n, "loop", "loops"),
        " of ",
        Number(longest.min),
        "–",
        Number(longest.max),
        " reads, ",
        found.until.evidence(),
        " in the last and in no earlier one",
        all,
        "; ",
        Time(loops.time),
        " in total",
    ];
    Some(finding)
}

fn drain(register: RegisterId, loops: &Reads, width_mask: u64) -> Option<Finding> {
    let found = all(loops, Body::Serve, width_mask)?;
    let n = loops.lengths.n;
    if n < LEAST_DRAINS || share(loops.left, n).exceeds(LEFT) || !share(loops.served, n).is_at_least(SERVING)
    {
        return None;
    }
    let mut finding = found.finding(register, loops);
    finding.confidence = confidence(n, n + loops.left);
    finding.evidence = evidence![
        things(n, "loop", "loops"),
        " read it again after serving what it showed, ",
        Number(found.reads.min),
        "–",
        Number(found.reads.max),
        " reads until ",
        found.until.evidence(),
        "; ",
        Number(loops.left),
        " times it was not read again",
    ];
    Some(finding)
}

/// What loops have in common.
struct Common {
    body: Body,
    until: Condition,
    reads: Spread,
    /// Loops that ended so.
    ended: u64,
}

fn all(loops: &Reads, body: Body, width_mask: u64) -> Option<Common> {
    let reads = loops.lengths.spread()?;
    let (until, ended) = loops.exit.as_ref()?.condition(width_mask)?;
    Some(Common { body, until, reads, ended })
}

impl Common {
    fn finding(&self, register: RegisterId, loops: &Reads) -> Finding {
        let mut finding = Finding::new(Idiom::POLL, register, loops.lengths.n, loops.first);
        let (body, until, reads) = (self.body, Some(self.until), self.reads);
        finding.details = Details::Loops(Loops { body, until, reads, spent: loops.time });
        finding
    }
}
