//! Events by the bytes that the kernel wrote and the formats that it states: those of trace.dat, and those that are
//! recorded from a running kernel.

use super::ftrace::{Events, Line, Origin};
use super::trace_dat::fields::Fields;
use super::trace_dat::spell::spell;
use super::{Options, Sink};
use crate::block::{Block, LOST_COUNT_UNKNOWN};
use crate::container::Recording;
use crate::ring::formats::Format;

/// What an event says: as the kernel prints it where that is known, else by its fields.
pub(super) enum Told {
    Text(Vec<u8>),
    Fields(Fields),
}

impl Told {
    /// What the event `data` says.
    pub(super) fn of(format: &Format, data: &[u8]) -> Told {
        spell(format, data).map_or_else(|| Told::Fields(Fields::of(format, data)), Told::Text)
    }

    /// Makes records of it. A time that is a count is none.
    pub(super) fn take(
        self,
        name: &str,
        origin: Origin,
        is_counted: bool,
        events: &mut Events,
        to: &mut Sink,
    ) {
        let origin = Origin { time: origin.time.filter(|_| !is_counted), ..origin };
        match self {
            Told::Fields(fields) => events.fields(name, &fields, origin, to),
            Told::Text(text) => {
                let event = if name == "print" { "tracing_mark_write" } else { name };
                let line = Line { origin, is_counted, event: event.as_bytes(), text: &text };
                events.take(&line, &text, to);
            }
        }
    }
}

/// Makes records of the events of a running kernel, whose clock counts nanoseconds.
#[doc(hidden)]
pub struct KernelEvents {
    events: Events,
    sink: Sink,
}

impl KernelEvents {
    /// No events yet.
    pub fn new(options: &Options) -> KernelEvents {
        let sink = Sink::new("ftrace").with_places(options.places.clone());
        KernelEvents { events: Events::new(options, &[]), sink }
    }

    /// The event `data`, from its common fields on.
    pub fn event(&mut self, time: u64, cpu: u32, pid: u32, format: &Format, data: &[u8]) {
        let origin = Origin { time: Some(time), cpu: Some(cpu), pid: Some(pid) };
        Told::of(format, data).take(&format.name, origin, false, &mut self.events, &mut self.sink);
    }

    /// Events that are missing; `LOST_COUNT_UNKNOWN` where their number is not known.
    pub fn lost(&mut self, time: u64, cpu: u32, count: u64) {
        self.sink.lost(Some(time), cpu, Some(count).filter(|&count| count != LOST_COUNT_UNKNOWN));
    }

    /// No event is to come: what waited for another one becomes records.
    pub fn end(&mut self) {
        self.events.end(&mut self.sink);
    }

    /// Whether [`swap`](Self::swap) should take a block first.
    pub fn is_full(&self) -> bool {
        self.sink.is_full()
    }

    /// Whether there is no record to take.
    pub fn is_empty(&self) -> bool {
        self.sink.is_empty()
    }

    /// The records of the block that was filled first, in exchange for what `block` holds, which is dropped.
    pub fn swap(&mut self, block: &mut Block) {
        self.sink.swap(block);
    }

    /// What is known of all events at their end.
    pub fn closing(&self) -> Recording {
        self.sink.closing()
    }
}

impl std::fmt::Debug for KernelEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KernelEvents").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::container::key;
    use crate::record::Kind;

    const WRITE: &str = "name: regmap_reg_write\nID: 477\nformat:\n\
        \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\
        \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n\
        \tfield:__data_loc char[] name;\toffset:8;\tsize:4;\tsigned:0;\n\
        \tfield:unsigned int reg;\toffset:12;\tsize:4;\tsigned:0;\n\
        \tfield:unsigned int val;\toffset:16;\tsize:4;\tsigned:0;\n\n\
        print fmt: \"%s\", __get_str(name)\n";
    const DATA: &[u8] = b"\xdd\x01\0\0\x05\0\0\0\x14\0\x07\0\x02\0\0\0\x4b\0\0\0lm-0-4b\0";

    #[test]
    fn events_become_records_and_what_is_known_at_the_end() {
        let format = Format::parse("regmap", WRITE).unwrap();
        let mut events = KernelEvents::new(&Options::default());
        events.event(7, 1, 5, &format, DATA);
        events.lost(8, 0, 3);
        events.lost(9, 0, LOST_COUNT_UNKNOWN);
        events.end();
        assert!(!events.is_full() && !events.is_empty());
        let mut block = Block::default();
        events.swap(&mut block);
        assert!(events.is_empty());
        let row = block.kind.iter().position(|&kind| kind == Kind::WRITE).unwrap();
        assert_eq!((block.time[row], block.value[row]), (7, 0x4b));
        assert_eq!((block.cpu.get(row), block.pid.get(row)), (1, 5));
        assert_eq!(block.kind.iter().filter(|&&kind| kind == Kind::LOST).count(), 2);
        let closing = events.closing();
        assert_eq!(closing.get(key::SOURCE), Some(&b"ftrace regmap"[..]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_event(data in proptest::collection::vec(any::<u8>(), 0..64), cut in 0..30usize) {
            let format = Format::parse("regmap", WRITE).unwrap();
            let mut events = KernelEvents::new(&Options::default());
            events.event(1, 0, 0, &format, &data);
            events.event(2, 0, 0, &format, &DATA[..cut.min(DATA.len())]);
            events.end();
            let mut block = Block::default();
            events.swap(&mut block);
        }
    }
}
