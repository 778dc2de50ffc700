//! Devices of recordings without a MAP record: the tracer's numbers of mappings part what no BAR holds.
//!
//! An excerpt of a log has no MAP lines, but each of its accesses names the mapping that it goes through. Accesses through
//! one mapping lie in one range of addresses; so the ranges are the devices, `map:<number>`, and those that overlap are
//! one, named by the lowest number. Where all is one range nothing is parted.

use std::collections::HashMap;

use crate::block::Block;
use crate::devices::{Device, Devices, Resolver};
use crate::regions::{Region, gaps};
use crate::space::DeviceId;
use crate::stats::Stats;

/// Most mappings remembered for all recordings; a hostile log cannot make it more. What goes through others stays
/// [`UNMAPPED`](crate::UNMAPPED).
const MAX_MAP_IDS: usize = 1 << 16;

/// First and last address of the accesses through a mapping.
type Range = (u64, u64);

/// A collector of the accesses that no region holds, in recordings without MAP records.
pub(crate) struct MapIds<'a> {
    devices: &'a Devices,
    resolver: Resolver<'a>,
    /// The ranges by number of the mapping, for each recording.
    found: Vec<HashMap<i32, Range>>,
    room: usize,
}

impl<'a> MapIds<'a> {
    /// A collector for the blocks of a trace with these devices.
    pub(crate) fn new(devices: &'a Devices) -> MapIds<'a> {
        MapIds { devices, resolver: devices.resolver(), found: Vec::new(), room: MAX_MAP_IDS }
    }

    /// Whether the block with these statistics can have something to be parted; `first_record` is the number of its first
    /// record. Blocks that have not may be left out.
    pub(crate) fn wants(devices: &Devices, first_record: u64, stats: &Stats) -> bool {
        let last_record = first_record + u64::from(stats.records).saturating_sub(1);
        let held = |range| devices.hold(first_record, last_record, range);
        stats.address.is_some_and(|range| !held(range)) && devices.lacks_maps(first_record, last_record)
    }

    /// Looks at a block, which must have its addresses and numbers of mappings. Blocks come in order.
    pub(crate) fn feed(&mut self, first_record: u64, block: &Block) {
        // Most accesses go through the mapping of the one before them.
        let mut last: Option<(usize, i32, Range)> = None;
        for (row, _) in block.kind.iter().enumerate().filter(|(_, kind)| kind.is_access()) {
            let (id, address) = (block.map_id[row], block.address[row]);
            let place = self.resolver.place(first_record + row as u64, address);
            let recording = self.resolver.recording();
            // -1 is the kernel's "not known".
            if place.device != self.devices.unmapped() || id < 0 || self.devices.has_maps(recording) {
                continue;
            }
            match &mut last {
                Some((r, i, range)) if (*r, *i) == (recording, id) => {
                    *range = (range.0.min(address), range.1.max(address));
                }
                _ => {
                    let before = last.replace((recording, id, (address, address)));
                    self.add(before);
                }
            }
        }
        self.add(last);
    }

    fn add(&mut self, found: Option<(usize, i32, Range)>) {
        let Some((recording, id, range)) = found else { return };
        if recording >= self.found.len() {
            self.found.resize_with(recording + 1, HashMap::new);
        }
        let ranges = &mut self.found[recording];
        if let Some(known) = ranges.get_mut(&id) {
            *known = (known.0.min(range.0), known.1.max(range.1));
        } else if self.room > 0 {
            self.room -= 1;
            ranges.insert(id, range);
        }
    }

    /// The devices with those that the mappings part.
    pub(crate) fn finish(self) -> Devices {
        let mut devices: Vec<Device> = self.devices.iter().map(|(_, device)| device.clone()).collect();
        devices.pop();
        let mut numbers: HashMap<i32, DeviceId> = HashMap::new();
        let mut recordings = self.devices.regions().to_vec();
        for (recording, found) in recordings.iter_mut().zip(self.found) {
            let parts = parts(found);
            if parts.len() < 2 {
                continue;
            }
            let mut new = Vec::new();
            for (id, (first, last)) in parts {
                let Some(device) = number(&mut devices, &mut numbers, id) else { break };
                let whole = Region { first, last, device, bar: 0, base: 0 };
                let free = gaps(&recording.regions, first, last);
                new.extend(free.map(|(first, last)| Region { first, last, ..whole }));
            }
            recording.regions.extend(new);
            recording.regions.sort_by_key(|region| region.first);
        }
        Devices::new(devices, recordings)
    }
}

/// The ranges of a recording by rising address, those that overlap joined, each with its lowest number.
fn parts(found: HashMap<i32, Range>) -> Vec<(i32, Range)> {
    let mut ranges: Vec<(i32, Range)> = found.into_iter().collect();
    ranges.sort_unstable_by_key(|&(id, range)| (range, id));
    let mut parts: Vec<(i32, Range)> = Vec::new();
    for (id, range) in ranges {
        match parts.last_mut() {
            Some((lowest, before)) if range.0 <= before.1 => {
                (*lowest, before.1) = (id.min(*lowest), range.1.max(before.1));
            }
            _ => parts.push((id, range)),
        }
    }
    parts
}

/// The number of the device `map:<id>`, if there may be one more.
fn number(devices: &mut Vec<Device>, numbers: &mut HashMap<i32, DeviceId>, id: i32) -> Option<DeviceId> {
    if let Some(&known) = numbers.get(&id) {
        return Some(known);
    }
    if devices.len() >= Devices::MOST {
        return None;
    }
    let device = DeviceId::new(devices.len() as u16);
    devices.push(Device { name: format!("map:{id}"), slot: None, pci: None, regions: Vec::new() });
    numbers.insert(id, device);
    Some(device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Fields;
    use crate::devices::Recording;
    use crate::{Kind, Place, Space};

    fn block(accesses: &[(i32, u64)]) -> Block {
        let mut block = Block::default();
        for &(map_id, address) in accesses {
            block.push(Fields { kind: Kind::READ, map_id, address, width: 4, ..Fields::default() });
        }
        block
    }

    fn parted(devices: &Devices, block: &Block) -> Devices {
        let mut ids = MapIds::new(devices);
        ids.feed(0, block);
        ids.finish()
    }

    fn name(devices: &Devices, address: u64) -> &str {
        &devices.get(devices.resolver().place(0, address).device).name
    }

    #[test]
    fn mappings_part_what_no_bar_holds() {
        let b = block(&[(2, 0xf780_0004), (5, 0xfed0_0010), (2, 0xf780_0008), (-1, 0x10), (5, 0xfed0_0010)]);
        let devices = parted(&Devices::default(), &b);
        let names: Vec<&str> = devices.iter().map(|(_, device)| &*device.name).collect();
        assert_eq!(names, ["map:2", "map:5", "unmapped"]);
        let place = devices.resolver().place(0, 0xf780_0008);
        assert_eq!(place, Place { device: DeviceId::new(0), space: Space::Bar(0), offset: 0xf780_0008 });
        assert_eq!(name(&devices, 0xfed0_0010), "map:5");
        assert_eq!(name(&devices, 0x10), "unmapped");
    }

    #[test]
    fn what_overlaps_is_one_device_and_one_alone_is_unmapped() {
        let b = block(&[(9, 0x1000), (9, 0x1008), (7, 0x1004), (3, 0x9000)]);
        let devices = parted(&Devices::default(), &b);
        assert_eq!([0x1000, 0x1004, 0x9000].map(|at| name(&devices, at)), ["map:7", "map:7", "map:3"]);
        let one = parted(&Devices::default(), &block(&[(9, 0x1000), (9, 0x1008), (7, 0x1004), (-1, 0x9000)]));
        assert_eq!([0x1000, 0x9000].map(|at| name(&one, at)), ["unmapped"; 2]);
    }

    #[test]
    fn a_bar_between_keeps_its_addresses() {
        let bar = Region { first: 0x2000, last: 0x2fff, device: DeviceId::new(0), bar: 1, base: 0x2000 };
        let device = Device { name: "00:02.0".into(), slot: None, pci: None, regions: Vec::new() };
        let recording = Recording { regions: vec![bar], ..Recording::default() };
        let devices = Devices::new(vec![device], vec![recording]);
        let devices = parted(&devices, &block(&[(1, 0x1000), (1, 0x4000), (1, 0x2004), (2, 0x8000)]));
        let at = [0x1000, 0x2004, 0x3000, 0x8000].map(|at| name(&devices, at));
        assert_eq!(at, ["map:1", "00:02.0", "map:1", "map:2"]);
    }

    #[test]
    fn there_is_an_end_to_the_mappings() {
        let many: Vec<(i32, u64)> = (0..MAX_MAP_IDS as i32 + 9).map(|id| (id, id as u64 * 16)).collect();
        let devices = parted(&Devices::default(), &block(&many));
        assert_eq!(devices.iter().count(), Devices::MOST + 1);
        assert_eq!(name(&devices, 16 * 40_000), "map:40000");
        assert_eq!(name(&devices, 16 * (MAX_MAP_IDS as u64 + 5)), "unmapped");
    }
}
