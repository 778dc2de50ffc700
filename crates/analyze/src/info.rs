//! What a trace holds: recordings, devices with their BARs and mappings, markers, losses, and the
//! registers that are used most.

use mmio_format::{Block, Columns, DeviceId, Devices, Filter, Kind, Op, Place, Register, Result, Selection};
use std::collections::BTreeMap;

use mmio_format::trace::{Part, Trace};
use serde::Serialize;

use crate::names::{hex, seconds};
use crate::summary::Summary;
use mmio_format::register::Table;

/// The report of [`info`].
#[derive(Clone, Debug, Serialize)]
pub struct Info {
    /// Name of the report.
    pub schema: &'static str,
    /// Version of the report's shape.
    pub version: u32,
    /// Counts over the whole trace.
    pub trace: Summary,
    /// First and last time, in seconds of the trace's clock, and the time between.
    pub time: Option<Span>,
    /// One entry a recording.
    pub recordings: Vec<Recording>,
    /// Devices with accesses or mappings, in the order of their names in the trace.
    pub devices: Vec<DeviceInfo>,
    /// Markers in order.
    pub markers: Vec<Marker>,
    /// Losses in order.
    pub losses: Vec<Loss>,
    /// The registers with most accesses, most used first.
    pub registers: Vec<RegisterInfo>,
}

/// A stretch of time in seconds.
#[derive(Clone, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct Span {
    pub start: String,
    pub end: String,
    pub duration: String,
}

/// One recording.
#[derive(Clone, Debug, Serialize)]
pub struct Recording {
    /// Number of its first record.
    pub first_record: u64,
    /// Accesses that pass the filter.
    pub accesses: u64,
    /// First to last access or mapping.
    pub time: Option<Span>,
}

/// One device.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceInfo {
    /// Bus address or `mem:…`.
    pub device: String,
    /// Driver, where PCIDEV names one.
    pub driver: Option<String>,
    /// Vendor and device id of PCI, as `8086:10d3`.
    pub id: Option<String>,
    /// BARs that were accessed.
    pub bars: Vec<BarInfo>,
    /// Distinct mappings in order of first appearance.
    pub mappings: Vec<Mapping>,
}

/// Accesses to one BAR.
#[derive(Clone, Debug, Default, Serialize)]
#[allow(missing_docs)]
pub struct BarInfo {
    pub bar: u8,
    /// Physical start, where PCIDEV gives it.
    pub start: Option<String>,
    /// Bytes, where PCIDEV gives them.
    pub length: Option<String>,
    pub accesses: u64,
    pub reads: u64,
    pub writes: u64,
    pub unknown: u64,
    /// Distinct offsets.
    pub registers: u64,
}

/// A mapped range.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Mapping {
    pub bar: u8,
    pub offset: String,
    pub length: String,
    /// How often this range was mapped.
    pub count: u64,
}

/// A marker.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Marker {
    pub time: String,
    /// Number of the first access behind it.
    pub index: u64,
    pub text: String,
}

/// A place where the kernel dropped events.
#[derive(Clone, Debug, Serialize)]
pub struct Loss {
    /// Number of the first access behind it.
    pub index: u64,
    /// Events, or nothing where the kernel did not say.
    pub events: Option<u64>,
}

/// How much one register is used.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct RegisterInfo {
    pub device: String,
    pub bar: u8,
    pub offset: String,
    pub width: u8,
    pub accesses: u64,
    pub reads: u64,
    pub writes: u64,
    pub unknown: u64,
}

#[derive(Default)]
struct Counts {
    registers: Table,
    /// Reads, writes, UNKNOWNs of each register.
    counts: Vec<[u64; 3]>,
    maps: BTreeMap<DeviceId, Vec<(u8, u64, u64, u64)>>,
    recordings: BTreeMap<usize, (u64, Option<(u64, u64)>)>,
    markers: Vec<Marker>,
}

/// Looks through a trace once. `top` limits the list of registers.
pub fn info(trace: &mut Trace, filter: &Filter, top: usize) -> Result<Info> {
    let devices = trace.devices().clone();
    let mut selection = Selection::new(filter, &devices, trace.start())?;
    let mut counts = Counts::default();
    let columns = Columns::TIME.with(Columns::ADDRESS).with(Columns::WIDTH).with(Columns::TEXT);
    let may_pass = selection.may_pass();
    trace.for_each(
        columns,
        |head| may_pass(&head.stats),
        |part| {
            counts.add(part, &mut selection);
            Ok(())
        },
    )?;
    Ok(counts.report(trace, &devices, top))
}

