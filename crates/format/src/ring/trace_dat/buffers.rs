//! The ring buffers of a file, and where the pages of their CPUs are.

use super::bytes::Bytes;
use super::{damage, limits};
use crate::error::{Damage, DamageKind};

/// A ring buffer: that of the whole kernel, or that of a tracing instance.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Buffer {
    /// The name of the instance; empty for the buffer of the whole kernel.
    pub name: String,
    /// The clock of the events' times, where it is known.
    pub clock: Option<String>,
    /// Bytes of a page.
    pub page_size: usize,
    /// The CPUs that have pages.
    pub cpus: Vec<CpuData>,
    pub(super) is_compressed: bool,
}

/// The place of a CPU's pages in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CpuData {
    /// The number of the CPU.
    pub cpu: u32,
    /// The first byte.
    pub offset: u64,
    /// The number of bytes; of compressed ones, a hint.
    pub size: u64,
}

/// The number of buffers and of their CPUs that there were so far.
#[derive(Debug, Default)]
pub(super) struct CpuCount(usize);

impl CpuCount {
    /// Refuses a buffer of `count` CPUs when these are too many.
    pub(super) fn add(&mut self, count: u32, bytes: &Bytes<'_>) -> Result<(), Damage> {
        self.0 = self.0.saturating_add(1).saturating_add(count as usize);
        if self.0 > limits::CPUS {
            let what = format!("the file claims {} buffers and CPUs, {} are possible", self.0, limits::CPUS);
            return Err(damage(DamageKind::Damaged, bytes.at(), what));
        }
        Ok(())
    }
}
