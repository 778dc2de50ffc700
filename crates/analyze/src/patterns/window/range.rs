//! Registers that one base moves, as a range.

use mmio_format::{DeviceId, Register, RegisterId, Space};
use std::collections::{BTreeMap, BTreeSet};

use super::shown::Shown;
use crate::census::Census;
use crate::evidence::Part::Number;
use crate::evidence::evidence;
use crate::patterns::details::{Details, Extent};
use crate::patterns::finding::{Finding, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::per_register::PerRegister;
use crate::share::{Share, share};
use mmio_format::register::NONE;

/// Least registers: fewer are data ports behind an index.
const LEAST_REGISTERS: usize = 4;
/// Least reads that gave what was known behind the base, and their share of all that were checked.
const LEAST_AGREEING: u64 = 8;
const AGREEING: Share = share(9, 10);

/// A register of a range, and what was seen of it.
type Member<'a> = (Register, &'a Shown);

/// The windows in what registers showed.
pub(super) fn findings(shown: &PerRegister<Shown>, census: &Census) -> Vec<Finding> {
    let mut groups: BTreeMap<(RegisterId, DeviceId, Space), Vec<Member<'_>>> = BTreeMap::new();
    for (id, shown) in shown.iter().filter(|(_, s)| s.base != NONE && s.checks > 0) {
        let register = census.register(id);
        groups.entry((shown.base, register.device, register.space)).or_default().push((register, shown));
    }
    let mut found: Vec<(Finding, BTreeSet<u64>)> = Vec::new();
    for ((base, ..), mut members) in groups {
        members.sort_by_key(|(register, _)| (register.offset, register.width));
        // What stays as it is when the base moves lies beside the window.
        let ranges = members.split(|(_, shown)| shown.is_refuted());
        let best = ranges.max_by_key(|range| range.iter().map(|(_, s)| s.agree).sum::<u32>());
        found.extend(best.and_then(|range| finding(base, range, census)));
    }
    // What lies in a window is memory, and moves nothing, though it changes with the base.
    let within = |f: &Finding| {
        let base = census.register(f.register);
        found.iter().any(|(other, offsets)| {
            let at = other.second.map(|s| census.register(s));
            at.is_some_and(|at| (at.device, at.space) == (base.device, base.space))
                && offsets.contains(&base.offset)
        })
    };
    let keep: Vec<bool> = found.iter().map(|(f, _)| !within(f)).collect();
    found.into_iter().zip(keep).filter_map(|((f, _), keep)| keep.then_some(f)).collect()
}

fn finding(base: RegisterId, range: &[Member<'_>], census: &Census) -> Option<(Finding, BTreeSet<u64>)> {
    let sum = |count: fn(&Shown) -> u32| range.iter().map(|(_, s)| u64::from(count(s))).sum::<u64>();
    let (checks, agree) = (sum(|s| s.checks), sum(|s| s.agree));
    let good: Vec<&Member<'_>> = range.iter().filter(|(_, s)| s.agree > 0).collect();
    let offsets: BTreeSet<u64> = good.iter().map(|(register, _)| register.offset).collect();
    if offsets.len() < LEAST_REGISTERS
        || agree < LEAST_AGREEING
        || !share(agree, checks).is_at_least(AGREEING)
    {
        return None;
    }
    let (first, last) = (good.first()?.0, good.last()?.0);
    let end = end(last, census);
    let bases = range.iter().map(|(_, s)| s.bases as u64).max()?;
    let begin = range.iter().map(|(_, s)| s.first).min_by_key(|m| m.index)?;
    let mut finding = Finding::new(Idiom::WINDOW, base, census.counts(base).writes, begin);
    finding.second = Some(id(first, census)?);
    finding.details = Details::Window(Extent { length: end.saturating_sub(first.offset), bases });
    finding.confidence = confidence(agree, checks);
    finding.evidence = evidence![
        Number(agree),
        " of ",
        Number(checks),
        " reads of ",
        Number(offsets.len() as u64),
        " registers give what was last seen there under the same of ",
        Number(bases),
        " values of the base, and not what was seen just before",
    ];
    Some((finding, offsets))
}

/// The end of the registers that follow `last` without a hole: what is only written cannot be checked.
fn end(last: Register, census: &Census) -> u64 {
    let same = |r: &&Register| (r.device, r.space, r.width) == (last.device, last.space, last.width);
    let offsets: BTreeSet<u64> = census.table().registers().iter().filter(same).map(|r| r.offset).collect();
    let mut end = last.offset.saturating_add(u64::from(last.width));
    while last.width > 0 && offsets.contains(&end) && end < u64::MAX - 8 {
        end += u64::from(last.width);
    }
    end
}

fn id(register: Register, census: &Census) -> Option<RegisterId> {
    census.table().registers().iter().position(|r| *r == register).map(|id| id as RegisterId)
}
