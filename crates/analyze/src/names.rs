//! How numbers are spelled in every output.

/// `0x1f`.
pub fn hex(value: u64) -> String {
    format!("0x{value:x}")
}

/// Seconds with all their decimals: six, or nine where the time is finer than a microsecond.
pub fn seconds(nanos: u64) -> String {
    let (whole, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if rest.is_multiple_of(1000) {
        format!("{whole}.{:06}", rest / 1000)
    } else {
        format!("{whole}.{rest:09}")
    }
}

/// A share between 0 and 1 as `12.3 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
