//! Reads our traces for Perfetto.

use std::collections::{BTreeMap, HashMap};

/// What a Perfetto trace holds, as far as it can be read without knowing more than the numbers of a few
/// fields.
#[derive(Default)]
pub(crate) struct Tracks {
    /// Full names, by number.
    pub(crate) names: HashMap<u64, String>,
    pub(crate) accesses: u64,
    pub(crate) markers: Vec<u64>,
    /// Slices and instants by track.
    pub(crate) events: BTreeMap<String, u64>,
    /// Open slices and the latest time, by track.
    pub(crate) open: HashMap<u64, (u64, u64)>,
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn number(bytes: &mut &[u8]) -> u64 {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap();
    let value = bytes[..=end].iter().rev().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f));
    *bytes = &bytes[end + 1..];
    value
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = number(&mut bytes);
        let value = number(&mut bytes);
        found.push(match key & 7 {
            0 => (key >> 3, Field::Number(value)),
            2 => {
                let (inside, rest) = bytes.split_at(value as usize);
                bytes = rest;
                (key >> 3, Field::Bytes(inside))
            }
            other => panic!("wire type {other}"),
        });
    }
    found
}

fn inside<'a>(message: &[(u64, Field<'a>)], field: u64) -> Option<&'a [u8]> {
    message.iter().find_map(|(number, value)| match value {
        Field::Bytes(bytes) if *number == field => Some(*bytes),
        _ => None,
    })
}

fn value(message: &[(u64, Field<'_>)], field: u64) -> Option<u64> {
    message.iter().find_map(|(number, value)| match value {
        Field::Number(found) if *number == field => Some(*found),
        _ => None,
    })
}

pub(crate) fn tracks(bytes: &[u8]) -> Tracks {
    let mut tracks = Tracks::default();
    for (number, packet) in fields(bytes) {
        let Field::Bytes(packet) = packet else { panic!("packet {number}") };
        let packet = fields(packet);
        if let Some(descriptor) = inside(&packet, 60) {
            let descriptor = fields(descriptor);
            let name = String::from_utf8(inside(&descriptor, 2).unwrap().to_vec()).unwrap();
            let parent = value(&descriptor, 5).map(|parent| tracks.names[&parent].clone() + " > ");
            tracks.names.insert(value(&descriptor, 1).unwrap(), parent.unwrap_or_default() + &name);
        }
        if let Some(event) = inside(&packet, 11) {
            tracks.event(value(&packet, 8).unwrap(), &fields(event));
        }
    }
    assert!(tracks.open.values().all(|(depth, _)| *depth == 0), "a slice has no end");
    tracks
}

impl Tracks {
    fn event(&mut self, time: u64, event: &[(u64, Field<'_>)]) {
        let track = value(event, 11).unwrap();
        let name = self.names[&track].clone();
        let (depth, latest) = self.open.entry(track).or_default();
        assert!(*latest <= time, "{name}: time goes back");
        *latest = time;
        match value(event, 9).unwrap() {
            1 => *depth += 1,
            2 => {
                *depth = depth.checked_sub(1).expect("a slice that did not begin");
                return;
            }
            4 => return,
            _ => {}
        }
        *self.events.entry(name.clone()).or_default() += 1;
        if name == "markers" {
            self.markers.push(time);
        }
        if name.contains(" > bar ") {
            // The second thing that is said of accesses: of how many reads or UNKNOWNs they are.
            let says = event.iter().filter_map(|(number, says)| match says {
                Field::Bytes(says) if *number == 4 => Some(fields(says)),
                _ => None,
            });
            let count = says
                .filter(|says| [2, 3].contains(&value(says, 1).unwrap()))
                .find_map(|says| value(&says, 3));
            self.accesses += count.unwrap_or(1);
        }
    }
}
