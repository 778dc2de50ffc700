//! How the registers of a census lie beside each other, and which of them are bulk.

use crate::census::Census;
use mmio_format::{DeviceId, RegisterId, Space};

/// The registers by device, BAR, width and offset.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Neighbours used alike, in such numbers that they are memory.
    pub bulk: Vec<Vec<RegisterId>>,
    /// All others.
    pub single: Vec<RegisterId>,
}

/// Fewest neighbours without a gap that are bulk. Devices have blocks of tens of registers, not of hundreds
/// that are all written, or all written and read.
const MIN_BULK: usize = 64;
/// Reads of each one, at most, for bulk that is never written: blocks of counters are read again and again.
const FEW: u64 = 2;
/// Bytes of the widest access.
const MAX_WIDTH: u64 = 8;

impl Layout {
    /// Sorts the registers of `census`.
    pub fn new(census: &Census) -> Layout {
        let order = census.table().sorted();
        let mut layout = Layout::default();
        let (mut start, mut stride) = (0, 0);
        for end in 1..=order.len() {
            if end < order.len() {
                let by = distance(census, order[end - 1], order[end]);
                if end - start == 1 {
                    stride = by;
                }
                if by == stride && by != 0 {
                    continue;
                }
            }
            let run = &order[start..end];
            if run.len() >= MIN_BULK {
                layout.bulk.push(run.to_vec());
            } else {
                layout.single.extend(run);
            }
            start = end;
        }
        layout
    }

    /// What is in one part of a device.
    pub fn within(&self, census: &Census, device: DeviceId, space: Space) -> Layout {
        let place = |&id: &RegisterId| (census.register(id).device, census.register(id).space);
        let wanted = (device, space);
        let first = self.single.partition_point(|id| place(id) < wanted);
        let end = self.single.partition_point(|id| place(id) <= wanted);
        let bulk = self.bulk.iter().filter(|ids| place(&ids[0]) == wanted).cloned().collect();
        Layout { bulk, single: self.single[first..end].to_vec() }
    }
}

/// The distance from `a` to `b`, if `b` follows `a` without a gap and is used in the same way; otherwise 0.
/// How wide an UNKNOWN is, is not known: up to eight bytes.
fn distance(census: &Census, a: RegisterId, b: RegisterId) -> u64 {
    let (ra, rb) = (census.register(a), census.register(b));
    if (ra.device, ra.space, ra.width) != (rb.device, rb.space, rb.width) {
        return 0;
    }
    let by = rb.offset - ra.offset;
    if by > MAX_WIDTH || (ra.width > 0 && by != u64::from(ra.width)) {
        return 0;
    }
    let (ca, cb) = (census.counts(a), census.counts(b));
    let same = (ca.reads > 0, ca.writes > 0) == (cb.reads > 0, cb.writes > 0);
    let few = ra.width == 0 || ca.writes > 0 || (ca.reads <= FEW && cb.reads <= FEW);
    if same && few { by } else { 0 }
}
