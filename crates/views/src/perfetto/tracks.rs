//! The tracks of devices, each made when something is on it.

use mmio_format::{DeviceId, Devices, Register};
use std::collections::HashMap;

use super::packets::{Packets, Track};

/// What a group of tracks below a device shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Rate,
    Bar(u8),
    Polls,
    Pair,
    Sequence,
}

impl Kind {
    /// The group's place among the tracks of a device.
    fn rank(self) -> u64 {
        match self {
            Kind::Rate => 0,
            Kind::Bar(bar) => 1 + u64::from(bar),
            Kind::Polls => 1000,
            Kind::Pair => 1001,
            Kind::Sequence => 1002,
        }
    }

    fn name(self) -> String {
        match self {
            Kind::Rate => "access rate".into(),
            Kind::Bar(bar) => format!("bar {bar}"),
            Kind::Polls => "polls".into(),
            Kind::Pair => "pairs".into(),
            Kind::Sequence => "sequences".into(),
        }
    }
}

/// A register as names have it: `+0x20`, `2:+0x20` where its BAR is not 0.
pub(super) fn called(register: Register) -> String {
    let bar = if register.bar() == 0 { String::new() } else { format!("{}:", register.bar()) };
    format!("{bar}+0x{:x}", register.offset)
}

/// The tracks that were made.
pub(super) struct Tracks {
    /// Names of the devices.
    names: Vec<String>,
    devices: HashMap<DeviceId, Track>,
    kinds: HashMap<(DeviceId, Kind), Track>,
}

impl Tracks {
    pub(super) fn new(devices: &Devices) -> Tracks {
        let name = |device: &mmio_format::Device| match device.driver() {
            Some(driver) => format!("{} {driver}", device.name),
            None => device.name.clone(),
        };
        let names = devices.iter().map(|(_, device)| name(device)).collect();
        Tracks { names, devices: HashMap::new(), kinds: HashMap::new() }
    }

    /// The track for `kind` of `device`.
    pub(super) fn get(&mut self, device: DeviceId, kind: Kind, packets: &mut Packets<'_>) -> Track {
        if let Some(track) = self.kinds.get(&(device, kind)) {
            return *track;
        }
        let names = &self.names;
        // After the tracks of the trace as a whole.
        let rank = 10 + device.index() as u64;
        let parent =
            *self.devices.entry(device).or_insert_with(|| packets.track(None, &names[device.index()], rank));
        let track = match kind {
            Kind::Rate => packets.counters(Some(parent), &kind.name(), kind.rank(), "accesses/s"),
            _ => packets.track(Some(parent), &kind.name(), kind.rank()),
        };
        self.kinds.insert((device, kind), track);
        track
    }

    /// A new track below the one for `kind` of `device`.
    pub(super) fn below(
        &mut self,
        device: DeviceId,
        kind: Kind,
        name: &str,
        rank: u64,
        packets: &mut Packets<'_>,
    ) -> Track {
        let parent = self.get(device, kind, packets);
        packets.track(Some(parent), name, rank)
    }
}
