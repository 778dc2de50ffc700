//! Rows of the table `maps`.

use mmio_format::trace::Part;
use mmio_format::{Block, Columns, Devices, Filter, Kind, Place, Row, Selection};
use polars::prelude::{ChunkedBuilder, DataFrame, PolarsResult, StringChunked};

use super::cells::{Batch, Cells};
use super::read::{Rows, seconds};
use super::table::Table;

/// Collects mappings.
pub(super) struct Maps<'a> {
    batch: Batch,
    selection: Selection<'a>,
    /// BARs of mappings that become rows; empty means all.
    bars: Vec<u8>,
    /// Whether UNMAPs become rows: an UNMAP does not say of which device it is.
    unmaps: bool,
    devices: &'a Devices,
}

/// What a MAP has and an UNMAP has not.
struct Mapped<'a> {
    device: &'a str,
    bar: u8,
    offset: u64,
    address: u64,
    virt: u64,
    length: u64,
}

impl<'a> Maps<'a> {
    pub(super) fn new(
        wanted: &[&'static str],
        trace: &str,
        asked: &Filter,
        selection: Selection<'a>,
        devices: &'a Devices,
    ) -> Maps<'a> {
        Maps {
            batch: Batch::new(Table::Maps, wanted, &[], trace),
            selection,
            bars: asked.bars.clone(),
            unmaps: asked.devices.is_empty() && asked.bars.is_empty(),
            devices,
        }
    }
}

impl<'a> Mapped<'a> {
    /// The mapping at `row`.
    fn new(block: &Block, row: usize, place: Place, devices: &'a Devices) -> Mapped<'a> {
        let range = block.map_range(row as u32).unwrap_or_default();
        Mapped {
            device: &devices.get(place.device).name,
            bar: place.bar(),
            offset: place.offset,
            address: block.address[row],
            virt: range.virt,
            length: range.length,
        }
    }
}

impl Rows for Maps<'_> {
    fn reads(&self) -> Columns {
        Columns::TIME.with(Columns::MAP_ID).with(Columns::ADDRESS).with(Columns::TEXT)
    }

    fn add(&mut self, part: &Part<'_>) {
        let block = part.block;
        let Maps { batch, selection, bars, unmaps, devices } = self;
        for Row { row, kind, index, place, in_span, passes, .. } in selection.rows(part) {
            let mapped = match (kind, place) {
                (Kind::MAP, Some(place)) if passes && (bars.is_empty() || bars.contains(&place.bar())) => {
                    Some(Mapped::new(block, row, place, devices))
                }
                _ => None,
            };
            if mapped.is_none() && !(kind == Kind::UNMAP && in_span && *unmaps) {
                continue;
            }
            let (time, map_id) = (block.time[row], block.map_id[row]);
            for (name, cells) in &mut batch.columns {
                fill(name, cells, (time, index, map_id), mapped.as_ref());
            }
            batch.rows += 1;
        }
    }

    fn batch(&self) -> &Batch {
        &self.batch
    }

    fn take(&mut self) -> PolarsResult<DataFrame> {
        self.batch.take(|_| StringChunked::default())
    }
}

fn fill(name: &str, cells: &mut Cells, (time, index, map_id): (u64, u64, i32), map: Option<&Mapped<'_>>) {
    match (name, cells) {
        ("kind", Cells::Text(to)) => to.append_value(if map.is_some() { "map" } else { "unmap" }),
        ("time", Cells::Float(to)) => to.append_value(seconds(time)),
        ("index", Cells::Signed(to)) => to.append_value(index as i64),
        ("map_id", Cells::Signed(to)) => to.append_value(map_id.into()),
        ("device", Cells::Text(to)) => to.append_option(map.map(|m| m.device)),
        ("bar", Cells::Unsigned(to)) => to.append_option(map.map(|m| m.bar.into())),
        ("offset", Cells::Unsigned(to)) => to.append_option(map.map(|m| m.offset)),
        ("address", Cells::Unsigned(to)) => to.append_option(map.map(|m| m.address)),
        ("virtual", Cells::Unsigned(to)) => to.append_option(map.map(|m| m.virt)),
        ("length", Cells::Unsigned(to)) => to.append_option(map.map(|m| m.length)),
        _ => {}
    }
}
