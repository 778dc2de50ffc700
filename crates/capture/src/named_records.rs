//! From those events of the kernel that a user names to records, by the formats that the kernel states.

use mmio_format::Block;
use mmio_format::block::MAX_RECORDS;
use mmio_format::container::{Recording, key};
use mmio_format::dialects::{KernelEvents, Options};

use crate::event_records::Found;
use crate::formats::{Formats, Kinds};

/// Keys of which the recorder knows better: it says them at the start.
const KNOWN: [&str; 3] = [key::FIELDS, key::CLOCK, key::START];

/// The records of events, until a block takes them.
#[derive(Debug)]
pub(crate) struct NamedRecords {
    events: KernelEvents,
    /// Records that had no room in the block before.
    rest: Block,
}

impl NamedRecords {
    /// No records yet; `options` say what is known of the machine.
    pub(crate) fn new(options: &Options) -> NamedRecords {
        NamedRecords { events: KernelEvents::new(options), rest: Block::default() }
    }

    /// Takes an event, `data` being its bytes from its common fields on.
    pub(crate) fn event(&mut self, data: &[u8], time: u64, cpu: u32, formats: &Formats) -> Found {
        let (Some(kind), Some(pid)) = (formats.event_type.read(data), formats.pid.read(data)) else {
            return Found::Short;
        };
        let Kinds::Named(events) = &formats.kinds else { return Found::Other };
        let Ok(at) = events.binary_search_by_key(&kind, |event| event.0) else { return Found::Other };
        self.events.event(time, cpu, pid as u32, &events[at].1, data);
        Found::Record
    }

    /// Notes that events are missing.
    pub(crate) fn lost(&mut self, time: u64, cpu: u32, count: u64) {
        self.events.lost(time, cpu, count);
    }

    /// Says that no event is to come.
    pub(crate) fn end(&mut self) {
        self.events.end();
    }

    /// Whether [`hand_over`](Self::hand_over) must come first.
    pub(crate) fn is_full(&self) -> bool {
        self.events.is_full()
    }

    /// Appends the records to `block`; `false` while not all of them have room in it.
    pub(crate) fn hand_over(&mut self, block: &mut Block) -> bool {
        let NamedRecords { events, rest } = self;
        loop {
            if rest.is_empty() && !events.is_empty() {
                events.swap(rest);
            }
            if rest.is_empty() {
                return true;
            }
            if block.is_empty() {
                std::mem::swap(block, rest);
            } else if block.len() + rest.len() <= MAX_RECORDS {
                (0..rest.len()).for_each(|row| block.push_row(rest, row));
            } else {
                return false;
            }
            rest.clear();
        }
    }

    /// What is known of the events at their end.
    pub(crate) fn closing(&self) -> Recording {
        let mut recording = self.events.closing();
        recording.entries.retain(|(name, _)| !KNOWN.contains(&name.as_str()));
        recording
    }
}
