//! MMIO traces: their records, the kernel's text log, and the container `.mmio.zst`.

pub mod block;
pub mod codec;
pub mod error;
pub mod input;
pub mod loss;
pub mod pci;
pub mod record;
pub mod stats;
pub mod text;

pub use block::{Block, Columns, Fields, MapRange, Sparse, Texts};
pub use error::{Damage, DamageKind, Error, Position, Result};
pub use record::Kind;
pub use stats::Stats;
