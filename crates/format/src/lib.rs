//! MMIO traces: their records, the kernel's text log, and the container `.mmio.zst`.

pub mod block;
pub mod codec;
pub mod container;
pub mod error;
pub mod output;
pub mod pipeline;
pub mod record;
pub mod stats;
mod view;

pub use block::{Block, Columns, Fields, MapRange, Sparse, Texts};
pub use error::{Damage, DamageKind, Error, Position, Result};
pub use record::Kind;
pub use stats::Stats;
pub use view::Record;
