//! Records what a driver does to its device: from the kernel's tracer, live or from what was saved of it, to a container.
//!
//! The way of an event: [`page`] takes a ring-buffer page apart, with the [`formats`] of the kernel that wrote it;
//! `event_records` makes records of the events; [`merge`] puts the CPUs' events in one order; the container's writer
//! of `mmio_format` does the rest.

mod cpu_pages;
mod device_order;
pub mod error;
mod event_records;
pub mod formats;
pub mod live;
pub mod merge;
pub mod offline;
pub mod page;
pub mod pci;

pub use error::{Error, Result};
