//! `kvm_mmio`: accesses of a virtual machine that KVM hands on.
//!
//! `mmio unsatisfied-read|read|write len N gpa 0xA val 0xV` (include/trace/events/kvm.h). A read that a program answers
//! has two events, of which only the second has the value; the kernel answers others at once. Addresses are those of the
//! guest's physical memory. The events do not say which devices lie there: blocks that are near to each other are taken for one.

use super::SECOND_EVENTS;
use super::line::Origin;
use crate::dialects::extents::Grain;
use crate::dialects::layout::RegionId;
use crate::dialects::scan::Scan;
use crate::dialects::{Found, Sink};
use crate::record::Kind;

/// Most bytes of a value in an event.
const MOST: u64 = 8;

/// An access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// `None` for the first event of a read.
    kind: Option<Kind>,
    length: u64,
    address: u64,
    value: u64,
}

impl Event {
    pub(super) fn read(text: &[u8]) -> Option<Event> {
        let mut scan = Scan(text);
        scan.word(b"mmio ")?;
        let kind = match scan.until(b' ')? {
            b"read" => Some(Kind::READ),
            b"write" => Some(Kind::WRITE),
            b"unsatisfied-read" => None,
            _ => return None,
        };
        scan.word(b"len ")?;
        let length = scan.decimal().filter(|&length| length > 0)?;
        scan.word(b" gpa ")?;
        let address = hex(&mut scan)?;
        scan.word(b" val ")?;
        let value = hex(&mut scan)?;
        scan.0.is_empty().then_some(Event { kind, length, address, value })
    }
}

/// Programs print a 0 without `0x`.
fn hex(scan: &mut Scan<'_>) -> Option<u64> {
    scan.hex_0x().or_else(|| scan.hex())
}

/// Follows the events.
#[derive(Debug, Default)]
pub(super) struct Kvm {
    region: Option<RegionId>,
}

impl Kvm {
    pub(super) fn event(&mut self, event: Event, origin: Origin, to: &mut Sink) {
        let Some(kind) = event.kind else { return to.tally.add(SECOND_EVENTS, 1) };
        if event.length > MOST {
            to.tally.add("accesses of more than 8 bytes, of which 8 are kept", 1);
        }
        let found = Found { kind, value: event.value, width: event.length.min(MOST) as u8, ..origin.found() };
        if self.region.is_none() {
            self.region = to.layout.add_parts(b"kvm_mmio", "mem", Grain::BLOCKS);
        }
        match self.region {
            Some(region) => to.access_at(region, event.address, &found),
            None => to.access(0, event.address, &found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_that_a_program_answers_have_two_events() {
        let read = |text: &str| Event::read(text.as_bytes());
        let event = |kind, value| Some(Event { kind, length: 4, address: 0xb000_0010, value });
        assert_eq!(read("mmio unsatisfied-read len 4 gpa 0xb0000010 val 0x0"), event(None, 0));
        assert_eq!(read("mmio read len 4 gpa 0xb0000010 val 0x1f"), event(Some(Kind::READ), 0x1f));
        assert_eq!(read("mmio write len 4 gpa 0xb0000010 val 0"), event(Some(Kind::WRITE), 0));
        for text in ["", "mmio", "mmio peek len 4 gpa 0x1 val 0x1", "mmio read len 0 gpa 0x1 val 0x1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
