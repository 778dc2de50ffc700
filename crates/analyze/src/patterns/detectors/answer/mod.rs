//! Writes and the reads that follow them at once: answers, handshakes, and reads that only post the write.

mod itself;
mod other;
mod pair;

use std::collections::HashMap;

use crate::census::Census;
use crate::evidence::Part::Number;
use crate::evidence::evidence;
use crate::pair_key;
use crate::patterns::bounded_map::BoundedMap;
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::Facts;
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::per_register::PerRegister;
use crate::patterns::view::View;
use crate::share::{Share, share};
use crate::steps::Step;
use mmio_format::RegisterId;
use pair::Pair;

use super::rmw::is_near;

impl Idiom {
    /// A write, then reads of the same or another register until bits of it agree.
    pub const HANDSHAKE: Idiom = Idiom::named("handshake");
    /// A write that a read answers.
    pub const WRITE_READ: Idiom = Idiom::named("write_read");
}

/// Most pairs of a write and its read that are followed.
const MAX_PAIRS: usize = 1 << 15;
/// Reads of a result once a register has answered for itself: least, their share of all its answers and of all reads,
/// and least values.
const LEAST_RESULTS: u64 = 8;
const ANSWERED: Share = share(8, 10);
const RESULT_READS: Share = share(8, 10);
const RESULT_VALUES: usize = 4;

/// What is known of a write and a read beside them.
#[derive(Clone, Copy, Default)]
struct Around<'a> {
    /// The step before the write.
    before: Option<&'a Step>,
    /// The step after the read.
    next: Option<&'a Step>,
    /// The read begins a read-modify-write.
    taken: bool,
    /// What was last written to the register that is read.
    stored: Option<u64>,
}

/// Pairs of a write and a read, by both registers.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    pairs: BoundedMap<u64, Pair, MAX_PAIRS>,
    /// Reads of a register after a register answered for itself.
    results: BoundedMap<u64, (u64, Moment), MAX_PAIRS>,
    /// What was last written to registers that are read too.
    stored: PerRegister<Option<u64>>,
}

impl Detector for Answers {
    fn new(census: &Census) -> Answers {
        Answers {
            pairs: BoundedMap::default(),
            results: BoundedMap::default(),
            stored: PerRegister::new(census.table().len()),
        }
    }

    /// A step tells what came of the read before it, and of the write before that.
    fn step(&mut self, now: &Now<'_>) {
        self.answered(now.view, Some(now.step));
        if now.step.is_write()
            && now.known.reads > 0
            && let Some(value) = self.stored.entry(now.step.register, || None)
        {
            *value = Some(now.step.value);
        }
    }

    fn posted(&mut self, step: &Step, view: &View) {
        if let Some(write) = view.get(0).filter(|s| s.is_write()) {
            self.pair(write, step, &Around::default());
        }
    }

    fn pause(&mut self, view: &View) {
        self.answered(view, None);
    }

    fn gap(&mut self) {
        self.stored.iter_mut().for_each(|(_, value)| *value = None);
    }

    fn is_full(&self) -> bool {
        self.pairs.is_full() || self.results.is_full() || self.stored.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        let after = self.after_writes();
        for (&key, pair) in self.pairs.iter().filter(|(_, pair)| pair.n + pair.taken > 0) {
            let (write, read) = pair_key::pair(key);
            if write != read {
                let after = after.get(&read).copied().unwrap_or_default();
                found.extend(other::findings(write, read, pair, facts, after));
            } else if pair.n > 0 {
                found.extend(itself::findings(write, pair, facts));
            }
        }
        let waits = found.iter().filter(|f| f.idiom == Idiom::HANDSHAKE && f.is_own());
        let waits: HashMap<RegisterId, u64> = waits.map(|f| (f.register, f.count)).collect();
        for (&key, &(n, first)) in self.results.iter() {
            let (write, read) = pair_key::pair(key);
            if let Some(&all) = waits.get(&write) {
                found.extend(result(write, read, (n, first), all, facts.census));
            }
        }
        found.sort_by_key(|f| f.first.index);
        found
    }
}

impl Answers {
    /// The last write and the read after it, now that it is known what comes next.
    fn answered(&mut self, view: &View, next: Option<&Step>) {
        let (Some(read), Some(write)) = (view.get(0), view.get(1)) else { return };
        if !read.is_read() || !write.is_write() {
            return;
        }
        // The read begins a read-modify-write, and was not for this write.
        let taken = next.is_some_and(|n| {
            n.is_write() && n.register == read.register && read.count == 1 && is_near(read.value, n.value)
        });
        let stored = self.stored.get(read.register).copied().flatten();
        self.pair(write, read, &Around { before: view.get(2), next, taken, stored });
    }

