//! The fast path: canonical access, UNKNOWN, MAP and UNMAP lines, eight bytes at a time. It declines
//! whatever it is not sure of, and the [grammar](super::grammar) decides.

use crate::block::{Block, Fields};
use crate::record::Kind;
use crate::text::number::{hex_digits, hex_value, six_decimals};

/// Bytes that a line may use, more than the longest canonical MAP line has.
pub(super) const WINDOW: usize = 160;

/// The bytes from the start of a line on. What follows the line's end does not matter.
pub(super) type Window = [u8; WINDOW];

/// Reads an access line; returns the record and the length of the line with its line end.
#[inline(always)]
pub(super) fn access(window: &Window) -> Option<(Fields, usize)> {
    let kind = match window[0] {
        b'R' => Kind::READ,
        b'W' => Kind::WRITE,
        _ => return None,
    };
    let width = window[2].wrapping_sub(b'0');
    if window[1] != b' ' || window[3] != b' ' || !matches!(width, 1 | 2 | 4 | 8) {
        return None;
    }
    let (time, at) = time(window, 4)?;
    let (map_id, at) = map_id(window, at)?;
    let (address, at) = address(window, at)?;
    let (value, at) = hex(window, at)?;
    let (pc, end) = origin(window, at)?;
    Some((Fields { kind, time, map_id, address, value, width, pc, pid: 0 }, end))
}

/// Reads an UNKNOWN line, as [`access`].
#[inline(always)]
pub(super) fn unknown(window: &Window) -> Option<(Fields, usize)> {
    if word(window, 0) != u64::from_le_bytes(*b"UNKNOWN ") {
        return None;
    }
    let (time, at) = time(window, 8)?;
    let (map_id, at) = map_id(window, at)?;
    let (address, at) = address(window, at)?;
    let (value, at) = opcode(window, at)?;
    let (pc, end) = origin(window, at)?;
    Some((Fields { kind: Kind::UNKNOWN, time, map_id, address, value, pc, ..Fields::default() }, end))
}

/// Reads a MAP or UNMAP line into `block`; returns its length with its line end.
pub(super) fn mapping(window: &Window, block: &mut Block) -> Option<usize> {
    if window.starts_with(b"MAP ") {
        let (time, at) = time(window, 4)?;
        let (map_id, at) = map_id(window, at)?;
        let (address, at) = hex(window, at)?;
        let (virt, at) = hex(window, at)?;
        let (length, at) = hex(window, at)?;
        let (pc, end) = origin(window, at)?;
        block.push_map(Fields { time, map_id, address, pc, ..Fields::default() }, virt, length);
        Some(end)
    } else if window.starts_with(b"UNMAP ") {
        let (time, at) = time(window, 6)?;
        let (map_id, at) = map_id(window, at)?;
        let (pc, end) = origin(window, at)?;
        block.push(Fields { kind: Kind::UNMAP, time, map_id, pc, ..Fields::default() });
        Some(end)
    } else {
        None
    }
}

/// Eight bytes. Fields end before byte 128; the mask lets the compiler see that.
#[inline(always)]
fn word(window: &Window, at: usize) -> u64 {
    let at = at & 127;
    u64::from_le_bytes(window[at..at + 8].try_into().expect("eight bytes"))
}

#[inline(always)]
fn byte(window: &Window, at: usize) -> u8 {
    window[at & 127]
}

/// A canonical decimal number of up to nine digits that ends in `end`, and the place after that.
#[inline(always)]
fn decimal(window: &Window, start: usize, end: u8) -> Option<(u32, usize)> {
    let first = byte(window, start).wrapping_sub(b'0');
    if first > 9 {
        return None;
    }
    let mut number = u32::from(first);
    for at in start + 1..start + 9 {
        let next = byte(window, at);
        if next == end {
            return Some((number, at + 1));
        }
        let digit = next.wrapping_sub(b'0');
        if digit > 9 || number == 0 {
            return None;
        }
        number = number * 10 + u32::from(digit);
    }
    (byte(window, start + 9) == end && number != 0).then_some((number, start + 10))
}

/// Seconds and six decimals as nanoseconds, and the place after the space that follows.
#[inline(always)]
fn time(window: &Window, at: usize) -> Option<(u64, usize)> {
    let (seconds, at) = decimal(window, at, b'.')?;
    let microseconds = six_decimals(word(window, at))?;
    if byte(window, at + 6) != b' ' {
        return None;
    }
    Some(((u64::from(seconds) * 1_000_000 + microseconds) * 1000, at + 7))
}

#[inline(always)]
fn map_id(window: &Window, at: usize) -> Option<(i32, usize)> {
    if byte(window, at) == b'-' {
        let (number, at) = decimal(window, at + 1, b' ')?;
        return (number != 0).then_some((-(number as i32), at));
    }
    let (number, at) = decimal(window, at, b' ')?;
    Some((number as i32, at))
}

/// [`hex`] for numbers that mostly have eight digits: a branch on that lets the processor guess
/// where the next field starts instead of waiting for the length.
#[inline(always)]
fn address(window: &Window, at: usize) -> Option<(u64, usize)> {
    if byte(window, at + 10) != b' ' {
        return hex(window, at);
    }
    let digits = word(window, at + 2);
    if !has_prefix(window, at) || hex_digits(digits) != 8 || digits as u8 == b'0' {
        return None;
    }
    Some((hex_value(digits, 8), at + 11))
}

/// `0x`, a canonical number, a space; the number and the place after the space.
#[inline(always)]
fn hex(window: &Window, at: usize) -> Option<(u64, usize)> {
    let first = word(window, at + 2);
    let count = hex_digits(first);
    if !has_prefix(window, at) || count == 0 || (count > 1 && first as u8 == b'0') {
        return None;
    }
    let high = hex_value(first, count);
    let end = at + 2 + count;
    if byte(window, end) == b' ' {
        return Some((high, end + 1));
    }
    if count < 8 { None } else { long_hex(window, end, high) }
}

/// The second word of a number of more than eight digits.
#[inline(always)]
fn long_hex(window: &Window, at: usize, high: u64) -> Option<(u64, usize)> {
    let second = word(window, at);
    let count = hex_digits(second);
    if count == 0 || byte(window, at + count) != b' ' {
        return None;
    }
    Some((high << (4 * count) | hex_value(second, count), at + count + 1))
}

#[inline(always)]
fn has_prefix(window: &Window, at: usize) -> bool {
    let at = at & 127;
    window[at..at + 2] == *b"0x"
}

/// Three opcode bytes as `f3,a5,8b`, the first one highest, and the place after the space.
#[inline(always)]
fn opcode(window: &Window, at: usize) -> Option<(u64, usize)> {
    let text = word(window, at).to_le_bytes();
    let [a, b, comma, c, d, second_comma, e, f] = text;
    let digits = u64::from_le_bytes([a, b, c, d, e, f, b'0', b'0']);
    if comma != b',' || second_comma != b',' || hex_digits(digits) != 8 || byte(window, at + 8) != b' ' {
        return None;
    }
    Some((hex_value(digits, 6), at + 9))
}

/// The instruction pointer, a process id of 0 and the line end; the length of the whole line.
#[inline(always)]
fn origin(window: &Window, at: usize) -> Option<(u64, usize)> {
    const USUAL: u64 = u64::from_le_bytes(*b"0x0 0\n\0\0");
    if word(window, at) << 16 == USUAL << 16 {
        return Some((0, at + 6));
    }
    let (pc, at) = hex(window, at)?;
    (byte(window, at) == b'0' && byte(window, at + 1) == b'\n').then_some((pc, at + 2))
}
