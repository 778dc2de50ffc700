//! The tracers that can be recorded: what traps the accesses.
//!
//! A tracer is a file here that implements `TracerControl`, and a line in each part of the list below.

mod control;
mod events;
mod instance;
mod mmiotap;
mod mmiotrace;
mod settings;

use crate::kernel::roots::Roots;
pub use control::Source;
pub(crate) use control::{EventNames, TracerControl, Wanted};
pub(crate) use settings::Settings;

/// A tracer: what traps the accesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tracer {
    /// The module in `kmod/`: all CPUs stay online.
    Mmiotap,
    /// Events that the kernel and its drivers have themselves, such as those of regmap.
    Events,
    /// The kernel's own tracer, `CONFIG_MMIOTRACE`: one CPU stays online.
    Mmiotrace,
}

/// All tracers: the one that is preferred first, and the one that needs nothing but the kernel last.
pub(crate) const ALL: [Tracer; 3] = [Tracer::Mmiotap, Tracer::Events, Tracer::Mmiotrace];

impl Tracer {
    /// The code that knows this tracer.
    pub(crate) fn control(self) -> &'static dyn TracerControl {
        match self {
            Tracer::Mmiotap => &mmiotap::Mmiotap,
            Tracer::Events => &events::Events,
            Tracer::Mmiotrace => &mmiotrace::Mmiotrace,
        }
    }

    /// The name of the tracer, in options and in recordings.
    pub fn name(self) -> &'static str {
        self.control().name()
    }

    /// CPUs that the tracer takes offline while it is on.
    pub fn cpus_that_go(self, roots: &Roots) -> Vec<u32> {
        self.control().cpus_that_go(roots)
    }

    /// The tracer of this name.
    pub(crate) fn named(name: &str) -> Option<Tracer> {
        ALL.into_iter().find(|tracer| tracer.name() == name)
    }

    /// The first tracer for which `suits` holds, else the one that needs nothing but the kernel.
    pub(crate) fn first(suits: impl Fn(&dyn TracerControl) -> bool) -> Tracer {
        ALL.into_iter().find(|tracer| suits(tracer.control())).unwrap_or(Tracer::Mmiotrace)
    }
}
