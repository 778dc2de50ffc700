//! How the registers of a census lie beside each other, and which of them are bulk.

use std::ops::Range;

use crate::census::Census;
use crate::register::RegisterId;

/// The registers in the order of their places.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// By device, BAR, width and offset.
    pub order: Vec<RegisterId>,
    /// Places in `order` that hold neighbours used alike, in such numbers that they are memory.
    pub bulk: Vec<Range<usize>>,
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
        let registers = census.table().registers();
        let mut order: Vec<RegisterId> = (0..registers.len() as RegisterId).collect();
        let key = |&id: &RegisterId| {
            let r = registers[id as usize];
            (r.device, r.bar, r.width, r.offset)
        };
        if !order.is_sorted_by_key(key) {
            order.sort_by_key(key);
        }
        let mut bulk = Vec::new();
        let mut start = 0;
        let mut stride = 0;
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
            if end - start >= MIN_BULK {
                bulk.push(start..end);
            }
            start = end;
        }
        Layout { order, bulk }
    }
}

/// The distance from `a` to `b`, if `b` follows `a` without a gap and is used in the same way; otherwise 0.
/// How wide an UNKNOWN is nobody knows: up to eight bytes.
fn distance(census: &Census, a: RegisterId, b: RegisterId) -> u64 {
    let (ra, rb) = (census.register(a), census.register(b));
    if (ra.device, ra.bar, ra.width) != (rb.device, rb.bar, rb.width) {
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
