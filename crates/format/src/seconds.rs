//! How times are spelled in every output but the kernel's own log.

use std::fmt;

/// Nanoseconds, shown in seconds with all their decimals: six, or nine where the time is finer than a microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        if rest.is_multiple_of(1000) {
            write!(f, "{whole}.{:06}", rest / 1000)
        } else {
            write!(f, "{whole}.{rest:09}")
        }
    }
}
