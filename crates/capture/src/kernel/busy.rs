//! Patience with a kernel that is busy.

use std::time::{Duration, Instant};

use crate::error::Result;

/// How long a reader that just ended may keep a tracer busy.
const BUSY: Duration = Duration::from_secs(3);

/// Tries until it succeeds, as long as what just ended may keep it from that.
///
/// # Errors
/// The error of the last time.
pub(crate) fn insist(mut action: impl FnMut() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    loop {
        match action() {
            Err(_) if start.elapsed() < BUSY => std::thread::sleep(Duration::from_millis(50)),
            result => return result,
        }
    }
}
