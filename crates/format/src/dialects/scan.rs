//! A scanner of one line: what dialects of text are made of.

/// What is not read yet of a line. Each step reads on, or leaves everything as it is and gives nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan<'a>(pub(crate) &'a [u8]);

impl<'a> Scan<'a> {
    /// Exactly these bytes.
    #[inline]
    pub(crate) fn word(&mut self, bytes: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(bytes)?;
        Some(())
    }

    /// Blanks, or none.
    #[inline]
    pub(crate) fn blanks(&mut self) {
        while let [b' ' | b'\t', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    /// What stands before `end`, which is taken as well.
    pub(crate) fn until(&mut self, end: u8) -> Option<&'a [u8]> {
        let at = memchr::memchr(end, self.0)?;
        let found = &self.0[..at];
        self.0 = &self.0[at + 1..];
        Some(found)
    }

    /// What stands before the next blank or the end.
    pub(crate) fn field(&mut self) -> Option<&'a [u8]> {
        self.blanks();
        let end = self.0.iter().position(u8::is_ascii_whitespace).unwrap_or(self.0.len());
        let (found, rest) = self.0.split_at(end);
        self.0 = rest;
        (!found.is_empty()).then_some(found)
    }

    /// Hexadecimal digits, at most 16 that count.
    #[inline]
    pub(crate) fn hex(&mut self) -> Option<u64> {
        let (mut value, mut at) = (0_u64, 0);
        while let Some(digit) = self.0.get(at).and_then(|&byte| hex_digit(byte)) {
            if value >> 60 != 0 {
                return None;
            }
            value = value << 4 | u64::from(digit);
            at += 1;
        }
        self.0 = &self.0[at..];
        (at > 0).then_some(value)
    }

    /// `0x` and hexadecimal digits.
    #[inline]
    pub(crate) fn hex_0x(&mut self) -> Option<u64> {
        let before = *self;
        self.word(b"0x").or_else(|| self.word(b"0X"))?;
        let value = self.hex();
        if value.is_none() {
            *self = before;
        }
        value
    }

    /// Decimal digits.
    #[inline]
    pub(crate) fn decimal(&mut self) -> Option<u64> {
        let (mut value, mut at) = (0_u64, 0);
        while let Some(digit) = self.0.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10)
        {
            value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
            at += 1;
        }
        self.0 = &self.0[at..];
        (at > 0).then_some(value)
    }

    /// Seconds with a fraction of any length, or without one, in nanoseconds.
    pub(crate) fn seconds(&mut self) -> Option<u64> {
        let before = *self;
        let whole = self.decimal()?.checked_mul(1_000_000_000);
        let mut nanoseconds = 0;
        if let [b'.', b'0'..=b'9', ..] = self.0 {
            let mut unit = 100_000_000;
            self.0 = &self.0[1..];
            while let [digit @ b'0'..=b'9', rest @ ..] = self.0 {
                nanoseconds += u64::from(digit - b'0') * unit;
                unit /= 10;
                self.0 = rest;
            }
        }
        let time = whole.and_then(|whole| whole.checked_add(nanoseconds));
        if time.is_none() {
            *self = before;
        }
        time
    }
}

#[inline]
fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// A number as people and tools write it: `0x` and hexadecimal digits, or decimal digits.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    let mut scan = Scan(text);
    let value = scan.hex_0x().or_else(|| scan.decimal())?;
    scan.0.is_empty().then_some(value)
}

/// Nanoseconds since 1970 of a day of the calendar and a time of day, `2030-01-02T03:04:05.000001`, in UTC.
pub(crate) fn date(scan: &mut Scan<'_>) -> Option<u64> {
    let mut s = *scan;
    let year = s.decimal().filter(|year| (1970..=2500).contains(year))?;
    s.word(b"-")?;
    let month = s.decimal().filter(|month| (1..=12).contains(month))?;
    s.word(b"-")?;
    let day = s.decimal().filter(|day| (1..=31).contains(day))?;
    s.word(b"T").or_else(|| s.word(b" "))?;
    let hour = s.decimal().filter(|&hour| hour < 24)?;
    s.word(b":")?;
    let minute = s.decimal().filter(|&minute| minute < 60)?;
    s.word(b":")?;
    let second = s.seconds().filter(|&second| second < 61_000_000_000)?;
    *scan = s;
    // Days of the proleptic calendar, years beginning in March: 365 a year, the leap days, 153 in five months.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year / 4 - year / 100 + year / 400;
    let days = 365 * year + leaps + (153 * month + 2) / 5 + day - 1;
    let since = days.checked_sub(719_468)?;
    since
        .checked_mul(86_400)?
        .checked_add(hour * 3600 + minute * 60)?
        .checked_mul(1_000_000_000)?
        .checked_add(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_whole_or_not_at_all() {
        assert_eq!(Scan(b"ffffffffffffffff,").hex(), Some(u64::MAX));
        assert_eq!(Scan(b"10000000000000000").hex(), None);
        assert_eq!(Scan(b"18446744073709551615").decimal(), Some(u64::MAX));
        assert_eq!(Scan(b"18446744073709551616").decimal(), None);
        assert_eq!(
            (number(b"0x1f"), number(b"31"), number(b"1f"), number(b"")),
            (Some(31), Some(31), None, None)
        );
        assert_eq!(Scan(b"1.5 x").seconds(), Some(1_500_000_000));
        assert_eq!(Scan(b"12.000001234").seconds(), Some(12_000_001_234));
        assert_eq!(Scan(b"99999999999999999999.1").seconds(), None);
    }

    #[test]
    fn dates_count_from_1970() {
        let of = |text: &str| date(&mut Scan(text.as_bytes())).map(|time| time / 1_000_000_000);
        assert_eq!(of("1970-01-01T00:00:00"), Some(0));
        assert_eq!(of("2000-02-29 12:00:00.5Z"), Some(951_825_600));
        assert_eq!(of("2030-01-02T03:04:05.441188Z"), Some(1_893_553_445));
        assert_eq!((of("2030-13-02T03:04:05"), of("2030-01-02T03:04"), of("x")), (None, None, None));
    }
}
