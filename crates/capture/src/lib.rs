//! Records what a driver does to its device: from the kernel's tracer, live or from what was saved of it, to a container.
//!
//! The way of an event: [`page`] takes a ring-buffer page apart, with the [`formats`] of the kernel that wrote it;
//! [`events`] makes records of the events; [`merge`] puts the CPUs' events in one order; the container's writer
//! of `mmio_format` does the rest.

pub mod error;
pub mod events;
pub mod formats;
mod lane;
pub mod live;
pub mod merge;
pub mod offline;
mod order;
pub mod page;
pub mod pci;

pub use error::{Error, Result};
