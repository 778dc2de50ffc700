//! The container `.mmio.zst`: blocks in zstd frames, with an index. `docs/format.md` has every byte of it.
//!
//! Write with [`Writer`], read with [`Reader`]. Compressing and decompressing can be done on other
//! threads: [`EncodedBlock::encode`] and [`RawBlock::decode`] are the parts that take time.

mod check;
mod index;
mod layout;
mod lookahead;
mod losses;
mod raw_block;
mod reader;
mod recording;
mod repair;
mod resync;
mod sections;
mod seek;
mod seek_table;
mod step_compressed;
mod step_plain;
mod writer;

pub use crate::codec::Encoder;
pub use check::check;
pub use layout::{BlockHead, MAX_BLOCK, MAX_SECTION, Totals, VERSION};
pub use raw_block::{BlockDecoder, RawBlock};
pub use reader::{Form, Item, Reader, sniff};
pub use recording::{Recording, Section, key};
pub use repair::repair;
pub use writer::{DEFAULT_LEVEL, EncodedBlock, Writer};

#[cfg(test)]
mod tests;
