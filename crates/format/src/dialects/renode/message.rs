//! What Renode says of an access: the text behind the name of whoever says it.
//!
//! The texts are those of Renode's SystemBus, SVDParser and of what wraps a peripheral's methods for `LogPeripheralAccess`;
//! widths were named as the bus names them (DoubleWord) before they were named as C# does (UInt32).

use crate::dialects::scan::Scan;

/// Names of widths, in bytes.
const WIDTHS: [(&[u8], u8); 8] = [
    (b"Byte", 1),
    (b"Word", 2),
    (b"DoubleWord", 4),
    (b"QuadWord", 8),
    (b"UInt8", 1),
    (b"UInt16", 2),
    (b"UInt32", 4),
    (b"UInt64", 8),
];

/// An access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access<'a> {
    pub(super) is_write: bool,
    /// Bytes, where the text says so.
    pub(super) width: Option<u8>,
    /// Of a read of what is not there, the text may lack it.
    pub(super) value: Option<u64>,
    pub(super) at: At,
    pub(super) register: Option<&'a [u8]>,
}

/// Where an access goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// An offset in whoever says so.
    Offset(u64),
    /// An address of the bus.
    Address(u64),
}

/// A text that begins as one of an access does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text<'a> {
    Access(Access<'a>),
    /// It goes on in another way.
    Broken,
}

/// Reads a text; nothing where it is about something else. `tag` is the name that the user gave the address.
pub(super) fn read<'a>(text: &'a [u8], tag: Option<&'a [u8]>) -> Option<Text<'a>> {
    let mut scan = Scan(text);
    let access = if scan.word(b"Write value ").is_some() {
        tagged(scan)
    } else {
        let is_write = scan.word(b"Write").is_some();
        if !is_write {
            scan.word(b"Read")?;
        }
        let (_, width) = *WIDTHS.iter().find(|(name, _)| scan.0.starts_with(name))?;
        scan.0 = &scan.0[scan.0.iter().position(|&byte| byte == b' ')?..];
        scan.word(if is_write { b" to " } else { b" from " })?;
        place(scan, Access { is_write, width: Some(width), value: None, at: At::Offset(0), register: tag })
    };
    Some(access.map_or(Text::Broken, Text::Access))
}

/// `0xOFF (NAME), returned 0xV`, `non existing peripheral at 0xA, value 0xV`, `an unimplemented register P:R (0xA), … 0xV`.
fn place<'a>(mut scan: Scan<'a>, access: Access<'a>) -> Option<Access<'a>> {
    if let Some(offset) = scan.hex_0x() {
        let mut register = None;
        if scan.word(b" (").is_some() {
            register = Some(scan.until(b')')?).filter(|&name| name != b"unknown");
        }
        scan.word(if access.is_write { b", value " } else { b", returned " })?;
        return Some(Access { at: At::Offset(offset), register, value: Some(end(scan)?), ..access });
    }
    if scan.word(b"non existing").is_some() {
        // Some versions have no blank between the words.
        scan.blanks();
        scan.word(b"peripheral at ")?;
        let at = At::Address(scan.hex_0x()?);
        if !access.is_write && matches!(scan.0, b"" | b".") {
            return Some(Access { at, ..access });
        }
        scan.word(if access.is_write { b", value " } else { b", returning " })?;
        return Some(Access { at, value: Some(end(scan)?), ..access });
    }
    scan.word(b"an unimplemented register ")?;
    let register = Some(scan.until(b' ')?);
    scan.word(b"(")?;
    let at = At::Address(scan.hex_0x()?);
    scan.word(b")")?;
    scan.0 = &scan.0[memchr::memmem::rfind(scan.0, b" 0x")? + 1..];
    Some(Access { at, register, value: Some(end(scan)?), ..access })
}

/// `0xV to P:R (0xA)`, behind `Write value`.
fn tagged(mut scan: Scan<'_>) -> Option<Access<'_>> {
    let value = Some(scan.hex_0x()?);
    scan.word(b" to ")?;
    let begin = memchr::memmem::rfind(scan.0, b" (0x")?;
    let register = Some(&scan.0[..begin]);
    scan.0 = &scan.0[begin + 2..];
    let at = At::Address(scan.hex_0x()?);
    scan.word(b")")?;
    matches!(scan.0, b"" | b".").then_some(Access { is_write: true, width: None, value, at, register })
}

/// A number that ends the text, with a full stop or without.
fn end(mut scan: Scan<'_>) -> Option<u64> {
    let value = scan.hex_0x()?;
    matches!(scan.0, b"" | b".").then_some(value)
}
