//! How one kernel lays out its ring-buffer pages and events, as its tracefs says in text.
//!
//! `events/header_page` and `events/header_event` describe pages and what stands before each event, `events/*/*/format`
//! the events.
//! All of them, one after the other in any order, are one description.
//! Only little-endian kernels are known.

mod field;
mod format;
mod layout;
mod text;

pub use field::{Element, Field, Form};
pub use format::Format;
pub use layout::{EventHeader, PageLayout};
pub use text::{Description, Header, Parsed};
