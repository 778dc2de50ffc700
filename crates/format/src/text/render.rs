//! Records as lines, spelled as the kernel spells them.

use crate::block::{Block, LOST_COUNT_UNKNOWN};
use crate::record::Kind;
use crate::text::number::{decimal_characters, hex_characters, hex_length};

/// Room for the longest line without its text: a MAP with every field at its widest, and what a
/// store of eight characters may write past it.
const LINE: usize = 160;

/// Lines collected before they go to the output together.
const BUFFER: usize = 8192;

/// Appends the records of `block` as text: the lines that they were read from, byte for byte, or
/// canonical lines for records that were not read from text.
///
/// The text says less than a block: microseconds, rounded as the kernel rounds; process id 0; no cpu,
/// caller or sequence; three opcode bytes. `block` must have every column.
pub fn render(block: &Block, out: &mut Vec<u8>) {
    let mut buffer = Buffer::<BUFFER>::new();
    let mut verbatim = block.verbatim.iter().peekable();
    let mut texts = block.texts.iter().peekable();
    let mut ranges = block.ranges.iter().peekable();
    for row in 0..block.len() {
        let kind = block.kind[row];
        let at = row as u32;
        if kind.is_access() && verbatim.peek().is_none_or(|&(next, _)| next != at) {
            buffer.access(block, row);
            buffer.put(b"\n");
        } else {
            // Rows that print neither may have them: a later version's notes on accesses.
            while ranges.next_if(|range| range.row < at).is_some() {}
            while texts.next_if(|&(next, _)| next < at).is_some() {}
            let range = ranges.next_if(|range| range.row == at).copied().unwrap_or_default();
            let text = texts.next_if(|&(next, _)| next == at).map_or(&b""[..], |(_, text)| text);
            if let Some((_, line)) = verbatim.next_if(|&(next, _)| next == at) {
                buffer.flush(out);
                out.extend_from_slice(line);
            } else {
                buffer.head(block, row, range.virt, range.length);
                buffer.flush(out);
                if kind == Kind::MARKER || kind > Kind::LOST {
                    out.extend_from_slice(text);
                }
                out.extend_from_slice(line_end(kind));
            }
        }
        if buffer.length > BUFFER - LINE {
            buffer.flush(out);
        }
    }
    buffer.flush(out);
}

/// Whether [`render`] would print record `row`, whose text is `text`, as `line`.
pub(super) fn is_canonical(block: &Block, row: u32, text: &[u8], line: &[u8]) -> bool {
    let range = block.map_range(row).unwrap_or_default();
    let mut buffer = Buffer::<LINE>::new();
    buffer.head(block, row as usize, range.virt, range.length);
    line.strip_prefix(buffer.bytes()).and_then(|rest| rest.strip_prefix(text))
        == Some(line_end(block.kind[row as usize]))
}

/// Raw lines, and what a kind that is not known keeps as its text, have their own line end.
fn line_end(kind: Kind) -> &'static [u8] {
    if kind < Kind::RAW { b"\n" } else { b"" }
}

/// Characters on their way to the output. Stores of eight may reach beyond `length`.
struct Buffer<const SIZE: usize> {
    bytes: [u8; SIZE],
    length: usize,
    /// The whole second that was printed last, and its characters: it rarely changes.
    second: (u64, [u8; 8], usize),
}

