//! Registers that count by themselves: read, waited for, and read in two halves.

use crate::census::Census;
use crate::evidence::Part::{Number, Time};
use crate::evidence::{evidence, things};
use crate::pair_key::{key, pair};
use crate::patterns::bounded_map::BoundedMap;
use crate::patterns::details::{Body, Details, Loops};
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::Facts;
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::known::Known;
use crate::patterns::lengths::Lengths;
use crate::patterns::per_register::PerRegister;
use crate::share::{Share, share};
use mmio_format::{Access, Op, RegisterId};

impl Idiom {
    /// A register that counts by itself is read.
    pub const COUNTER_READ: Idiom = Idiom::named("counter_read");
    /// Reads of a counter until time has passed.
    pub const COUNTER_WAIT: Idiom = Idiom::named("counter_wait");
    /// High word, low word and high word again of a counter wider than an access.
    pub const HI_LO_HI: Idiom = Idiom::named("hi_lo_hi");
}

/// Least reads of a counter, and of a register that may be a half of one.
const LEAST_READS: u8 = 8;
const LEAST_HALF_READS: u8 = 4;
/// Least changes of a counter, and where all go one way; those of them that go one way, and those by another amount
/// than the one before.
const LEAST_CHANGES: u64 = 16;
const LEAST_ONE_WAY: u64 = 8;
/// Least reads besides waits that are of their own.
const LEAST_ALONE: u64 = 8;
const ONE_WAY: Share = share(17, 20);
const UNEVEN: Share = share(1, 4);
/// Least reads in a run that waits, least runs, and the share of all reads that are in them.
const LEAST_RUN: u64 = 8;
const LEAST_WAITS: u64 = 2;
const WAITING: Share = share(1, 4);
/// Least times that a register is read before and after its neighbour.
const LEAST_HALVES: u64 = 3;
/// Most pairs of halves that are followed.
const MAX_HALVES: usize = 1 << 12;
/// How much it is believed that a register that goes up counts by itself.
const READ_TRUST: f64 = 0.9;

#[derive(Clone, Debug, Default)]
struct Count {
    first: Moment,
    reads: u64,
    /// The last one, since the last gap.
    value: Option<u64>,
    up: u64,
    down: u64,
    /// Changes by another amount than the one before.
    uneven: u64,
    by: u64,
    waits: Lengths,
    first_wait: Moment,
    spent: u64,
    /// Reads in waits.
    waited: u64,
}

/// Registers that are never written.
#[derive(Clone, Debug)]
pub(crate) struct Counters {
    cells: PerRegister<Count>,
    /// High and low words, by both registers.
    halves: BoundedMap<u64, (u64, Moment), MAX_HALVES>,
}

impl Detector for Counters {
    fn new(census: &Census) -> Counters {
        Counters { cells: PerRegister::new(census.table().len()), halves: BoundedMap::default() }
    }

    #[inline]
    fn access(&mut self, register: RegisterId, access: &Access, known: Known) {
        if access.op == Op::Read && known.writes == 0 && known.reads >= LEAST_READS {
            self.count(register, access, known.mask());
        }
    }

    #[inline]
    fn read(&mut self, now: &Now<'_>) {
        if now.known.writes == 0 && now.known.reads >= LEAST_HALF_READS {
            self.wait(now);
        }
    }

    fn gap(&mut self) {
        self.cells.iter_mut().for_each(|(_, count)| count.value = None);
    }

    fn is_full(&self) -> bool {
        self.cells.is_full() || self.halves.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let mut found = Vec::new();
        for (register, count) in self.cells.iter().filter(|(_, c)| is_counter(c)) {
            let waits = count.waits.n >= LEAST_WAITS && share(count.waited, count.reads).is_at_least(WAITING);
            // Reads besides the waits are of their own.
            let alone = !waits || count.reads - count.waited >= LEAST_ALONE;
            found.extend(if waits { wait(register, count) } else { None });
            found.extend(alone.then(|| read(register, count)));
        }
        let mut halves: Vec<_> = self.halves.iter().collect();
        halves.sort_by_key(|(_, (_, first))| first.index);
        for (&key, &(n, first)) in halves {
            let (high, low) = pair(key);
            if n >= LEAST_HALVES && are_halves(facts.census, high, low) {
                let mut finding = Finding::new(Idiom::HI_LO_HI, high, n, first);
                finding.second = Some(low);
                finding.confidence = confidence(n, n);
                finding.evidence = evidence![Number(n), " times read before and after its neighbour"];
                found.push(finding);
            }
        }
        found
    }
}