    /// `read` came just after `write`.
    fn pair(&mut self, write: &Step, read: &Step, around: &Around<'_>) {
        let key = pair_key::key(write.register, read.register);
        if write.register == read.register
            && let Some(next) = around.next.filter(|n| n.is_read())
        {
            let key = pair_key::key(write.register, next.register);
            if let Some(result) = self.results.entry(key, || (0, Moment::of(write))) {
                result.0 += 1;
            }
        }
        let Some(pair) = self.pairs.entry(key, || Pair::new(write, read)) else { return };
        pair.always &= read.value;
        if around.taken {
            pair.taken += 1;
            return;
        }
        pair.stored += u64::from(around.stored == Some(read.value) && read.count == 1);
        pair.read_on += u64::from(around.next.is_some_and(|n| n.is_read()));
        pair.add(write, read, around.before);
    }

    /// How many reads of each register come straight after writes of others.
    fn after_writes(&self) -> HashMap<RegisterId, u64> {
        let mut after = HashMap::new();
        for (&key, pair) in self.pairs.iter() {
            let (write, read) = pair_key::pair(key);
            if write != read {
                *after.entry(read).or_default() += pair.n;
            }
        }
        after
    }
}

/// A result that is read once a register has answered for itself, as it did `all` times.
fn result(
    write: RegisterId,
    read: RegisterId,
    (n, first): (u64, Moment),
    all: u64,
    census: &Census,
) -> Option<Finding> {
    let reads = census.counts(read).reads;
    if n < LEAST_RESULTS
        || !share(n, all).is_at_least(ANSWERED)
        || !share(n, reads).is_at_least(RESULT_READS)
        || census.distinct(read) < RESULT_VALUES
    {
        return None;
    }
    let mut finding = Finding::new(Idiom::WRITE_READ, write, n, first);
    finding.second = Some(read);
    finding.confidence = confidence(n, all.max(reads));
    let words = " reads come once the written register has answered for itself";
    finding.evidence = evidence![Number(n), " of ", Number(reads), words];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use crate::patterns::testing::{none, of};

    #[test]
    fn one_answer_of_many_bits_is_enough() {
        assert_eq!(of("write_read", "R0=1 W10=657ddf53 R10=cafbbea6 R0=1"), ["write_read 10 x1"]);
        assert_eq!(of("write_read", "R0=1 W10=40 R10=41 R0=1"), none());
        assert_eq!(of("write_read", "R0=1 W10=657ddf53 | R10=cafbbea6 R0=1"), none());
    }

    #[test]
    fn reads_that_can_tell_nothing_post_the_write() {
        let fixed = "W40=3000600 R40=77800600 R0=1 ~ ".repeat(2);
        assert_eq!(of("readback_flush", &fixed), ["readback_flush 40 x2"]);
        let cleared = "W3e=ffff R3e=0 W50=1 ~ ".repeat(3);
        assert_eq!(of("readback_flush", &cleared), ["readback_flush 3e x3"]);
        // A start bit that is gone, and a value that comes.
        assert_eq!(of("readback_flush", &"W37=10 R37=0 R0=1 ~ ".repeat(3)), none());
        assert_eq!(of("readback_flush", &"W40=3000607 R40=48ffff00 R0=1 ~ ".repeat(2)), none());
        let starts =
            "W20=10021 R20=10021 R24=1 ~ W20=10061 R20=10021 R24=2 ~ W20=10001 R20=10001 ~ ".repeat(8);
        assert_eq!(of("readback_flush", &starts), ["readback_flush 20 x17"]);
    }

    #[test]
    fn storage_read_after_another_write_posts_it() {
        let one = |i: u64| {
            let set = if i.is_multiple_of(10) { format!("W4={:x} ", 0x83 + i) } else { String::new() };
            format!("{set}Rc={0:x} W10={0:x} R4={1:x} R14={i:x} ~ ", i * i, 0x83 + i / 10 * 10)
        };
        let log: String = (0..30).map(one).collect();
        assert!(of("readback_flush", &log).iter().any(|f| f.starts_with("readback_flush 10>4")), "{log}");
        // The driver comes back later, and looks.
        let later = log.replace(" R4", " ~ R4");
        assert!(!of("readback_flush", &later).iter().any(|f| f.starts_with("readback_flush 10>4")));
    }
}
