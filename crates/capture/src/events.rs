//! The tracer's events as records of a block.

use mmio_format::{Block, Fields, Kind};

use crate::formats::{AccessLayout, Formats, MapLayout};

/// `enum mm_io_opcode` in the kernel's include/linux/mmiotrace.h.
mod opcode {
    pub(super) const READ: u64 = 1;
    pub(super) const WRITE: u64 = 2;
    pub(super) const PROBE: u64 = 3;
    pub(super) const UNPROBE: u64 = 4;
    pub(super) const UNKNOWN: u64 = 5;
}

/// What an event was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// One of the tracer's, or a marker; it is in the block now.
    Record,
    /// Of another kind, which somebody else switched on.
    Other,
    /// Too short for its kind.
    Short,
}

/// Appends the record of an event. `data` is the event from its common fields on.
///
/// Records get what the text log has no room for: nanoseconds, process id, cpu.
#[inline]
pub fn push(data: &[u8], time: u64, cpu: u32, formats: &Formats, block: &mut Block) -> Found {
    let (Some(kind), Some(pid)) = (formats.event_type.read(data), formats.pid.read(data)) else {
        return Found::Short;
    };
    let row = block.len();
    let base = Fields { time, pid: pid as u32, ..Fields::default() };
    let done = if kind == formats.access.id {
        access(data, base, &formats.access, block)
    } else if kind == formats.map.id {
        mapping(data, base, &formats.map, block)
    } else if kind == formats.print.id {
        data.get(formats.print.text..).map(|text| marker(text, base, block))
    } else {
        return Found::Other;
    };
    if done.is_none() {
        return Found::Short;
    }
    block.cpu.push_at(row, cpu);
    Found::Record
}

#[inline]
fn access(data: &[u8], base: Fields, layout: &AccessLayout, block: &mut Block) -> Option<()> {
    let fields = Fields {
        map_id: layout.map_id.read(data)? as i32,
        address: layout.phys.read(data)?,
        value: layout.value.read(data)?,
        pc: layout.pc.read(data)?,
        width: layout.width.read(data)? as u8,
        ..base
    };
    match layout.opcode.read(data)? {
        opcode::READ => block.push(Fields { kind: Kind::READ, ..fields }),
        opcode::WRITE => block.push(Fields { kind: Kind::WRITE, ..fields }),
        // The value is three opcode bytes, the width what was left there by somebody else.
        opcode::UNKNOWN => {
            block.push(Fields { kind: Kind::UNKNOWN, value: fields.value & 0xff_ffff, width: 0, ..fields })
        }
        // What the kernel prints for it.
        _ => block.push_text(Kind::RAW, 0, b"rw what?\n"),
    };
    Some(())
}

fn mapping(data: &[u8], base: Fields, layout: &MapLayout, block: &mut Block) -> Option<()> {
    let fields = Fields { map_id: layout.map_id.read(data)? as i32, ..base };
    let (address, virt) = (layout.phys.read(data)?, layout.virt.read(data)?);
    let length = layout.length.read(data)?;
    match layout.opcode.read(data)? {
        opcode::PROBE => block.push_map(Fields { address, ..fields }, virt, length),
        opcode::UNPROBE => block.push(Fields { kind: Kind::UNMAP, ..fields }),
        _ => block.push_text(Kind::RAW, 0, b"map what?\n"),
    };
    Some(())
}

/// Text that ends at a zero byte or with the event, mostly with a line end before.
fn marker(text: &[u8], base: Fields, block: &mut Block) {
    let text = text.split(|&b| b == 0).next().unwrap_or_default();
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let row = block.push(Fields { kind: Kind::MARKER, ..base });
    block.texts.push(row, text);
}
