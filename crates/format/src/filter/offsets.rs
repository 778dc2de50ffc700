//! Registers as a user names them: offsets, ranges of them, and registers behind a port.

use std::fmt;

/// Offsets that pass a filter: one, or a range of them, in any BAR or in one, direct or behind a port.
///
/// Its text is what the tools print and `--reg` takes: `+0x20`, `3:+0x0`, `+0x40..+0x5f`,
/// `+0x5200..+0x53fc by 4`, `+0xc[0x5]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Offsets {
    /// BAR of the registers, or of the port that shows them; any where there is none.
    pub bar: Option<u8>,
    /// Offset of the data register of the port that shows the registers. Where there is none, they are direct ones, or
    /// lie behind any port.
    pub port: Option<u64>,
    /// First offset in bytes; behind a port the first index.
    pub first: u64,
    /// Last offset, included.
    pub last: u64,
    /// Bytes from one offset to the next, at least 1; with 1 every offset of the range passes.
    pub step: u64,
}

impl Offsets {
    /// The one at `offset`, in any BAR.
    pub const fn one(offset: u64) -> Offsets {
        Offsets::range(offset, offset)
    }

    /// All from `first` to `last`, both included, in any BAR.
    pub const fn range(first: u64, last: u64) -> Offsets {
        Offsets { bar: None, port: None, first, last, step: 1 }
    }

    /// Whether the register at `offset` of `bar` passes; `port` is the offset of the data register that shows it, where
    /// it lies behind one.
    #[inline]
    pub const fn holds(&self, bar: u8, port: Option<u64>, offset: u64) -> bool {
        let bar_passes = match self.bar {
            Some(wanted) => wanted == bar,
            None => true,
        };
        let port_passes = match (self.port, port) {
            (None, _) => true,
            (Some(wanted), Some(port)) => wanted == port,
            (Some(_), None) => false,
        };
        bar_passes
            && port_passes
            && self.first <= offset
            && offset <= self.last
            && (self.step <= 1 || (offset - self.first).is_multiple_of(self.step))
    }
}

impl fmt::Display for Offsets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(bar) = self.bar {
            write!(f, "{bar}:")?;
        }
        let (sign, end) = match self.port {
            Some(port) => {
                write!(f, "+{port:#x}[")?;
                ("", "]")
            }
            None => ("+", ""),
        };
        if self.port.is_some() && (self.first, self.last, self.step) == (0, u64::MAX, 1) {
            return write!(f, "*]");
        }
        write!(f, "{sign}{:#x}", self.first)?;
        if self.last != self.first {
            write!(f, "..{sign}{:#x}", self.last)?;
        }
        if self.step > 1 {
            write!(f, " by {}", self.step)?;
        }
        f.write_str(end)
    }
}

/// Highest number of a BAR, which is the ROM's.
const ROM: u8 = 6;

/// Parses what tables print for a register or a table of them; `..` and `…` are the same.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_registers(text: &str) -> Result<Offsets, String> {
    let (bar, rest) = match text.split_once(':') {
        Some((bar, rest)) => (Some(parse_bar(bar)?), rest),
        None => (None, text),
    };
    let Some((port, indices)) = rest.split_once('[') else {
        return Ok(Offsets { bar, ..parse_range(rest)? });
    };
    let indices = indices.strip_suffix(']').ok_or_else(|| format!("{text:?} has no ] at its end"))?;
    let port = Some(parse_offset(port)?);
    let range = if indices.trim() == "*" { Offsets::range(0, u64::MAX) } else { parse_range(indices)? };
    Ok(Offsets { bar, port, ..range })
}

fn parse_bar(text: &str) -> Result<u8, String> {
    let bar = text.trim().parse().ok().filter(|bar| *bar <= ROM);
    bar.ok_or_else(|| format!("{text:?} is not the number of a BAR, 0 to {ROM}"))
}

/// Parses `+0x20`, `+0x40..+0x5f`, `+0x40…+0x5c by 4`.
fn parse_range(text: &str) -> Result<Offsets, String> {
    let (range, step) = match text.split_once(" by ") {
        Some((range, step)) => (range, parse_step(step)?),
        None => (text, 1),
    };
    let ends = range.split_once("..").or_else(|| range.split_once('…'));
    let (from, to) = ends.unwrap_or((range, range));
    let (first, last) = (parse_offset(from)?, parse_offset(to)?);
    if first > last {
        return Err(format!("{range:?} ends before it starts"));
    }
    Ok(Offsets { step, ..Offsets::range(first, last) })
}

