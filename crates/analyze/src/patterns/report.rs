//! The report: patterns with the registers that they are at.

use mmio_format::{Filter, Register};
use std::collections::BTreeSet;

use super::details::Details;
use super::detectors::LeftOut;
use super::fold::Folded;
use super::idiom::Idiom;
use super::look::Seen;
use super::outcomes::Outcomes;
use super::sites::Sites;
use crate::census::Census;
use crate::evidence::Evidence;
use crate::site::Site;
use crate::summary::Summary;

/// Patterns of a trace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Counts over the whole trace.
    pub trace: Summary,
    /// By marker, then by device; of each the most significant first.
    pub patterns: Vec<Pattern>,
    /// Of what there was more than is followed at one time: patterns of what came last are missing then.
    pub left_out: BTreeSet<LeftOut>,
}

impl Report {
    pub(super) fn new(trace: Summary, patterns: Vec<Pattern>, left_out: BTreeSet<LeftOut>) -> Report {
        Report { trace, patterns, left_out }
    }

    /// Whether patterns may be missing.
    pub fn is_incomplete(&self) -> bool {
        !self.left_out.is_empty()
    }
}

/// An idiom at a register or at an array of them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pattern {
    /// Which idiom.
    pub idiom: Idiom,
    /// Text of the marker that begins the stretch, in a report by marker.
    pub mark: Option<String>,
    /// The register, the first one of an array.
    pub site: Site,
    /// The other register of the idiom, which is the same one where it answers for itself. In an array where each
    /// register does there is none.
    pub second: Option<Site>,
    /// Occurrences, of all elements together; at least one.
    pub count: u64,
    /// Registers, at least one.
    pub elements: u64,
    /// Bytes from one register to the next; 0 for one alone.
    pub stride: u64,
    /// Number of the first access of the first occurrence in the whole trace.
    pub first: u64,
    /// Its time in nanoseconds.
    pub time: u64,
    /// How sure it is, 0 to 1.
    pub confidence: f64,
    /// What else is known of it.
    pub details: Details,
    /// How its waits ended, where it waits for bits.
    pub outcomes: Option<Outcomes>,
    /// Why it is believed.
    pub evidence: Evidence,
}

/// How patterns become lines of the report.
pub(super) struct Listed<'a> {
    /// Shown are those of which a register passes.
    pub(super) filter: &'a Filter,
    /// Text of the marker that begins the stretch.
    pub(super) mark: Option<String>,
}

impl Listed<'_> {
    /// The lines, in their order; `census` has the direct registers.
    pub(super) fn patterns(&self, seen: &Seen, census: &Census) -> Vec<Pattern> {
        let direct = Sites::direct(census);
        let behind = Sites::behind(&seen.behind, &seen.ports, census);
        let mut all: Vec<(Site, Sites<'_>, &Folded)> =
            seen.direct.iter().map(|f| (direct.site(f.finding.register), direct, f)).collect();
        all.extend(seen.at_behind.iter().map(|f| (behind.site(f.finding.register), behind, f)));
        all.retain(|(site, sites, folded)| self.shows(*site, sites, folded));
        all.sort_by(|(p, _, a), (q, _, b)| {
            place(*p).cmp(&place(*q)).then_with(|| a.finding.order(&b.finding))
        });
        all.iter().map(|(site, sites, folded)| self.pattern(*site, sites, folded)).collect()
    }

    /// Whether one of the registers passes. What a pattern does with it, reading or writing, does not matter.
    fn shows(&self, site: Site, sites: &Sites<'_>, folded: &Folded) -> bool {
        let at = |i: u64| site.register.offset.saturating_add(i.saturating_mul(folded.stride));
        let element = |i| Site { register: Register { offset: at(i), ..site.register }, ..site };
        (0..folded.elements).any(|i| element(i).is_shown(self.filter))
            || folded.finding.second.is_some_and(|second| sites.site(second).is_shown(self.filter))
    }

    fn pattern(&self, site: Site, sites: &Sites<'_>, folded: &Folded) -> Pattern {
        let Folded { finding: f, elements, stride } = folded;
        let second = f.second.filter(|_| !f.is_own() || *elements == 1);
        Pattern {
            idiom: f.idiom,
            mark: self.mark.clone(),
            site,
            second: second.map(|second| sites.site(second)),
            count: f.count,
            elements: *elements,
            stride: *stride,
            first: f.first.index,
            time: f.first.time,
            confidence: f.confidence,
            details: f.details.clone(),
            outcomes: f.outcomes,
            evidence: f.evidence.clone(),
        }
    }
}

/// Direct registers first, then those behind one port after the other.
fn place(site: Site) -> (mmio_format::DeviceId, Option<(u8, u64)>) {
    (site.device(), site.port.map(|data| (data.bar(), data.offset)))
}