impl Counts {
    fn add(&mut self, part: &Part<'_>, selection: &mut Selection<'_>) {
        let block = part.block;
        for row in selection.rows(part) {
            match (row.kind, row.kind.op(), row.place) {
                (Kind::MARKER, ..) if row.in_span => self.markers.push(marker(block, row.row, row.index)),
                (Kind::MAP, _, Some(place)) if row.in_span => self.map(block, row.row, place),
                (_, Some(op), Some(place)) if row.passes => {
                    self.access(Register::at(place, block.width[row.row]), op);
                    self.count_in_recording(row.recording, block.time[row.row]);
                }
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
        let (accesses, span) = self.recordings.entry(recording).or_default();
        *accesses += 1;
        let (start, end) = span.get_or_insert((time, time));
        (*start, *end) = ((*start).min(time), (*end).max(time));
    }

    fn map(&mut self, block: &Block, row: usize, place: Place) {
        let bar = place.bar();
        let length = block.map_range(row as u32).map_or(0, |r| r.length);
        let maps = self.maps.entry(place.device).or_default();
        if let Some(known) = maps.iter_mut().find(|m| (m.0, m.1, m.2) == (bar, place.offset, length)) {
            known.3 += 1;
        } else if maps.len() < MAX_MAPPINGS {
            maps.push((bar, place.offset, length, 1));
        }
    }

    fn report(self, trace: &Trace, devices: &Devices, top: usize) -> Info {
        let survey = trace.survey();
        let first_records = devices.recordings();
        let recordings = first_records.iter().enumerate().map(|(i, &first_record)| {
            let (accesses, span) = self.recordings.get(&i).copied().unwrap_or_default();
            Recording { first_record, accesses, time: span.map(Span::new) }
        });
        Info {
            schema: "mmio-analyze.info",
            version: 1,
            trace: Summary::of(trace),
            time: survey.time.map(Span::new),
            recordings: recordings.collect(),
            devices: self.devices(devices),
            losses: survey.losses.iter().map(|l| Loss { index: l.index, events: l.events }).collect(),
            registers: self.hottest(devices, top),
            markers: self.markers,
        }
    }

    fn devices(&self, devices: &Devices) -> Vec<DeviceInfo> {
        let mut bars: BTreeMap<(DeviceId, u8), BarInfo> = BTreeMap::new();
        for (register, count) in self.registers.registers().iter().zip(&self.counts) {
            let bar = register.bar();
            let info = bars.entry((register.device, bar)).or_default();
            info.bar = bar;
            info.reads += count[0];
            info.writes += count[1];
            info.unknown += count[2];
            info.accesses += count.iter().sum::<u64>();
        }
        let mut offsets: Vec<(DeviceId, u8, u64)> =
            self.registers.registers().iter().map(|r| (r.device, r.bar(), r.offset)).collect();
        offsets.sort_unstable();
        offsets.dedup();
        for (device, bar, _) in offsets {
            bars.entry((device, bar)).or_default().registers += 1;
        }
        let used = devices.iter().filter_map(|(id, device)| {
            let of_device = bars.range((id, 0)..=(id, u8::MAX)).map(|(_, bar)| bar.clone());
            let mut info = DeviceInfo {
                device: device.name.clone(),
                driver: device.driver().map(Into::into),
                id: device.pci.as_ref().map(|p| format!("{:04x}:{:04x}", p.vendor, p.device)),
                bars: of_device.collect(),
                mappings: self.mappings(id),
            };
            for bar in &mut info.bars {
                if let Some(b) = device.pci.as_ref().and_then(|p| p.bars.get(usize::from(bar.bar))) {
                    bar.start = Some(hex(b.start));
                    bar.length = Some(hex(b.length));
                }
            }
            (!info.bars.is_empty() || !info.mappings.is_empty()).then_some(info)
        });
        used.collect()
    }

    fn mappings(&self, device: DeviceId) -> Vec<Mapping> {
        let maps = self.maps.get(&device).map(Vec::as_slice).unwrap_or_default();
        let mapping = |&(bar, offset, length, count): &(u8, u64, u64, u64)| Mapping {
            bar,
            offset: hex(offset),
            length: hex(length),
            count,
        };
        maps.iter().map(mapping).collect()
    }

    fn hottest(&self, devices: &Devices, top: usize) -> Vec<RegisterInfo> {
        let mut order: Vec<usize> = (0..self.counts.len()).collect();
        let keys = self.registers.registers();
        order.sort_by_key(|&i| (std::cmp::Reverse(self.counts[i].iter().sum::<u64>()), keys[i]));
        order.truncate(top);
        let register = |i: usize| {
            let Register { device, offset, width, .. } = keys[i];
            let bar = keys[i].bar();
            let [reads, writes, unknown] = self.counts[i];
            let device = devices.get(device).name.clone();
            let accesses = reads + writes + unknown;
            RegisterInfo { device, bar, offset: hex(offset), width, accesses, reads, writes, unknown }
        };
        order.into_iter().map(register).collect()
    }
}

/// Most distinct mappings listed for one device.
const MAX_MAPPINGS: usize = 4096;

fn marker(block: &Block, row: usize, index: u64) -> Marker {
    let text = block.texts.get(row as u32).unwrap_or_default();
    Marker { time: seconds(block.time[row]), index, text: String::from_utf8_lossy(text).into_owned() }
}

impl Span {
    fn new((start, end): (u64, u64)) -> Span {
        Span { start: seconds(start), end: seconds(end), duration: seconds(end - start) }
    }
}
