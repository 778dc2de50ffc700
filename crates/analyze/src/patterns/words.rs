//! Data taken word by word: a status is read, then the data, then the status is written to ask for more.

use super::finding::{Finding, Kind, Moment, confidence};
use super::limited::Limited;
use super::view::View;
use crate::census::Census;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Most pairs of registers that are followed.
const MAX: usize = 1 << 12;
/// Least words; most values of the status, and least ones of the data.
const LEAST: u64 = 16;
const VALUES: usize = 4;

/// Finds it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    pairs: Limited<u64, (u64, Moment), MAX>,
}

impl Words {
    /// A write, `view` what came before.
    pub(crate) fn write(&mut self, step: &Step, view: &View) {
        let (Some(data), Some(status)) = (view.get(0), view.get(1)) else { return };
        let taken = data.is_read() && data.count == 1 && status.is_read() && status.register == step.register;
        let key = u64::from(step.register) << 32 | u64::from(data.register);
        if taken && let Some(pair) = self.pairs.entry(key, || (0, Moment::of(status))) {
            pair.0 += 1;
        }
    }

    /// Whether pairs had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.pairs.is_full()
    }

    /// What was found.
    pub(crate) fn findings(&self, census: &Census) -> Vec<Finding> {
        let finding = |(&key, &(n, first)): (&u64, &(u64, Moment))| {
            let (status, data) = ((key >> 32) as RegisterId, key as RegisterId);
            let (writes, reads) = (census.counts(status).writes, census.counts(data).reads);
            let other = census.distinct(status) > VALUES || census.distinct(data) < VALUES;
            if other || n < LEAST || n * 10 < writes * 8 || n * 2 < reads {
                return None;
            }
            let mut finding = Finding::new(Kind::Handshake, status, n, first);
            finding.second = Some(data);
            finding.confidence = confidence(n, writes) * 0.9;
            finding.evidence = format!(
                "{n} times it is read, then the data, then it is written; {writes} writes, {reads} reads of the data"
            );
            Some(finding)
        };
        let mut found: Vec<Finding> = self.pairs.iter().filter_map(finding).collect();
        found.sort_by_key(|f| f.first.index);
        found
    }
}
