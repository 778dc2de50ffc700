//! The same idiom at registers that lie side by side is one.

use std::cmp::Reverse;

use super::details::{Changes, Details};
use super::finding::Finding;
use super::idiom::Idiom;
use super::outcomes::Outcomes;
use crate::census::Census;
use crate::evidence::{Part::Number, evidence};

/// Findings that are one.
#[derive(Clone, Debug)]
pub(crate) struct Folded {
    /// The first one, with the counts of all.
    pub(crate) finding: Finding,
    pub(crate) elements: u64,
    /// Bytes from one to the next; 0 for one alone.
    pub(crate) stride: u64,
}

/// Least elements of an array, and other findings that may lie between two of them, with the second.
const LEAST_ELEMENTS: usize = 3;
const REACH: usize = 8;

/// Puts findings together that are alike at equal distances.
pub(crate) fn fold(mut found: Vec<Finding>, census: &Census) -> Vec<Folded> {
    let rank = |idiom| Idiom::ALL.iter().position(|&other| other == idiom);
    let place = |f: &Finding| {
        let register = census.register(f.register);
        // Another register may be one for all of them, or go along.
        let second = f.second.map(|s| if s == f.register { (0, 0) } else { (1, census.register(s).offset) });
        let said = (f.details.mask(), f.details.value(), f.details.changes());
        ((register.device, register.space, rank(f.idiom), register.width, second, said), register.offset)
    };
    found.sort_by_cached_key(|f| place(f));
    let mut out = Vec::new();
    for group in found.chunk_by(|a, b| place(a).0 == place(b).0) {
        let offsets: Vec<u64> = group.iter().map(|f| place(f).1).collect();
        for (members, step) in arrays(&offsets) {
            let alike: Vec<Finding> = members.iter().map(|&at| group[at].clone()).collect();
            let folded = one(&alike, step);
            // What happened once at one register may be chance.
            let chance = is_weak(&folded.finding) && folded.finding.count < 2;
            if !chance {
                out.push(folded);
            }
        }
    }
    out
}

/// What tells nothing when it happened once.
fn is_weak(f: &Finding) -> bool {
    match f.idiom {
        Idiom::READBACK_FLUSH => true,
        // A reset that is waited for stands on more than that.
        Idiom::HANDSHAKE => f.details.condition().is_none(),
        Idiom::RMW => f.details == Details::Changes(Changes::default()),
        _ => false,
    }
}

/// Elements at equal distances, [`LEAST`] or more, and all others one by one: places in `offsets`, which rise, and
/// the distance. Arrays may lie between the elements of another one.
fn arrays(offsets: &[u64]) -> Vec<(Vec<usize>, u64)> {
    let mut out = Vec::new();
    let mut used = vec![false; offsets.len()];
    for first in 0..offsets.len() {
        if used[first] {
            continue;
        }
        let run = |step: u64| -> Vec<usize> {
            let ends = std::iter::successors(Some(offsets[first]), |o| o.checked_add(step));
            let places = ends.map_while(|o| offsets.binary_search(&o).ok());
            places.take_while(|&at| !used[at]).collect()
        };
        let near = offsets[first + 1..].iter().take(REACH).map(|o| o - offsets[first]);
        let longest = near
            .filter(|&step| step > 0)
            .map(|step| (run(step), step))
            .max_by_key(|(m, step)| (m.len(), Reverse(*step)));
        let (members, step) = longest.filter(|(m, _)| m.len() >= LEAST_ELEMENTS).unwrap_or((vec![first], 0));
        members.iter().for_each(|&at| used[at] = true);
        out.push((members, step));
    }
    out
}

fn one(findings: &[Finding], step: u64) -> Folded {
    let mut finding = findings[0].clone();
    let n = findings.len() as u64;
    if n > 1 {
        finding.count = findings.iter().map(|f| f.count).sum();
        finding.outcomes = findings.iter().filter_map(|f| f.outcomes).reduce(Outcomes::plus);
        finding.confidence = findings.iter().map(|f| f.confidence).fold(0.0, f64::max);
        if let Some(first) = findings.iter().min_by_key(|f| f.first.index) {
            finding.first = first.first;
        }
        finding.evidence = evidence![Number(n), " registers alike, of the first: ", finding.evidence];
    }
    Folded { finding, elements: n, stride: if n > 1 { step } else { 0 } }
}

#[cfg(test)]
mod tests {
    use super::arrays;

    #[test]
    fn arrays_may_lie_between_each_other() {
        let two = [0x130, 0x1b0, 0x210, 0x230, 0x290, 0x2b0, 0x310];
        assert_eq!(arrays(&two), [(vec![0, 1, 3, 5], 0x80), (vec![2, 4, 6], 0x80)]);
        assert_eq!(arrays(&[0, 4, 0x10]), [(vec![0], 0), (vec![1], 0), (vec![2], 0)]);
        // Findings of one register stay apart, and offsets may be as large as they can.
        assert_eq!(arrays(&[8, 8]), [(vec![0], 0), (vec![1], 0)]);
        assert_eq!(arrays(&[0, u64::MAX / 2, u64::MAX - 1]).len(), 1);
    }
}
