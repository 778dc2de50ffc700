//! The formats of events that a file brings along, by their numbers.

use std::collections::HashMap;

use super::bytes::Bytes;
use super::{damage, limits};
use crate::error::{Damage, DamageKind};
use crate::ring::formats::{Field, Format};

/// The number of an event's type, where no format says otherwise.
const EVENT_TYPE: Field = Field::unsigned(0, 2);
/// The system of the events of the kernel's own tracers.
const FTRACE: &str = "ftrace";

/// The formats of events, by their numbers.
#[derive(Debug, Default)]
pub(super) struct EventFormats {
    formats: HashMap<u64, Known>,
    /// The number of the event's type, at the same place in all events.
    event_type: Option<Field>,
    /// Bytes of all formats.
    text_bytes: u64,
    /// The first format that could not be understood.
    flaw: Option<Damage>,
}

/// The format of an event, with the field that is read of each.
#[derive(Debug)]
struct Known {
    format: Format,
    pid: Option<Field>,
}

impl EventFormats {
    /// All formats, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Format> {
        self.formats.values().map(|known| &known.format)
    }

    /// The format and the process of an event; nothing when its number is not known.
    #[inline]
    pub(super) fn of(&self, data: &[u8]) -> Option<(&Format, i32)> {
        let known = self.formats.get(&self.event_type.unwrap_or(EVENT_TYPE).read(data)?)?;
        let pid = known.pid.and_then(|field| field.number(data));
        Some((&known.format, pid.unwrap_or_default() as i32))
    }

    /// The first text of a format that could not be understood. The others are read all the same.
    pub(super) fn flaw(&self) -> Option<&Damage> {
        self.flaw.as_ref()
    }

    /// Reads the formats of the kernel's tracers: their number, and each with its length.
    pub(super) fn read_ftrace(&mut self, bytes: &mut Bytes<'_>) -> Result<(), Damage> {
        self.read_files(FTRACE, bytes)
    }

    /// Reads the formats of all systems: their number, and for each its name, the number of its events, and these.
    pub(super) fn read_systems(&mut self, bytes: &mut Bytes<'_>) -> Result<(), Damage> {
        for _ in 0..bytes.u32("the number of systems of events")? {
            let system = bytes.text("the name of a system of events")?;
            self.read_files(&system, bytes)?;
        }
        Ok(())
    }

    fn read_files(&mut self, system: &str, bytes: &mut Bytes<'_>) -> Result<(), Damage> {
        for _ in 0..bytes.u32("the number of formats")? {
            let length = bytes.u64("the length of a format")?;
            let file = bytes.take(length, "the format of an event")?;
            self.text_bytes = self.text_bytes.saturating_add(length);
            if self.formats.len() >= limits::FORMATS || self.text_bytes > limits::FORMATS_TEXT {
                return Err(damage(DamageKind::Damaged, file.at(), "there are too many formats of events"));
            }
            if let Err(what) = self.add(system, &file.as_text()) {
                self.flaw.get_or_insert_with(|| damage(DamageKind::Damaged, file.at(), what));
            }
        }
        Ok(())
    }

    fn add(&mut self, system: &str, text: &str) -> Result<(), String> {
        let format = Format::parse(system, text)?;
        let id = format.id()?;
        let pid = format.field("common_pid");
        self.event_type = self.event_type.or(format.required_number("common_type").ok());
        if let Some(other) = self.formats.get(&id) {
            return Err(format!("events {} and {} have the number {id}", other.format.name, format.name));
        }
        self.formats.insert(id, Known { format, pid });
        Ok(())
    }
}
