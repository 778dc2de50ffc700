//! Data taken word by word: a status is read, then the data, then the status is written to ask for more.

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

/// Most pairs of a status and its data that are followed.
const MAX_PAIRS: usize = 1 << 12;
/// Least words, and their share of all writes of the status and of all reads of the data.
const LEAST_WORDS: u64 = 16;
const STATUS_WRITES: Share = share(8, 10);
const DATA_READS: Share = share(1, 2);
/// Most values of the status, and least ones of the data.
const VALUES: usize = 4;
/// How much it is believed that they belong together.
const TRUST: f64 = 0.9;

/// How often each status and its data went together, by both registers.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordTransfers {
    pairs: BoundedMap<u64, (u64, Moment), MAX_PAIRS>,
}

impl Detector for WordTransfers {
    const YIELDS: &'static [Role] = &[Role::Acknowledges];

    fn new(_census: &Census) -> WordTransfers {
        WordTransfers::default()
    }

    fn write(&mut self, now: &Now<'_>) {
        let step = now.step;
        let (Some(data), Some(status)) = (now.view.get(0), now.view.get(1)) else { return };
        let taken = data.is_read() && data.count == 1 && status.is_read() && status.register == step.register;
        let key = key(step.register, data.register);
        if taken && let Some(pair) = self.pairs.entry(key, || (0, Moment::of(status))) {
            pair.0 += 1;
        }
    }

    fn is_full(&self) -> bool {
        self.pairs.is_full()
    }

    fn findings(&mut self, facts: &Facts<'_>) -> Vec<Finding> {
        let census = facts.census;
        let finding = |(&key, &(n, first)): (&u64, &(u64, Moment))| {
            let (status, data) = pair(key);
            let (writes, reads) = (census.counts(status).writes, census.counts(data).reads);
            let other = census.distinct(status) > VALUES || census.distinct(data) < VALUES;
            if other
                || n < LEAST_WORDS
                || !share(n, writes).is_at_least(STATUS_WRITES)
                || !share(n, reads).is_at_least(DATA_READS)
            {
                return None;
            }
            let mut finding = Finding::new(Idiom::HANDSHAKE, status, n, first);
            finding.second = Some(data);
            finding.confidence = confidence(n, writes) * TRUST;
            finding.evidence = evidence![
                Number(n),
                " times it is read, then the data, then it is written; ",
                Number(writes),
                " writes, ",
                Number(reads),
                " reads of the data",
            ];
            Some(finding)
        };
        let mut found: Vec<Finding> = self.pairs.iter().filter_map(finding).collect();
        found.sort_by_key(|f| f.first.index);
        found
    }
}
