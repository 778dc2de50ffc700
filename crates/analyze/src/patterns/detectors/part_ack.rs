//! Causes of which the driver gives back the part that it takes care of, in another register, maybe with others between.

use crate::census::Census;
use crate::evidence::Part::Number;
use crate::evidence::evidence;
use crate::pair_key::{key, pair};
use crate::patterns::bounded_map::BoundedMap;
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::per_register::PerRegister;
use crate::share::{Share, share};
use mmio_format::RegisterId;

/// Most pairs of a cause and its acknowledge that are followed.
const MAX_PAIRS: usize = 1 << 12;
/// Least reads of a cause and writes of its acknowledge that are followed.
const LEAST_ACCESSES: u8 = 8;
/// Steps back to the read of the cause, at most.
const NEAR: usize = 6;
/// Most bits of an acknowledge.
const ACK_BITS: u32 = 8;
/// Reads among them that are looked at: a mask of the cause may be read after it.
const READS: usize = 2;
/// Least acknowledges, and least values of the cause.
const LEAST_ACKS: u64 = 8;
const LEAST_VALUES: usize = 3;
/// Their share of all writes, or of all reads of the cause.
const OF_WRITES: Share = share(1, 2);
const OF_READS: Share = share(1, 2);
/// Acknowledges after which the bits are gone at the next read of the cause.
const GONE: Share = share(4, 5);
/// Times that bits of the cause go otherwise, of all acknowledges.
const OTHERWISE: Share = share(1, 4);

#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    first: Moment,
    n: u64,
    /// Bits written since the cause was read.
    pending: u64,
    judged: u64,
    gone: u64,
}

/// What was read last, how often bits went without an acknowledge, and the register that was written for it.
#[derive(Clone, Copy, Debug, Default)]
struct Cause {
    value: u64,
    /// Bits that were ever acknowledged.
    mask: u64,
    otherwise: u64,
    target: Option<RegisterId>,
}

/// Writes of bits that were just read elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct PartAcks {
    causes: PerRegister<Cause>,
    pairs: BoundedMap<u64, Pair, MAX_PAIRS>,
}

impl Detector for PartAcks {
    const YIELDS: &'static [Role] = &[Role::Acknowledged];

    fn new(census: &Census) -> PartAcks {
        PartAcks { causes: PerRegister::new(census.table().len()), pairs: BoundedMap::default() }
    }

    fn read(&mut self, now: &Now<'_>) {
        let step = now.step;
        let Some(cause) = self.causes.get(step.register) else { return };
        let fallen = cause.value & !step.first;
        match cause.target.take() {
            Some(target) => {
                if let Some(pair) = self.pairs.get_mut(&key(step.register, target)) {
                    pair.judged += 1;
                    pair.gone += u64::from(step.first & std::mem::take(&mut pair.pending) == 0);
                }
            }
            None => cause.otherwise += u64::from(fallen & cause.mask != 0),
        }
        cause.value = step.value;
    }

    #[inline]
    fn write(&mut self, now: &Now<'_>) {
        let few = (1..=ACK_BITS).contains(&now.step.value.count_ones());
        if few && now.known.writes >= LEAST_ACCESSES {
            self.give_back(now);
        }
    }

    fn gap(&mut self) {
        self.causes.iter_mut().for_each(|(_, cause)| (cause.value, cause.target) = (0, None));
    }

    fn is_full(&self) -> bool {
        self.causes.is_full() || self.pairs.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let mut found = Vec::new();
        for (&key, acks) in self.pairs.iter() {
            let (cause, target) = pair(key);
            let otherwise = self.causes.get(cause).map_or(0, |c| c.otherwise);
            found.extend(finding(cause, target, acks, otherwise, facts.census));
        }
        found.sort_by(Finding::order);
        found
    }
}

impl PartAcks {
    /// A write whose bits were all set in what was read of another register shortly before.
    fn give_back(&mut self, now: &Now<'_>) {
        let (step, view) = (now.step, now.view);
        let covers = |s: &&crate::steps::Step| s.register != step.register && step.value & !s.value == 0;
        let reads = view.iter().take(NEAR).filter(|s| s.is_read());
        for read in reads.take(READS).filter(covers) {
            if now.registers[read.register as usize].reads < LEAST_ACCESSES {
                continue;
            }
            let Some(cause) = self.causes.entry(read.register, Cause::default) else { return };
            cause.value = read.value;
            cause.mask |= step.value;
            let first = || Pair { first: Moment::of(read), ..Pair::default() };
            let Some(pair) = self.pairs.entry(key(read.register, step.register), first) else { return };
            cause.target = Some(step.register);
            pair.n += u64::from(pair.pending == 0);
            pair.pending |= step.value;
        }
    }
}

fn finding(
    cause: RegisterId,
    target: RegisterId,
    pair: &Pair,
    otherwise: u64,
    census: &Census,
) -> Option<Finding> {
    let (writes, reads) = (census.counts(target).writes, census.counts(cause).reads);
    let often = share(pair.n, writes).is_at_least(OF_WRITES) || share(pair.n, reads).is_at_least(OF_READS);
    if pair.n < LEAST_ACKS
        || !often
        || !share(pair.gone, pair.judged).is_at_least(GONE)
        || share(otherwise, pair.n).exceeds(OTHERWISE)
        || census.distinct(cause) < LEAST_VALUES
    {
        return None;
    }
    let mut finding = Finding::new(Idiom::ACK, cause, pair.n, pair.first);
    finding.second = Some(target);
    finding.confidence = confidence(pair.gone, pair.judged);
    let (words, gone) = (" writes have bits that were just read, which are gone in ", Number(pair.gone));
    finding.evidence = evidence![Number(pair.n), words, gone, " of ", Number(pair.judged), " next reads"];
    Some(finding)
}
