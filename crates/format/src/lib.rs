//! Traces of memory-mapped I/O: what a driver reads from its device and writes to it.
//!
//! This crate reads the text log of the Linux kernel's `mmiotrace` and the compact container `.mmio.zst`, says for each
//! access which device, BAR and offset it goes to, and writes both forms.
//! It is the library below the tools of mmioscope, and for programs of your own: a statistic that no tool has, an
//! importer, an emulator that replays what a driver did.
//!
//! # Reading a trace
//!
//! ```
//! use mmio_format::{Scope, Seconds, Trace};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("trace.txt");
//! let log = "\
//! PCIDEV 0100 10de0640 10 f6000000 0 0 0 0 0 0 1000000 0 0 0 0 0 0 nouveau
//! MAP 1.000000 1 0xf6000000 0xffffc90000000000 0x1000000 0x0 0
//! R 4 1.000100 1 0xf6000000 0x298480a1 0x0 0
//! W 4 1.000200 1 0xf6000140 0x1 0x0 0
//! ";
//! std::fs::write(&path, log)?;
//!
//! let mut trace = Trace::open(&path)?;
//! let devices = trace.devices().clone();
//! # let mut lines = Vec::new();
//! for access in trace.accesses(&Scope::default())? {
//!     let access = access?;
//!     let (time, device) = (Seconds(access.time), &devices.get(access.device()).name);
//!     let (bar, offset) = (access.bar(), access.offset());
//!     println!("{time} {} {device} BAR {bar} +{offset:#x}/{}: {:#x}", access.op, access.width, access.value);
//! #   lines.push(format!("{time} {} {device} BAR {bar} +{offset:#x}/{}: {:#x}", access.op, access.width, access.value));
//! }
//! // 1.000100 R 01:00.0 BAR 0 +0x0/4: 0x298480a1
//! // 1.000200 W 01:00.0 BAR 0 +0x140/4: 0x1
//! # assert_eq!(lines, ["1.000100 R 01:00.0 BAR 0 +0x0/4: 0x298480a1", "1.000200 W 01:00.0 BAR 0 +0x140/4: 0x1"]);
//! # Ok(())
//! # }
//! ```
//!
//! [`Trace::open`] takes a log or a container, compressed or not, from a file or from standard input (`-`).
//! A damaged or truncated input is not an error: what can be read is read, and [`Trace::damage`] says what is missing.
//!
//! # The way of the data
//!
//! ```text
//! text log, also compressed ──────► text ───────┐             ┌─► Record    a line, with its fields
//!                                               ├─► Block ────┤
//! .mmio.zst, or its plain stream ─► container ──┘   columns   └─► Access    a read or write, with its place
//!                                                     │
//!                                                     └─► text, container, export (CSV, JSON lines, …)
//! ```
//!
//! - An *input* is a sequence of *records*: accesses, mappings, markers, losses, lines of text. A line that cannot be
//!   parsed is a record too, so that a log comes back byte for byte from every form.
//! - Records are read and stored in *blocks* of up to 65,536, as columns. Only the columns that are asked for are
//!   decoded, and whole blocks can be passed over by their time, addresses and kinds.
//! - An *access* is a read or a write (or one that the tracer could not decode) with its *place*: device, BAR and offset.
//!   The places come from the trace's own PCIDEV and MAP records, which [`Trace::open`] looks through first.
//!
//! # Which type for what
//!
//! | you want | take |
//! |---|---|
//! | to open whatever the user has | [`Trace::open`] |
//! | the accesses in order, one by one | [`Trace::accesses`] → [`Access`] |
//! | a part of the trace: a device, registers, a time, a marker | [`Filter`] in a [`Scope`] |
//! | accesses, markers and losses, decoded on all CPUs | [`walk::walk`] and a [`walk::Visitor`] |
//! | a small number for each register, to count in vectors | [`register::Table`] |
//! | names of devices, their drivers and BARs | [`Trace::devices`] → [`Devices`], [`Device`] |
//! | whole records, or columns as slices | [`Trace::blocks`] → [`Block`], [`Record`] |
//! | blocks decoded on all CPUs, some left out | [`Trace::for_each`], [`Trace::map`] |
//! | the rows of blocks that pass a filter | [`Selection`] → [`Row`] |
//! | totals, losses, lines that are not records | [`Trace::survey`] → [`Survey`] |
//! | to read a text log without [`Trace`], or to write one | [`text`] |
//! | to read or write a container without [`Trace`] | [`container`] |
//! | other line formats | [`export`] |
//!
//! [`Trace::accesses`] and [`Trace::blocks`] decode on the calling thread; [`walk::walk`], [`Trace::for_each`] and
//! [`Trace::map`] on up to eight, with results in the order of the trace.
//!
//! # Blocks as columns
//!
//! Columns are slices, and only those that are asked for are decompressed.
//!
//! ```
//! use mmio_format::{Columns, Kind, Trace};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("trace.txt");
//! # let log = "R 4 1.000000 1 0xf6000000 0x1 0x0 0\nW 2 1.000001 1 0xf6000004 0x2 0x0 0\nW 4 1.000002 1 0xf6000000 0x3 0x0 0\n";
//! # std::fs::write(&path, log)?;
//! let mut trace = Trace::open(&path)?;
//! let mut written = 0;
//! let mut blocks = trace.blocks(Columns::WIDTH)?;
//! while let Some(part) = blocks.next()? {
//!     let rows = part.block.kind.iter().zip(&part.block.width);
//!     written += rows.filter(|(kind, _)| **kind == Kind::WRITE).map(|(_, &width)| u64::from(width)).sum::<u64>();
//! }
//! assert_eq!(written, 6);
//! # Ok(())
//! # }
//! ```
//!
//! # Writing a container
//!
//! ```
//! use std::io::Cursor;
//! use mmio_format::container::{BlockDecoder, DEFAULT_LEVEL, RawBlock, Reader, Recording, Writer, key};
//! use mmio_format::{Block, Columns, Fields, Kind};
//!
//! # fn main() -> mmio_format::Result<()> {
//! let mut writer = Writer::new(Vec::new(), "example", DEFAULT_LEVEL)?;
//! let mut recording = Recording::default();
//! recording.push(key::TRACER, "an emulator");
//! writer.write_recording(&recording)?;
//!
//! let mut block = Block::default();
//! block.push_map(Fields { time: 1_000, map_id: 1, address: 0xfed0_0000, ..Fields::default() }, 0, 0x400);
//! let write = Fields { kind: Kind::WRITE, map_id: 1, width: 4, ..Fields::default() };
//! for (time, address, value) in [(2_000, 0xfed0_0010, 0x1), (3_000, 0xfed0_00f0, 0xffff)] {
//!     block.push(Fields { time, address, value, ..write });
//! }
//! writer.write_block(&block)?;
//! let (bytes, totals) = writer.finish()?;
//! assert_eq!((totals.records, totals.accesses), (3, 2));
//!
//! let mut reader = Reader::open(Cursor::new(bytes), "example")?;
//! let (mut raw, mut decoder, mut read) = (RawBlock::default(), BlockDecoder::new(), Block::default());
//! assert!(reader.next_block(&mut raw, &mut decoder, Columns::ALL, &mut read)?);
//! assert_eq!(read, block);
//! # Ok(())
//! # }
//! ```
//!
//! # A filter
//!
//! A filter is a plain struct; what is left out lets everything through. Its parts are parsed from what the tools print
//! and take: [`filter::parse_registers`], [`filter::parse_time_range`], [`filter::parse_mark_range`].
//!
//! ```
//! use mmio_format::filter::parse_registers;
//! use mmio_format::{Filter, Op, Scope, Trace};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("trace.txt");
//! # let log = "\
//! # PCIDEV 0100 10de0640 10 f6000000 0 0 0 0 0 0 1000000 0 0 0 0 0 0 nouveau
//! # W 4 1.000000 1 0xf6000140 0x1 0x0 0
//! # W 4 1.000001 1 0xf6000200 0x2 0x0 0
//! # W 4 1.000002 1 0xfed00140 0x3 0x0 0
//! # R 4 1.000003 1 0xf6000140 0x4 0x0 0
//! # W 4 1.000004 1 0xf600014c 0x5 0x0 0
//! # ".replace("\n ", "\n");
//! # std::fs::write(&path, log)?;
//! let mut trace = Trace::open(&path)?;
//! let filter = Filter {
//!     devices: vec!["nouveau".into()],
//!     registers: vec![parse_registers("+0x140..+0x14f")?],
//!     op: Some(Op::Write),
//!     ..Filter::default()
//! };
//! let values = trace.accesses(&Scope::of(&filter))?.map(|access| Ok(access?.value));
//! assert_eq!(values.collect::<mmio_format::Result<Vec<u64>>>()?, [0x1, 0x5]);
//! # Ok(())
//! # }
//! ```
//!
//! # What is stable
//!
//! - The container: what format version 1 can hold is fixed, and every later version of this crate reads it. Columns,
//!   kinds and sections that a newer minor version writes are passed over, or kept when a file is copied.
//! - The names on this page are what a program should use. Structs that are only read and enums that may grow are
//!   `#[non_exhaustive]`. Until version 1.0 of the crate a name may change with its minor version; the changelog says so.
//! - Modules that this page does not list are there for the other crates of mmioscope and change without notice.
//!
//! No input makes the crate panic or take memory without bound: lengths are checked against the input before anything
//! is allocated for them, and what is remembered of a trace has limits.

