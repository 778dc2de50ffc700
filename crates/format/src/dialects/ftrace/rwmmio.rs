//! `rwmmio_*`: what the accessors of the kernel do, `readl` and its kin (CONFIG_TRACE_MMIO_ACCESS).
//!
//! `CALLER0 -> CALLER width=BITS val=0xV addr=0xA` (include/trace/events/rwmmio.h), in 6.0 to 6.2 with one symbol, and
//! without a width in what was mailed before. An access has an event before it and one after it: the value of a read is in
//! the second one. A read that has none did not come back, which is what people turn these events on for.

mod pages;
mod pending;

use super::SECOND_EVENTS;
use super::line::Origin;
use crate::dialects::scan::Scan;
use crate::dialects::{Found, Sink};
use crate::record::Kind;
use pages::Pages;
use pending::{Call, Pending};

/// Bytes of an access of which neither the width nor the accessor is said.
const WIDTH: u8 = 4;

/// An event before or after an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event<'a> {
    is_write: bool,
    is_post: bool,
    /// What stands before the fields: where the access is in the kernel.
    symbols: &'a [u8],
    width: u8,
    value: u64,
    address: u64,
}

impl<'a> Event<'a> {
    /// Reads the fields of the event `name`.
    pub(super) fn read(name: &[u8], text: &'a [u8]) -> Option<Event<'a>> {
        let (is_write, is_post) = match name {
            b"rwmmio_write" => (true, false),
            b"rwmmio_read" => (false, false),
            b"rwmmio_post_write" => (true, true),
            b"rwmmio_post_read" => (false, true),
            _ => return None,
        };
        if text.starts_with(b"caller=") {
            return raw(text).map(|event| Event { is_write, is_post, ..event });
        }
        let begin =
            field(text, b"width=").or_else(|| field(text, b"val=")).or_else(|| field(text, b"addr="))?;
        let (symbols, mut scan) = (&text[..begin], Scan(&text[begin..]));
        let width = match scan.word(b"width=") {
            Some(()) => bytes(scan.decimal()?)?,
            None => of_accessor(symbols),
        };
        scan.blanks();
        let value = if scan.word(b"val=").is_some() { hex(&mut scan)? } else { 0 };
        scan.blanks();
        scan.word(b"addr=")?;
        let address = hex(&mut scan)?;
        scan.0.is_empty().then_some(Event { is_write, is_post, symbols, width, value, address })
    }
}

/// Where the field `name` begins.
#[inline]
fn field(text: &[u8], name: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, name).filter(|&at| at == 0 || text[at - 1] == b' ')
}

/// The fields as `trace-cmd report -R` gives them, all in hexadecimal digits and without symbols.
fn raw(text: &[u8]) -> Option<Event<'_>> {
    let number = |name| field(text, name).and_then(|at| hex(&mut Scan(&text[at + name.len()..])));
    Some(Event {
        is_write: false,
        is_post: false,
        symbols: b"",
        width: bytes(number(b"width=")?)?,
        value: number(b"val=").unwrap_or(0),
        address: number(b"addr=")?,
    })
}

/// Programs print a 0 without `0x`.
fn hex(scan: &mut Scan<'_>) -> Option<u64> {
    scan.hex_0x().or_else(|| scan.hex())
}

/// The bytes of a width in bits.
fn bytes(bits: u64) -> Option<u8> {
    matches!(bits, 8 | 16 | 32 | 64).then_some(bits as u8 / 8)
}

/// The bytes that an accessor such as `readl` or `writeb_relaxed` reads or writes.
fn of_accessor(symbols: &[u8]) -> u8 {
    let word = symbols
        .split(|byte| !byte.is_ascii_alphanumeric())
        .find_map(|word| word.strip_prefix(b"read").or_else(|| word.strip_prefix(b"write")));
    match word {
        Some(b"b") => 1,
        Some(b"w") => 2,
        Some(b"q") => 8,
        _ => WIDTH,
    }
}

/// Follows the events.
#[derive(Debug, Default)]
pub(super) struct Rwmmio {
    pages: Pages,
    pending: Pending,
}

impl Rwmmio {
    pub(super) fn event(&mut self, event: &Event<'_>, origin: Origin, to: &mut Sink) {
        let &Event { is_write, is_post, symbols, width, .. } = event;
        let address = to.physical(event.address);
        let region = self.pages.region(address, symbols, to);
        let call = Call { is_write, address, region, origin };
        let found = Found { value: event.value, width, ..origin.found() };
        match (is_write, is_post) {
            (true, false) => {
                call.access(&Found { kind: Kind::WRITE, ..found }, to);
                self.pending.begin(call, to);
            }
            (false, false) => self.pending.begin(call, to),
            (true, true) => match self.pending.end(&call, to) {
                true => to.tally.add(SECOND_EVENTS, 1),
                false => call.access(&Found { kind: Kind::WRITE, ..found }, to),
            },
            (false, true) => {
                if self.pending.end(&call, to) {
                    to.tally.add(SECOND_EVENTS, 1);
                }
                call.access(&Found { kind: Kind::READ, ..found }, to);
            }
        }
    }

    /// The log ends: what is still under way did not come back.
    pub(super) fn end(&mut self, to: &mut Sink) {
        self.pending.give_up(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event<'a>(name: &str, text: &'a str) -> Option<Event<'a>> {
        Event::read(name.as_bytes(), text.as_bytes())
    }

    #[test]
    fn fields_of_all_ages() {
        let whole = "a+0x24/0x60 -> b+0x18/0x40 [foo] width=64 val=0x200000 addr=0xffff800008a00004";
        let read = event("rwmmio_post_write", whole).unwrap();
        assert_eq!((read.is_write, read.is_post, read.width, read.value), (true, true, 8, 0x20_0000));
        assert_eq!(
            (read.address, read.symbols.trim_ascii_end()),
            (0xffff_8000_08a0_0004, &whole.as_bytes()[..32])
        );
        let read = event("rwmmio_read", "a+0x24/0x60 width=16 addr=0xffff800008a00004").unwrap();
        assert_eq!((read.is_write, read.is_post, read.width, read.value), (false, false, 2, 0));
        let raw = "caller=ffff80001 caller0=ffff80002 addr=ffff800008a00004 val=1f width=20";
        let read = event("rwmmio_post_read", raw).unwrap();
        assert_eq!((read.is_post, read.width, read.value), (true, 4, 0x1f));
        for (text, width) in
            [("readb addr=0x4", 1), ("readw_relaxed addr=0x4", 2), ("readq addr=0x4", 8), ("addr=0x4", 4)]
        {
            assert_eq!(event("rwmmio_read", text).unwrap().width, width, "{text}");
        }
        let zero = event("rwmmio_write", "a+0x1 -> b+0x2 width=8 val=0 addr=0x4").unwrap();
        assert_eq!((zero.width, zero.value), (1, 0));
    }

    #[test]
    fn other_fields_are_none() {
        for text in ["", "a width=32 val=0x1", "a width=33 val=0x1 addr=0x4", "a width=32 val=1 addr=0x4 x"] {
            assert_eq!(event("rwmmio_write", text), None, "{text}");
        }
        assert_eq!(event("rwmmio_other", "a width=32 val=0x1 addr=0x4"), None);
    }
}
