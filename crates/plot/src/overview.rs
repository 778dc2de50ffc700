//! The first look at a trace: which BARs are used, and when anything happens.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mmio_analyze::Summary;
use mmio_format::register::Table;
use mmio_format::walk::{Visitor, walk};
use mmio_format::{Access, Device, DeviceId, Devices, Op, RegisterId, Result, Scope, Trace};
use mmio_report::numbers::grouped;

use crate::figure::counted;

/// Counts of reads, writes and UNKNOWNs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Ops {
    pub reads: u64,
    pub writes: u64,
    pub unknown: u64,
}

impl Ops {
    /// Counts an access.
    #[inline]
    pub fn count(&mut self, op: Op) {
        match op {
            Op::Read => self.reads += 1,
            Op::Write => self.writes += 1,
            _ => self.unknown += 1,
        }
    }

    /// The counts in words: `12 reads, 3 writes`.
    pub fn words(&self) -> String {
        let unknown = format!("{} not decoded", grouped(self.unknown));
        let all = [
            (self.reads, counted(self.reads, "read")),
            (self.writes, counted(self.writes, "write")),
            (self.unknown, unknown),
        ];
        all.into_iter().filter(|(n, _)| *n > 0).map(|(_, words)| words).collect::<Vec<_>>().join(", ")
    }

    /// Accesses whose value is known.
    pub fn decoded(&self) -> u64 {
        self.reads + self.writes
    }

    /// Accesses whose value is known, and all: what is busiest where values count.
    pub fn known(&self) -> (u64, u64) {
        (self.decoded(), self.total())
    }

    /// All accesses.
    pub fn total(&self) -> u64 {
        self.reads + self.writes + self.unknown
    }
}

/// A BAR of a device, or a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BarId {
    /// Number of the device in the trace.
    pub device: DeviceId,
    /// The BAR's number, 0 to 6.
    pub bar: u8,
}

impl BarId {
    /// The BAR as `00:02.0 bar 0`, or the device alone where it has no BARs.
    pub fn name(self, devices: &Devices) -> String {
        let device = devices.get(self.device);
        match device.pci {
            Some(_) => format!("{} bar {}", device.name, self.bar),
            None => device.name.clone(),
        }
    }

    /// As [`BarId::name`], with the driver where it is known: `e1000e 00:02.0 bar 0`.
    pub fn title(self, devices: &Devices) -> String {
        let device = devices.get(self.device);
        match device.pci {
            Some(_) => format!("{} bar {}", title(device), self.bar),
            None => title(device),
        }
    }
}

/// The driver, where it is known, and the name.
pub fn title(device: &Device) -> String {
    device.driver().map_or(device.name.clone(), |driver| format!("{driver} {}", device.name))
}

/// The BAR, if all of `bars` are the same; the device, if it is the same; or how many devices there are.
pub(crate) fn title_of(bars: impl IntoIterator<Item = BarId>, devices: &Devices) -> String {
    let bars: BTreeSet<BarId> = bars.into_iter().collect();
    let names: BTreeSet<DeviceId> = bars.iter().map(|bar| bar.device).collect();
    match (bars.first(), bars.len(), names.len()) {
        (Some(bar), 1, _) => bar.title(devices),
        (Some(bar), _, 1) => title(devices.get(bar.device)),
        _ => counted(names.len() as u64, "device"),
    }
}

/// The BARs, times and registers of the accesses of a trace.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// The BARs with accesses, by device and number.
    pub bars: Vec<(BarId, Ops)>,
    /// When accesses are made.
    pub activity: Activity,
    /// Every register that was accessed.
    pub table: Table,
    /// The counts of the trace, and of what is in the scope.
    pub summary: Summary,
}

impl Overview {
    /// The overview of the accesses that are in `scope`.
    ///
    /// # Errors
    /// As [`walk`].
    pub fn of(trace: &mut Trace, scope: &Scope) -> Result<Overview> {
        let mut look = Look::default();
        let accesses = walk(trace, scope, &mut look)?;
        let summary = Summary::of_part(trace, scope.is_all(), accesses);
        let mut bars = look.bars;
        bars.sort_by_key(|(bar, _)| *bar);
        Ok(Overview { bars, activity: look.activity, table: look.table, summary })
    }

    /// The BAR with most accesses of those that `count` counts.
    pub fn busiest<N: Ord>(&self, count: fn(&Ops) -> N) -> Option<BarId> {
        let most = self.bars.iter().rev().max_by_key(|(_, ops)| count(ops));
        most.map(|(bar, _)| *bar)
    }

