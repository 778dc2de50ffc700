//! The same idiom at registers that lie side by side is one.

use super::finding::{Bits, Finding, Kind};
use crate::census::Census;

/// Findings that are one.
#[derive(Clone, Debug)]
pub(crate) struct Folded {
    /// The first one, with the counts of all.
    pub(crate) finding: Finding,
    pub(crate) elements: u64,
    /// Bytes from one to the next; 0 for one alone.
    pub(crate) stride: u64,
}

/// Least elements of an array.
const LEAST: usize = 3;

/// Puts findings together that are alike at equal distances.
pub(crate) fn fold(mut found: Vec<Finding>, census: &Census) -> Vec<Folded> {
    let place = |f: &Finding| {
        let register = census.register(f.register);
        // Another register may be one for all of them, or go along.
        let second = f.second.map(|s| {
            let second = census.register(s);
            if s == f.register { (0, 0) } else { (1, second.offset) }
        });
        (
            (register.device, register.bar, f.kind, register.width, second, f.mask, f.value, f.bits),
            register.offset,
        )
    };
    found.sort_by_key(|f| place(f));
    let mut out = Vec::new();
    let mut rest = &found[..];
    while let Some(first) = rest.first() {
        let (key, start) = place(first);
        let step = rest.get(1).map_or(0, |f| place(f).1.wrapping_sub(start));
        let n = rest
            .iter()
            .zip(0_u64..)
            .take_while(|(f, i)| {
                let (other, offset) = place(f);
                other == key && Some(offset) == step.checked_mul(*i).and_then(|o| o.checked_add(start))
            })
            .count();
        let n = if n >= LEAST && step > 0 { n } else { 1 };
        let folded = one(&rest[..n], step);
        // What happened once at one register may be chance.
        let f = &folded.finding;
        let weak = match f.kind {
            Kind::ReadbackFlush => true,
            // A reset that is waited for stands on more than that.
            Kind::Handshake => f.mask.is_none() || f.value.is_none(),
            Kind::Rmw => f.bits == Some(Bits::default()),
            _ => false,
        };
        let chance = weak && f.count < 2;
        if !chance {
            out.push(folded);
        }
        rest = &rest[n..];
    }
    out
}

fn one(findings: &[Finding], step: u64) -> Folded {
    let mut finding = findings[0].clone();
    let n = findings.len() as u64;
    if n > 1 {
        finding.count = findings.iter().map(|f| f.count).sum();
        finding.confidence = findings.iter().map(|f| f.confidence).fold(0.0, f64::max);
        if let Some(first) = findings.iter().min_by_key(|f| f.first.index) {
            finding.first = first.first;
        }
        finding.evidence = format!("{n} registers alike, of the first: {}", finding.evidence);
    }
    Folded { finding, elements: n, stride: if n > 1 { step } else { 0 } }
}
