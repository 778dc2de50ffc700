//! A tracing instance of the recording's own: a buffer with settings that no other program uses.

use crate::error::{Error, Result};
use crate::kernel::busy::insist;
use crate::kernel::tracefs::{BufferSize, NANOSECONDS, Tracefs};

/// The name of the instance.
const NAME: &str = "mmio-capture";

/// The instance of the tracefs `top`, which need not be there.
pub(super) fn of(top: &Tracefs) -> Tracefs {
    top.instance(NAME)
}

/// Makes the instance ready, with tracing off.
///
/// # Errors
/// [`Error::Trace`].
pub(super) fn set_up(t: &Tracefs, buffer: BufferSize) -> Result<()> {
    t.set("tracing_on", "0")?;
    t.set("options/overwrite", "1")?;
    // The kernel has chosen a clock that suits the machine, unless another program has.
    let clock = t.top().clock()?;
    let clock = if NANOSECONDS.contains(&clock.as_str()) { clock } else { NANOSECONDS[0].into() };
    t.set("trace_clock", &clock)?;
    t.size_buffer("buffer_size_kb", buffer)
}

/// Events for which the buffers had no room.
///
/// # Errors
/// [`Error::Trace`].
pub(super) fn dropped(t: &Tracefs) -> Result<u64> {
    t.cpus()?.into_iter().try_fold(0, |sum: u64, cpu| Ok(sum.saturating_add(t.stats(cpu)?.dropped)))
}

/// Removes the instance if it is there.
pub(super) fn remove(t: &Tracefs, try_to: &mut dyn FnMut(&str, Result<()>)) {
    if t.folder().is_dir() {
        let remove =
            || std::fs::remove_dir(t.folder()).map_err(|e| Error::io("cannot remove", t.folder(), e));
        try_to("the tracing instance", insist(remove));
    }
}

/// Puts the size of the top-level buffers back: they no longer grow by themselves once there is an instance.
pub(super) fn put_back_top(top: &Tracefs, kb: Option<u64>, try_to: &mut dyn FnMut(&str, Result<()>)) {
    if let Some(kb) = kb
        && top.buffer_kb(None).is_ok_and(|now| now != Some(kb))
    {
        try_to("the size of the buffer", top.set("buffer_size_kb", &kb.to_string()));
    }
}
