//! Numbers as text, appended to a byte buffer.

/// Appends formatted text; writing to a buffer cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {
        { let _ = std::io::Write::write_fmt($out, format_args!($($arg)*)); }
    };
}
pub(super) use put;

/// Seconds and microseconds, rounded as the kernel does (ns2usecs in kernel/trace/trace.c).
pub(super) fn microseconds(nanos: u64) -> (u64, u64) {
    let usec = nanos.saturating_add(500) / 1000;
    (usec / 1_000_000, usec % 1_000_000)
}