/// Parses bytes; a table that a driver walks downwards is printed with a sign.
fn parse_step(text: &str) -> Result<u64, String> {
    let digits = text.trim();
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    let step = match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    };
    let step = step.filter(|step| *step > 0 && !digits.contains('+'));
    step.ok_or_else(|| format!("{text:?} is not a number of bytes"))
}

fn parse_offset(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.strip_prefix('+').unwrap_or(text);
    let bad = || format!("{text:?} is not an offset such as +0x20");
    let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) else {
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        return Err(if is_number { format!("{text:?} has no 0x: write +0x{digits}") } else { bad() });
    };
    if hex.starts_with('+') {
        return Err(bad());
    }
    u64::from_str_radix(hex, 16).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_tables_print_is_taken() {
        let range = Offsets::range;
        for (text, expected) in [
            ("+0x20", Offsets::one(0x20)),
            ("0x20", Offsets::one(0x20)),
            ("+0x40..+0x5f", range(0x40, 0x5f)),
            ("0x40..0x5f", range(0x40, 0x5f)),
            ("3:+0x0", Offsets { bar: Some(3), ..Offsets::one(0) }),
            ("+0x5200…+0x53fc by 4", Offsets { step: 4, ..range(0x5200, 0x53fc) }),
            ("+0x5200…+0x53fc by -4", Offsets { step: 4, ..range(0x5200, 0x53fc) }),
            ("+0xc[0x5]", Offsets { port: Some(0xc), ..Offsets::one(5) }),
            ("3:+0xc[0x5]", Offsets { bar: Some(3), port: Some(0xc), ..Offsets::one(5) }),
            ("+0xc[*]", Offsets { port: Some(0xc), ..range(0, u64::MAX) }),
            ("+0xc[0x0..0x1f]", Offsets { port: Some(0xc), ..range(0, 0x1f) }),
        ] {
            assert_eq!(parse_registers(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_number_that_may_be_decimal_is_refused_with_what_to_write() {
        for (text, hint) in [("20", "+0x20"), ("+20", "+0x20"), ("f00", "+0xf00"), ("0x10..20", "+0x20")] {
            let error = parse_registers(text).unwrap_err();
            assert!(error.ends_with(&format!("has no 0x: write {hint}")), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let bad = [
            "",
            "+",
            "0x",
            "++1",
            "0x+1",
            "+0x20..+0x10",
            "reg",
            "7:+0x0",
            "x:+0x0",
            "+0xc[0x5",
            "+0xc[]",
            "[0x5]",
            "+0x0..+0xc by 0",
            "+0x0..+0xc by +4",
            "+0x0..+0xc by",
            "0x11111111111111111",
            "1:",
        ];
        for text in bad {
            assert!(parse_registers(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_range_holds_its_steps_in_its_bar_and_port() {
        let table = parse_registers("1:+0x10..+0x20 by 8").unwrap();
        let held: Vec<u64> = (0..0x40).filter(|&offset| table.holds(1, None, offset)).collect();
        assert_eq!((held, table.holds(0, None, 0x10)), (vec![0x10, 0x18, 0x20], false));
        let behind = parse_registers("+0xc[0x5]").unwrap();
        let held = [Some(0xc), Some(0x8), None].map(|port| behind.holds(0, port, 5));
        assert_eq!(held, [true, false, false]);
        assert!(Offsets::one(5).holds(0, None, 5) && Offsets::one(5).holds(0, Some(0xc), 5));
    }

    proptest! {
        #[test]
        fn the_text_of_offsets_is_read_as_the_same(
            bar in proptest::option::of(0_u8..=ROM),
            port in proptest::option::of(any::<u64>()),
            first in any::<u64>(),
            length in prop_oneof![Just(0), 0_u64..4096, any::<u64>()],
            step in 1_u64..64,
        ) {
            let offsets = Offsets { bar, port, first, last: first.saturating_add(length), step };
            prop_assert_eq!(parse_registers(&offsets.to_string()), Ok(offsets));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}|[0-9x+:.…\\[\\] by*]{0,20}") {
            if let Ok(offsets) = parse_registers(&text) {
                prop_assert_eq!(parse_registers(&offsets.to_string()), Ok(offsets));
            }
        }
    }
}
