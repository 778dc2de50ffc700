//! What `mmio-convert --to jsonl` writes: every record as a JSON object, one a line.

use std::io;

use serde_json::Value;

use super::csv::kind as access_kind;
use super::places::{Named, Places};
use super::scan::Scan;
use super::{Dialect, Reader, Sink, Window, lines};
use crate::block::{Block, Fields, LOST_COUNT_UNKNOWN};
use crate::pci::PciDevice;
use crate::record::Kind;

pub(super) const DIALECT: Dialect = Dialect {
    name: "jsonl",
    about: "what `mmio-convert --to jsonl` writes",
    is_headed: true,
    sniff,
    make: |_, _| Box::<JsonLines>::default(),
};

/// Kinds of records that have a text, and nothing else but a time.
const TEXTS: [Kind; 6] =
    [Kind::MARKER, Kind::PCI_DEVICE, Kind::VERSION, Kind::LSPCI, Kind::COMMENT, Kind::RAW];
/// Kinds of records that have numbers.
const NUMBERS: [Kind; 4] = [Kind::READ, Kind::MAP, Kind::UNMAP, Kind::LOST];
/// Bytes of an instruction beyond the first three.
const MAX_OPCODES: usize = 12;

/// Whether it begins with the type of a record.
fn sniff(start: &[u8]) -> bool {
    let mut scan = Scan(start.trim_ascii_start());
    let name = scan.word(b"{\"type\":\"").and_then(|()| scan.until(b'"'));
    let known = TEXTS.iter().chain(&NUMBERS).any(|kind| name == Some(kind.name().as_bytes()));
    known && matches!(scan.0.first(), Some(b',' | b'}'))
}

/// A reader of the lines.
#[derive(Default)]
struct JsonLines {
    places: Places,
    row: Block,
}

impl Reader for JsonLines {
    fn read(&mut self, from: &mut Window, to: &mut Sink) -> io::Result<bool> {
        lines(from, to, |line, to| self.line(line, to))
    }
}

impl JsonLines {
    fn line(&mut self, line: &[u8], to: &mut Sink) {
        let text = line.trim_ascii();
        if text.is_empty() {
            return;
        }
        self.row.clear();
        let object = serde_json::from_slice(text).ok();
        match object.and_then(|object| Object(object).read(&mut self.row, &mut self.places, to)) {
            Some(()) => to.append(&self.row, 0),
            None => to.unparsed(line),
        }
    }
}

/// A line's object.
struct Object(Value);

impl Object {
    /// Puts the record into the empty block `row`.
    fn read(&self, row: &mut Block, places: &mut Places, to: &mut Sink) -> Option<()> {
        let name = self.text("type")?;
        let text = TEXTS.iter().find(|kind| kind.name() == name);
        let number = NUMBERS.iter().find(|kind| kind.name() == name);
        match *text.or(number)? {
            Kind::READ => self.access(row, places, to)?,
            Kind::MAP => self.map(row, places)?,
            Kind::UNMAP => {
                row.push(Fields { kind: Kind::UNMAP, ..self.fields()? });
            }
            Kind::LOST => {
                let events = self.0.get("events")?;
                let count = if events.is_null() { LOST_COUNT_UNKNOWN } else { events.as_u64()? };
                row.push_lost(self.time()?, self.small("cpu")?, count);
            }
            kind => {
                let time = if kind.is_timed() { self.time()? } else { 0 };
                let text = self.bytes()?;
                let device = PciDevice::parse(&text).filter(|_| kind == Kind::PCI_DEVICE);
                device.iter().for_each(|device| places.listed(device));
                row.push_text(kind, time, &text);
            }
        }
        self.origin(row)
    }

