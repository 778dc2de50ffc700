//! The bricks of the file: numbers, section heads, block heads, and frames of our own.

use crate::block::MAX_RECORDS;
use crate::stats::Stats;

/// First bytes of the plain stream. The high bit, line ends and ctrl-Z show a text-mode transfer.
pub(super) const PLAIN_MAGIC: [u8; 8] = *b"\x89MMIO\r\n\x1a";
/// First bytes of the payload of every skippable frame of ours, so also what a reader looks for after damage.
pub(super) const MARK: [u8; 8] = *b"mmioscop";
/// Magic number of our skippable frames.
pub(super) const OWN_MAGIC: [u8; 4] = 0x184D_2A50u32.to_le_bytes();

/// Format version that is written, and the highest major version that is read.
pub const VERSION: (u16, u16) = (1, 0);

/// Length of the plain stream's header.
pub(super) const HEADER_LEN: usize = 20;
/// Length of a section's head.
pub(super) const SECTION_HEAD: usize = 24;

/// Longest payload of a section other than a block.
pub const MAX_SECTION: u64 = 8 << 20;
/// Longest payload of a block section: all columns, plain.
pub const MAX_BLOCK: u64 = 24 << 20;
/// Most columns of a block.
pub(super) const MAX_COLUMNS: usize = 255;

/// Tag of a recording section.
pub(super) const RECORDING: [u8; 4] = *b"RECG";
/// Tag of a block section.
pub(super) const BLOCK: [u8; 4] = *b"BLCK";
/// Tag of the section that says that nothing is missing.
pub(super) const END: [u8; 4] = *b"END.";

/// The content of one of our skippable frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Own(pub(super) u8);

impl Own {
    /// Compressed sizes of the frames that follow: a section, or the header.
    pub(super) const ANNOUNCEMENT: Own = Own(0);
    /// Index of up to 256 blocks.
    pub(super) const PAGE: Own = Own(1);
    /// Index of the pages, totals.
    pub(super) const ROOT: Own = Own(2);
    /// Where the root is.
    pub(super) const TRAILER: Own = Own(3);
}

/// Appends `value`, seven bits a byte, low ones first.
pub(super) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes that are taken off from the front; `None` where they end too early.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|b| u32::from_le_bytes(b.try_into().expect("four bytes")))
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.take(8).map(|b| u64::from_le_bytes(b.try_into().expect("eight bytes")))
    }

    /// The number that [`put`] wrote; `None` for more than 64 bits too.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn number32(&mut self) -> Option<u32> {
        self.number()?.try_into().ok()
    }
}

/// Appends a skippable frame of ours.
pub(super) fn put_own(out: &mut Vec<u8>, kind: Own, body: &[u8]) {
    let payload = MARK.len() + 1 + body.len() + 4;
    out.extend_from_slice(&OWN_MAGIC);
    out.extend_from_slice(&(payload as u32).to_le_bytes());
    let start = out.len();
    out.extend_from_slice(&MARK);
    out.push(kind.0);
    out.extend_from_slice(body);
    let crc = crc32fast::hash(&out[start..]);
    out.extend_from_slice(&crc.to_le_bytes());
}

/// Magic number and payload length when the bytes begin with the head of a skippable frame.
pub(super) fn skippable(bytes: &[u8]) -> Option<([u8; 4], u32)> {
    let mut b = Bytes(bytes);
    let magic = b.u32()?;
    let size = b.u32()?;
    (magic & !0xf == 0x184D_2A50).then_some((magic.to_le_bytes(), size))
}

/// Bytes of a frame that [`put_own`] makes around a body.
pub(super) const OWN_AROUND: usize = 8 + 8 + 1 + 4;

/// Kind and body of the payload of a skippable frame of ours; `None` when it is not one or its checksum is wrong.
pub(super) fn own_body(payload: &[u8]) -> Option<(Own, &[u8])> {
    let (checked, crc) = payload.split_last_chunk::<4>()?;
    let (kind, body) = checked.strip_prefix(&MARK)?.split_first()?;
    (crc32fast::hash(checked).to_le_bytes() == *crc).then_some((Own(*kind), body))
}

/// The plain stream's header.
pub(super) fn header() -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    bytes[..8].copy_from_slice(&PLAIN_MAGIC);
    bytes[8..10].copy_from_slice(&VERSION.0.to_le_bytes());
    bytes[10..12].copy_from_slice(&VERSION.1.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..16]);
    bytes[16..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Major version of a header; `None` when it is damaged.
pub(super) fn header_version(bytes: &[u8]) -> Option<u16> {
    let bytes = bytes.get(..HEADER_LEN)?;
    let good = bytes.starts_with(&PLAIN_MAGIC) && crc32fast::hash(&bytes[..16]).to_le_bytes() == bytes[16..];
    good.then(|| u16::from_le_bytes([bytes[8], bytes[9]]))
}

/// The head of every section, before its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SectionHead {
    pub(super) tag: [u8; 4],
    pub(super) flags: u32,
    /// Bytes of payload.
    pub(super) length: u64,
    /// CRC-32 of the payload.
    pub(super) crc: u32,
}

