//! The lines of `dump`.

mod fields;

use mmio_analyze::dump::{Access, Item, Origin};
use mmio_format::{Op, Place};

use fields::Field;
pub use fields::Fields;

use crate::color::Paint;
use crate::numbers::{counted, grouped, hex, seconds};
use crate::{Speller, Style};

/// Turns items into lines.
pub struct Dumper<'a> {
    speller: Speller<'a>,
    paint: Paint,
    delta: bool,
    fields: Fields,
    before: Option<u64>,
    name_width: usize,
}

impl<'a> Dumper<'a> {
    /// A dumper for the items of one trace that shows these fields. With `delta`, times are those since the line before,
    /// instead of the trace's clock.
    pub fn new(speller: Speller<'a>, style: Style, delta: bool, fields: Fields) -> Dumper<'a> {
        let name_width = speller.longest_device();
        Dumper { speller, paint: Paint(style.color), delta, fields, before: None, name_width }
    }

    /// One item as one line.
    pub fn line(&mut self, item: &Item) -> String {
        match item {
            Item::Access(access) => self.access(access),
            Item::Mapping { time, map_id, range } => {
                let id = if self.fields.has_map_ids() { format!(" {map_id}") } else { String::new() };
                let range = range.map(|(place, length)| {
                    let last = place.offset.saturating_add(length.saturating_sub(1));
                    let end = if self.fields.has(Field::Offset) {
                        format!("…+{}", hex(last))
                    } else {
                        String::new()
                    };
                    self.place(place) + &end
                });
                let word = if range.is_some() { "map" } else { "unmap" };
                joined([self.time(*time), range.unwrap_or_default(), format!("{word}{id}")])
            }
            Item::Marker { time, text } => {
                let text = format!("── {}", text.escape_debug());
                joined([self.time(*time), self.paint.bold(&text)])
            }
            Item::Lost(count) => {
                let events = count.map_or("some events".into(), |n| counted(n, "event", "events"));
                joined([self.no_time(), self.paint.alarm(&format!("── {events} lost here"))])
            }
            Item::Text(keyword, text) => {
                let line = format!("{keyword} {}", text.trim_end_matches(['\r', '\n']).escape_debug());
                joined([self.no_time(), self.paint.dim(line.trim_end())])
            }
        }
    }

    /// The time of the line, if it is shown; the line is the one before for the next one.
    fn time(&mut self, time: u64) -> String {
        let before = self.before.replace(time);
        let text = match (self.delta, before) {
            (false, _) => seconds(time),
            (true, None) => "0.000000".into(),
            (true, Some(before)) if before <= time => format!("+{}", seconds(time - before)),
            (true, Some(before)) => format!("-{}", seconds(before - time)),
        };
        if self.fields.has(Field::Time) { self.paint.dim(&format!("{text:>18}")) } else { String::new() }
    }

    /// The place of the time in a line that has none.
    fn no_time(&self) -> String {
        if self.fields.has(Field::Time) { " ".repeat(18) } else { String::new() }
    }

    fn place(&self, place: Place) -> String {
        let name = || format!("{:<width$}", self.speller.device(place.device), width = self.name_width);
        let shown = [
            self.fields.has(Field::Device).then(name),
            self.fields.has(Field::Bar).then(|| place.bar().to_string()),
            self.fields.has(Field::Offset).then(|| format!("+0x{:x}", place.offset)),
        ];
        shown.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn access(&mut self, a: &Access) -> String {
        let op = a.op.letter();
        let digits = usize::from(a.width) * 2;
        let value = |v: u64| format!("0x{v:0digits$x}");
        let (what, mut tail) = if a.op == Op::Unknown {
            let bytes = [a.value >> 16, a.value >> 8, a.value].map(|b| format!("{:02x}", b & 0xff));
            ("?".to_owned(), format!("opcode {}", bytes.join(" ")))
        } else {
            (format!("{op}{}", a.width), value(a.value))
        };
        if let Some(f) = a.folded.filter(|f| f.changes > 0) {
            tail += &format!(" … {}", value(f.last_value));
        }
        let (time, width) = (self.time(a.time), self.fields.place_width(self.name_width));
        let shown = |field, text: String| if self.fields.has(field) { text } else { String::new() };
        let parts = [
            shown(Field::Index, format!("{:>9}", grouped(a.index))),
            time,
            format!("{:<width$}", self.place(a.place)),
            shown(Field::Op, self.paint.op(op, &format!("{what:<2}"))),
            shown(Field::Value, tail),
            self.folded(a),
            self.origin(&a.origin),
        ];
        self.before = a.folded.map(|f| f.last_time).or(self.before);
        joined(parts)
    }

    fn folded(&self, a: &Access) -> String {
        let Some(f) = a.folded else { return String::new() };
        let mut text = format!("×{}, {}", f.count, counted(f.changes, "change", "changes"));
        if self.fields.has(Field::Time) {
            text += &format!(", {} s", seconds(f.last_time.saturating_sub(a.time)));
        }
        self.paint.dim(&text)
    }

    /// The fields that say where an access comes from, as far as the trace has them.
    fn origin(&self, origin: &Origin) -> String {
        let Origin { map_id, address, pc, caller, cpu, pid, sequence, repeat, .. } = *origin;
        let known = |number: u64| (number != 0).then_some(number);
        let shown = [
            (Field::Map, Some(map_id).filter(|&id| id >= 0).map(|id| id.to_string())),
            (Field::Address, Some(hex(address))),
            (Field::Pc, known(pc).map(hex)),
            (Field::Caller, known(caller).map(hex)),
            (Field::Cpu, cpu.map(|cpu| cpu.to_string())),
            (Field::Pid, known(pid.into()).map(|pid| pid.to_string())),
            (Field::Sequence, known(sequence).map(|n| n.to_string())),
            (Field::Repeat, known(repeat).map(|n| n.to_string())),
        ];
        let chosen = shown.into_iter().filter(|(field, _)| self.fields.has(*field));
        let words = chosen.filter_map(|(field, text)| Some(format!("{} {}", field.name(), text?)));
        let words = words.collect::<Vec<_>>().join(" ");
        if words.is_empty() { words } else { self.paint.dim(&words) }
    }
}

/// The parts that are not empty as a line.
fn joined<const N: usize>(parts: [String; N]) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("  ") + "\n"
}
