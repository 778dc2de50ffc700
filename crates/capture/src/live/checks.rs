//! What must be so before anything is changed. Each sentence says what to do.

use super::pci_slot;
use super::roots::{Roots, peek};
use super::session::TRACER;
use super::state::{State, online_cpus};
use super::tracefs::{Tracefs, chosen};
use crate::error::{Error, Result};

/// Numbers of capabilities (include/uapi/linux/capability.h).
const CAP_DAC_OVERRIDE: u32 = 1;
const CAP_SYS_ADMIN: u32 = 21;

fn refuse<T>(sentence: impl Into<String>) -> Result<T> {
    Err(Error::Refused(sentence.into()))
}

/// May we, and does the kernel allow it?
///
/// # Errors
/// [`Error::Refused`].
pub fn rights(roots: &Roots) -> Result<()> {
    let status = peek(roots.proc.join("self/status")).unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0);
    let needed = 1 << CAP_DAC_OVERRIDE | 1 << CAP_SYS_ADMIN;
    if effective & needed != needed {
        return refuse("recording needs root, or CAP_SYS_ADMIN and CAP_DAC_OVERRIDE; try sudo");
    }
    let lockdown = peek(roots.sys.join("kernel/security/lockdown")).unwrap_or_default();
    match chosen(&lockdown) {
        None | Some("none") => Ok(()),
        Some(level) => refuse(format!(
            "the kernel is locked down ({level}) and refuses mmiotrace; Secure Boot does that: \
             switch it off in the firmware, or boot without lockdown="
        )),
    }
}

/// No other recording, running or left behind.
///
/// # Errors
/// [`Error::Refused`].
pub fn no_other(roots: &Roots) -> Result<()> {
    match State::load(&roots.state_file())? {
        None => Ok(()),
        Some(state) if state.is_alive(roots) => {
            let (pid, output) = (state.process.0, state.output.display());
            refuse(format!("process {pid} is recording to {output} already; only one can"))
        }
        Some(_) => refuse("a recording ended without cleaning up; run `mmio-capture restore` first"),
    }
}

/// The tracer is there and free. tracefs must be mounted.
///
/// # Errors
/// [`Error::Refused`], [`Error::Trace`].
pub fn tracer(tracefs: &Tracefs) -> Result<()> {
    let available = tracefs.get("available_tracers")?;
    if !available.split_whitespace().any(|tracer| tracer == TRACER) {
        let debian = "Debian's and Fedora's have it";
        return refuse(format!("this kernel has no mmiotrace (CONFIG_MMIOTRACE); {debian}"));
    }
    let current = tracefs.get("current_tracer")?;
    if current != "nop" {
        let file = tracefs.root().join("current_tracer");
        return refuse(format!(
            "the tracer `{current}` is in use; when nobody needs it: echo nop > {}",
            file.display()
        ));
    }
    Ok(())
}

/// Program counters are recorded only when the kernel was booted for it.
///
/// # Errors
/// [`Error::Refused`].
pub fn program_counters(roots: &Roots) -> Result<()> {
    if has_program_counters(roots) {
        return Ok(());
    }
    refuse(
        "--pc: the kernel records no program counters; boot it with mmiotrace.trace_pc=1 on its command line. \
         (It is off by default because they show how a driver is built, which matters for clean-room work.)",
    )
}

/// The kernel was booted with `mmiotrace.trace_pc` on.
pub fn has_program_counters(roots: &Roots) -> bool {
    let line = peek(roots.proc.join("cmdline")).unwrap_or_default();
    let last = line.split_whitespace().rev().find_map(|word| match word.split_once('=') {
        Some(("mmiotrace.trace_pc", value)) => Some(matches!(value, "1" | "y" | "Y" | "on")),
        None if word == "mmiotrace.trace_pc" => Some(true),
        _ => None,
    });
    last.unwrap_or(false)
}

/// The driver of the device that is to be recorded: one that is bound has its mappings already, and mappings made
/// before the tracer is on are never seen.
///
/// # Errors
/// [`Error::Refused`].
pub fn device(roots: &Roots, slot: &str, rebind: bool) -> Result<Option<(String, String)>> {
    match (pci_slot::driver(roots, slot)?, rebind) {
        (Some(driver), true) => Ok(Some((slot.to_owned(), driver))),
        (Some(driver), false) => refuse(format!(
            "{slot} is bound to {driver}, whose mappings exist already and cannot be traced; \
             give --rebind, or unload the driver and load it while recording"
        )),
        (None, true) => refuse(format!("--rebind: {slot} is bound to no driver; load one while recording")),
        (None, false) => Ok(None),
    }
}

/// CPUs that the tracer takes offline while it is on: all but the first one.
pub fn cpus_that_go(roots: &Roots) -> Vec<u32> {
    online_cpus(roots).split_off(1.min(online_cpus(roots).len()))
}

/// Kilobytes of buffer when nobody asks for a size: an eighth of the memory that is available, at most 512 MiB.
pub fn default_buffer_kb(roots: &Roots) -> u64 {
    let memory = peek(roots.proc.join("meminfo")).unwrap_or_default();
    let available = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kb: Option<u64> = available.and_then(|kb| kb.split_whitespace().next()?.parse().ok());
    (kb.unwrap_or(0) / 8).clamp(1408, 512 << 10)
}
