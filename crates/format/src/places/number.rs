//! Numbers as such files spell them.

/// Reads hexadecimal digits without a sign or a prefix.
pub(super) fn hex(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
}

/// Reads hexadecimal digits after `0x`.
pub(super) fn prefixed_hex(text: &str) -> Option<u64> {
    hex(text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?)
}

/// Reads decimal digits without a sign.
pub(super) fn decimal(digits: &str) -> Option<u64> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Reads `8086:10d3`, a vendor id and a device id.
pub(super) fn ids(text: &str) -> Option<(u16, u16)> {
    let (vendor, device) = text.split_once(':')?;
    let id = |digits: &str| (digits.len() == 4).then(|| hex(digits)).flatten().map(|id| id as u16);
    Some((id(vendor)?, id(device)?))
}
