//! A page of the kernel's ring buffer, as `per_cpu/cpuN/trace_pipe_raw` gives it: time stamp, commit word, events.
//!
//! Layout and meaning are those of the kernel's kernel/trace/ring_buffer.c and include/linux/ring_buffer.h.
//! Any bytes can be read: what contradicts itself is a [`Fault`] and ends the page.

use super::formats::{EventHeader, Field, PageLayout};

/// Bit of the commit word: events are missing before this page (`RB_MISSED_EVENTS`).
const MISSED: u64 = 1 << 31;
/// Bit of the commit word: the number of missing events stands after the data (`RB_MISSED_STORED`).
const MISSED_STORED: u64 = 1 << 30;
/// Bits of the commit word that are the bytes of data (`RB_WRITE_MASK`).
const LENGTH: u64 = (1 << 20) - 1;
/// Bytes of an event's header, and of each word after it.
const WORD: usize = 4;
/// Bits of an absolute time stamp: 27 in the header, 32 after it.
/// The kernel keeps the five above them from the time before (`rb_fix_abs_ts`).
const STAMP_BITS: u32 = 59;

/// The place up to which a page was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    at: usize,
    end: usize,
    time: u64,
}

/// The head of a page.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// The place of the first event.
    pub cursor: Cursor,
    /// Events that were overwritten before this page could be read.
    pub missed: Option<Missed>,
}

/// Events that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// The number of events.
    Count(u64),
    /// A number that is not known, as the page had no room for it.
    Unknown,
}

/// An event: its time and where its bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds of the trace's clock.
    pub time: u64,
    /// The first byte of the event in the page.
    pub start: usize,
    /// The first byte after the event.
    pub end: usize,
}

/// Bytes that are not an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The offset in the page.
    pub at: usize,
    /// A phrase that says what was found.
    pub what: &'static str,
}

/// Whether `bytes` can be the begin of a page rather than text: what the commit word claims is possible.
pub fn is_page(bytes: &[u8], layout: &PageLayout) -> bool {
    let Some(commit) = layout.commit.read(bytes) else { return false };
    // The kernel adds the flags as signed 32-bit numbers, so that they fill the upper half.
    let upper = commit >> 32;
    let known = LENGTH | MISSED | MISSED_STORED | 0xffff_ffff << 32;
    (upper == 0 || upper == 0xffff_ffff && commit & MISSED != 0)
        && commit & !known == 0
        && (commit & LENGTH) as usize <= layout.size - layout.data
}

impl Fault {
    /// The fault at the offset `at` of a page.
    pub fn new(at: usize, what: &'static str) -> Fault {
        Fault { at, what }
    }
}

impl Head {
    /// The head of `page`, which may be cut short.
    ///
    /// # Errors
    /// A [`Fault`] when the head is cut or claims more data than a page holds.
    pub fn read(page: &[u8], layout: &PageLayout) -> Result<Head, Fault> {
        let (Some(time), Some(commit)) = (layout.timestamp.read(page), layout.commit.read(page)) else {
            return Err(Fault { at: page.len(), what: "the head of a page is cut" });
        };
        let end = layout.data + (commit & LENGTH) as usize;
        if end > layout.size {
            return Err(Fault { at: layout.commit.offset, what: "a page claims more data than it can hold" });
        }
        let missed = (commit & MISSED != 0).then(|| {
            let stored = Field::unsigned(end, layout.commit.size);
            let count = if commit & MISSED_STORED != 0 { stored.read(page) } else { None };
            count.map_or(Missed::Unknown, Missed::Count)
        });
        Ok(Head { cursor: Cursor { at: layout.data, end, time }, missed })
    }
}

impl Cursor {
    /// The time of the event that was read last, that of the page before the first event.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// Whether no event is left.
    pub fn is_done(&self) -> bool {
        self.at >= self.end
    }

    /// The next event of `page`.
    ///
    /// # Errors
    /// A [`Fault`] when bytes are missing or wrong; nothing follows then.
    #[inline]
    pub fn next(&mut self, page: &[u8], header: &EventHeader) -> Result<Option<Event>, Fault> {
        let result = self.step(page, header);
        if result.is_err() {
            self.at = self.end;
        }
        result
    }

    #[inline]
    fn step(&mut self, page: &[u8], header: &EventHeader) -> Result<Option<Event>, Fault> {
        while self.at < self.end {
            let first = self.word(page, 0)?;
            let (kind, delta) = (first & ((1 << header.type_bits) - 1), u64::from(first >> header.type_bits));
            if kind <= header.data_max {
                return self.data(page, kind, delta).map(Some);
            }
            if kind == header.padding && delta == 0 {
                // The rest of the page was never used.
                self.at = self.end;
                return Ok(None);
            }
            let second = u64::from(self.word(page, 1)?);
            let value = second << (32 - header.type_bits) | delta;
            if kind == header.time_extend {
                self.time = self.time.wrapping_add(value);
                self.skip(page, 2 * WORD)?;
            } else if kind == header.time_stamp {
                self.time = absolute(value, self.time);
                self.skip(page, 2 * WORD)?;
            } else if kind == header.padding {
                // An event that was taken back. Its time counts for the next one; 1 stands for 0 too.
                self.time = self.time.wrapping_add(if delta == 1 { 0 } else { delta });
                self.skip(page, WORD + second as usize)?;
            } else {
                return Err(self.fault("an event of a kind that header_event does not have"));
            }
        }
        Ok(None)
    }

    #[inline]
    fn data(&mut self, page: &[u8], words: u32, delta: u64) -> Result<Event, Fault> {
        let (start, length) = match words {
            // The length counts its own word.
            0 => (2 * WORD, self.word(page, 1)? as usize),
            _ => (WORD, words as usize * WORD),
        };
        let event_start = self.at + start;
        if length < start - WORD {
            return Err(self.fault("an event shorter than its own length"));
        }
        self.time = self.time.wrapping_add(delta);
        self.skip(page, WORD + length.next_multiple_of(WORD))?;
        Ok(Event { time: self.time, start: event_start, end: self.at })
    }

    #[inline]
    fn word(&self, page: &[u8], number: usize) -> Result<u32, Fault> {
        let at = self.at + number * WORD;
        let bytes = if at + WORD <= self.end { page.get(at..at + WORD) } else { None };
        match bytes.and_then(|b| b.first_chunk()) {
            Some(bytes) => Ok(u32::from_le_bytes(*bytes)),
            None => Err(self.fault("an event is cut")),
        }
    }

    #[inline]
    fn skip(&mut self, page: &[u8], length: usize) -> Result<(), Fault> {
        let next = self.at + length;
        if next > self.end || next > page.len() {
            return Err(self.fault("an event is cut"));
        }
        self.at = next;
        Ok(())
    }

    fn fault(&self, what: &'static str) -> Fault {
        Fault { at: self.at, what }
    }
}

/// The time of an absolute time stamp, with the upper bits of the time before.
fn absolute(stamp: u64, before: u64) -> u64 {
    let upper = before >> STAMP_BITS << STAMP_BITS;
    let time = stamp & ((1 << STAMP_BITS) - 1) | upper;
    // The kernel: when the upper bits are in use and the time went back, they have become one more.
    if upper != 0 && time < before { time.wrapping_add(1 << STAMP_BITS) } else { time }
}