#![forbid(unsafe_code)]

mod access;
mod accesses;
#[doc(hidden)]
pub mod block;
#[doc(hidden)]
pub mod codec;
mod collect;
pub mod container;
mod devices;
#[doc(hidden)]
pub mod dialects;
mod domains;
#[doc(hidden)]
pub mod error;
pub mod export;
#[doc(hidden)]
pub mod fast_map;
pub mod filter;
#[doc(hidden)]
pub mod input;
mod located;
#[doc(hidden)]
pub mod loss;
mod map_ids;
mod named;
mod origin;
mod pass;
pub mod pci;
#[doc(hidden)]
pub mod pipeline;
#[doc(hidden)]
pub mod places;
mod progress;
mod record;
mod regions;
pub mod register;
#[doc(hidden)]
pub mod ring;
mod scope;
#[doc(hidden)]
pub mod seconds;
mod selection;
#[doc(hidden)]
pub mod source;
mod space;
mod stats;
#[doc(hidden)]
pub mod survey;
pub mod text;
#[doc(hidden)]
pub mod trace;
mod view;
mod visitor;
pub mod walk;
#[doc(hidden)]
pub mod width;

pub use access::Access;
pub use accesses::Accesses;
pub use block::{Block, Columns, Fields, LOST_COUNT_UNKNOWN, MAX_RECORDS, MAX_TEXT, MapRange, Sparse, Texts};
pub use devices::{Device, Devices, Resolver, UNMAPPED};
pub use error::{Damage, DamageKind, Error, Position, Result};
pub use filter::Filter;
pub use origin::Origin;
pub use progress::{Meter, Progress};
pub use record::{Kind, Op};
pub use register::{Register, RegisterId};
pub use scope::Scope;
pub use seconds::Seconds;
pub use selection::{Row, Selection};
pub use source::{Blocks, Part, Piece};
pub use space::{DeviceId, Place, PortId, Space};
pub use stats::Stats;
pub use survey::{Loss, Survey};
pub use trace::Trace;
pub use view::Record;

// The README's programs run as tests too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
