//! The packets of a Perfetto trace: tracks, and events on them.
//!
//! Facts: the numbers of fields in Perfetto's `protos/perfetto/trace/`: `trace.proto`, `trace_packet.proto`,
//! `track_event/*.proto`, `interned_data/interned_data.proto`.

use std::num::NonZeroU32;

use super::proto::{message, text, uint};
use crate::sink::Sink;

/// The field of `Trace`.
const PACKET: u32 = 1;

/// Fields of `TracePacket`.
mod packet {
    pub(super) const TIMESTAMP: u32 = 8;
    pub(super) const SEQUENCE_ID: u32 = 10;
    pub(super) const TRACK_EVENT: u32 = 11;
    pub(super) const INTERNED_DATA: u32 = 12;
    pub(super) const SEQUENCE_FLAGS: u32 = 13;
    pub(super) const TRACK_DESCRIPTOR: u32 = 60;
}

/// Fields of `TrackDescriptor`, `CounterDescriptor`.
mod descriptor {
    pub(super) const UUID: u32 = 1;
    pub(super) const NAME: u32 = 2;
    pub(super) const PARENT: u32 = 5;
    pub(super) const COUNTER: u32 = 8;
    pub(super) const CHILD_ORDERING: u32 = 11;
    pub(super) const RANK: u32 = 12;
    pub(super) const UNIT_NAME: u32 = 6;
    /// Children are ordered by their ranks.
    pub(super) const EXPLICIT: u64 = 3;
}

/// Fields of `TrackEvent`.
mod event {
    pub(super) const DEBUG_ANNOTATION: u32 = 4;
    pub(super) const TYPE: u32 = 9;
    pub(super) const NAME_IID: u32 = 10;
    pub(super) const TRACK: u32 = 11;
    pub(super) const COUNTER_VALUE: u32 = 30;
}

/// Fields of `InternedData` and what it holds.
mod interned {
    pub(super) const EVENT_NAMES: u32 = 2;
    pub(super) const ANNOTATION_NAMES: u32 = 3;
    pub(super) const IID: u32 = 1;
    pub(super) const NAME: u32 = 2;
}

/// Fields of `DebugAnnotation`.
mod annotation {
    pub(super) const NAME_IID: u32 = 1;
    pub(super) const BOOL: u32 = 2;
    pub(super) const UINT: u32 = 3;
    pub(super) const STRING: u32 = 6;
    /// The field of a number that is shown in hexadecimal.
    pub(super) const POINTER: u32 = 7;
}

/// The values of `TrackEvent.Type`.
#[derive(Clone, Copy)]
enum Type {
    Begin = 1,
    End = 2,
    Instant = 3,
    Counter = 4,
}

/// The first packet of a sequence forgets names that were given before; the others use names.
const FORGETS: u64 = 1;
const USES_NAMES: u64 = 2;

/// A track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Track(u64);

/// A name that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name(NonZeroU32);

/// What an event says beside its name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Count(u64),
    Hex(u64),
    Truth(bool),
    Text(&'a str),
}

/// Names of what events say; each stands for its place here.
const SAYS: [&str; 13] = [
    "value",
    "reads",
    "accesses",
    "first value",
    "last value",
    "changes",
    "index",
    "until",
    "met",
    "events",
    "losses",
    "written",
    "read",
];

/// Writes packets.
pub(super) struct Packets<'a> {
    sink: Sink<'a>,
    tracks: u64,
    /// The number of the next name.
    names: NonZeroU32,
    /// Names that the next packet gives.
    given: Vec<(u64, String)>,
}

