//! Accesses as comma-separated values, one a line.

use super::number::put;
use super::{Exporter, Resolved};
use crate::record::Kind;
use crate::seconds::Seconds;

/// An exporter of CSV. No field ever needs quotes: device names have no comma.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csv;

impl Exporter for Csv {
    fn header(&self) -> &'static str {
        "index,time,device,bar,offset,op,width,value,map_id,address,pc,cpu,pid\n"
    }

    fn record(&self, r: &Resolved<'_>, out: &mut Vec<u8>) -> bool {
        let (Some(op), Some(place)) = (r.kind().op(), r.place) else { return false };
        let (b, row) = (r.block, r.row);
        put!(out, "{},{},", r.index, Seconds(b.time[row]));
        put!(out, "{},{},0x{:x},{op},", r.device_name(), place.bar(), place.offset);
        if r.kind() == Kind::UNKNOWN {
            out.extend_from_slice(b",,");
        } else {
            put!(out, "{},0x{:x},", b.width[row], b.access_value(row));
        }
        let (map, address, pc) = (b.map_id[row], b.address[row], b.pc.get(row));
        put!(out, "{map},0x{address:x},0x{pc:x},{},{}\n", b.cpu.get(row), b.pid.get(row));
        true
    }
}
