//! Ranges of physical addresses that belong to BARs and mappings.

use crate::space::{DeviceId, Place, Space};

/// A range of physical addresses that belongs to one BAR or mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) device: DeviceId,
    pub(crate) bar: u8,
    /// Address of offset 0, not above `first`.
    pub(crate) base: u64,
}

impl Region {
    /// Where `address` lies, which is one of the region.
    #[inline]
    pub(crate) fn place(&self, address: u64) -> Place {
        Place { device: self.device, space: Space::Bar(self.bar), offset: address - self.base }
    }
}

/// The regions of BARs and of mappings: what mappings cover beside BARs, and all of it disjoint, by rising address.
pub(crate) fn regions(
    mut bars: Vec<Region>,
    maps: &[(u64, u64)],
    mut device: impl FnMut(u64) -> Option<DeviceId>,
) -> Vec<Region> {
    bars.sort_by_key(|r| (r.first, r.last));
    let bars = disjoint(bars);
    let mut all = bars.clone();
    for (first, last) in merge(maps.iter().copied().filter(|&m| !inside(&bars, m)).collect()) {
        if let Some(id) = device(first) {
            let whole = Region { first, last, device: id, bar: 0, base: first };
            all.extend(gaps(&bars, first, last).map(|(first, last)| Region { first, last, ..whole }));
        }
    }
    all.sort_by_key(|r| r.first);
    all
}

/// Cuts regions sorted by start so that none overlaps the one before it.
fn disjoint(sorted: Vec<Region>) -> Vec<Region> {
    let mut out: Vec<Region> = Vec::with_capacity(sorted.len());
    for mut r in sorted {
        if let Some(before) = out.last() {
            if r.last <= before.last {
                continue;
            }
            r.first = r.first.max(before.last + 1);
        }
        out.push(r);
    }
    out
}

/// Whether `range` lies wholly inside one of `regions`.
pub(crate) fn inside(regions: &[Region], range: (u64, u64)) -> bool {
    let i = regions.partition_point(|r| r.last < range.0);
    regions.get(i).is_some_and(|r| r.first <= range.0 && range.1 <= r.last)
}

/// Joins ranges that overlap.
fn merge(mut ranges: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    ranges.sort_unstable();
    let mut out: Vec<(u64, u64)> = Vec::new();
    for (first, last) in ranges {
        match out.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => out.push((first, last)),
        }
    }
    out
}

/// The parts of `first..=last` that no region covers; `regions` are disjoint, by rising address.
pub(crate) fn gaps(regions: &[Region], first: u64, last: u64) -> impl Iterator<Item = (u64, u64)> {
    let mut start = Some(first);
    let begin = regions.partition_point(|r| r.last < first);
    let over = regions[begin..].iter().take_while(move |r| r.first <= last).map(|r| Some((r.first, r.last)));
    over.chain([None]).filter_map(move |region| {
        let from = start?;
        let (gap, next) = match region {
            Some((f, l)) => {
                (f.checked_sub(1).filter(|&end| end >= from), l.checked_add(1).filter(|&n| n <= last))
            }
            None => (Some(last), None),
        };
        start = next;
        gap.map(|end| (from, end))
    })
}
