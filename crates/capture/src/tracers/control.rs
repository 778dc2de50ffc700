//! What a recording needs of a tracer.

use std::path::{Path, PathBuf};

use super::settings::Settings;
use crate::error::Result;
use crate::kernel::roots::Roots;
use crate::kernel::tracefs::{BufferSize, Tracefs};
use crate::pci::PciAddress;

/// The kernel's files that events can be read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Ring-buffer pages, which are cheaper and hold more.
    #[default]
    Raw,
    /// The text log.
    Text,
}

/// What is asked of a tracer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The tracer's file, if it is a module that is not installed.
    pub(crate) module: Option<PathBuf>,
    /// The PCI device that is traced.
    pub(crate) device: Option<PciAddress>,
    /// Physical addresses that are traced, the last ones included.
    /// Without ranges and a device all mappings that are made from now on are traced.
    pub(crate) ranges: Vec<(u64, u64)>,
    /// Events of the kernel, each a system alone or with an event.
    pub(crate) events: Vec<String>,
    /// Pages or text.
    pub(crate) source: Source,
    /// Whether program counters are recorded.
    pub(crate) keep_pc: bool,
    /// The size of the buffer of a CPU that is traced.
    pub(crate) buffer: BufferSize,
}

/// The names of a tracer's events in tracefs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventNames {
    /// The folder of the events.
    pub(crate) system: &'static str,
    /// The event of an access.
    pub(crate) access: &'static str,
    /// The event of a mapping that was made or went away.
    pub(crate) mapping: &'static str,
    /// The event of accesses that are missing, if the tracer has one.
    /// Such a tracer numbers accesses, and tells several at once by a count.
    pub(crate) gap: Option<&'static str>,
}

/// What each tracer does in its own way.
///
/// The order of a recording: [`check_wanted`](Self::check_wanted) and [`check_kernel`](Self::check_kernel), which
/// change nothing; [`look`](Self::look), whose settings are on disk before [`set_up`](Self::set_up);
/// [`dropped`](Self::dropped) at the end; [`restore`](Self::restore), which may also be called later by another process.
pub(crate) trait TracerControl: Sync {
    /// The name of the tracer, in options, states and recordings.
    fn name(&self) -> &'static str;

    /// The names of the tracer's events; `None` where a user names them.
    fn events(&self) -> Option<EventNames>;

    /// The events that the user's names mean in the tracefs `top`, each a system and an event with `/` between.
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) for what the kernel does not have.
    fn named(&self, _top: &Tracefs, _wanted: &Wanted) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Whether the tracer can be used here without more ado, `module` being its file where one was given.
    fn is_here(&self, roots: &Roots, module: Option<&Path>) -> bool;

    /// Refuses what was asked for and the tracer cannot do.
    fn check_wanted(&self, roots: &Roots, wanted: &Wanted) -> Result<()>;

    /// Refuses while the kernel does not have the tracer, or uses it otherwise.
    /// tracefs is mounted.
    fn check_kernel(&self, roots: &Roots, top: &Tracefs, wanted: &Wanted) -> Result<()>;

    /// Whether the tracer sees mappings that were made before it is on.
    fn sees_old_mappings(&self) -> bool;

    /// CPUs that the tracer takes offline while it is on.
    fn cpus_that_go(&self, roots: &Roots) -> Vec<u32>;

    /// The control files that a recording uses, of the tracefs `top`.
    fn tracefs(&self, top: Tracefs) -> Tracefs;

    /// The settings as they are now, and whatever else [`restore`](Self::restore) must know.
    fn look(&self, roots: &Roots, tracefs: &Tracefs, wanted: &Wanted) -> Result<Settings>;

    /// Switches the tracer on.
    /// Returns how many events it has counted as not recorded before.
    fn set_up(&self, before: &Settings, roots: &Roots, tracefs: &Tracefs, wanted: &Wanted) -> Result<u64>;

    /// Events that never got into a buffer, of which no page tells.
    /// `at_start` is what [`set_up`](Self::set_up) returned.
    fn dropped(&self, roots: &Roots, tracefs: &Tracefs, source: Source, at_start: u64) -> Result<u64>;

    /// Puts everything back to the settings `before`.
    /// `try_to` gets the name of each thing, and how it went; doing it twice does no harm.
    fn restore(
        &self,
        before: &Settings,
        roots: &Roots,
        tracefs: &Tracefs,
        try_to: &mut dyn FnMut(&str, Result<()>),
    );
}
