//! What must be so before anything is changed. Each sentence says what to do.

use std::path::Path;

use super::mmiotap;
use super::pci_slot;
use super::roots::{Roots, peek};
use super::state::{State, online_cpus};
use super::tracefs::{Tracefs, chosen};
use crate::error::{Error, Result};
use crate::formats::Tracer;
use crate::pci::PciAddress;

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
            "the kernel is locked down ({level}) and refuses to trace devices; Secure Boot does that: \
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

/// The tracer that is used when nobody chooses: the module where it is loaded or installed, or its file is given.
pub fn best_tracer(roots: &Roots, module: Option<&Path>) -> Tracer {
    if module.is_some() || mmiotap::is_loaded(roots) || mmiotap::is_installed(roots) {
        Tracer::Mmiotap
    } else {
        Tracer::Mmiotrace
    }
}

/// The tracer is there and free. tracefs must be mounted.
///
/// # Errors
/// [`Error::Refused`], [`Error::Trace`].
pub fn tracer(tracer: Tracer, roots: &Roots, tracefs: &Tracefs) -> Result<()> {
    match tracer {
        Tracer::Mmiotrace => mmiotrace(tracefs),
        Tracer::Mmiotap => mmiotap(roots, tracefs),
    }
}

/// The module needs debugfs, and no other tracer that hides pages.
fn mmiotap(roots: &Roots, tracefs: &Tracefs) -> Result<()> {
    let debugfs = roots.sys.join("kernel/debug");
    // Whatever kernel it is, something is in there.
    if !std::fs::read_dir(&debugfs).is_ok_and(|mut found| found.next().is_some()) {
        let place = debugfs.display();
        return refuse(format!("mmiotap is driven through debugfs: mount -t debugfs none {place}"));
    }
    if tracefs.get("current_tracer")? == Tracer::Mmiotrace.name() {
        return refuse("the kernel's own mmiotrace is on; only one tracer can hide pages");
    }
    Ok(())
}

fn mmiotrace(tracefs: &Tracefs) -> Result<()> {
    let name = Tracer::Mmiotrace.name();
    let available = tracefs.get("available_tracers")?;
    if !available.split_whitespace().any(|tracer| tracer == name) {
        let instead = "Debian's and Fedora's have it; the module mmiotap does without";
        return refuse(format!("this kernel has no mmiotrace (CONFIG_MMIOTRACE); {instead}"));
    }
    let current = tracefs.get("current_tracer")?;
    if current != "nop" {
        let file = tracefs.folder().join("current_tracer");
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

/// The driver of the device that is to be recorded. One that is bound has its mappings already; the kernel's tracer
/// never sees mappings that were made before it is on, the module does.
///
/// # Errors
/// [`Error::Refused`].
pub fn device(
    tracer: Tracer,
    roots: &Roots,
    device: PciAddress,
    rebind: bool,
) -> Result<Option<(PciAddress, String)>> {
    match (pci_slot::driver(roots, device)?, rebind) {
        (Some(driver), true) => Ok(Some((device, driver))),
        (Some(driver), false) if tracer == Tracer::Mmiotrace => refuse(format!(
            "{device} is bound to {driver}, whose mappings exist already and cannot be traced; \
             give --rebind, or unload the driver and load it while recording"
        )),
        (None, true) => refuse(format!("--rebind: {device} is bound to no driver; load one while recording")),
        (_, false) => Ok(None),
    }
}

/// CPUs that the tracer takes offline while it is on: all but the first one.
pub fn cpus_that_go(roots: &Roots) -> Vec<u32> {
    online_cpus(roots).split_off(1.min(online_cpus(roots).len()))
}

/// Kilobytes of buffer when nobody asks for a size: an eighth of the memory that is available, at most 512 MiB, for all
/// CPUs that are traced together.
pub fn default_buffer_kb(roots: &Roots, tracer: Tracer) -> u64 {
    let memory = peek(roots.proc.join("meminfo")).unwrap_or_default();
    let available = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kb: Option<u64> = available.and_then(|kb| kb.split_whitespace().next()?.parse().ok());
    let cpus = if tracer == Tracer::Mmiotap { online_cpus(roots).len().max(1) as u64 } else { 1 };
    ((kb.unwrap_or(0) / 8).min(512 << 10) / cpus).max(1408)
}