    /// The BAR with most accesses of those that `count` counts, and the overview of that alone, with the counts of all of
    /// the scope; without any such BAR nothing but these counts.
    ///
    /// # Errors
    /// As [`walk`].
    pub fn of_busiest(
        trace: &mut Trace,
        scope: &Scope,
        count: fn(&Ops) -> u64,
    ) -> Result<std::result::Result<(BarId, Scope, Overview), Summary>> {
        let all = Overview::of(trace, scope)?;
        let summary = all.summary;
        let Some(bar) = all.busiest(count) else { return Ok(Err(summary)) };
        let scope = scope.with(scope.filter.at(&trace.devices().get(bar.device).name, bar.bar));
        let alone = if all.bars.len() == 1 { all } else { Overview::of(trace, &scope)? };
        Ok(Ok((bar, scope, Overview { summary, ..alone })))
    }

    /// Accesses to all BARs.
    pub fn accesses(&self) -> u64 {
        self.bars.iter().map(|(_, ops)| ops.total()).sum()
    }
}

#[derive(Default)]
struct Look {
    table: Table,
    places: HashMap<BarId, usize>,
    bars: Vec<(BarId, Ops)>,
    last: usize,
    activity: Activity,
}

impl Visitor for Look {
    const VALUES: bool = false;

    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    fn access(&mut self, _: RegisterId, access: &Access) {
        let bar = BarId { device: access.place.device, bar: access.place.bar() };
        if self.bars.get(self.last).is_none_or(|(last, _)| *last != bar) {
            let bars = &mut self.bars;
            self.last = *self.places.entry(bar).or_insert_with(|| {
                bars.push((bar, Ops::default()));
                bars.len() - 1
            });
        }
        self.bars[self.last].1.count(access.op);
        self.activity.add(access.time);
    }
}

/// When there are accesses: stretches of time, as fine as a bounded number of them can be.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// First and last time, by the time in units of 2^`shift` nanoseconds.
    cells: BTreeMap<u64, (u64, u64)>,
    shift: u32,
    now: Option<(u64, (u64, u64))>,
}

/// Cells beyond which they are made twice as long. A picture has no more columns.
const MOST_CELLS: usize = 8192;

impl Activity {
    /// Adds an access at `time`.
    #[inline]
    pub fn add(&mut self, time: u64) {
        match &mut self.now {
            Some((cell, (first, last))) if *cell == time >> self.shift => {
                *first = time.min(*first);
                *last = time.max(*last);
            }
            _ => self.turn(time),
        }
    }

    fn turn(&mut self, time: u64) {
        self.put_down();
        while self.cells.len() > MOST_CELLS {
            self.shift += 1;
            let finer = std::mem::take(&mut self.cells);
            finer.into_values().for_each(|span| self.put(span));
        }
        self.now = Some((time >> self.shift, (time, time)));
    }

    fn put_down(&mut self) {
        if let Some((_, span)) = self.now.take() {
            self.put(span);
        }
    }

    fn put(&mut self, (first, last): (u64, u64)) {
        let cell = self.cells.entry(first >> self.shift).or_insert((first, last));
        *cell = (cell.0.min(first), cell.1.max(last));
    }

    /// Times of the first and the last access; 0 without any.
    pub fn ends(&self) -> (u64, u64) {
        let spans = self.spans();
        spans.first().zip(spans.last()).map_or((0, 0), |(first, last)| (first.0, last.1))
    }

    /// Nanoseconds from the first to the last access.
    pub fn length(&self) -> u64 {
        let (first, last) = self.ends();
        last - first
    }

    /// First and last time of each stretch, rising.
    pub fn spans(&self) -> Vec<(u64, u64)> {
        let mut all = self.clone();
        all.put_down();
        all.cells.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(times: impl IntoIterator<Item = u64>) -> Vec<(u64, u64)> {
        let mut activity = Activity::default();
        times.into_iter().for_each(|time| activity.add(time));
        activity.spans()
    }

    #[test]
    fn two_bursts_far_apart_keep_their_ends() {
        let first = (0..100_000).map(|i| 1000 + i * 10);
        let spans = spans(first.chain((0..100_000).map(|i| u64::MAX - 2_000_000 + i * 10)));
        assert!(spans.len() <= MOST_CELLS);
        let gap = spans.windows(2).max_by_key(|w| w[1].0 - w[0].1).unwrap();
        assert_eq!((gap[0].1, gap[1].0), (1000 + 999_990, u64::MAX - 2_000_000));
        assert!(spans.is_sorted());
    }

    #[test]
    fn times_may_go_back() {
        assert_eq!(spans([5, 3, 5, u64::MAX, 0]), [(0, 0), (3, 3), (5, 5), (u64::MAX, u64::MAX)]);
        assert_eq!(spans([]), []);
    }
}
