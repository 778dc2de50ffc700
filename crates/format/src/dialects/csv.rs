//! What `mmio-convert --to csv` writes: accesses, one a line.

use std::io;

use super::places::{Named, Places};
use super::scan::Scan;
use super::{Dialect, Reader, Sink, Window, lines};
use crate::block::{Block, Fields};
use crate::export::{Csv, Exporter};
use crate::record::Kind;

pub(super) const DIALECT: Dialect = Dialect {
    name: "csv",
    about: "what `mmio-convert --to csv` writes",
    is_headed: true,
    sniff: is_header,
    make: |_, _| Box::<CsvLog>::default(),
};

/// Whether it begins with the names of the columns.
fn is_header(text: &[u8]) -> bool {
    text.starts_with(Csv.header().trim_ascii_end().as_bytes())
}

/// A reader of the lines.
#[derive(Default)]
struct CsvLog {
    places: Places,
    row: Block,
}

/// A line.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    place: Named<'a>,
    fields: Fields,
    cpu: u32,
}

impl Reader for CsvLog {
    fn read(&mut self, from: &mut Window, to: &mut Sink) -> io::Result<bool> {
        lines(from, to, |line, to| self.line(line, to))
    }
}

impl CsvLog {
    fn line(&mut self, line: &[u8], to: &mut Sink) {
        let text = line.trim_ascii();
        if text.is_empty() || is_header(text) {
            return;
        }
        let Some(Line { place, fields, cpu }) = Line::read(text) else { return to.unparsed(line) };
        self.places.access(place, fields.address, fields.width, to);
        self.row.clear();
        self.row.push(fields);
        self.row.cpu.push_at(0, cpu);
        to.append(&self.row, 0);
    }
}

impl<'a> Line<'a> {
    fn read(text: &'a [u8]) -> Option<Line<'a>> {
        let mut columns = text.split(|&byte| byte == b',');
        let mut next = || columns.next();
        let _index = decimal(next()?)?;
        let time = whole(next()?, Scan::seconds)?;
        let device = std::str::from_utf8(next()?).ok()?;
        let bar = decimal(next()?)?.try_into().ok()?;
        let place = Named { device, bar, offset: hex(next()?)? };
        let kind = kind(next()?)?;
        let (width, value) = (next()?, next()?);
        let (width, value) = match kind {
            Kind::UNKNOWN if width.is_empty() && value.is_empty() => (0, 0),
            _ => (decimal(width)?.try_into().ok()?, hex(value)?),
        };
        let map_id = std::str::from_utf8(next()?).ok()?.parse().ok()?;
        let (address, pc) = (hex(next()?)?, hex(next()?)?);
        let (cpu, pid) = (decimal(next()?)?.try_into().ok()?, decimal(next()?)?.try_into().ok()?);
        let fields = Fields { kind, time, map_id, address, value, width, pc, pid };
        columns.next().is_none().then_some(Line { place, fields, cpu })
    }
}

/// The kind that an operation's letter names.
pub(super) fn kind(letter: &[u8]) -> Option<Kind> {
    match letter {
        b"R" => Some(Kind::READ),
        b"W" => Some(Kind::WRITE),
        b"?" => Some(Kind::UNKNOWN),
        _ => None,
    }
}

/// A number that is the whole of `text`.
fn whole<'a>(text: &'a [u8], read: impl Fn(&mut Scan<'a>) -> Option<u64>) -> Option<u64> {
    let mut scan = Scan(text);
    let number = read(&mut scan)?;
    scan.0.is_empty().then_some(number)
}

fn decimal(text: &[u8]) -> Option<u64> {
    whole(text, Scan::decimal)
}

fn hex(text: &[u8]) -> Option<u64> {
    whole(text, Scan::hex_0x)
}

#[cfg(test)]
mod tests;
