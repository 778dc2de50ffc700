//! Fuzzware's trace of accesses: `EVENTID: PC LR r|w SIZE CURSOR BYTES 0xADDRESS:VALUE VALUE …`.
//!
//! Numbers are hexadecimal without `0x`, but for size, the place in the input of the fuzzer, and the bytes taken of it. The
//! number of the event is an order, not a time. Accesses of one instruction to one address that follow each other are one
//! line with all their values.

use std::io;

use super::scan::Scan;
use super::{Dialect, Found, Reader, Sink, Window, lines};
use crate::record::Kind;

pub(super) const DIALECT: Dialect = Dialect {
    name: "fuzzware",
    about: "Fuzzware's trace of accesses (`--mmio-trace-out`)",
    is_headed: false,
    sniff,
    make: |_, _| Box::new(Fuzzware),
};

/// A reader of the lines.
struct Fuzzware;

/// A line.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    found: Found,
    address: u64,
    /// Values with blanks between, which are numbers.
    values: Scan<'a>,
}

impl Reader for Fuzzware {
    fn read(&mut self, from: &mut Window, to: &mut Sink) -> io::Result<bool> {
        lines(from, to, line)
    }
}

/// Whether a line of `start` is of the trace.
fn sniff(start: &[u8]) -> bool {
    start.split(|&byte| byte == b'\n').any(|line| Line::read(line).is_some())
}

fn line(line: &[u8], to: &mut Sink) {
    let text = line.trim_ascii();
    let Some(Line { found, address, mut values }) = Line::read(line) else {
        match text {
            [] => {}
            [b'#', ..] => to.tally.add("lines that are no accesses", 1),
            _ => to.unparsed(line),
        }
        return;
    };
    while let Some(value) = values.hex() {
        to.access(0, address, &Found { value, ..found });
        values.blanks();
    }
}

impl<'a> Line<'a> {
    fn read(line: &'a [u8]) -> Option<Line<'a>> {
        let mut scan = Scan(line.trim_ascii());
        scan.hex()?;
        scan.word(b": ")?;
        let pc = Some(scan.hex()?);
        scan.word(b" ")?;
        let _lr = scan.hex()?;
        let kind = match scan.field()? {
            b"r" => Kind::READ,
            b"w" => Kind::WRITE,
            _ => return None,
        };
        scan.blanks();
        let width = scan.decimal().filter(|width| (1..=8).contains(width))? as u8;
        for _ in ["cursor", "bytes"] {
            scan.word(b" ")?;
            scan.decimal()?;
        }
        scan.word(b" ")?;
        let address = scan.hex_0x()?;
        scan.word(b":")?;
        let values = scan;
        loop {
            scan.hex()?;
            if scan.0.is_empty() {
                break;
            }
            scan.word(b" ")?;
            scan.blanks();
        }
        Some(Line { found: Found { kind, width, pc, ..Found::default() }, address, values })
    }
}

#[cfg(test)]
mod tests;
