//! How numbers are spelled in every output.

/// A number in hexadecimal, as `0x1f`.
pub fn hex(value: u64) -> String {
    format!("0x{value:x}")
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

/// A share between 0 and 1 with two decimals.
pub fn rounded(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}

/// A number of things as `1 loop`, `2 loops`.
pub fn counted(n: u64, one: &str, several: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { several })
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Text of a log or container in one line that can do a terminal no harm.
pub fn plain(text: &str) -> String {
    text.replace('\t', " ").escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_in_groups_of_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1234567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
