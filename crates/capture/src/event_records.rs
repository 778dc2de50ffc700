//! From an event of the tracer to the records of a block.

use mmio_format::{Block, Fields, Kind};

use crate::device_order::MAX_COUNT;
use crate::formats::{DOWN, Formats, Kinds, MapLayout, TrapEvents};

/// `enum mm_io_opcode` in the kernel's include/linux/mmiotrace.h.
mod opcode {
    pub(super) const READ: u64 = 1;
    pub(super) const WRITE: u64 = 2;
    pub(super) const PROBE: u64 = 3;
    pub(super) const UNPROBE: u64 = 4;
    pub(super) const UNKNOWN: u64 = 5;
}

/// The kind of an event that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// An event of the tracer, or a marker; its records are in the block now.
    Record,
    /// A gap: accesses of a mapping are missing from here on, or were up to here, and their number is not known.
    Gap,
    /// An event of another kind, which another program switched on.
    Other,
    /// An event that is too short for its kind, or beyond what it can be.
    Short,
}

/// Appends the records of an event.
/// `data` is the event from its common fields on.
///
/// Records get what the text log has no room for: nanoseconds, process id, cpu.
#[inline]
pub(crate) fn push(data: &[u8], time: u64, cpu: u32, formats: &Formats, block: &mut Block) -> Found {
    let (Some(kind), Some(pid)) = (formats.event_type.read(data), formats.pid.read(data)) else {
        return Found::Short;
    };
    let Kinds::Traps(events) = &formats.kinds else { return Found::Other };
    let row = block.len();
    let base = Fields { time, pid: pid as u32, ..Fields::default() };
    let done = if kind == events.access.id {
        access(data, base, events, block)
    } else if kind == events.map.id {
        mapping(data, base, &events.map, block)
    } else if kind == events.print.id {
        data.get(events.print.text..).map(|text| marker(text, base, block))
    } else if events.tap.is_some_and(|tap| tap.gap == kind) {
        return Found::Gap;
    } else {
        return Found::Other;
    };
    if done.is_none() {
        return Found::Short;
    }
    (row..block.len()).for_each(|row| block.cpu.push_at(row, cpu));
    Found::Record
}

#[inline]
fn access(data: &[u8], base: Fields, events: &TrapEvents, block: &mut Block) -> Option<()> {
    let layout = &events.access;
    let fields = Fields {
        map_id: layout.map_id.read(data)? as i32,
        address: layout.phys.read(data)?,
        value: layout.value.read(data)?,
        pc: layout.pc.read(data)?,
        width: layout.width.read(data)? as u8,
        ..base
    };
    let opcode = layout.opcode.read(data)?;
    match opcode {
        // The value is three opcode bytes, the width what an earlier event left there.
        opcode::UNKNOWN => {
            block.push(Fields { kind: Kind::UNKNOWN, value: fields.value & 0xff_ffff, width: 0, ..fields });
        }
        opcode::READ | opcode::WRITE => {
            let kind = if opcode == opcode::READ { Kind::READ } else { Kind::WRITE };
            repeat(Fields { kind, ..fields }, data, events, block)?;
        }
        // The text that the kernel prints for it.
        _ => {
            block.push_text(Kind::RAW, 0, b"rw what?\n");
        }
    }
    Some(())
}

/// Appends a record, or one for each time that the access was made, each time at the next address.
#[inline]
fn repeat(mut fields: Fields, data: &[u8], events: &TrapEvents, block: &mut Block) -> Option<()> {
    let Some(tap) = &events.tap else {
        block.push(fields);
        return Some(());
    };
    let count = tap.count.read(data)?;
    if count == 0 || count > MAX_COUNT {
        return None;
    }
    let step = u64::from(fields.width);
    let step = if tap.flags.read(data)? & DOWN == 0 { step } else { step.wrapping_neg() };
    for _ in 0..count {
        block.push(fields);
        fields.address = fields.address.wrapping_add(step);
    }
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

/// Appends a marker: text that ends at a zero byte or with the event, mostly with a line end before.
fn marker(text: &[u8], base: Fields, block: &mut Block) {
    let text = text.split(|&b| b == 0).next().unwrap_or_default();
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let row = block.push(Fields { kind: Kind::MARKER, ..base });
    block.texts.push(row, text);
}
