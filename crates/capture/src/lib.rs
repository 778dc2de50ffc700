//! Records what a driver does to its device, with a tracer of Linux, into an MMIO trace.
//!
//! The tracers are mmiotrace, which is part of the kernel, the module mmiotap, and events that the kernel and its drivers
//! have themselves.
//! All write events into the kernel's ring buffer; this crate reads the buffer, live or from what was saved of it, and
//! writes the container of [`mmio_format`].
//! Traces are read with `mmio_format` too.
//!
//! # Example
//!
//! Pages of the ring buffer that were saved on another machine become a container:
//!
//! ```
//! use mmio_capture::offline::{Options, convert};
//!
//! # fn main() -> mmio_capture::Result<()> {
//! # let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples");
//! let options = Options {
//!     inputs: vec![format!("{samples}/edu_raw.bin.zst").into()],
//!     pci: Some(format!("{samples}/edu_raw.pci").into()),
//!     level: 3,
//!     threads: 2,
//!     ..Options::default()
//! };
//! let mut container = Vec::new();
//! let done = convert(&options, &mut container, "edu.mmio.zst".as_ref(), &mut |_progress| ())?;
//! assert_eq!((done.totals.accesses, done.lost, done.damage), (367, 0, None));
//! # Ok(())
//! # }
//! ```
//!
//! The folder `examples` has programs: `pages_to_container` does the same with progress, `record_command` records from
//! the running kernel.
//!
//! # The modules
//!
//! - [`live`] records from the running kernel, and puts back everything that it changed.
//! - [`offline`] makes a container of saved pages or of a text log.
//! - [`merge`] brings the pages of several CPUs into one order, for programs that write something else than a container.
//! - [`formats`] reads how a kernel lays out its pages and events.
//! - [`pci`] has addresses of PCI devices, and the machine's list of them.
//!
//! # The way of an event
//!
//! A page is taken apart with the layout of the kernel that wrote it (`mmio_format`, [`formats`]), CPU by CPU
//! (`cpu_pages.rs`).
//! The CPUs' events get one order by their stamps and by the numbers that mmiotap gives (`merge.rs`, `device_order.rs`).
//! Each event becomes records of a block (`event_records.rs`, those that a user names in `named_records.rs`), and `mmio_format` compresses and writes the blocks.
//! Live, one thread empties the kernel's buffers and another one does the rest.
//! What is known of a tracer alone is in a file of its own (`tracers/`), and the kernel's files are in `kernel/`.
//!
//! # What is stable
//!
//! The containers are of the format's version 1, which every later version can read.
//! The items of this crate may change with each 0.x version.
//! Structs and enums that may grow in between are `non_exhaustive`; structs of options are not, and have a default for
//! `..`.
//! The library prints nothing and ends no process; what goes on is shown to an observer.
//! Sentences in errors are for people: they may change at any time.

// A library is silent: what a user sees, a program says.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr, clippy::exit))]

mod cpu_pages;
mod device_order;
mod error;
mod event_records;
pub mod formats;
mod kernel;
pub mod live;
pub mod merge;
mod named_records;
pub mod offline;
pub mod pci;
mod tool;
mod tracers;

pub use error::{Error, Result};
pub use tracers::Tracer;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