impl<const SIZE: usize> Buffer<SIZE> {
    fn new() -> Self {
        Buffer { bytes: [0; SIZE], length: 0, second: (0, *b"0       ", 1) }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.bytes());
        self.length = 0;
    }

    #[inline(always)]
    fn put(&mut self, characters: &[u8]) {
        self.bytes[self.length..self.length + characters.len()].copy_from_slice(characters);
        self.length += characters.len();
    }

    /// Writes eight characters, of which `count` count.
    #[inline(always)]
    fn put_word(&mut self, word: u64, count: usize) {
        self.bytes[self.length..self.length + 8].copy_from_slice(&word.to_le_bytes());
        self.length += count;
    }

    #[inline(always)]
    fn access(&mut self, block: &Block, row: usize) {
        match block.kind[row] {
            Kind::UNKNOWN => self.put(b"UNKNOWN"),
            kind => {
                self.put_word(
                    u64::from_le_bytes(*if kind == Kind::READ { b"R       " } else { b"W       " }),
                    2,
                );
                self.decimal(block.width[row].into());
            }
        }
        self.time(block.time[row]);
        self.map_id(block.map_id[row]);
        self.hex(block.address[row]);
        match block.kind[row] {
            Kind::UNKNOWN => self.opcode(block.value[row]),
            _ => self.hex(block.value[row]),
        }
        self.origin(block.pc.get(row));
    }

    /// All of a line but its text and its line end.
    fn head(&mut self, block: &Block, row: usize, virt: u64, length: u64) {
        let time = block.time[row];
        match block.kind[row] {
            Kind::READ | Kind::WRITE | Kind::UNKNOWN => self.access(block, row),
            Kind::MAP => {
                self.put(b"MAP");
                self.time(time);
                self.map_id(block.map_id[row]);
                self.hex(block.address[row]);
                self.hex(virt);
                self.hex(length);
                self.origin(block.pc.get(row));
            }
            Kind::UNMAP => {
                self.put(b"UNMAP");
                self.time(time);
                self.map_id(block.map_id[row]);
                self.origin(block.pc.get(row));
            }
            Kind::MARKER => {
                self.put(b"MARK");
                self.time(time);
                self.put(b" ");
            }
            Kind::LOST => self.lost(block.cpu.get(row), block.value[row]),
            Kind::PCI_DEVICE => self.put(b"PCIDEV "),
            Kind::VERSION => self.put(b"VERSION "),
            Kind::LSPCI => self.put(b"LSPCI "),
            Kind::COMMENT => self.put(b"#"),
            _ => {}
        }
    }

    fn lost(&mut self, cpu: u32, count: u64) {
        self.put(b"CPU:");
        self.decimal(cpu.into());
        self.put(b" [LOST ");
        if count != LOST_COUNT_UNKNOWN {
            self.decimal(count);
            self.put(b" ");
        }
        self.put(b"EVENTS]");
    }

    /// A space, seconds, a point and six decimals, rounded as the kernel's `ns2usecs` does.
    #[inline(always)]
    fn time(&mut self, nanoseconds: u64) {
        let microseconds = nanoseconds / 1000 + u64::from(nanoseconds % 1000 >= 500);
        let (second, rest) = (microseconds / 1_000_000, microseconds % 1_000_000);
        if second != self.second.0 {
            self.remember(second);
        }
        self.put(b" ");
        if self.second.2 <= 8 {
            self.put_word(u64::from_le_bytes(self.second.1), self.second.2);
        } else {
            self.decimal(second);
        }
        let decimals = decimal_characters(rest as u32);
        // The two leading zeros of eight digits make room for the point.
        self.put_word((decimals >> 8) & !0xff | u64::from(b'.'), 7);
    }

    #[cold]
    fn remember(&mut self, second: u64) {
        let mut scratch = Buffer::<32>::new();
        scratch.decimal(second);
        self.second.0 = second;
        self.second.1.copy_from_slice(&scratch.bytes[..8]);
        self.second.2 = scratch.length;
    }

    #[inline(always)]
    fn map_id(&mut self, id: i32) {
        self.put(b" ");
        if id < 0 {
            self.put(b"-");
        }
        self.decimal(id.unsigned_abs().into());
    }

    #[inline(always)]
    fn decimal(&mut self, number: u64) {
        if number < 10 { self.put(&[b'0' + number as u8]) } else { self.long_decimal(number) }
    }

    fn long_decimal(&mut self, number: u64) {
        let (mut digits, mut rest, mut start) = ([0; 20], number, 20);
        while rest > 0 {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.put(&digits[start..]);
    }

    /// A space, `0x` and the number.
    #[inline(always)]
    fn hex(&mut self, number: u64) {
        self.put_word(u64::from_le_bytes(*b" 0x     "), 3);
        let count = hex_length(number);
        let low = hex_characters(number as u32);
        if count <= 8 {
            self.put_word(low >> (64 - 8 * count), count);
        } else {
            self.put_word(hex_characters((number >> 32) as u32) >> (128 - 8 * count), count - 8);
            self.put_word(low, 8);
        }
    }

    #[inline(always)]
    fn opcode(&mut self, bytes: u64) {
        let digits = (hex_characters(bytes as u32) >> 16).to_le_bytes();
        self.put(&[b' ', digits[0], digits[1], b',', digits[2], digits[3], b',', digits[4], digits[5]]);
    }

    /// Instruction pointer and process id; the kernel always prints 0 for the latter.
    #[inline(always)]
    fn origin(&mut self, pc: u64) {
        if pc == 0 {
            self.put_word(u64::from_le_bytes(*b" 0x0 0  "), 6);
        } else {
            self.hex(pc);
            self.put(b" 0");
        }
    }
}
