//! Numbers as text, appended to a byte buffer.

use std::io::Write;

/// Appends formatted text; writing to a buffer cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {
        { let _ = std::io::Write::write_fmt($out, format_args!($($arg)*)); }
    };
}
pub(super) use put;

/// Seconds with six decimals, nine where the time is finer than a microsecond.
pub(super) fn put_seconds(out: &mut Vec<u8>, nanos: u64) {
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let _ = if rest.is_multiple_of(1000) {
        write!(out, "{seconds}.{:06}", rest / 1000)
    } else {
        write!(out, "{seconds}.{rest:09}")
    };
}

/// Seconds and microseconds, rounded as the kernel does (ns2usecs in kernel/trace/trace.c).
pub(super) fn microseconds(nanos: u64) -> (u64, u64) {
    let usec = nanos.saturating_add(500) / 1000;
    (usec / 1_000_000, usec % 1_000_000)
}
