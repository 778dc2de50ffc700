//! The lines of `dump`.

mod fields;

use std::fmt::Write;

use mmio_analyze::dump::{Access, Folded, Item, Origin};
use mmio_analyze::waits::End;
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
        let mut line = Line::default();
        match item {
            Item::Access(access) => self.access(access, &mut line),
            Item::Mapping { time, map_id, range } => {
                line.part(&self.time(*time));
                if let Some((place, length)) = range
                    && self.fields.has_place()
                {
                    self.place(*place, line.next());
                    let last = place.offset.saturating_add(length.saturating_sub(1));
                    let end = format!("…+{}", hex(last));
                    line.0.push_str(if self.fields.has(Field::Offset) { &end } else { "" });
                }
                line.part(if range.is_some() { "map" } else { "unmap" });
                if self.fields.has_map_ids() {
                    let _ = write!(line.0, " {map_id}");
                }
            }
            Item::Marker { time, text } => {
                line.part(&self.time(*time));
                line.part(&self.paint.bold(&format!("── {}", text.escape_debug())));
            }
            Item::Lost(count) => {
                let events = count.map_or("some events".into(), |n| counted(n, "event", "events"));
                line.part(self.no_time());
                line.part(&self.paint.alarm(&format!("── {events} lost here")));
            }
            Item::Text(keyword, text) => {
                let text = format!("{keyword} {}", text.trim_end_matches(['\r', '\n']).escape_debug());
                line.part(self.no_time());
                line.part(&self.paint.dim(text.trim_end()));
            }
        }
        line.0.push('\n');
        line.0
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

    /// How a folded wait ended, in words.
    fn wait(&self, folded: Folded) -> String {
        let Some((end, condition)) = folded.wait else { return String::new() };
        let until = condition.map(|condition| self.speller.evidence(&condition.evidence()));
        match (end, until) {
            (End::Met, Some(until)) => self.paint.dim(&format!(", until {until}")),
            (End::InVain, Some(until)) => self.paint.alarm(&format!(", never {until}")),
            (End::InVain, None) => self.paint.alarm(", in vain"),
            (End::Cut(cut), _) => self.paint.dim(&format!(", {}", crate::waits::cut(cut))),
            (End::Unknown, _) => self.paint.dim(", of unknown end"),
            (End::Met, None) => String::new(),
        }
    }

    /// The place of the time in a line that has none.
    fn no_time(&self) -> &'static str {
        if self.fields.has(Field::Time) { "                  " } else { "" }
    }

    /// Appends the parts of a place that are shown.
    fn place(&self, place: Place, out: &mut String) {
        let mut gap = "";
        if self.fields.has(Field::Device) {
            let _ = write!(out, "{:<width$}", self.speller.device(place.device), width = self.name_width);
            gap = " ";
        }
        if self.fields.has(Field::Bar) {
            let _ = write!(out, "{gap}{}", place.bar());
            gap = " ";
        }
        if self.fields.has(Field::Offset) {
            let _ = write!(out, "{gap}+0x{:x}", place.offset);
        }
    }

    fn access(&mut self, a: &Access, line: &mut Line) {
        if self.fields.has(Field::Index) {
            let _ = write!(line.next(), "{:>9}", grouped(a.index));
        }
        line.part(&self.time(a.time));
        if self.fields.has_place() {
            let width = self.fields.place_width(self.name_width) + line.next().len();
            self.place(a.place, &mut line.0);
            let missing = width.saturating_sub(line.0.len());
            line.0.extend(std::iter::repeat_n(' ', missing));
        }
        if self.fields.has(Field::Op) {
            let op = a.op.letter();
            let what = if a.op == Op::Unknown { "? ".to_owned() } else { format!("{op}{}", a.width) };
            line.part(&self.paint.op(op, &what));
        }
        if self.fields.has(Field::Value) {
            value(a, line.next());
        }
        if let Some(f) = a.folded {
            let mut text = format!("×{}, {}", f.count, counted(f.changes, "change", "changes"));
            if self.fields.has(Field::Time) {
                let _ = write!(text, ", {} s", seconds(f.last_time.saturating_sub(a.time)));
            }
            let shown = self.paint.dim(&text) + &self.wait(f);
            line.part(&shown);
            self.before = Some(f.last_time);
        }
        if self.fields.has_origin() {
            line.part(&self.origin(&a.origin));
        }
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

/// Appends the value of an access, and the last one of a folded run if it changed.
fn value(a: &Access, out: &mut String) {
    let digits = usize::from(a.width) * 2;
    let _ = if a.op == Op::Unknown {
        let [_, _, _, _, _, first, second, third] = a.value.to_be_bytes();
        write!(out, "opcode {first:02x} {second:02x} {third:02x}")
    } else {
        write!(out, "0x{:0digits$x}", a.value)
    };
    if let Some(f) = a.folded.filter(|f| f.changes > 0) {
        let _ = write!(out, " … 0x{:0digits$x}", f.last_value);
    }
}

/// A line of parts with two spaces between.
#[derive(Default)]
struct Line(String);

impl Line {
    /// The line, for the next part.
    fn next(&mut self) -> &mut String {
        if !self.0.is_empty() {
            self.0.push_str("  ");
        }
        &mut self.0
    }

    /// Appends a part, unless it is empty.
    fn part(&mut self, text: &str) {
        if !text.is_empty() {
            self.next().push_str(text);
        }
    }
}
