//! Loops that serve what they read, and read again until nothing is left.

use crate::evidence::Part::Number;
use crate::evidence::{evidence, things};
use crate::patterns::details::{Body, Details, Loops};
use crate::patterns::detector::Now;
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::lengths::Lengths;
use crate::patterns::per_register::PerRegister;
use crate::patterns::view::View;
use crate::share::{Share, share};
use crate::steps::Step;
use crate::waits::{Chain, Exit};
use mmio_format::RegisterId;

/// Least reads of a register that may be served.
const LEAST_READS: u8 = 8;
/// Other accesses between two reads of a loop that serves what it finds.
const BODY: usize = 6;
/// Least loops that serve what they find, those with a write in them, and those that do not end empty, at most.
const LEAST_DRAINS: u64 = 4;
const SERVING: Share = share(1, 2);
const LEFT: Share = share(1, 10);
/// Loops that end empty where the next read, as soon as that and with nothing between, is not: what looks
/// like the end of one is the beginning of a wait then. How many speak against loops, and how many for a wait.
const WAITED: Share = share(1, 10);
const WAITS: Share = share(9, 10);

/// Loops of one register.
#[derive(Clone, Debug, Default)]
struct Served {
    exit: Option<Box<Exit>>,
    lengths: Lengths,
    time: u64,
    first: Moment,
    /// Reads that found something and were not repeated.
    left: u64,
    /// Loops with a write in them.
    served: u64,
    /// Loops after which it was read on.
    waited: u64,
    open: Option<(Chain, bool)>,
    /// Nanoseconds between the last two reads of the last loop, and when it ended, where the last read ended one.
    ended: Option<(u64, u64)>,
}

impl Served {
    fn add(&mut self, chain: &Chain, width_mask: u64) {
        if self.lengths.n == 0 {
            self.first = chain.first;
        }
        self.exit.get_or_insert_with(|| Box::new(Exit::new())).add(chain, width_mask);
        self.lengths.add(chain.reads);
        self.time = self.time.saturating_add(chain.end_time.saturating_sub(chain.first.time));
    }
}

/// Reads of each register that may be loops with writes between.
#[derive(Clone, Debug)]
pub(super) struct Drains {
    registers: PerRegister<Served>,
}

impl Drains {
    pub(super) fn new(registers: usize) -> Drains {
        Drains { registers: PerRegister::new(registers) }
    }

    /// Loops that were cut are not loops.
    pub(super) fn gap(&mut self) {
        for (_, loops) in self.registers.iter_mut() {
            (loops.open, loops.ended) = (None, None);
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.registers.is_full()
    }

    /// Whether what looks like the end of loops of `register` is the beginning of waits.
    pub(super) fn waits(&self, register: RegisterId) -> bool {
        let loops = self.registers.peek(register);
        loops.is_some_and(|l| l.lengths.n >= LEAST_DRAINS && share(l.waited, l.lengths.n).is_at_least(WAITS))
    }

    pub(super) fn findings(&self, mask: impl Fn(RegisterId) -> u64) -> Vec<Finding> {
        let registers = self.registers.iter();
        registers.filter_map(|(register, loops)| finding(register, loops, mask(register))).collect()
    }

    /// A step that reads its register.
    pub(super) fn read(&mut self, now: &Now<'_>) {
        let (step, view, width_mask) = (now.step, now.view, now.known.mask());
        if now.known.reads < LEAST_READS {
            return;
        }
        let linked = view.iter().take(BODY).position(|s| s.register == step.register && s.is_read());
        let wrote = |back: usize| view.iter().take(back).any(Step::is_write);
        let near = linked.is_some_and(|back| back <= 1 && !wrote(back));
        let own = |back: usize| step.first == width_mask || answers(step, view, back);
        let serves = linked.is_some_and(|back| near || (wrote(back) && own(back)));
        let between = Between { serves, near, wrote: linked.is_some_and(wrote) };
        self.single(&single(step, step.first, step.time), between, width_mask);
        if step.count > 1 {
            let between = Between { serves: true, near: true, wrote: false };
            self.single(&single(step, step.value, step.end_time), between, width_mask);
        }
    }

    fn single(&mut self, step: &Step, between: Between, width_mask: u64) {
        let Some(loops) = self.registers.entry(step.register, Served::default) else { return };
        let empty = step.value == 0 || step.value == width_mask;
        let ended = std::mem::take(&mut loops.ended);
        match (loops.open.take(), empty) {
            (Some((mut chain, wrote)), _) if between.serves => {
                let took = step.time.saturating_sub(chain.end_time);
                chain.join(step);
                let wrote = wrote || between.wrote;
                if empty {
                    loops.served += u64::from(wrote);
                    loops.add(&chain, width_mask);
                    loops.ended = Some((took, step.time));
                } else {
                    loops.open = Some((chain, wrote));
                }
            }
            (open, _) => {
                loops.left += u64::from(open.is_some());
                let soon = ended.is_some_and(|(took, end)| step.time.saturating_sub(end) <= took);
                loops.waited += u64::from(soon && between.near && !empty);
                loops.open = (!empty).then(|| (Chain::begin(step), false));
            }
        }
    }
}

/// What lies between a read and the one before of its register.
#[derive(Clone, Copy)]
struct Between {
    /// What was read may have been served.
    serves: bool,
    /// Nothing, or one other read.
    near: bool,
    /// A write.
    wrote: bool,
}

/// One of the reads of a step.
fn single(step: &Step, value: u64, time: u64) -> Step {
    Step {
        count: 1,
        first: value,
        value,
        ever_one: 0,
        ever_zero: 0,
        changes: 0,
        time,
        end_time: time,
        ..*step
    }
}

/// Whether what was written to the register itself since it was read, `back` steps ago, only acknowledges.
fn answers(step: &Step, view: &View, back: usize) -> bool {
    let Some(read) = view.get(back) else { return false };
    let mut own = view.iter().take(back).filter(|s| s.is_write() && s.register == step.register);
    own.all(|w| w.value & !read.value == 0)
}

fn finding(register: RegisterId, loops: &Served, width_mask: u64) -> Option<Finding> {
    let reads = loops.lengths.spread()?;
    let (until, _) = loops.exit.as_ref()?.condition(width_mask)?;
    let n = loops.lengths.n;
    if n < LEAST_DRAINS
        || share(loops.left, n).exceeds(LEFT)
        || share(loops.waited, n).exceeds(WAITED)
        || !share(loops.served, n).is_at_least(SERVING)
    {
        return None;
    }
    let mut finding = Finding::new(Idiom::POLL, register, n, loops.first);
    finding.details =
        Details::Loops(Loops { body: Body::Serve, until: Some(until), reads, spent: loops.time });
    finding.confidence = confidence(n, n + loops.left);
    finding.evidence = evidence![
        things(n, "loop", "loops"),
        " read it again after serving what it showed, ",
        Number(reads.min),
        "–",
        Number(reads.max),
        " reads until ",
        until.evidence(),
        "; ",
        Number(loops.left),
        " times it was not read again",
    ];
    Some(finding)
}
