//! MMIO traces: their records, the kernel's text log, and the container `.mmio.zst`.

pub mod block;
pub mod codec;
pub mod container;
pub mod error;
pub mod export;
pub mod filter;
pub mod input;
pub mod loss;
pub mod pci;
pub mod pipeline;
mod progress;
pub mod record;
pub mod resolve;
pub mod seconds;
pub mod source;
pub mod stats;
pub mod survey;
pub mod text;
pub mod trace;
mod view;

pub use block::{Block, Columns, Fields, MapRange, Sparse, Texts};
pub use error::{Damage, DamageKind, Error, Position, Result};
pub use progress::{Meter, Progress};
pub use record::Kind;
pub use stats::Stats;
pub use view::Record;
