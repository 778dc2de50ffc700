//! Analyses of MMIO traces: what a driver does to its device, found in the trace alone.
//!
//! An analysis takes a [`Trace`](mmio_format::Trace), a filter and options, and returns findings: plain data, in which a
//! device is a [`DeviceId`](mmio_format::DeviceId), a register a [`Register`](mmio_format::Register) or a
//! [`Site`](site::Site), a time nanoseconds, and a reason [`Evidence`](evidence::Evidence) in parts. Nothing here spells;
//! the crate `mmio_report` makes text, JSON and CSV of findings.
//!
//! | analysis | finds |
//! |---|---|
//! | [`regs::regs`] | what each register did, and what kind of register it probably is ([`kinds`]) |
//! | [`patterns::patterns`] | access idioms: polls, acknowledges, doorbells, index ports, bit-banging, resets, … |
//! | [`pairs::pairs`] | which read answers which write |
//! | [`seqs::seqs`] | the repeated sequences that explain most of the trace |
//! | [`waits::waits`] | what is waited for, and the waits that were in vain, cut, or of unknown end |
//! | [`latency::latency`] | how long answers and polls take |
//! | [`check::check`] | what went wrong: dead devices, answers that differ, losses |
//! | [`info::info`], [`dump::dump`] | what a trace holds, and its records with polls folded |
//! | [`unselected::unselected`] | why a filter selects nothing |
//!
//! ```
//! use mmio_analyze::kinds::RegisterKind;
//! use mmio_analyze::regs::{Options, regs};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("log.txt");
//! # let mut log = String::from("MAP 1.0 1 0xfe000000 0xffff0000 0x1000 0x0 0\n");
//! # for i in 0..20 {
//! #     log += &format!("R 4 1.{i:06} 1 0xfe000010 0x300 0x0 0\nW 4 1.{i:06} 1 0xfe000020 {i:#x} 0x0 0\n");
//! # }
//! # std::fs::write(&path, log)?;
//! let mut trace = mmio_format::Trace::open(&path)?;
//! let found = regs(&mut trace, &Options::default())?;
//! let tail = &found.registers[1];
//! assert_eq!((tail.site.register.offset, tail.kind), (0x20, RegisterKind::Trigger));
//! assert_eq!((tail.writes, tail.last), (20, 0x13));
//! assert_eq!(trace.devices().get(tail.site.device()).name, "mem:fe000000");
//! # Ok(())
//! # }
//! ```
//!
//! # How an analysis works
//!
//! A first walk counts every register ([`census`]). A second one shows the accesses of each device as [`steps`], the reads
//! of a poll folded into one, to observers that learn from them; registers behind index ports are shown to the same
//! observers. What was learned is concluded at the end. `docs/registers.md`, `patterns.md`, `pairs.md` and `sequences.md`
//! of the project explain the rules, with the names of their thresholds.
//!
//! # What is stable
//!
//! The functions of the table, their options and findings: fields may be added, and kinds and idioms. How they find it
//! may change in any version.

// A library is silent: what a user sees, a program says.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr, clippy::exit))]

mod arrays;
mod banks;
pub mod census;
pub mod check;
pub mod dump;
pub mod evidence;
pub mod info;
pub mod kinds;
pub mod latency;
mod leader;
pub mod load;
mod overlaps;
mod pair_key;
pub mod pairs;
pub mod patterns;
pub mod phases;
mod ports;
pub mod regs;
mod selected;
pub mod seqs;
mod share;
pub mod site;
pub mod steps;
pub mod stream;
pub mod study;
mod summary;
pub mod times;
pub mod unselected;
pub mod waits;

pub use summary::Summary;
