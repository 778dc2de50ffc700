//! Who traps the accesses.

/// A tracer, by the names of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracer {
    /// The kernel's own, `CONFIG_MMIOTRACE`: one CPU.
    Mmiotrace,
    /// The module in `kmod/`: all CPUs.
    Mmiotap,
}

impl Tracer {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Tracer::Mmiotrace => "mmiotrace",
            Tracer::Mmiotap => "mmiotap",
        }
    }

    /// Names of its events: accesses, mappings, and gaps where it has any.
    pub fn events(self) -> &'static [&'static str] {
        match self {
            Tracer::Mmiotrace => &["mmiotrace_rw", "mmiotrace_map"],
            Tracer::Mmiotap => &["mmiotap_rw", "mmiotap_map", "mmiotap_gap"],
        }
    }
}
