//! Patterns of the texts of events.
//!
//! A pattern is what an event prints, with fields in braces: `{reg:x}` hexadecimal digits, with or without `0x`; `{reg:d}`
//! decimal digits; `{dev:s}` any text up to what the pattern has next; `{op}` a word, `read` or `write`. A blank stands for
//! one or more. Of a text that matches something may be left that does not begin with a letter or a digit.

use crate::dialects::scan::Scan;
use crate::record::Kind;

/// What the fields of a pattern gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// `op`
    pub(super) op: Option<Kind>,
    /// `reg`
    pub(super) register: u64,
    /// `value`, and `high` as its upper 32 bits.
    pub(super) value: u64,
    /// `len` in bytes, or `bits`.
    pub(super) bytes: Option<u64>,
    /// `dev`
    pub(super) device: &'a [u8],
    /// `part`
    pub(super) part: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Reads `text`, if it is of this pattern.
    pub(super) fn read(mut pattern: &str, text: &'a [u8]) -> Option<Parts<'a>> {
        let (mut scan, mut parts) = (Scan(text), Parts::default());
        loop {
            let (literal, rest) = pattern.split_once('{').unwrap_or((pattern, ""));
            literal_text(literal, &mut scan)?;
            let Some((field, rest)) = rest.split_once('}') else { break };
            let next = rest.split_once('{').map_or(rest, |(literal, _)| literal);
            parts.field(field, next, &mut scan)?;
            pattern = rest;
        }
        let is_more = scan.0.first().is_some_and(u8::is_ascii_alphanumeric);
        (!is_more).then_some(parts)
    }

    /// Reads a field, behind which `next` comes.
    fn field(&mut self, field: &str, next: &str, scan: &mut Scan<'a>) -> Option<()> {
        let (name, form) = field.split_once(':').unwrap_or((field, "s"));
        if name == "op" {
            self.op = Some(op(scan)?);
            return Some(());
        }
        let before = scan.0;
        let number = match form {
            "x" => scan.hex_0x().or_else(|| scan.hex())?,
            "d" => scan.decimal()?,
            _ => {
                let end = if next.is_empty() {
                    before.len()
                } else {
                    memchr::memmem::find(before, next.as_bytes())?
                };
                scan.0 = &before[end..];
                0
            }
        };
        let text = &before[..before.len() - scan.0.len()];
        match name {
            "reg" => self.register = number,
            "value" => self.value |= number,
            "high" => self.value |= number.checked_mul(1 << 32)?,
            "len" => self.bytes = Some(number),
            "bits" => self.bytes = Some(number / 8),
            "dev" => self.device = text,
            "part" => self.part = text,
            _ => {}
        }
        Some(())
    }
}

/// What stands between fields.
fn literal_text(literal: &str, scan: &mut Scan<'_>) -> Option<()> {
    let mut words = literal.split(' ');
    scan.word(words.next()?.as_bytes())?;
    for word in words {
        scan.word(b" ")?;
        scan.blanks();
        scan.word(word.as_bytes())?;
    }
    Some(())
}

/// The word `read` or `write`.
fn op(scan: &mut Scan<'_>) -> Option<Kind> {
    let read = scan.word(b"read").map(|()| Kind::READ);
    read.or_else(|| scan.word(b"write").map(|()| Kind::WRITE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_all_forms() {
        let parts = |pattern, text: &'static str| Parts::read(pattern, text.as_bytes());
        let base = Parts { register: 0x5008, value: 0x1f, ..Parts::default() };
        let pattern = "{op} reg={reg:x}, len={len:d}, val=({value:x}, {high:x})";
        let found = parts(pattern, "write reg=0x5008, len=8, val=(0x1f, 0x1)").unwrap();
        assert_eq!(found, Parts { op: Some(Kind::WRITE), bytes: Some(8), value: 0x1_0000_001f, ..base });
        let found =
            parts("docg3: {op}{bits:d} reg={reg:x}, val={value:x}", "docg3: read16 reg=5008, val=001f");
        assert_eq!(found.unwrap(), Parts { op: Some(Kind::READ), bytes: Some(2), ..base });
        let found = parts("{dev:s}: addr: {reg:x}, val: {value:x}", "0000:b3:00.0: addr: 0x5008, val: 0x1f");
        assert_eq!(found.unwrap(), Parts { device: b"0000:b3:00.0", ..base });
        let found = parts("[{dev:s}] read io[{reg:x}] = {value:x}", "[0000:03:00.0] read io[0x5008] = 0x1f)");
        assert_eq!(found.unwrap(), Parts { device: b"0000:03:00.0", ..base });
        let found = parts("[{dev:s}] write io[{reg:d}] = {value:d}", "[x] write io[20488] = 31)");
        assert_eq!(found.unwrap(), Parts { device: b"x", ..base });
        assert_eq!(parts("{reg:x}, value {value:x}", "5008, value 1f #GP").unwrap(), base);
    }

    #[test]
    fn what_does_not_match_is_none() {
        let pattern = "{dev:s} {reg:x}={value:x}";
        for text in ["", "phy0", "phy0 ", "phy0 12", "phy0 12=", "phy0 12=zz", "phy0 12=1g", "12=1"] {
            assert_eq!(Parts::read(pattern, text.as_bytes()), None, "{text}");
        }
        for broken in ["{", "{reg", "{reg:x", "}", "{nothing:x}", "{high:x}"] {
            let _ = Parts::read(broken, b"ffffffffff");
        }
    }
}
