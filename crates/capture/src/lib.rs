//! Records what a driver does to its device: from the kernel's tracer, live or from what was saved of it, to a container.

mod cpu_pages;
mod device_order;
mod error;
mod event_records;
pub mod formats;
mod kernel;
pub mod live;
pub mod merge;
pub mod offline;
mod page;
pub mod pci;
mod tool;
mod tracers;

pub use error::{Error, Result};
pub use tracers::Tracer;
