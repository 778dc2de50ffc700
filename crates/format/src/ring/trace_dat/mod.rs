//! A reader of the files that trace-cmd writes, `trace.dat`, in their versions 6 and 7.
//!
//! The layout is that of the manual pages trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5): descriptions of the kernel's
//! pages and events, names of processes, facts about the recording, and the pages of the ring buffer as the kernel gave
//! them, CPU by CPU.
//! Version 6 has all that in a fixed order; in version 7 a chain of options says where each section is, and sections and
//! pages may be compressed.
//!
//! A file is read into memory as it is, compressed, since its parts refer to each other by offsets; its pages are
//! decompressed while they are asked for.
//! What is cut or damaged is a [`Damage`], and what can be read is given all the same.
//! Files of big-endian machines are refused.
//!
//! ```
//! use mmio_format::ring::trace_dat::{Item, TraceDat};
//!
//! # fn main() -> mmio_format::Result<()> {
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/tracers/mmiotrace.trace.dat");
//! let file = std::fs::File::open(path).expect("a sample");
//! let trace = TraceDat::read(file, path.as_ref())?;
//! let (mut accesses, mut items) = (0, trace.items());
//! while let Some(item) = items.next() {
//!     match item {
//!         Item::Event(event) if event.format.name == "mmiotrace_rw" => {
//!             let address = event.format.field("phys").and_then(|field| field.number(event.data));
//!             assert!(address.is_some_and(|address| address >= 0xfeb8_0000));
//!             accesses += 1;
//!         }
//!         Item::Event(_) => {}
//!         Item::Lost(lost) => panic!("events are missing: {lost:?}"),
//!     }
//! }
//! assert_eq!((accesses, items.damage()), (1165, None));
//! # Ok(())
//! # }
//! ```

mod buffers;
mod bytes;
mod compression;
mod cpu_reader;
mod event_formats;
mod facts;
mod head;
mod items;
mod limits;
mod pages;
mod processes;
mod version6;
mod version7;

use std::io::Read;
use std::path::Path;

pub use buffers::{Buffer, CpuData};
use compression::Compressor;
use event_formats::EventFormats;
pub use facts::{CpuStats, Facts};
use head::Head;
pub use items::{Event, Item, Items, Lost, Tally};
use processes::Processes;

use super::formats::{Description, EventHeader, Format, PageLayout};
use crate::error::{Damage, DamageKind, Error, Position, Result};

/// The first bytes of every file.
pub const MAGIC: &[u8] = b"\x17\x08\x44tracing";

/// A file that was read.
#[derive(Debug)]
pub struct TraceDat {
    bytes: Vec<u8>,
    compressor: Compressor,
    page: PageLayout,
    header: EventHeader,
    formats: EventFormats,
    processes: Processes,
    buffers: Vec<Buffer>,
    facts: Facts,
    damage: Option<Damage>,
}

/// What is found in a file before its pages are looked at.
#[derive(Debug, Default)]
struct Contents {
    /// `header_page` and `header_event`, one after the other.
    layout: String,
    formats: EventFormats,
    processes: Processes,
    buffers: Vec<Buffer>,
    facts: Facts,
    damage: Option<Damage>,
}

impl Contents {
    /// Notes damage; the first one counts.
    fn note(&mut self, damage: Damage) {
        self.damage.get_or_insert(damage);
    }

    /// Notes the damage of what could not be read; gives what could.
    fn keep<T>(&mut self, read: std::result::Result<T, Damage>) -> Option<T> {
        read.map_err(|damage| self.note(damage)).ok()
    }
}

impl TraceDat {
    /// Reads a file. `path` is its name in errors.
    ///
    /// Where `reader` fails with a [`Damage`], as decompressing readers do, the file counts as cut there.
    ///
    /// # Errors
    /// - [`Error::Io`] when the file cannot be read.
    /// - [`Error::NewerVersion`].
    /// - [`Error::Data`] when it is no trace.dat, is of a big-endian machine, is too big, or does not describe the layout
    ///   of pages.
    pub fn read(reader: impl Read, path: &Path) -> Result<TraceDat> {
        let (bytes, cut) = read_all(reader, path)?;
        let head = Head::read(&bytes, path)?;
        let mut contents = match head.version {
            head::Version::Six => version6::read(&bytes, &head),
            head::Version::Seven { compressor, options } => {
                version7::read(&bytes, &head, compressor, options)
            }
        };
        // A cut of the whole file explains all others; a text that is wrong matters least.
        contents.damage = cut.or(contents.damage.take()).or(contents.formats.flaw().cloned());
        let compressor = head.compressor();
        let (page, header) = layouts(&contents, head.end)?;
        let Contents { formats, processes, buffers, facts, damage, .. } = contents;
        Ok(TraceDat { bytes, compressor, page, header, formats, processes, buffers, facts, damage })
    }

    /// The ring buffers: that of the whole kernel, and one for each instance.
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }

    /// The formats of all events, in no order.
    pub fn formats(&self) -> impl Iterator<Item = &Format> {
        self.formats.all()
    }

    /// The format of an event of this system and name.
    pub fn format(&self, system: &str, name: &str) -> Option<&Format> {
        self.formats.all().find(|format| format.name == name && format.system == system)
    }

    /// The name of a process, as far as the kernel still knew it.
    pub fn comm(&self, pid: i32) -> Option<&str> {
        self.processes.comm(pid)
    }

    /// What is known of the recording.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The first damage of what stands beside the pages. [`Items::damage`] has that of the pages too.
    pub fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    /// The events and losses of all buffers in the order of their times.
    pub fn items(&self) -> Items<'_> {
        Items::new(self)
    }
}

/// The bytes of a file, and the damage where they end too early.
fn read_all(reader: impl Read, path: &Path) -> Result<(Vec<u8>, Option<Damage>)> {
    let mut bytes = Vec::new();
    let result = reader.take(limits::FILE + 1).read_to_end(&mut bytes);
    if bytes.len() as u64 > limits::FILE {
        let what = format!("this trace.dat has more than {} MiB, which is not read", limits::FILE >> 20);
        return Err(Error::Data {
            what,
            place: Position { byte: Some(limits::FILE), ..Position::default() },
        });
    }
    match result {
        Ok(_) => Ok((bytes, None)),
        Err(source) => match Damage::of(&source).cloned() {
            Some(damage) => Ok((bytes, Some(damage))),
            None => Err(Error::Io { action: "cannot read", path: path.to_owned(), source }),
        },
    }
}

/// The layouts of pages and of events' headers.
fn layouts(contents: &Contents, head_end: u64) -> Result<(PageLayout, EventHeader)> {
    let parse = || {
        let description = Description::parse(&contents.layout)?;
        let (page, header) = (PageLayout::of(&description)?, description.header.layout()?);
        page.check()?;
        header.check()?;
        Ok((page, header))
    };
    parse().map_err(|what: String| match &contents.damage {
        Some(damage) if contents.layout.is_empty() => {
            Error::Data { what: damage.what.clone(), place: damage.place }
        }
        _ => Error::Data { what, place: Position { byte: Some(head_end), ..Position::default() } },
    })
}

/// A damage at a byte of the file.
fn damage(kind: DamageKind, at: u64, what: impl Into<String>) -> Damage {
    Damage { kind, what: what.into(), place: Position { byte: Some(at), ..Position::default() } }
}
