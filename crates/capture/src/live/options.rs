//! What to record, and how.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::kernel::cpus;
use crate::kernel::roots::{Roots, peek};
use crate::kernel::tracefs::BufferSize;
use crate::pci::PciAddress;
use crate::tracers::{Source, Tracer, Wanted};

/// What to record, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The path of the container; `-` is standard output.
    pub output: PathBuf,
    /// Whether the output is replaced if it is there.
    pub force: bool,
    /// The compression level of zstd.
    pub level: i32,
    /// The tracer; without one, mmiotap where it is loaded or installed, or [`Options::module`] names it.
    pub tracer: Option<Tracer>,
    /// The file of mmiotap, if it is not an installed module.
    pub module: Option<PathBuf>,
    /// Events of the kernel that are recorded, each `SYSTEM:EVENT`, or `SYSTEM` for all of a system; they are a tracer of
    /// their own.
    pub events: Vec<String>,
    /// Physical addresses that are traced, the last ones included; only mmiotap can choose.
    pub ranges: Vec<(u64, u64)>,
    /// Pages or text.
    pub source: Source,
    /// Kilobytes of the kernel's buffer; without a size, an eighth of the free memory, at most 512 MiB.
    pub buffer_kb: Option<u64>,
    /// Whether program counters are kept.
    pub keep_pc: bool,
    /// The PCI device whose driver is meant.
    pub device: Option<PciAddress>,
    /// Whether the device is taken from its driver first, and given back while recording.
    pub rebind: bool,
    /// A command with its arguments; the recording ends with it.
    pub command: Vec<OsString>,
    /// Whether each line of standard input becomes a marker.
    pub marks_from_stdin: bool,
    /// The options as the user gave them, for the recording's data.
    pub described: String,
}

impl Options {
    /// What is asked of this tracer.
    pub(super) fn wanted(&self, roots: &Roots, tracer: Tracer) -> Wanted {
        Wanted {
            module: self.module.clone(),
            device: self.device,
            ranges: self.ranges.clone(),
            events: self.events.clone(),
            source: self.source,
            keep_pc: self.keep_pc,
            buffer: BufferSize {
                kb: self.buffer_kb.unwrap_or_else(|| default_buffer_kb(roots, tracer)),
                less_will_do: self.buffer_kb.is_none(),
            },
        }
    }
}

/// Kilobytes of a CPU's buffer when no size is asked for: an eighth of the memory that is available, at most 512 MiB,
/// for all CPUs that are traced together.
pub(super) fn default_buffer_kb(roots: &Roots, tracer: Tracer) -> u64 {
    let memory = peek(roots.proc.join("meminfo")).unwrap_or_default();
    let available = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kb: Option<u64> = available.and_then(|kb| kb.split_whitespace().next()?.parse().ok());
    let cpus = cpus::online(roots).len().saturating_sub(tracer.cpus_that_go(roots).len());
    ((kb.unwrap_or(0) / 8).min(512 << 10) / (cpus.max(1) as u64)).max(1408)
}
