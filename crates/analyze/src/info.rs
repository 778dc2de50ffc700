//! What a trace holds: recordings, devices with their BARs and mappings, markers, losses, and the
//! registers that are used most.

mod devices;
mod facts;

use mmio_format::{
    Block, Columns, DeviceId, Devices, Filter, Kind, Op, Origin, Place, Register, Result, Selection,
};
use std::collections::BTreeMap;

use mmio_format::register::Table;
use mmio_format::trace::{Part, Trace};

use crate::summary::Summary;

pub use facts::facts;

/// The report of [`info`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Info {
    /// Counts over the whole trace.
    pub trace: Summary,
    /// The log that was read, where it is another tracer's, and what of it became no record.
    pub origin: Origin,
    /// First and last time, in nanoseconds of the trace's clock.
    pub time: Option<(u64, u64)>,
    /// One entry a recording.
    pub recordings: Vec<Recording>,
    /// Devices with accesses or mappings, in the order of their numbers; of a trace without an access, all that it names.
    pub devices: Vec<DeviceInfo>,
    /// What is missing of a trace without an access; nothing for one with accesses, whatever the filter.
    pub empty: Option<Emptiness>,
    /// Markers in order.
    pub markers: Vec<Marker>,
    /// Losses in order.
    pub losses: Vec<Loss>,
    /// The registers with most accesses, most used first.
    pub registers: Vec<RegisterInfo>,
}

/// One recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recording {
    /// Number of its first record.
    pub first_record: u64,
    /// Accesses that pass the filter.
    pub accesses: u64,
    /// Times of the first and the last of these, in nanoseconds.
    pub time: Option<(u64, u64)>,
}

/// One device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceInfo {
    /// The device.
    pub device: DeviceId,
    /// BARs that were accessed.
    pub bars: Vec<BarInfo>,
    /// Distinct mappings in order of first appearance.
    pub mappings: Vec<Mapping>,
}

impl DeviceInfo {
    /// Reads, writes and UNKNOWNs of all BARs.
    pub fn accesses(&self) -> u64 {
        self.bars.iter().map(BarInfo::accesses).sum()
    }
}

/// What is missing of a trace without an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Emptiness {
    /// Nothing was mapped.
    NoMapping,
    /// Something was mapped, and not accessed.
    NoAccess,
}

/// What a BAR is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BarKind {
    /// Memory, which is what a driver maps.
    Memory,
    /// I/O ports.
    Io,
    /// The expansion ROM.
    Rom,
}

/// Accesses to one BAR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BarInfo {
    /// The BAR's number, 0 to 6.
    pub bar: u8,
    /// What it is for, where PCIDEV gives it.
    pub kind: Option<BarKind>,
    /// Physical start, where PCIDEV gives it.
    pub start: Option<u64>,
    /// Bytes of the BAR, where PCIDEV gives them.
    pub length: Option<u64>,
    /// Reads that pass the filter.
    pub reads: u64,
    /// Writes that pass the filter.
    pub writes: u64,
    /// UNKNOWNs that pass the filter.
    pub unknown: u64,
    /// Distinct offsets that were accessed.
    pub registers: u64,
}

impl BarInfo {
    /// Reads, writes and UNKNOWNs.
    pub const fn accesses(&self) -> u64 {
        self.reads + self.writes + self.unknown
    }
}

/// A mapped range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mapping {
    /// The BAR's number, 0 to 6.
    pub bar: u8,
    /// Bytes from the start of the BAR.
    pub offset: u64,
    /// Bytes of the mapping.
    pub length: u64,
    /// How often this range was mapped.
    pub count: u64,
}

/// A marker.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Marker {
    /// When the marker was written, in nanoseconds of the trace's clock.
    pub time: u64,
    /// Number of the next access.
    pub index: u64,
    /// The words of the marker.
    pub text: String,
}

/// A place where the kernel dropped events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// Number of the next access.
    pub index: u64,
    /// Events that were dropped, or nothing where the kernel did not say.
    pub events: Option<u64>,
}

/// How much one register is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisterInfo {
    /// The register.
    pub register: Register,
    /// Reads of the register.
    pub reads: u64,
    /// Writes of the register.
    pub writes: u64,
    /// UNKNOWNs of the register.
    pub unknown: u64,
}

impl RegisterInfo {
    /// Reads, writes and UNKNOWNs.
    pub const fn accesses(&self) -> u64 {
        self.reads + self.writes + self.unknown
    }
}

#[derive(Default)]
struct Counts {
    registers: Table,
    /// Reads, writes, UNKNOWNs of each register.
    counts: Vec<[u64; 3]>,
    maps: BTreeMap<DeviceId, Vec<Mapping>>,
    /// Accesses of each recording, and their first and last time.
    recordings: Vec<(u64, u64, u64)>,
    markers: Vec<Marker>,
}

