//! What a trace holds: [`mmio_analyze::info`].

mod facts;
mod json;
mod markers;
mod text;

pub use json::json;
pub use text::text;
