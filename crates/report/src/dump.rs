//! The lines of `dump`.

use mmio_analyze::dump::{Access, Folded, Item};
use mmio_analyze::waits::End;
use mmio_format::{Op, Place};

use crate::color::Paint;
use crate::numbers::{hex, seconds};
use crate::{Speller, Style};

/// Turns items into lines.
pub struct Dumper<'a> {
    speller: Speller<'a>,
    paint: Paint,
    delta: bool,
    before: Option<u64>,
    name_width: usize,
}

impl<'a> Dumper<'a> {
    /// A dumper for the items of one trace. With `delta`, times are those since the line before, instead of
    /// the trace's clock.
    pub fn new(speller: Speller<'a>, style: Style, delta: bool) -> Dumper<'a> {
        let name_width = speller.longest_device();
        Dumper { speller, paint: Paint(style.color), delta, before: None, name_width }
    }

    /// One item as one line.
    pub fn line(&mut self, item: &Item) -> String {
        match item {
            Item::Access(access) => self.access(access),
            Item::Mapping { time, map_id, range: Some((place, length)) } => {
                let last = place.offset.saturating_add(length.saturating_sub(1));
                format!("{}  {}…+{}  map {map_id}\n", self.time(*time), self.place(*place), hex(last))
            }
            Item::Mapping { time, map_id, range: None } => format!("{}  unmap {map_id}\n", self.time(*time)),
            Item::Marker { time, text } => {
                let text = format!("── {}", text.escape_debug());
                format!("{}  {}\n", self.time(*time), self.paint.bold(&text))
            }
            Item::Lost(count) => {
                let events = count.map_or("some".into(), |n| n.to_string());
                format!("{:>18}  {}\n", "", self.paint.alarm(&format!("── {events} events lost here")))
            }
            Item::Text(keyword, text) => {
                let line = format!("{keyword} {}", text.trim_end_matches(['\r', '\n']).escape_debug());
                format!("{:>18}  {}\n", "", self.paint.dim(line.trim_end()))
            }
        }
    }

    fn time(&mut self, time: u64) -> String {
        let before = self.before.replace(time);
        let text = match (self.delta, before) {
            (false, _) => seconds(time),
            (true, None) => "0.000000".into(),
            (true, Some(before)) if before <= time => format!("+{}", seconds(time - before)),
            (true, Some(before)) => format!("-{}", seconds(before - time)),
        };
        self.paint.dim(&format!("{text:>18}"))
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

    fn place(&self, place: Place) -> String {
        let name = self.speller.device(place.device);
        format!("{name:<width$} {} +0x{:x}", place.bar(), place.offset, width = self.name_width)
    }

    fn access(&mut self, a: &Access) -> String {
        let op = a.op.letter();
        let digits = usize::from(a.width) * 2;
        let value = |v: u64| format!("0x{v:0digits$x}");
        let (what, tail) = if a.op == Op::Unknown {
            let bytes = [a.value >> 16, a.value >> 8, a.value].map(|b| format!("{:02x}", b & 0xff));
            ("?".to_owned(), format!("opcode {}", bytes.join(" ")))
        } else {
            (format!("{op}{}", a.width), value(a.value))
        };
        let place = format!("{:<width$}", self.place(a.place), width = self.name_width + 14);
        let mut line =
            format!("{}  {place}  {}  {tail}", self.time(a.time), self.paint.op(op, &format!("{what:<2}")));
        if let Some(f) = a.folded {
            if f.changes > 0 {
                line += &format!(" … {}", value(f.last_value));
            }
            let changes = if f.changes == 1 { "change" } else { "changes" };
            let for_time = seconds(f.last_time.saturating_sub(a.time));
            line += &self.paint.dim(&format!("  ×{}, {} {changes}, {for_time} s", f.count, f.changes));
            line += &self.wait(f);
            self.before = Some(f.last_time);
        }
        line.push('\n');
        line
    }
}
