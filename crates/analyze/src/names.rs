//! How numbers are spelled in every output.

/// `0x1f`.
pub fn hex(value: u64) -> String {
    format!("0x{value:x}")
}

/// A sentence of words and numbers, for findings that are still text.
pub(crate) fn spelled(evidence: &crate::evidence::Evidence) -> String {
    use crate::evidence::Part;
    let part = |part: &Part| match part {
        Part::Words(words) => (*words).to_owned(),
        Part::Number(n) => n.to_string(),
        other => format!("{other:?}"),
    };
    evidence.parts().iter().map(part).collect()
}

/// The number that [`hex`] spelled.
pub fn parse_hex(text: &str) -> Option<u64> {
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