impl<'a> Packets<'a> {
    pub(super) fn new(mut sink: Sink<'a>) -> Packets<'a> {
        packet(&mut sink, FORGETS | USES_NAMES, |out| {
            message(out, packet::INTERNED_DATA, |out| {
                for (iid, says) in (1..).zip(SAYS) {
                    message(out, interned::ANNOTATION_NAMES, |out| {
                        uint(out, interned::IID, iid);
                        text(out, interned::NAME, says);
                    });
                }
            });
        });
        Packets { sink, tracks: 0, names: NonZeroU32::MIN, given: Vec::new() }
    }

    /// Gives a name to events.
    pub(super) fn name(&mut self, name: String) -> Name {
        let number = self.names;
        self.names = self.names.saturating_add(1);
        self.given.push((number.get().into(), name));
        Name(number)
    }

    /// A new track, below `parent` or at the top. Of tracks with one parent the least rank stands first.
    pub(super) fn track(&mut self, parent: Option<Track>, name: &str, rank: u64) -> Track {
        self.describe(parent, name, rank, None)
    }

    /// A new track for numbers.
    pub(super) fn counters(&mut self, parent: Option<Track>, name: &str, rank: u64, unit: &str) -> Track {
        self.describe(parent, name, rank, Some(unit))
    }

    fn describe(&mut self, parent: Option<Track>, name: &str, rank: u64, unit: Option<&str>) -> Track {
        self.tracks += 1;
        let track = self.tracks;
        packet(&mut self.sink, USES_NAMES, |out| {
            message(out, packet::TRACK_DESCRIPTOR, |out| {
                uint(out, descriptor::UUID, track);
                text(out, descriptor::NAME, name);
                if let Some(Track(parent)) = parent {
                    uint(out, descriptor::PARENT, parent);
                }
                if let Some(unit) = unit {
                    message(out, descriptor::COUNTER, |out| text(out, descriptor::UNIT_NAME, unit));
                }
                uint(out, descriptor::CHILD_ORDERING, descriptor::EXPLICIT);
                uint(out, descriptor::RANK, rank.min(i32::MAX as u64));
            });
        });
        Track(track)
    }

    /// Writes an event that happens at one time, in nanoseconds.
    pub(super) fn instant(&mut self, track: Track, time: u64, name: Name, says: &[(&str, Value<'_>)]) {
        self.event(Type::Instant, track, time, Some(name), says);
    }

    /// Writes an event that lasts. On one track, what begins first ends last.
    pub(super) fn slice(&mut self, track: Track, times: (u64, u64), name: Name, says: &[(&str, Value<'_>)]) {
        self.event(Type::Begin, track, times.0, Some(name), says);
        self.event(Type::End, track, times.1, None, &[]);
    }

    /// Writes a number that holds until the next one.
    pub(super) fn counter(&mut self, Track(track): Track, time: u64, value: u64) {
        packet(&mut self.sink, USES_NAMES, |out| {
            uint(out, packet::TIMESTAMP, time);
            message(out, packet::TRACK_EVENT, |out| {
                uint(out, event::TYPE, Type::Counter as u64);
                uint(out, event::TRACK, track);
                uint(out, event::COUNTER_VALUE, value);
            });
        });
    }

    fn event(
        &mut self,
        kind: Type,
        Track(track): Track,
        time: u64,
        name: Option<Name>,
        says: &[(&str, Value<'_>)],
    ) {
        let given = &mut self.given;
        packet(&mut self.sink, USES_NAMES, |out| {
            uint(out, packet::TIMESTAMP, time);
            if !given.is_empty() {
                names(out, given);
            }
            message(out, packet::TRACK_EVENT, |out| {
                uint(out, event::TYPE, kind as u64);
                uint(out, event::TRACK, track);
                if let Some(Name(iid)) = name {
                    uint(out, event::NAME_IID, iid.get().into());
                }
                says.iter().for_each(|&(says, value)| annotation(out, says, value));
            });
        });
    }

    /// Writes the packets that are left; `name` names the output in errors.
    pub(super) fn finish(self, name: &str) -> mmio_format::Result<()> {
        self.sink.finish(name)
    }
}

fn packet(sink: &mut Sink<'_>, flags: u64, fill: impl FnOnce(&mut Vec<u8>)) {
    message(&mut sink.bytes, PACKET, |out| {
        uint(out, packet::SEQUENCE_ID, 1);
        uint(out, packet::SEQUENCE_FLAGS, flags);
        fill(out);
    });
    sink.flush();
}

fn names(out: &mut Vec<u8>, given: &mut Vec<(u64, String)>) {
    message(out, packet::INTERNED_DATA, |out| {
        for (iid, name) in given.drain(..) {
            message(out, interned::EVENT_NAMES, |out| {
                uint(out, interned::IID, iid);
                text(out, interned::NAME, &name);
            });
        }
    });
}

fn annotation(out: &mut Vec<u8>, says: &str, value: Value<'_>) {
    let Some(place) = SAYS.iter().position(|known| *known == says) else { return };
    message(out, event::DEBUG_ANNOTATION, |out| {
        uint(out, annotation::NAME_IID, place as u64 + 1);
        match value {
            Value::Count(count) => uint(out, annotation::UINT, count),
            Value::Hex(number) => uint(out, annotation::POINTER, number),
            Value::Truth(truth) => uint(out, annotation::BOOL, truth.into()),
            Value::Text(words) => text(out, annotation::STRING, words),
        }
    });
}
