//! Why a filter selects nothing: what there is to select instead.

use std::collections::BTreeSet;

use mmio_format::filter::MarkRange;
use mmio_format::register::Table;
use mmio_format::walk::{Visitor, walk};
use mmio_format::{Access, Columns, DeviceId, Filter, Kind, RegisterId, Result, Scope, Trace};

/// Most markers that are named.
pub const MOST_MARKERS: usize = 20;

/// What a trace has where a filter selects nothing of it: of each part of the filter that lets nothing through even
/// alone, and nothing of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unselected {
    /// Accesses of the whole trace.
    pub accesses: u64,
    /// First and last time of the trace in nanoseconds of its clock, where the time lets nothing through.
    pub time: Option<(u64, u64)>,
    /// The markers, where they let nothing through.
    pub markers: Option<Markers>,
    /// BARs with accesses, of the devices that pass, where the BARs let nothing through.
    pub bars: Vec<(DeviceId, u8)>,
    /// Devices with accesses, where the devices let nothing through.
    pub devices: Vec<DeviceId>,
}

/// The markers of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Markers {
    /// Different texts in their order, [`MOST_MARKERS`] at most.
    pub texts: Vec<String>,
    /// Markers with other texts.
    pub more: u64,
}

/// Looks for what there is instead of what `filter` asks for.
///
/// # Errors
/// As [`walk`].
pub fn unselected(trace: &mut Trace, filter: &Filter) -> Result<Unselected> {
    let mut found = Unselected { accesses: trace.survey().accesses, ..Unselected::default() };
    let none = Filter::default();
    if filter.time.is_some() && selects(trace, &Filter { time: filter.time, ..none.clone() })?.is_empty() {
        found.time = trace.survey().time;
    }
    if let Some(mark) = &filter.mark {
        found.markers = markers(trace, mark)?;
    }
    let of_devices = Filter { devices: filter.devices.clone(), ..none.clone() };
    let bars = selects(trace, &of_devices)?;
    if !filter.bars.is_empty() && !bars.iter().any(|(_, bar)| filter.bars.contains(bar)) {
        found.bars = bars.iter().copied().collect();
    }
    if bars.is_empty() {
        found.devices = selects(trace, &none)?.iter().map(|(device, _)| *device).collect();
        found.devices.dedup();
    }
    Ok(found)
}

/// The BARs with accesses that pass `filter`.
fn selects(trace: &mut Trace, filter: &Filter) -> Result<BTreeSet<(DeviceId, u8)>> {
    let mut bars = Bars::default();
    walk(trace, &Scope::of(filter), &mut bars)?;
    Ok(bars.found)
}

#[derive(Default)]
struct Bars {
    table: Table,
    last: Option<(DeviceId, u8)>,
    found: BTreeSet<(DeviceId, u8)>,
}

impl Visitor for Bars {
    const TIMES: bool = false;
    const VALUES: bool = false;

    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    fn access(&mut self, _: RegisterId, access: &Access) {
        let bar = Some((access.place.device, access.place.bar()));
        if self.last != bar {
            self.last = bar;
            self.found.extend(bar);
        }
    }
}

/// The markers, if no access passes by them alone.
fn markers(trace: &mut Trace, mark: &MarkRange) -> Result<Option<Markers>> {
    let alone = Filter { mark: Some(mark.clone()), ..Filter::default() };
    if !selects(trace, &alone)?.is_empty() {
        return Ok(None);
    }
    let mut markers = Markers::default();
    let wanted = 1 << Kind::MARKER.0;
    trace.for_each(
        Columns::TEXT,
        |head| head.stats.kinds & wanted != 0,
        |part| {
            for (row, _) in part.block.kind.iter().enumerate().filter(|(_, kind)| **kind == Kind::MARKER) {
                let text = part.block.texts.get(row as u32).unwrap_or_default();
                markers.add(&String::from_utf8_lossy(text));
            }
            Ok(())
        },
    )?;
    Ok(Some(markers))
}

impl Markers {
    fn add(&mut self, text: &str) {
        if self.texts.iter().any(|known| known == text) {
            return;
        }
        if self.texts.len() < MOST_MARKERS {
            self.texts.push(text.to_owned());
        } else {
            self.more += 1;
        }
    }
}
