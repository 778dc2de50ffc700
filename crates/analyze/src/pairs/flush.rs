//! A read that follows whatever is written is one habit of the driver, not a pair with each register.

use std::collections::BTreeMap;

use super::chance::hypergeometric;
use super::watch::Watch;
use crate::census::Census;
use crate::pair_key::pair;
use mmio_format::RegisterId;

/// Fewest written registers.
const MIN_MEMBERS: usize = 3;
/// Fewest writes that were followed.
const MIN_COUNT: u64 = 10;

/// A read that follows many registers' writes.
#[derive(Clone, Debug)]
pub(super) struct Flush {
    pub read: RegisterId,
    /// Written registers, most of whose writes are followed directly: writes followed.
    pub members: BTreeMap<RegisterId, u64>,
    pub count: u64,
    pub writes: u64,
    pub lift: f64,
    pub ln_p: f64,
}

/// The flushes, with the chance corrected for `ln_pairs` pairs looked at.
pub(super) fn flushes(census: &Census, watch: &Watch, ln_pairs: f64, ln_alpha: f64) -> Vec<Flush> {
    let mut reads: BTreeMap<RegisterId, Vec<(RegisterId, u64)>> = BTreeMap::new();
    for (&both, &count) in &watch.follows {
        let (write, read) = pair(both);
        reads.entry(read).or_default().push((write, count.into()));
    }
    let judged = reads.into_iter().filter_map(|(read, mut all)| {
        all.sort_unstable();
        judge(census, watch, read, &all, ln_pairs)
    });
    judged.filter(|flush| flush.ln_p < ln_alpha).collect()
}

fn judge(
    census: &Census,
    watch: &Watch,
    read: RegisterId,
    all: &[(RegisterId, u64)],
    ln_pairs: f64,
) -> Option<Flush> {
    let runs = watch.runs_of(read)?;
    let stream = watch.devices[census.register(read).place().stream()];
    let depends = |write| {
        let tally = watch.seen.get(write, read);
        tally.is_some_and(|t| t.near_values.relation().1 + ln_pairs < f64::ln(super::judge::ALPHA))
    };
    let most = |&(write, count): &(RegisterId, u64)| {
        write != read && count * 2 > census.counts(write).writes && !depends(write)
    };
    let members: BTreeMap<RegisterId, u64> = all.iter().copied().filter(most).collect();
    let count: u64 = members.values().sum();
    let total: u64 = all.iter().filter(|&&(write, _)| write != read).map(|&(_, n)| n).sum();
    if members.len() < MIN_MEMBERS || count < MIN_COUNT || count * 2 < total {
        return None;
    }
    // Judged by all writes of the device, so that the choice of members cannot make a flush.
    let rates = runs.rates(stream.clock);
    let population = (runs.reads as f64 / rates.share.max(1e-12)) as u64;
    let reads = hypergeometric(population, runs.reads, stream.writes, total);
    let steps = hypergeometric(stream.clock.steps - runs.runs, runs.runs, stream.writes, total);
    let chance = if reads < steps { rates.share } else { rates.step };
    let lift = total as f64 / stream.writes as f64 / chance.max(1e-12);
    let writes = members.keys().map(|&id| census.counts(id).writes).sum();
    let ln_p = reads.min(steps) + f64::ln(2.0) + ln_pairs;
    Some(Flush { read, members, count, writes, lift, ln_p })
}
