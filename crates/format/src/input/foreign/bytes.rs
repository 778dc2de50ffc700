//! Files that their bytes give away.

use super::Foreign;

/// What files begin with.
const MAGIC: [(&[u8], Foreign); 7] = [
    (b"PK\x03\x04", Foreign::Zip),
    (b"PK\x05\x06", Foreign::Zip),
    (b"7z\xbc\xaf\x27\x1c", Foreign::SevenZip),
    // With blocks and codes of up to 16 bits, as compress writes.
    (b"\x1f\x9d\x90", Foreign::Compress),
    (b"\x04\x22\x4d\x18", Foreign::Lz4),
    (b"LZIP", Foreign::Lzip),
    (b"PERFILE2", Foreign::PerfData),
];

/// The kind of a file that is not text.
pub(super) fn kind(start: &[u8]) -> Option<Foreign> {
    if is_ring_page(start) {
        return Some(Foreign::RingPages);
    }
    if is_tar(start) {
        return Some(Foreign::Tar);
    }
    let magic = MAGIC.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, kind)| *kind);
    magic.or_else(|| is_utf16(start).then_some(Foreign::Utf16))
}

/// Whether the first 512 bytes are the header of a tar archive: their sum, with spaces in the place of the checksum,
/// is what the checksum says.
fn is_tar(start: &[u8]) -> bool {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let Some(header) = start.get(..512) else { return false };
    let digits = header[CHECKSUM].trim_ascii().split(|&byte| byte == 0 || byte == b' ').next();
    let said = digits.and_then(|digits| std::str::from_utf8(digits).ok());
    let said = said.and_then(|digits| u32::from_str_radix(digits, 8).ok());
    let byte = |(at, &byte): (usize, &u8)| u32::from(if CHECKSUM.contains(&at) { b' ' } else { byte });
    header[0] != 0 && said == Some(header.iter().enumerate().map(byte).sum())
}

/// Whether it is text in UTF-16, of letters that ASCII has too: of two bytes one is nearly always 0, and the other never;
/// a mark may stand before it.
fn is_utf16(start: &[u8]) -> bool {
    let rest = start.strip_prefix(b"\xff\xfe").or_else(|| start.strip_prefix(b"\xfe\xff"));
    let enough = if rest.is_some() { 2 } else { 16 };
    let rest = rest.unwrap_or(start);
    let sample = &rest[..rest.len().min(512) & !1];
    let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let is_half = |at: usize| 20 * zeros(at) >= 19 * (sample.len() / 2) && zeros(1 - at) == 0;
    sample.len() >= enough && (is_half(0) || is_half(1))
}

/// Bytes of a page's head: time stamp and commit word.
const HEAD: usize = 16;
/// Most bytes of events in a page; pages of Arm's machines may have 64 KiB.
const MAX_DATA: usize = (64 << 10) - HEAD;
/// Bits of the commit word that say that events are missing, and its bits of data (kernel/trace/ring_buffer.c).
const FLAGS: u64 = 0b11 << 30;
const LENGTH: u64 = (1 << 20) - 1;

/// Whether it is a page of the kernel's ring buffer: what the commit word claims is possible, and the events end where it
/// says. Of a page that is cut, what is there must be events.
fn is_ring_page(start: &[u8]) -> bool {
    let Some(commit) = start.get(8..HEAD).and_then(|bytes| bytes.try_into().ok()) else { return false };
    let commit = u64::from_le_bytes(commit);
    // The kernel adds the flags as signed numbers, so that they may fill the upper half.
    let upper = commit >> 32;
    let (low, length) = (commit & 0xffff_ffff, (commit & LENGTH) as usize);
    if !(upper == 0 || upper == 0xffff_ffff)
        || low & !(FLAGS | LENGTH) != 0
        || length == 0
        || length > MAX_DATA
    {
        return false;
    }
    let end = HEAD + length;
    let mut at = HEAD;
    while at < end && at < start.len() {
        match event(&start[at..]) {
            Some(size) => at += size,
            None => return start.len() - at < 2 * WORD,
        }
    }
    at == end || start.len() < end
}

/// Bytes of a word in an event.
const WORD: usize = 4;

/// Bytes of the event at the begin of `bytes` (include/linux/ring_buffer.h); of padding up to the page's end, more than
/// any page has.
fn event(bytes: &[u8]) -> Option<usize> {
    let word = |at: usize| {
        let bytes = bytes.get(at * WORD..(at + 1) * WORD)?;
        bytes.try_into().ok().map(u32::from_le_bytes)
    };
    let header = word(0)?;
    let (kind, delta) = (header & 0x1f, header >> 5);
    let long =
        |length: u32| usize::try_from(length).ok().filter(|n| (WORD..MAX_DATA).contains(n)).map(|n| n + WORD);
    match kind {
        0 => long(word(1)?),
        1..=28 => Some(WORD + WORD * kind as usize),
        29 if delta == 0 => None,
        29 => long(word(1)?),
        _ => Some(2 * WORD),
    }
}