impl SectionHead {
    pub(super) fn of(tag: [u8; 4], flags: u32, payload: &[u8]) -> Self {
        Self { tag, flags, length: payload.len() as u64, crc: crc32fast::hash(payload) }
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.tag);
        out.extend_from_slice(&self.flags.to_le_bytes());
        out.extend_from_slice(&self.length.to_le_bytes());
        out.extend_from_slice(&self.crc.to_le_bytes());
        let crc = crc32fast::hash(&out[start..]);
        out.extend_from_slice(&crc.to_le_bytes());
    }

    /// The head at the start of `bytes`; `None` when its own checksum is wrong.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut b = Bytes(bytes.get(..SECTION_HEAD)?);
        let tag = b.take(4)?.try_into().ok()?;
        let head = Self { tag, flags: b.u32()?, length: b.u64()?, crc: b.u32()? };
        (crc32fast::hash(&bytes[..SECTION_HEAD - 4]) == b.u32()?).then_some(head)
    }
}

/// The head of a block, before its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlockHead {
    /// Number of the recording, from 0.
    pub recording: u32,
    /// Number of the block's first record in the file, from 0.
    pub first_record: u64,
    /// Number of the block's first access in the file, from 0 (of the next one if it has none).
    pub first_access: u64,
    /// Counts and ranges.
    pub stats: Stats,
    /// Id and plain length of each column.
    pub(super) columns: Vec<(u8, u32)>,
}

impl BlockHead {
    /// Appends the head with its length before it.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0, 0]);
        put(out, u64::from(self.recording));
        put(out, self.first_record);
        put(out, self.first_access);
        put_stats(out, &self.stats);
        put(out, self.columns.len() as u64);
        for &(id, length) in &self.columns {
            out.push(id);
            put(out, u64::from(length));
        }
        let length = (out.len() - start - 2) as u16;
        out[start..start + 2].copy_from_slice(&length.to_le_bytes());
    }

    /// Replaces this by the head at the start of `bytes` and returns its length with the length before it.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Option<usize> {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_le_bytes(*length));
        let mut b = Bytes(rest.get(..length)?);
        self.recording = b.number32()?;
        self.first_record = b.number()?;
        self.first_access = b.number()?;
        self.stats = read_stats(&mut b)?;
        self.first_record.checked_add(u64::from(self.stats.records))?;
        self.first_access.checked_add(u64::from(self.stats.accesses))?;
        let columns = usize::try_from(b.number()?).ok().filter(|&n| n <= MAX_COLUMNS)?;
        self.columns.clear();
        for _ in 0..columns {
            let column = (b.u8()?, b.number32()?);
            let rising = self.columns.last().is_none_or(|last| last.0 < column.0);
            if !rising || column.1 > crate::codec::MAX_PLAIN {
                return None;
            }
            self.columns.push(column);
        }
        let s = &self.stats;
        let possible = (1..=MAX_RECORDS as u32).contains(&s.records) && s.accesses <= s.records;
        (possible && self.plain_len() <= MAX_BLOCK).then_some(2 + length)
    }

    /// Bytes of all columns, plain.
    pub(super) fn plain_len(&self) -> u64 {
        self.columns.iter().map(|c| u64::from(c.1)).sum()
    }

    /// Number of the first record after the block.
    pub fn end_record(&self) -> u64 {
        self.first_record + u64::from(self.stats.records)
    }
}

/// Appends the statistics `s`.
pub(super) fn put_stats(out: &mut Vec<u8>, s: &Stats) {
    for count in [s.records, s.accesses, s.raw] {
        put(out, u64::from(count));
    }
    put(out, s.lost);
    put(out, u64::from(s.kinds));
    out.push(u8::from(s.time.is_some()) | u8::from(s.address.is_some()) << 1);
    for (low, high) in [s.time, s.address].into_iter().flatten() {
        put(out, low);
        put(out, high.wrapping_sub(low));
    }
}

/// The statistics that [`put_stats`] wrote.
pub(super) fn read_stats(b: &mut Bytes) -> Option<Stats> {
    let mut s =
        Stats { records: b.number32()?, accesses: b.number32()?, raw: b.number32()?, ..Stats::default() };
    s.lost = b.number()?;
    s.kinds = b.number32()?;
    let has = b.u8()?;
    let mut range = |bit: u8| -> Option<Option<(u64, u64)>> {
        if has & bit == 0 {
            return Some(None);
        }
        let low = b.number()?;
        Some(Some((low, low.checked_add(b.number()?)?)))
    };
    s.time = range(1)?;
    s.address = range(2)?;
    Some(s)
}

/// Sums over a whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// How many recordings there are.
    pub recordings: u64,
    /// How many blocks there are.
    pub blocks: u64,
    /// How many records there are.
    pub records: u64,
    /// How many of them are accesses: reads, writes and UNKNOWNs.
    pub accesses: u64,
    /// Raw records: lines that could not be parsed.
    pub raw: u64,
    /// Events that LOST records report.
    pub lost: u64,
}

impl Totals {
    /// Adds a block.
    pub(super) fn add(&mut self, s: &Stats) {
        self.blocks += 1;
        self.records += u64::from(s.records);
        self.accesses += u64::from(s.accesses);
        self.raw += u64::from(s.raw);
        self.lost = self.lost.saturating_add(s.lost);
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        for count in [self.recordings, self.blocks, self.records, self.accesses, self.raw, self.lost] {
            put(out, count);
        }
    }

    pub(super) fn read(b: &mut Bytes) -> Option<Self> {
        Some(Self {
            recordings: b.number()?,
            blocks: b.number()?,
            records: b.number()?,
            accesses: b.number()?,
            raw: b.number()?,
            lost: b.number()?,
        })
    }
}
