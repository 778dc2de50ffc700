//! Devices of a report: those that are used, and all that are named where nothing is used.

use std::collections::BTreeMap;

use mmio_format::register::Table;
use mmio_format::{Device, DeviceId, Devices, pci};

use super::{BarInfo, BarKind, DeviceInfo, Mapping};

/// The accesses of each BAR: `counts` has reads, writes and UNKNOWNs of each register.
pub(super) fn bars(registers: &Table, counts: &[[u64; 3]]) -> BTreeMap<(DeviceId, u8), BarInfo> {
    let mut bars: BTreeMap<(DeviceId, u8), BarInfo> = BTreeMap::new();
    for (register, count) in registers.registers().iter().zip(counts) {
        let bar = register.bar();
        let info = bars.entry((register.device, bar)).or_default();
        info.bar = bar;
        info.reads += count[0];
        info.writes += count[1];
        info.unknown += count[2];
    }
    let mut offsets: Vec<(DeviceId, u8, u64)> =
        registers.registers().iter().map(|r| (r.device, r.bar(), r.offset)).collect();
    offsets.sort_unstable();
    offsets.dedup();
    for (device, bar, _) in offsets {
        bars.entry((device, bar)).or_default().registers += 1;
    }
    bars
}

/// Devices with accesses or mappings.
pub(super) fn used(
    devices: &Devices,
    bars: &BTreeMap<(DeviceId, u8), BarInfo>,
    maps: &BTreeMap<DeviceId, Vec<Mapping>>,
) -> Vec<DeviceInfo> {
    let used = devices.iter().filter_map(|(id, device)| {
        let mut of_device: Vec<BarInfo> = bars.range((id, 0)..=(id, u8::MAX)).map(|(_, bar)| *bar).collect();
        of_device.iter_mut().for_each(|bar| describe(bar, device));
        let mappings = maps.get(&id).cloned().unwrap_or_default();
        let info = DeviceInfo { device: id, bars: of_device, mappings };
        (!info.bars.is_empty() || !info.mappings.is_empty()).then_some(info)
    });
    used.collect()
}

/// All PCI devices that the trace names, with all their BARs.
pub(super) fn named(devices: &Devices, maps: &BTreeMap<DeviceId, Vec<Mapping>>) -> Vec<DeviceInfo> {
    let named = devices.iter().filter_map(|(id, device)| {
        let mappings = maps.get(&id).cloned().unwrap_or_default();
        let known = device.pci.as_ref().map(|pci| &pci.bars[..]).unwrap_or_default();
        let there = known.iter().enumerate().filter(|(_, bar)| bar.length != 0);
        let bars = there.map(|(number, _)| {
            let mut bar = BarInfo { bar: number as u8, ..BarInfo::default() };
            describe(&mut bar, device);
            bar
        });
        let info = DeviceInfo { device: id, bars: bars.collect(), mappings };
        (device.pci.is_some() || !info.mappings.is_empty()).then_some(info)
    });
    named.collect()
}

/// What PCIDEV says of a BAR.
fn describe(bar: &mut BarInfo, device: &Device) {
    let number = usize::from(bar.bar);
    let Some(known) = device.pci.as_ref().and_then(|pci| pci.bars.get(number)) else { return };
    (bar.start, bar.length) = (Some(known.start), Some(known.length));
    bar.kind = Some(match number {
        pci::ROM => BarKind::Rom,
        _ if known.is_io => BarKind::Io,
        _ => BarKind::Memory,
    });
}
