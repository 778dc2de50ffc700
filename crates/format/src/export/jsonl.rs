//! Every record as one JSON object a line; nothing is left out.

use super::number::put;
use super::{Exporter, Resolved};
use crate::block::LOST_COUNT_UNKNOWN;
use crate::record::Kind;
use crate::seconds::Seconds;

/// An exporter of JSON lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jsonl;

impl Exporter for Jsonl {
    fn record(&self, r: &Resolved<'_>, out: &mut Vec<u8>) -> bool {
        let kind = r.kind();
        let name = if kind.is_access() { "access" } else { kind.name() };
        put!(out, "{{\"type\":\"{name}\"");
        if kind.is_timed() {
            put!(out, ",\"time\":\"{}\"", Seconds(r.block.time[r.row]));
        }
        match kind {
            _ if kind.is_access() => access(r, out),
            Kind::MAP | Kind::UNMAP => mapping(r, out),
            Kind::LOST if r.block.value[r.row] == LOST_COUNT_UNKNOWN => {
                out.extend_from_slice(b",\"events\":null")
            }
            Kind::LOST => put!(out, ",\"events\":{}", r.block.value[r.row]),
            _ => text(r, out),
        }
        origin(r, out);
        out.extend_from_slice(b"}\n");
        true
    }
}

fn place(r: &Resolved<'_>, out: &mut Vec<u8>) {
    if let Some(place) = r.place {
        let (name, bar, offset) = (r.device_name(), place.bar(), place.offset);
        put!(out, ",\"device\":\"{name}\",\"bar\":{bar},\"offset\":\"0x{offset:x}\"");
    }
}

fn access(r: &Resolved<'_>, out: &mut Vec<u8>) {
    let (b, row) = (r.block, r.row);
    put!(out, ",\"index\":{}", r.index);
    place(r, out);
    put!(out, ",\"op\":\"{}\"", r.kind().op().map_or('?', crate::Op::letter));
    if r.kind() == Kind::UNKNOWN {
        put!(out, ",\"opcode\":\"{:06x}", b.value[row] & 0xff_ffff);
        for byte in b.opcodes.get(row as u32).unwrap_or_default() {
            put!(out, "{byte:02x}");
        }
        out.push(b'"');
    } else {
        put!(out, ",\"width\":{},\"value\":\"0x{:x}\"", b.width[row], b.value[row]);
    }
    put!(out, ",\"map_id\":{},\"address\":\"0x{:x}\"", b.map_id[row], b.address[row]);
}

fn mapping(r: &Resolved<'_>, out: &mut Vec<u8>) {
    let (b, row) = (r.block, r.row);
    put!(out, ",\"map_id\":{}", b.map_id[row]);
    if let Some(range) = b.map_range(row as u32) {
        place(r, out);
        let (address, virt, length) = (b.address[row], range.virt, range.length);
        put!(out, ",\"address\":\"0x{address:x}\",\"virtual\":\"0x{virt:x}\",\"length\":\"0x{length:x}\"");
    }
}

/// Text as a string, or as hexadecimal `bytes` where it is not UTF-8.
fn text(r: &Resolved<'_>, out: &mut Vec<u8>) {
    match std::str::from_utf8(r.text()) {
        Ok(text) => {
            out.extend_from_slice(b",\"text\":");
            let _ = serde_json::to_writer(&mut *out, text);
        }
        Err(_) => {
            out.extend_from_slice(b",\"bytes\":\"");
            for byte in r.text() {
                put!(out, "{byte:02x}");
            }
            out.push(b'"');
        }
    }
}

/// The fields that only some tracers fill, where they are there.
fn origin(r: &Resolved<'_>, out: &mut Vec<u8>) {
    let (b, row) = (r.block, r.row);
    for (name, address) in [("pc", b.pc.get(row)), ("caller", b.caller.get(row))] {
        if address != 0 {
            put!(out, ",\"{name}\":\"0x{address:x}\"");
        }
    }
    let numbers = [
        ("cpu", b.cpu.get(row).into()),
        ("pid", b.pid.get(row).into()),
        ("sequence", b.sequence.get(row)),
        ("repeat", b.repeat.get(row)),
        ("flags", b.flags.get(row).into()),
    ];
    for (name, number) in numbers {
        if number != 0 {
            put!(out, ",\"{name}\":{number}");
        }
    }
}
