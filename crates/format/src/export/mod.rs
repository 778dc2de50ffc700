//! Other spellings of a trace: line formats that existing scripts read, CSV and JSON lines.
//!
//! An exporter appends one record after the other to a buffer, and says which it has no place for. [`Omitted`] counts those.
//!
//! ```
//! use mmio_format::export::{Csv, Exporter, Omitted, Resolved};
//! use mmio_format::{Columns, Filter, Selection, Trace};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("trace.txt");
//! # std::fs::write(&path, "MARK 0.500000 on\nW 4 1.000000 1 0xfed00010 0x1 0x0 0\n")?;
//! let mut trace = Trace::open(&path)?;
//! let (devices, start) = (trace.devices().clone(), trace.start());
//! let mut selection = Selection::new(&Filter::default(), &devices, start)?;
//! let (mut out, mut omitted) = (Csv.header().as_bytes().to_vec(), Omitted::default());
//! let mut blocks = trace.blocks(Columns::ALL)?;
//! while let Some(part) = blocks.next()? {
//!     for row in selection.rows(&part).filter(|row| row.passes) {
//!         let record =
//!             Resolved { devices: &devices, block: part.block, row: row.row, index: row.index, place: row.place };
//!         if !Csv.record(&record, &mut out) {
//!             omitted.add(row.kind);
//!         }
//!     }
//! }
//! assert_eq!(String::from_utf8(out)?.lines().count(), 2);
//! assert_eq!(omitted.to_string(), "1 marker");
//! # Ok(())
//! # }
//! ```

mod csv;
mod ftrace;
mod jsonl;
mod number;
mod qemu;

pub use csv::Csv;
pub use ftrace::Ftrace;
pub use jsonl::Jsonl;
pub use qemu::Qemu;

use crate::block::Block;
use crate::devices::Devices;
use crate::record::Kind;
use crate::space::Place;

/// One output format.
pub trait Exporter {
    /// Bytes that stand before the first record.
    fn header(&self) -> &'static str {
        ""
    }
    /// Appends one record; returns false when the format has no place for it.
    fn record(&self, record: &Resolved<'_>, out: &mut Vec<u8>) -> bool;
}

/// A record with what the block alone does not say.
pub struct Resolved<'a> {
    /// All devices of the trace.
    pub devices: &'a Devices,
    /// The block.
    pub block: &'a Block,
    /// Row in the block.
    pub row: usize,
    /// Number of this access in the whole trace (of the next one, if this is not an access).
    pub index: u64,
    /// Where the address of an access or MAP lies.
    pub place: Option<Place>,
}

impl Resolved<'_> {
    fn kind(&self) -> Kind {
        self.block.kind[self.row]
    }

    fn text(&self) -> &[u8] {
        self.block.texts.get(self.row as u32).unwrap_or_default()
    }

    fn device_name(&self) -> &str {
        self.place.map_or("", |p| self.devices.get(p.device).name.as_str())
    }
}

/// Words of [`Omitted`] that have no plural.
const UNCOUNTED: [&str; 6] = ["raw", "unknown", "lost", "other", "lspci", "recording's"];

/// How many things of each kind a format had no place for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Omitted(std::collections::BTreeMap<&'static str, u64>);

impl Omitted {
    /// Counts one record of `kind`.
    pub fn add(&mut self, kind: Kind) {
        self.add_named(kind.name(), 1);
    }

    /// Counts things that are not records.
    pub fn add_named(&mut self, name: &'static str, count: u64) {
        if count > 0 {
            *self.0.entry(name).or_default() += count;
        }
    }

    /// Whether nothing was left out.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for Omitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, (name, count)) in self.0.iter().enumerate() {
            let (noun, rest) = name.split_at(name.find(' ').unwrap_or(name.len()));
            let plural = if *count == 1 || UNCOUNTED.contains(&noun) { "" } else { "s" };
            write!(f, "{}{count} {noun}{plural}{rest}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
