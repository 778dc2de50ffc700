//! `mmiotrace_rw` and `mmiotrace_map`: mmiotrace's own events.
//!
//! Fields after kernel/trace/trace_entries.h, in hexadecimal digits but for the number of the mapping: `phys value pc
//! map_id opcode width` and `phys virt len map_id opcode`. `trace-cmd report -R` puts `phys=` and so on before them.

use super::line::Origin;
use crate::dialects::scan::Scan;
use crate::dialects::{Found, Sink};
use crate::record::Kind;

/// What an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Access { kind: Kind, phys: u64, value: u64, pc: u64, map_id: i32, width: u8 },
    Map { phys: u64, virt: u64, length: u64, map_id: i32 },
    Unmap { map_id: i32 },
}

impl Event {
    /// Reads the fields of the event `name`.
    pub(super) fn read(name: &[u8], text: &[u8]) -> Option<Event> {
        let mut fields = Fields { scan: Scan(text), is_named: text.starts_with(b"phys=") };
        let phys = fields.hex(b"phys")?;
        let event = if name == b"mmiotrace_rw" {
            let (value, pc) = (fields.hex(b"value")?, fields.hex(b"pc")?);
            let map_id = fields.map_id()?;
            let (opcode, width) = (fields.hex(b"opcode")?, fields.hex(b"width")?);
            let kind = match opcode {
                1 => Kind::READ,
                2 => Kind::WRITE,
                5 => Kind::UNKNOWN,
                _ => return None,
            };
            let width = if kind == Kind::UNKNOWN { 0 } else { width };
            if kind != Kind::UNKNOWN && !(1..=8).contains(&width) {
                return None;
            }
            Event::Access { kind, phys, value, pc, map_id, width: width as u8 }
        } else {
            let (virt, length) = (fields.hex(b"virt")?, fields.hex(b"len")?);
            let map_id = fields.map_id()?;
            match fields.hex(b"opcode")? {
                3 => Event::Map { phys, virt, length, map_id },
                4 => Event::Unmap { map_id },
                _ => return None,
            }
        };
        fields.scan.0.is_empty().then_some(event)
    }

    /// Becomes a record.
    pub(super) fn put(self, origin: Origin, to: &mut Sink) {
        match self {
            Event::Access { kind, phys, value, pc, map_id, width } => {
                let pc = Some(pc).filter(|&pc| pc != 0);
                to.access(map_id, phys, &Found { kind, value, width, pc, ..origin.found() });
            }
            Event::Map { phys, virt, length, map_id } => {
                to.map(origin.time, map_id, phys, virt, length);
                to.owner(origin.cpu, origin.pid);
            }
            Event::Unmap { map_id } => {
                to.unmap(origin.time, map_id);
                to.owner(origin.cpu, origin.pid);
            }
        }
    }
}

/// The fields, one after the other.
struct Fields<'a> {
    scan: Scan<'a>,
    is_named: bool,
}

impl Fields<'_> {
    fn name(&mut self, name: &[u8]) -> Option<()> {
        self.scan.blanks();
        if self.is_named {
            self.scan.word(name)?;
            self.scan.word(b"=")?;
        }
        Some(())
    }

    fn hex(&mut self, name: &[u8]) -> Option<u64> {
        self.name(name)?;
        self.scan.hex_0x().or_else(|| self.scan.hex())
    }

    fn map_id(&mut self) -> Option<i32> {
        self.name(b"map_id")?;
        let is_negative = self.scan.word(b"-").is_some();
        let id = i64::try_from(self.scan.decimal()?).ok()?;
        i32::try_from(if is_negative { -id } else { id }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_and_without_names() {
        let access = |kind, width| Event::Access {
            kind,
            phys: 0xfebc_4000,
            value: 0xfee0_1004,
            pc: 0,
            map_id: 12,
            width,
        };
        let read = |name: &str, text: &str| Event::read(name.as_bytes(), text.as_bytes());
        assert_eq!(read("mmiotrace_rw", "febc4000 fee01004 0 12 2 4"), Some(access(Kind::WRITE, 4)));
        assert_eq!(read("mmiotrace_rw", "febc4000 fee01004 0 12 5 4"), Some(access(Kind::UNKNOWN, 0)));
        let named = "phys=febc4000 value=fee01004 pc=0 map_id=12 opcode=1 width=8";
        assert_eq!(read("mmiotrace_rw", named), Some(access(Kind::READ, 8)));
        let map = Event::Map { phys: 0xfea0_0000, virt: 0xffff_c900_0010_0000, length: 0x1000, map_id: 1 };
        assert_eq!(read("mmiotrace_map", "fea00000 ffffc90000100000 1000 1 3"), Some(map));
        assert_eq!(read("mmiotrace_map", "0 0 0 -1 4"), Some(Event::Unmap { map_id: -1 }));
    }

    #[test]
    fn other_fields_are_none() {
        for text in [
            "",
            "febc4000",
            "febc4000 1 0 1 3 4",
            "febc4000 1 0 1 2 9",
            "febc4000 1 0 1 2 4 5",
            "febc4000 1 0 99999999999 2 4",
            "febc4000 value=1 0 1 2 4",
            "phys=febc4000 1 0 1 2 4",
        ] {
            assert_eq!(Event::read(b"mmiotrace_rw", text.as_bytes()), None, "{text}");
        }
    }
}
