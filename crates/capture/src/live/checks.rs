//! What must be so before anything is changed.
//! Each sentence says what to do.

use super::state::State;
use crate::error::{Error, Result};
use crate::kernel::pci_slot;
use crate::kernel::roots::{Roots, peek};
use crate::kernel::tracefs::chosen;
use crate::pci::PciAddress;
use crate::tracers::Tracer;

/// Numbers of capabilities (include/uapi/linux/capability.h).
const CAP_DAC_OVERRIDE: u32 = 1;
const CAP_SYS_ADMIN: u32 = 21;

fn refuse<T>(sentence: impl Into<String>) -> Result<T> {
    Err(Error::Refused(sentence.into()))
}

/// Checks that we may record, and that the kernel allows it.
///
/// # Errors
/// [`Error::Refused`].
pub(super) fn rights(roots: &Roots) -> Result<()> {
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

/// Checks that there is no other recording, running or left behind.
///
/// # Errors
/// [`Error::Refused`].
pub(super) fn no_other(roots: &Roots) -> Result<()> {
    match State::load(roots)? {
        None => Ok(()),
        Some(state) if state.is_alive(roots) => {
            let (pid, output) = (state.process.0, state.output.display());
            refuse(format!("process {pid} is recording to {output} already; only one can"))
        }
        Some(_) => refuse("a recording ended without cleaning up; run `mmio-capture restore` first"),
    }
}

/// The device that is to be recorded and its driver, where it must be taken from the driver first.
/// A device that is bound has its mappings already, which not every tracer sees.
///
/// # Errors
/// [`Error::Refused`].
pub(super) fn device(
    tracer: Tracer,
    roots: &Roots,
    device: PciAddress,
    rebind: bool,
) -> Result<Option<(PciAddress, String)>> {
    match (pci_slot::driver(roots, device)?, rebind) {
        (Some(driver), true) => Ok(Some((device, driver))),
        (Some(driver), false) if !tracer.control().sees_old_mappings() => refuse(format!(
            "{device} is bound to {driver}, whose mappings exist already and cannot be traced; \
             give --rebind, or unload the driver and load it while recording"
        )),
        (None, true) => refuse(format!("--rebind: {device} is bound to no driver; load one while recording")),
        (_, false) => Ok(None),
    }
}
