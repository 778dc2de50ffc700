//! Events by their fields, spelled as the kernel prints them: so that an event is understood in one place, whatever it
//! came in.

use std::io::Write;

use crate::ring::formats::Format;

/// What follows the name of an event; nothing for one that is not spelled here, or lacks a field.
pub(crate) fn spell(format: &Format, data: &[u8]) -> Option<Vec<u8>> {
    let (fields, mut text) = (Fields { format, data }, Vec::new());
    let out = &mut text;
    let spelled = match format.name.as_str() {
        "mmiotrace_rw" => {
            fields.numbers(&["phys", "value", "pc"], out).and_then(|()| fields.rest("width", out))
        }
        "mmiotrace_map" => fields.numbers(&["phys", "virt", "len"], out).and_then(|()| fields.rest("", out)),
        "kvm_mmio" => fields.kvm(out),
        "print" => fields.text("buf", out),
        name if name.starts_with("rwmmio_") => {
            fields.named(&["caller", "caller0", "addr", "val", "width"], out)
        }
        name if name.starts_with("regmap_") || name.starts_with("regcache_") => fields.regmap(out),
        "hda_send_cmd" => fields.codec(fields.number("cmd")? >> 28, "cmd", out),
        "hda_get_response" => fields.codec(fields.number("addr")?, "res", out),
        _ => None,
    };
    spelled.map(|()| text)
}

/// The fields of one event.
struct Fields<'a> {
    format: &'a Format,
    data: &'a [u8],
}

impl Fields<'_> {
    fn number(&self, name: &str) -> Option<u64> {
        self.format.field(name)?.number(self.data)
    }

    fn text(&self, name: &str, out: &mut Vec<u8>) -> Option<()> {
        let text = self.format.field(name)?.text(self.data)?;
        out.extend_from_slice(text.trim_ascii_end());
        Some(())
    }

    /// Numbers in hexadecimal digits, each with a blank after it.
    fn numbers(&self, names: &[&str], out: &mut Vec<u8>) -> Option<()> {
        for name in names {
            write!(out, "{:x} ", self.number(name)?).ok()?;
        }
        Some(())
    }

    /// The number of the mapping, the operation, and `last` where there is one.
    fn rest(&self, last: &str, out: &mut Vec<u8>) -> Option<()> {
        write!(out, "{} {:x}", self.number("map_id")? as i32, self.number("opcode")?).ok()?;
        if !last.is_empty() {
            write!(out, " {:x}", self.number(last)?).ok()?;
        }
        Some(())
    }

    /// `name=value` of those fields that there are, the last one among them.
    fn named(&self, names: &[&str], out: &mut Vec<u8>) -> Option<()> {
        for name in names {
            if let Some(number) = self.number(name) {
                write!(out, "{name}={number:x} ").ok()?;
            }
        }
        out.pop_if(|byte| *byte == b' ').map(drop)
    }

    /// The operations are numbers 0 to 2 (include/trace/events/kvm.h). Of a value of more than 8 bytes the first are given.
    fn kvm(&self, out: &mut Vec<u8>) -> Option<()> {
        let operation = ["unsatisfied-read", "read", "write"].get(self.number("type")? as usize)?;
        let (length, address) = (self.number("len")?, self.number("gpa")?);
        write!(out, "mmio {operation} len {length} gpa 0x{address:x} val 0x{:x}", self.number("val")?).ok()
    }

    /// `NAME reg=… val=…`, or whatever else an event of regmap has.
    fn regmap(&self, out: &mut Vec<u8>) -> Option<()> {
        self.text("name", out)?;
        for name in ["reg", "val", "count"] {
            if let Some(number) = self.number(name) {
                write!(out, " {name}={number:x}").ok()?;
            }
        }
        if let Some(bytes) = self.format.field("buf").and_then(|field| field.bytes(self.data)) {
            out.extend_from_slice(b" val=");
            let length =
                self.number("val_len").map_or(bytes.len(), |length| bytes.len().min(length as usize));
            for byte in &bytes[..length] {
                write!(out, "{byte:02x} ").ok()?;
            }
            out.pop();
        }
        Some(())
    }

    /// `[NAME:CODEC] val=…`
    fn codec(&self, codec: u64, value: &str, out: &mut Vec<u8>) -> Option<()> {
        out.push(b'[');
        self.text("name", out)?;
        write!(out, ":{codec}] val=0x{:08x}", self.number(value)?).ok()
    }
}
