//! Tables of equal registers as one row.

use mmio_format::{DeviceId, Place, Register};
use std::collections::BTreeMap;

use super::row::Row;
use crate::arrays::runs;
use crate::kinds::RegisterKind;

/// Registers that may share a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    device: DeviceId,
    bar: u8,
    port: Option<Place>,
    width: u8,
    kind: RegisterKind,
    /// Reads and writes; of memory only whether there are any.
    counts: (u64, u64),
    /// Bits changed, written 1, written 0, first and last value; not of memory.
    values: [u64; 5],
}

/// Fewest registers that fold, other than memory: two or three may be alike by chance.
const MIN_EQUAL: usize = 4;

/// Puts registers at equal distances into one row: memory that is used alike, and others that did the same.
pub(super) fn tables(rows: Vec<Row>) -> Vec<Row> {
    let mut groups: BTreeMap<Key, Vec<Row>> = BTreeMap::new();
    let mut out = Vec::new();
    for row in rows {
        if row.entry.elements > 1 {
            out.push(row);
        } else {
            groups.entry(key(&row)).or_default().push(row);
        }
    }
    for (key, mut rows) in groups {
        rows.sort_by_key(|row| row.entry.site.register.offset);
        let offsets: Vec<u64> = rows.iter().map(|row| row.entry.site.register.offset).collect();
        let mut rows = rows.into_iter();
        for run in runs(&offsets) {
            let mut members = rows.by_ref().take(run.elements);
            if run.elements < MIN_EQUAL && key.kind != RegisterKind::Memory {
                out.extend(members);
            } else if let Some(mut table) = members.next() {
                for row in members {
                    if sure(&row) < sure(&table) {
                        table.claims.clone_from(&row.claims);
                    }
                    table.append(&row.entry, run.stride);
                }
                out.push(table);
            }
        }
    }
    out
}

/// A table is as sure as its least sure element.
fn sure(row: &Row) -> f64 {
    row.claims.first().map_or(0.0, |c| c.confidence)
}

fn key(row: &Row) -> Key {
    let kind = row.kind();
    let memory = kind == RegisterKind::Memory;
    let some = |n: u64| u64::from(n > 0);
    let e = &row.entry;
    let counts = (e.reads + e.unknown, e.writes);
    Key {
        device: e.site.device(),
        bar: e.site.bar(),
        port: e.site.port.map(Register::place),
        width: e.site.register.width,
        kind,
        counts: if memory { (some(counts.0), some(counts.1)) } else { counts },
        values: if memory { [0; 5] } else { [e.changed, e.ones, e.zeros, e.first, e.last] },
    }
}
