//! Rows of the table `maps`.

use mmio_format::filter::{Bound, Filter};
use mmio_format::trace::Part;
use mmio_format::{Columns, Devices, Kind, Resolver};
use polars::prelude::{ChunkedBuilder, DataFrame, PolarsResult, StringChunked};

use super::cells::{Batch, Cells};
use super::read::{Rows, seconds};
use super::table::Table;

/// Collects mappings.
pub(super) struct Maps<'a> {
    batch: Batch,
    filter: Bound<'a>,
    bar: Option<u8>,
    /// An UNMAP does not say of which device.
    unmaps: bool,
    resolver: Resolver<'a>,
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
        filter: Bound<'a>,
        devices: &'a Devices,
    ) -> Maps<'a> {
        Maps {
            batch: Batch::new(Table::Maps, wanted, &[], trace),
            filter,
            bar: asked.bar,
            unmaps: asked.device.is_none() && asked.bar.is_none(),
            resolver: devices.resolver(),
            devices,
        }
    }

    /// The mapping at `row`, if its device and BAR pass.
    fn mapped(&mut self, part: &Part<'_>, row: usize) -> Option<Mapped<'a>> {
        let address = part.block.address[row];
        let place = self.resolver.place(part.first_record + row as u64, address);
        let range = part.block.map_range(row as u32).unwrap_or_default();
        let passes = self.filter.wants_device(place.device) && self.bar.is_none_or(|bar| bar == place.bar());
        passes.then(|| Mapped {
            device: &self.devices.get(place.device).name,
            bar: place.bar(),
            offset: place.offset,
            address,
            virt: range.virt,
            length: range.length,
        })
    }
}

impl Rows for Maps<'_> {
    fn reads(&self) -> Columns {
        Columns::TIME.with(Columns::MAP_ID).with(Columns::ADDRESS).with(Columns::TEXT)
    }

    fn add(&mut self, part: &Part<'_>) {
        let block = part.block;
        let mut index = part.first_access;
        for (row, &kind) in block.kind.iter().enumerate() {
            index += u64::from(kind.is_access());
            let in_span = self.filter.in_span(block, row);
            let mapped = match kind {
                Kind::MAP if in_span => self.mapped(part, row),
                _ => None,
            };
            if mapped.is_none() && !(kind == Kind::UNMAP && in_span && self.unmaps) {
                continue;
            }
            let (time, map_id) = (block.time[row], block.map_id[row]);
            for (name, cells) in &mut self.batch.columns {
                fill(name, cells, (time, index, map_id), mapped.as_ref());
            }
            self.batch.rows += 1;
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
