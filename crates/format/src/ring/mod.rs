//! The kernel's ring buffer: its pages, and the descriptions of what is in them.

pub mod formats;
pub mod page;
pub mod trace_dat;