/// Looks through a trace once. `top` limits the list of registers.
pub fn info(trace: &mut Trace, filter: &Filter, top: usize) -> Result<Info> {
    let devices = trace.devices().clone();
    let mut selection = Selection::new(filter, &devices, trace.start())?;
    let mut counts = Counts::default();
    // Values are read only to count those that are wider than their access.
    let columns =
        Columns::TIME.with(Columns::ADDRESS).with(Columns::VALUE).with(Columns::WIDTH).with(Columns::TEXT);
    let may_pass = selection.may_pass();
    trace.for_each(
        columns,
        |head| may_pass(&head.stats),
        |part| {
            counts.add(part, &mut selection);
            Ok(())
        },
    )?;
    let summary = Summary::of_part(trace, selection.is_all(), selection.accesses());
    Ok(counts.report(trace, &devices, summary, top))
}

impl Counts {
    fn add(&mut self, part: &Part<'_>, selection: &mut Selection<'_>) {
        let block = part.block;
        for row in selection.rows(part) {
            if let (Some(op), Some(place)) = (row.kind.op(), row.place) {
                if row.passes {
                    self.access(Register::at(place, block.width[row.row]), op);
                    self.count_in_recording(row.recording, block.time[row.row]);
                }
                continue;
            }
            match (row.kind, row.place) {
                (Kind::MARKER, _) if row.in_span => self.markers.push(marker(block, row.row, row.index)),
                (Kind::MAP, Some(place)) if row.in_span => self.map(block, row.row, place),
                _ => {}
            }
        }
    }

    fn access(&mut self, register: Register, op: Op) {
        let id = self.registers.id(register) as usize;
        if id == self.counts.len() {
            self.counts.push([0; 3]);
        }
        self.counts[id][op as usize] += 1;
    }

    fn count_in_recording(&mut self, recording: usize, time: u64) {
        if recording >= self.recordings.len() {
            self.recordings.resize(recording + 1, (0, u64::MAX, 0));
        }
        let (accesses, start, end) = &mut self.recordings[recording];
        *accesses += 1;
        (*start, *end) = ((*start).min(time), (*end).max(time));
    }

    fn map(&mut self, block: &Block, row: usize, place: Place) {
        let bar = place.bar();
        let length = block.map_range(row as u32).map_or(0, |r| r.length);
        let maps = self.maps.entry(place.device).or_default();
        let same = |m: &&mut Mapping| (m.bar, m.offset, m.length) == (bar, place.offset, length);
        if let Some(known) = maps.iter_mut().find(same) {
            known.count += 1;
        } else if maps.len() < MAX_MAPPINGS {
            maps.push(Mapping { bar, offset: place.offset, length, count: 1 });
        }
    }

    fn report(self, trace: &Trace, devices: &Devices, summary: Summary, top: usize) -> Info {
        let survey = trace.survey();
        let first_records = devices.recordings();
        let recordings = first_records.iter().enumerate().map(|(i, &first_record)| {
            let (accesses, start, end) = self.recordings.get(i).copied().unwrap_or_default();
            Recording { first_record, accesses, time: (accesses > 0).then_some((start, end)) }
        });
        let empty = self.emptiness(survey.accesses);
        Info {
            trace: summary,
            origin: survey.origin.clone(),
            time: survey.time.filter(|_| !summary.lacks_times),
            recordings: recordings.collect(),
            devices: match empty {
                Some(_) => devices::named(devices, &self.maps),
                None => devices::used(devices, &devices::bars(&self.registers, &self.counts), &self.maps),
            },
            empty,
            losses: survey.losses.iter().map(|l| Loss { index: l.index, events: l.events }).collect(),
            registers: self.hottest(top),
            markers: self.markers,
        }
    }

    /// What is missing of a trace without an access.
    fn emptiness(&self, accesses: u64) -> Option<Emptiness> {
        let kind = if self.maps.is_empty() { Emptiness::NoMapping } else { Emptiness::NoAccess };
        (accesses == 0).then_some(kind)
    }

    fn hottest(&self, top: usize) -> Vec<RegisterInfo> {
        let mut order: Vec<usize> = (0..self.counts.len()).collect();
        let keys = self.registers.registers();
        order.sort_by_key(|&i| (std::cmp::Reverse(self.counts[i].iter().sum::<u64>()), keys[i]));
        order.truncate(top);
        let register = |i: usize| {
            let [reads, writes, unknown] = self.counts[i];
            RegisterInfo { register: keys[i], reads, writes, unknown }
        };
        order.into_iter().map(register).collect()
    }
}

/// Most distinct mappings listed for one device.
const MAX_MAPPINGS: usize = 4096;

fn marker(block: &Block, row: usize, index: u64) -> Marker {
    let text = block.texts.get(row as u32).unwrap_or_default();
    Marker { time: block.time[row], index, text: String::from_utf8_lossy(text).into_owned() }
}