    fn access(&self, row: &mut Block, places: &mut Places, to: &mut Sink) -> Option<()> {
        let kind = access_kind(self.text("op")?.as_bytes())?;
        let mut fields = Fields { kind, address: self.hex("address")?, ..self.fields()? };
        if kind == Kind::UNKNOWN {
            let bytes = bytes(self.text("opcode")?)?;
            let (first, rest) = bytes.split_at_checked(3).filter(|(_, rest)| rest.len() <= MAX_OPCODES)?;
            fields.value = first.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
            row.push(fields);
            if !rest.is_empty() {
                row.opcodes.push(0, rest);
            }
        } else {
            (fields.width, fields.value) = (self.small("width")?, self.hex("value")?);
            row.push(fields);
        }
        if let Some(place) = self.place() {
            places.access(place, fields.address, fields.width, to);
        }
        Some(())
    }

    fn map(&self, row: &mut Block, places: &mut Places) -> Option<()> {
        let fields = Fields { address: self.hex("address")?, ..self.fields()? };
        row.push_map(fields, self.hex("virtual")?, self.hex("length")?);
        self.place().iter().for_each(|place| places.mapped(place.device));
        Some(())
    }

    /// What accesses and mappings have alike; the rest comes with [`Object::origin`], which follows.
    fn fields(&self) -> Option<Fields> {
        let map_id = self.0.get("map_id")?.as_i64()?.try_into().ok()?;
        let (time, pid) = (self.time()?, self.small("pid")?);
        let pc = self.address("pc")?;
        Some(Fields { time, map_id, pc, pid, ..Fields::default() })
    }

    /// Columns that only some tracers fill.
    fn origin(&self, row: &mut Block) -> Option<()> {
        let caller = self.address("caller")?;
        let (sequence, repeat) = (self.number("sequence")?, self.number("repeat")?);
        let flags = self.small("flags")?;
        if row.kind.first() != Some(&Kind::LOST) {
            row.cpu.push_at(0, self.small("cpu")?);
        }
        if row.pc.is_empty() {
            row.pc.push_at(0, self.address("pc")?);
        }
        if row.pid.is_empty() {
            row.pid.push_at(0, self.small("pid")?);
        }
        row.caller.push_at(0, caller);
        row.sequence.push_at(0, sequence);
        row.repeat.push_at(0, repeat);
        row.flags.push_at(0, flags);
        Some(())
    }

    fn place(&self) -> Option<Named<'_>> {
        let bar = self.0.get("bar")?.as_u64()?.try_into().ok()?;
        Some(Named { device: self.text("device")?, bar, offset: self.hex("offset")? })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// The text of a record, which is hexadecimal where it is not UTF-8.
    fn bytes(&self) -> Option<Vec<u8>> {
        match self.text("text") {
            Some(text) => Some(text.as_bytes().to_vec()),
            None => bytes(self.text("bytes")?),
        }
    }

    fn time(&self) -> Option<u64> {
        let mut scan = Scan(self.text("time")?.as_bytes());
        let time = scan.seconds()?;
        scan.0.is_empty().then_some(time)
    }

    fn hex(&self, name: &str) -> Option<u64> {
        let mut scan = Scan(self.text(name)?.as_bytes());
        let number = scan.hex_0x()?;
        scan.0.is_empty().then_some(number)
    }

    /// An address that is left out where it is 0.
    fn address(&self, name: &str) -> Option<u64> {
        if self.0.get(name).is_some() { self.hex(name) } else { Some(0) }
    }

    /// A number that is left out where it is 0.
    fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).map_or(Some(0), Value::as_u64)
    }

    /// A number that is left out where it is 0, of a column of fewer bits.
    fn small<T: TryFrom<u64>>(&self, name: &str) -> Option<T> {
        self.number(name)?.try_into().ok()
    }
}

/// The bytes that pairs of hexadecimal digits spell.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let pair = |&[high, low]: &[u8; 2]| Some(digit(high)? << 4 | digit(low)?);
    rest.is_empty().then(|| pairs.iter().map(pair).collect())?
}

#[cfg(test)]
mod tests;
