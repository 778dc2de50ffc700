//! Walks over a range, each begun when its base has moved on: a window that is only filled, or only read once.

use crate::census::Census;
use crate::evidence::Part::Number;
use crate::evidence::evidence;
use crate::patterns::bounded_map::BoundedMap;
use crate::patterns::details::{Details, Extent};
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::gaps::{DeviceGaps, Gaps};
use crate::patterns::idiom::Idiom;
use crate::share::{Share, share};
use mmio_format::{Access, DeviceId, RegisterId, Space};

/// Most bases whose walks are followed.
const MAX_BASES: usize = 1 << 14;
/// Least registers in a walk, and least walks, of which so many begin at the same register, and the base is
/// written for so many.
const LEAST_LENGTH: u64 = 8;
const LEAST_WALKS: u64 = 4;
const SAME_START: Share = share(9, 10);
const WALKING: Share = share(9, 10);
/// Walks that begin after a pause, at most.
const PAUSES: Share = share(1, 4);
/// Walks before which the base moves on by the same step; the first two cannot be among them.
const STEPPING: Share = share(3, 4);
const BEGINNING: u64 = 2;
/// Accesses of the range that are in walks.
const INSIDE: Share = share(9, 10);
/// How much a window is believed of which nothing is compared.
const TRUST: f64 = 0.65;

/// The walks of one base.
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

/// Walks, each begun by a base.
#[derive(Clone, Debug, Default)]
pub(super) struct Walks {
    ranges: BoundedMap<RegisterId, Range, MAX_BASES>,
    /// The base that was just written: itself, its stream and value, and when.
    base: Option<(RegisterId, usize, u64, Moment)>,
    open: Option<Walk>,
}

impl Walks {
    /// A base was written, after [`Walks::access`] saw it.
    pub(super) fn based(&mut self, register: RegisterId, access: &Access) {
        let moment = Moment::at(access);
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
        let Some(walk) = self.open.take().filter(|w| w.length >= LEAST_LENGTH) else { return };
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

    pub(super) fn findings(&mut self, census: &Census, usual: &DeviceGaps) -> Vec<Finding> {
        self.close();
        let ranges = self.ranges.iter();
        let mut found: Vec<Finding> = ranges
            .filter_map(|(&base, range)| finding(base, range, census, &usual.of(census.register(base))))
            .collect();
        found.sort_by_key(|f| f.first.index);
        found
    }
}

fn finding(base: RegisterId, r: &Range, census: &Census, usual: &Gaps) -> Option<Finding> {
    let writes = census.counts(base).writes;
    let restarts = r.n >= LEAST_WALKS
        && share(r.same_start, r.n).is_at_least(SAME_START)
        && share(r.n, writes).is_at_least(WALKING);
    // A base that is written last hands on what was written before it.
    let at_once = !share(r.gaps.pauses(usual), r.gaps.n()).exceeds(PAUSES);
    let steps = share(r.steps + BEGINNING, r.n).is_at_least(STEPPING);
    if !restarts || !at_once || !steps {
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
    if !share(r.accesses, all).is_at_least(INSIDE) || inside(&base) {
        return None;
    }
    let mut finding = Finding::new(Idiom::WINDOW, base, writes, r.first);
    finding.second = Some(r.start);
    finding.details = Details::Window(Extent { length, bases: census.distinct(base) as u64 });
    finding.confidence = confidence(r.same_start, writes.max(r.n)) * TRUST;
    finding.evidence = evidence![
        "each of ",
        Number(r.n),
        " walks over up to ",
        Number(r.longest),
        " registers begins at the first one, right after the base has moved on; ",
        Number(r.accesses),
        " of all ",
        Number(all),
        " accesses there; contents are never compared",
    ];
    Some(finding)
}
