//! What a trace holds: [`mmio_analyze::info`].

mod json;
mod text;

pub use json::json;
pub use text::text;