impl Count {
    /// Changes that go the way most of them go, and which way that is.
    fn way(&self) -> (u64, &'static str) {
        if self.up >= self.down { (self.up, " go up") } else { (self.down, " go down") }
    }
}

impl Counters {
    fn count(&mut self, register: RegisterId, access: &Access, mask: u64) {
        let new = || Count { first: Moment::at(access), ..Count::default() };
        let Some(count) = self.cells.entry(register, new) else { return };
        let value = access.value;
        count.reads += 1;
        if let Some(before) = count.value.filter(|&before| before != value) {
            let by = value.wrapping_sub(before) & mask;
            let up = by <= mask / 2;
            count.up += u64::from(up);
            count.down += u64::from(!up);
            count.uneven += u64::from(by != count.by);
            count.by = by;
        }
        count.value = Some(value);
    }

    fn wait(&mut self, now: &Now<'_>) {
        let (step, view) = (now.step, now.view);
        if step.count >= LEAST_RUN
            && let Some(count) = self.cells.get(step.register)
        {
            if count.waits.n == 0 {
                count.first_wait = Moment::of(step);
            }
            count.waits.add(step.count);
            count.waited += step.count;
            count.spent = count.spent.saturating_add(step.end_time.saturating_sub(step.time));
        }
        if let (Some(low), Some(high)) = (view.get(0), view.get(1))
            && high.register == step.register
            && high.is_read()
            && low.is_read()
            && low.count == 1
        {
            let key = key(step.register, low.register);
            if let Some(half) = self.halves.entry(key, || (0, Moment::of(high))) {
                half.0 += 1;
            }
        }
    }
}

/// Whether two registers are halves by their place.
fn are_halves(census: &Census, high: RegisterId, low: RegisterId) -> bool {
    let (high, low) = (census.register(high), census.register(low));
    (high.device, high.space, high.width) == (low.device, low.space, low.width)
        && high.offset.abs_diff(low.offset) == u64::from(high.width)
}

fn is_counter(count: &Count) -> bool {
    let changes = count.up + count.down;
    let on = count.up.max(count.down);
    changes >= if on == changes { LEAST_ONE_WAY } else { LEAST_CHANGES }
        && share(on, changes).is_at_least(ONE_WAY)
        && share(count.uneven, changes).is_at_least(UNEVEN)
}

fn read(register: RegisterId, count: &Count) -> Finding {
    let changes = count.up + count.down;
    let mut finding = Finding::new(Idiom::COUNTER_READ, register, count.reads, count.first);
    let (on, way) = count.way();
    finding.confidence = confidence(on, changes) * READ_TRUST;
    finding.evidence = evidence![
        Number(on),
        " of ",
        Number(changes),
        " changes between ",
        things(count.reads, "read", "reads"),
        way,
        ", by different amounts; never written",
    ];
    finding
}

fn wait(register: RegisterId, count: &Count) -> Option<Finding> {
    let reads = count.waits.spread()?;
    let mut finding = Finding::new(Idiom::COUNTER_WAIT, register, count.waits.n, count.first_wait);
    finding.details = Details::Loops(Loops { body: Body::Wait, until: None, reads, spent: count.spent });
    let (on, way) = count.way();
    finding.confidence = confidence(on, count.up + count.down);
    finding.evidence = evidence![
        things(count.waits.n, "run of reads", "runs of reads"),
        " in which values",
        way,
        ", ",
        Time(count.spent),
        " in total",
    ];
    Some(finding)
}
