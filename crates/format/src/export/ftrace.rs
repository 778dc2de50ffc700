//! The event lines of tracefs' `trace` for mmiotrace_rw and mmiotrace_map.
//!
//! Fields after kernel/trace/trace_entries.h: `phys value pc map_id opcode width` and
//! `phys virt len map_id opcode`, opcode 1 read, 2 write, 3 map, 4 unmap, 5 unknown. The columns
//! before them are those of kernel/trace/trace_output.c; the task's name is not in a trace, so it is
//! the `<...>` that the kernel prints for a name it does not know (`<idle>` for pid 0).

use super::number::{microseconds, put};
use super::{Exporter, Resolved};
use crate::block::LOST_COUNT_UNKNOWN;
use crate::record::Kind;

/// An exporter of ftrace's event lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ftrace;

impl Exporter for Ftrace {
    fn header(&self) -> &'static str {
        "# tracer: nop\n#\n#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n#              | |         |   |||||     |         |\n"
    }

    fn record(&self, r: &Resolved<'_>, out: &mut Vec<u8>) -> bool {
        let (b, row, kind) = (r.block, r.row, r.kind());
        let (phys, value, pc, map) = (b.address[row], b.value[row], b.pc.get(row), b.map_id[row]);
        match kind {
            Kind::READ | Kind::WRITE | Kind::UNKNOWN => {
                let opcode = [1, 2, 5][usize::from(kind.0)];
                prefix(r, out);
                put!(out, "mmiotrace_rw: {phys:x} {value:x} {pc:x} {map} {opcode:x} {:x}\n", b.width[row]);
            }
            Kind::MAP | Kind::UNMAP => {
                let range = b.map_range(row as u32).unwrap_or_default();
                let opcode = if kind == Kind::MAP { 3 } else { 4 };
                prefix(r, out);
                put!(out, "mmiotrace_map: {phys:x} {:x} {:x} {map} {opcode:x}\n", range.virt, range.length);
            }
            Kind::MARKER => {
                prefix(r, out);
                out.extend_from_slice(b"tracing_mark_write: ");
                out.extend_from_slice(r.text());
                out.push(b'\n');
            }
            Kind::LOST if value == LOST_COUNT_UNKNOWN => {
                put!(out, "CPU:{} [LOST EVENTS]\n", b.cpu.get(row));
            }
            Kind::LOST => put!(out, "CPU:{} [LOST {value} EVENTS]\n", b.cpu.get(row)),
            _ => return false,
        }
        true
    }
}

/// `           <...>-90      [000] .....    12.345678: `
fn prefix(r: &Resolved<'_>, out: &mut Vec<u8>) {
    let pid = r.block.pid.get(r.row);
    let task = if pid == 0 { "<idle>" } else { "<...>" };
    let (sec, usec) = microseconds(r.block.time[r.row]);
    put!(out, "{task:>16}-{pid:<7} [{:03}] ..... {sec:5}.{usec:06}: ", r.block.cpu.get(r.row));
}
