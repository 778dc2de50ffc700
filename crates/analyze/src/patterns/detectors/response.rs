//! Responses: what is read of a register once after each command, with a status and its acknowledge between.

use crate::census::Census;
use crate::evidence::Part::Number;
use crate::evidence::evidence;
use crate::pair_key::{key, pair};
use crate::patterns::bounded_map::BoundedMap;
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::share::{Share, share};
use crate::steps::Step;
use mmio_format::RegisterId;

/// Most pairs of a command and its response that are followed.
const MAX_PAIRS: usize = 1 << 12;
/// Least reads of a response and writes of a command that are followed.
const LEAST_ACCESSES: u8 = 8;
/// Steps between the command and its response, at most.
const NEAR: usize = 8;
/// Least responses, and their share of all reads of the register.
const LEAST_RESPONSES: u64 = 8;
const OF_READS: Share = share(3, 4);
/// Their share of all writes of the command: some have no response.
const OF_WRITES: Share = share(1, 4);
/// Most bits of an acknowledge, and most bits that a read-modify-write changes.
const ACK_BITS: u32 = 8;
const FEW_CHANGES: u32 = 2;
/// Responses of the commanded register itself that are not what was written.
const OTHER: Share = share(1, 2);
/// How much a response is believed.
const TRUST: f64 = 0.8;

#[derive(Clone, Copy, Debug)]
struct Pair {
    first: Moment,
    n: u64,
    /// Reads that gave what was written.
    same: u64,
    /// Reads that begin a read-modify-write.
    taken: u64,
}

/// Reads after commands, by both registers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Responses {
    pairs: BoundedMap<u64, Pair, MAX_PAIRS>,
    /// The latest response, and the key of its pair.
    last: Option<(RegisterId, u64)>,
}

impl Detector for Responses {
    const YIELDS: &'static [Role] = &[Role::Answered, Role::Acknowledges, Role::Drives];

    fn new(_census: &Census) -> Responses {
        Responses::default()
    }

    #[inline]
    fn read(&mut self, now: &Now<'_>) {
        if now.known.reads >= LEAST_ACCESSES {
            self.respond(now);
        }
    }

    #[inline]
    fn write(&mut self, now: &Now<'_>) {
        let (step, view) = (now.step, now.view);
        let Some((response, key)) = self.last.take().filter(|&(response, _)| response == step.register)
        else {
            return;
        };
        let read = view.get(0).filter(|s| s.is_read() && s.register == response);
        if read.is_some_and(|read| (read.value ^ step.value).count_ones() <= FEW_CHANGES)
            && let Some(pair) = self.pairs.get_mut(&key)
        {
            pair.taken += 1;
        }
    }

    fn is_full(&self) -> bool {
        self.pairs.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let finding = |(&key, seen): (&u64, &Pair)| finding(pair(key), seen, facts.census);
        let mut found: Vec<Finding> = self.pairs.iter().filter_map(finding).collect();
        found.sort_by_key(|f| f.first.index);
        found
    }
}

/// The latest write before `read` that commands, if the register was not read since then: writes that acknowledge what
/// was read after it, or that write 0, do not.
fn command<'a>(read: &Step, before: impl Iterator<Item = &'a Step> + Clone) -> Option<&'a Step> {
    let near = before.take(NEAR);
    for (back, step) in near.clone().enumerate() {
        if step.register == read.register && step.is_read() {
            return None;
        }
        if !step.is_write() {
            continue;
        }
        let acknowledges = |s: &Step| s.is_read() && step.value & !s.value == 0;
        let since = near.clone().skip(back + 1).take_while(|s| s.is_read());
        let few = step.value.count_ones() <= ACK_BITS;
        if step.value != 0 && !(few && since.clone().any(acknowledges)) {
            return Some(step);
        }
    }
    None
}

impl Responses {
    fn respond(&mut self, now: &Now<'_>) {
        let step = now.step;
        let Some(command) = command(step, now.view.iter()) else { return };
        if now.registers[command.register as usize].writes < LEAST_ACCESSES {
            return;
        }
        let new = || Pair { first: Moment::of(command), n: 0, same: 0, taken: 0 };
        let key = key(command.register, step.register);
        let Some(pair) = self.pairs.entry(key, new) else { return };
        self.last = Some((step.register, key));
        pair.n += 1;
        pair.same += u64::from(step.value == command.value);
    }
}

fn finding((command, response): (RegisterId, RegisterId), pair: &Pair, census: &Census) -> Option<Finding> {
    let (writes, reads) = (census.counts(command).writes, census.counts(response).reads);
    let n = pair.n - pair.taken.min(pair.n);
    let own = command == response;
    if n < LEAST_RESPONSES
        || !share(n, reads).is_at_least(OF_READS)
        || !share(n, writes).is_at_least(OF_WRITES)
        || (own && !share(n - pair.same.min(n), n).is_at_least(OTHER))
        || census.distinct(response) < 2
    {
        return None;
    }
    let mut finding = Finding::new(Idiom::WRITE_READ, command, n, pair.first);
    finding.second = Some(response);
    finding.confidence = confidence(n, reads) * TRUST;
    let words = " reads come once after the last write that was not an acknowledge";
    finding.evidence = evidence![Number(n), " of ", Number(reads), words];
    Some(finding)
}
