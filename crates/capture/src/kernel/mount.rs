//! A tracefs of our own, where there is none.

use std::path::Path;

use super::roots::Roots;
use crate::error::{Error, Result};

/// Mounts tracefs at our own place.
///
/// # Errors
/// [`Error::Trace`].
pub(crate) fn mount(roots: &Roots) -> Result<Roots> {
    let place = roots.private_tracefs();
    std::fs::create_dir_all(&place).map_err(|e| Error::io("cannot create", &place, e))?;
    let flags = rustix::mount::MountFlags::empty();
    let mounted = rustix::mount::mount("tracefs", &place, "tracefs", flags, None::<&std::ffi::CStr>);
    mounted.map_err(|e| Error::io("cannot mount tracefs at", &place, e.into()))?;
    Ok(Roots { tracefs: place, ..roots.clone() })
}

/// Takes our own mount away.
///
/// # Errors
/// [`Error::Trace`].
pub(crate) fn unmount(place: &Path) -> Result<()> {
    rustix::mount::unmount(place, rustix::mount::UnmountFlags::DETACH)
        .map_err(|e| Error::io("cannot unmount", place, e.into()))?;
    std::fs::remove_dir(place).map_err(|e| Error::io("cannot remove", place, e))
}
