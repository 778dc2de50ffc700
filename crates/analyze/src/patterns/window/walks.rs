//! Walks over a range, each begun when its base has moved on: a window that is only filled, or only read once.

use super::Extent;
use crate::census::Census;
use crate::patterns::finding::{Finding, Kind, Moment, confidence};
use crate::patterns::limited::Limited;
use crate::patterns::pace::Gaps;
use mmio_format::{Access, DeviceId, RegisterId, Space};

/// Most bases that are followed.
const MAX: usize = 1 << 14;
/// Least walks, and least registers in one.
const LEAST: u64 = 4;
const LENGTH: u64 = 8;

/// The walks behind one base.
#[derive(Clone, Debug)]
struct Range {
    first: Moment,
    /// The register with which the first one began.
    start: RegisterId,
    n: u64,
    same_start: u64,
    /// Most registers in one, and all accesses.
    longest: u64,
    accesses: u64,
    /// The base at the last one, how far it had moved, and how often by as much as before.
    value: u64,
    by: u64,
    steps: u64,
    /// Times from the base to the walk.
    gaps: Gaps,
}

/// A walk that goes on.
#[derive(Clone, Copy, Debug)]
struct Walk {
    base: RegisterId,
    value: u64,
    begin: Moment,
    start: RegisterId,
    device: DeviceId,
    space: Space,
    next: u64,
    length: u64,
    gap: u64,
}

/// Finds them.
#[derive(Clone, Debug, Default)]
pub(super) struct Walks {
    ranges: Limited<RegisterId, Range, MAX>,
    /// The base that was just written: itself, its stream and value, and when.
    base: Option<(RegisterId, usize, u64, Moment)>,
    open: Option<Walk>,
}

impl Walks {
    /// A base was written, after [`Walks::access`] saw it.
    pub(super) fn based(&mut self, register: RegisterId, access: &Access) {
        let moment = Moment { index: access.index, time: access.time };
        self.base = Some((register, access.place.stream(), access.value, moment));
    }

    /// The next access.
    #[inline]
    pub(super) fn access(&mut self, register: RegisterId, access: &Access) {
        let place = access.place;
        if let Some(walk) = &mut self.open {
            if (walk.device, walk.space, walk.next) == (place.device, place.space, place.offset) {
                walk.length += 1;
                walk.next = place.offset.saturating_add(access.width.into());
                self.base = None;
                return;
            }
            self.close();
        }
        if let Some((base, _, value, begin)) = self.base.take().filter(|b| b.1 == place.stream()) {
            self.open = Some(Walk {
                base,
                value,
                begin,
                start: register,
                device: place.device,
                space: place.space,
                next: place.offset.saturating_add(access.width.into()),
                length: 1,
                gap: access.time.saturating_sub(begin.time),
            });
        }
    }

    fn close(&mut self) {
        let Some(walk) = self.open.take().filter(|w| w.length >= LENGTH) else { return };
        let new = || Range {
            first: walk.begin,
            start: walk.start,
            n: 0,
            same_start: 0,
            longest: 0,
            accesses: 0,
            value: walk.value,
            by: 0,
            steps: 0,
            gaps: Gaps::default(),
        };
        let Some(range) = self.ranges.entry(walk.base, new) else { return };
        let by = walk.value.wrapping_sub(range.value);
        range.n += 1;
        range.same_start += u64::from(range.start == walk.start);
        range.longest = range.longest.max(walk.length);
        range.accesses += walk.length;
        range.steps += u64::from(by != 0 && by == range.by);
        (range.value, range.by) = (walk.value, by);
        range.gaps.add(walk.gap);
    }

    /// Walks that were cut are not walks.
    pub(super) fn gap(&mut self) {
        (self.base, self.open) = (None, None);
    }

    pub(super) fn is_full(&self) -> bool {
        self.ranges.is_full()
    }

    pub(super) fn findings(&mut self, census: &Census, usual: impl Fn(RegisterId) -> Gaps) -> Vec<Finding> {
        self.close();
        let ranges = self.ranges.iter();
        let mut found: Vec<Finding> =
            ranges.filter_map(|(&base, range)| finding(base, range, census, &usual(base))).collect();
        found.sort_by_key(|f| f.first.index);
        found
    }
}

fn finding(base: RegisterId, r: &Range, census: &Census, usual: &Gaps) -> Option<Finding> {
    let writes = census.counts(base).writes;
    let restarts = r.n >= LEAST && r.same_start * 10 >= r.n * 9 && r.n * 10 >= writes * 9;
    // A base that is written last hands on what was written before it.
    let at_once = r.gaps.pauses(usual) * 4 <= r.gaps.n();
    if !restarts || !at_once || (r.steps + 2) * 4 < r.n * 3 {
        return None;
    }
    let start = census.register(r.start);
    let length = r.longest.saturating_mul(start.width.into());
    let inside = |id: &RegisterId| {
        let at = census.register(*id);
        (at.device, at.space) == (start.device, start.space)
            && (start.offset..start.offset.saturating_add(length)).contains(&at.offset)
    };
    let all: u64 =
        (0..census.table().len() as RegisterId).filter(inside).map(|id| census.counts(id).accesses()).sum();
    if r.accesses * 10 < all * 9 || inside(&base) {
        return None;
    }
    let mut finding = Finding::new(Kind::Window, base, writes, r.first);
    finding.second = Some(r.start);
    finding.window = Some(Extent { length, bases: census.distinct(base) as u64 });
    finding.confidence = confidence(r.same_start, writes.max(r.n)) * 0.65;
    finding.evidence = format!(
        "each of {} walks over up to {} registers begins at the first one, right after the base has moved on; {} of \
         all {all} accesses there; contents are never compared",
        r.n, r.longest, r.accesses
    );
    Some(finding)
}
