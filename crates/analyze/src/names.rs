//! How numbers are spelled in every output.

/// `0x1f`.
pub fn hex(value: u64) -> String {
    format!("0x{value:x}")
}

/// The number that [`hex`] spelled.
pub(crate) fn parse_hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// The registers behind the data port at `offset` of `bar`, as `2:0xc`.
pub fn space(bar: u8, offset: u64) -> String {
    format!("{bar}:{}", hex(offset))
}

/// Seconds with all their decimals: six, or nine where the time is finer than a microsecond.
pub fn seconds(nanos: u64) -> String {
    mmio_format::seconds::Seconds(nanos).to_string()
}

/// A share between 0 and 1 as `12.3 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
