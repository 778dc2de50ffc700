//! Renode's log: accesses that `sysbus LogPeripheralAccess` shows, and those that no peripheral answers.
//!
//! A line has the time of day, the level, the name of a peripheral, and a text. Offsets count from the peripheral's start;
//! where it lies is in the platform's description, not in the log.

mod message;

use std::io;

use super::layout::RegionId;
use super::scan::Scan;
use super::{Dialect, Found, Reader, Sink, Window, lines};
use crate::record::Kind;
use message::{Access, At, Text};

pub(super) const DIALECT: Dialect = Dialect {
    name: "renode",
    about: "Renode's log, with `sysbus LogPeripheralAccess`",
    is_headed: false,
    sniff,
    make: |_, _| Box::<Renode>::default(),
};

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 24 * 3600 * SECOND;
/// Nanoseconds by which lines of several threads may be out of order; what goes back farther is of another day.
const DISORDER: u64 = 60 * SECOND;
/// Longest name of a peripheral.
const MAX_NAME: usize = 128;
/// Bytes of a write of which the log does not say the width.
const WIDTH: u8 = 4;

/// What stands before a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line<'a> {
    /// Nanoseconds since midnight.
    time: Option<u64>,
    peripheral: &'a [u8],
    /// The number in the name of the CPU, and its program counter.
    cpu: Option<u32>,
    pc: Option<u64>,
    text: Text<'a>,
}

/// A reader of the lines.
#[derive(Debug, Default)]
struct Renode {
    midnights: Midnights,
    /// The peripheral of the access before, with offsets or with addresses.
    recent: Option<(Vec<u8>, bool, RegionId)>,
}

impl Reader for Renode {
    fn read(&mut self, from: &mut Window, to: &mut Sink) -> io::Result<bool> {
        lines(from, to, |line, to| self.line(line, to))
    }
}

/// Whether a line of `start` is an access.
fn sniff(start: &[u8]) -> bool {
    let mut lines = start.split(|&byte| byte == b'\n').filter_map(Line::read);
    lines.any(|line| matches!(line.text, Text::Access(_)))
}

impl Renode {
    fn line(&mut self, line: &[u8], to: &mut Sink) {
        match Line::read(line) {
            Some(Line { text: Text::Broken, .. }) => to.unparsed(line),
            Some(found @ Line { text: Text::Access(access), .. }) => self.access(&found, &access, to),
            None if line.trim_ascii().is_empty() => {}
            None => to.tally.add("lines that are no accesses", 1),
        }
    }

    fn access(&mut self, line: &Line<'_>, access: &Access<'_>, to: &mut Sink) {
        let found = Found {
            kind: if access.is_write { Kind::WRITE } else { Kind::READ },
            value: access.value.unwrap_or(0),
            width: access.width.unwrap_or(WIDTH),
            time: line.time.map(|time| self.midnights.time(time)),
            cpu: line.cpu,
            pid: None,
            pc: line.pc,
        };
        if access.value.is_none() {
            to.tally.add("reads of no peripheral without a value, taken as 0", 1);
        }
        if access.width.is_none() {
            to.tally.add("writes to tagged registers without a width, taken as 4 bytes", 1);
        }
        let region = self.region(line.peripheral, matches!(access.at, At::Address(_)), to);
        let (At::Offset(offset) | At::Address(offset)) = access.at;
        if let (Some(region), Some(name)) = (region, access.register) {
            to.registers.name(region, offset, name);
        }
        match (region, access.at) {
            (Some(region), At::Offset(offset)) => to.access_in(region, offset, &found),
            (Some(region), At::Address(address)) => to.access_at(region, address, &found),
            (None, At::Address(address)) => to.access(0, address, &found),
            (None, At::Offset(_)) => to.tally.add("accesses of more peripherals than are followed", 1),
        }
    }

    /// The region of a peripheral; the bus has one of addresses.
    fn region(&mut self, name: &[u8], has_addresses: bool, to: &mut Sink) -> Option<RegionId> {
        if let Some((known, addresses, region)) = &self.recent
            && (&**known, *addresses) == (name, has_addresses)
        {
            return Some(*region);
        }
        let key = [if has_addresses { b"@" } else { b"+" }, name].concat();
        let called = String::from_utf8_lossy(name);
        let region = match to.layout.find(&key) {
            Some(region) => region,
            None if has_addresses => to.layout.add_seen(&key, &called)?,
            None => to.layout.add(&key, &called, None)?,
        };
        self.recent = Some((name.to_owned(), has_addresses, region));
        Some(region)
    }
}

impl<'a> Line<'a> {
    /// Reads `HH:MM:SS.ffff [LEVEL] PERIPHERAL: [CPU: 0xPC] (tag: 'NAME') TEXT`, of which all but peripheral and text may be
    /// missing.
    fn read(line: &'a [u8]) -> Option<Line<'a>> {
        let mut scan = Scan(line.trim_ascii());
        let time = time_of_day(&mut scan);
        let before = scan;
        if scan.word(b"[").and_then(|()| level(&mut scan)).is_none() {
            scan = before;
        }
        scan.blanks();
        let end = memchr::memmem::find(scan.0, b": ").filter(|end| (1..=MAX_NAME).contains(end))?;
        let peripheral = &scan.0[..end];
        if peripheral.iter().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control()) {
            return None;
        }
        scan.0 = &scan.0[end + 2..];
        let (mut cpu, mut pc, mut tag) = (None, None, None);
        if scan.word(b"[").is_some() {
            cpu = number_of(scan.until(b':')?);
            scan.word(b" ")?;
            pc = Some(scan.hex_0x()?);
            scan.word(b"] ")?;
        }
        if scan.word(b"(tag: '").is_some() {
            tag = Some(scan.until(b'\'')?);
            scan.word(b") ")?;
        }
        let text = message::read(scan.0, tag)?;
        Some(Line { time, peripheral, cpu, pc, text })
    }
}

/// `HH:MM:SS.ffff `, between square brackets or not.
fn time_of_day(scan: &mut Scan<'_>) -> Option<u64> {
    let mut s = *scan;
    let is_bracketed = s.word(b"[").is_some();
    let hour = s.decimal().filter(|&hour| hour < 24)?;
    s.word(b":")?;
    let minute = s.decimal().filter(|&minute| minute < 60)?;
    s.word(b":")?;
    let second = s.seconds().filter(|&second| second < 61 * SECOND)?;
    if is_bracketed {
        s.word(b"]")?;
    }
    s.word(b" ")?;
    s.blanks();
    *scan = s;
    Some((hour * 3600 + minute * 60) * SECOND + second)
}

/// `INFO] `
fn level(scan: &mut Scan<'_>) -> Option<()> {
    let name = scan.until(b']')?;
    (!name.is_empty() && name.iter().all(u8::is_ascii_uppercase)).then_some(())?;
    scan.word(b" ")
}

/// The number at the end of a CPU's name, if it has one.
fn number_of(cpu: &[u8]) -> Option<u32> {
    let name = std::str::from_utf8(cpu).ok()?;
    name[name.trim_end_matches(|c: char| c.is_ascii_digit()).len()..].parse().ok()
}

/// The days of a log, of which only the times of day are told.
#[derive(Debug, Default)]
struct Midnights {
    /// Nanoseconds up to the last midnight.
    before: u64,
    last: u64,
}

impl Midnights {
    /// The time since the midnight before the first line.
    fn time(&mut self, time: u64) -> u64 {
        let since = self.before.saturating_add(time);
        if since.saturating_add(DISORDER) < self.last {
            self.before = self.before.saturating_add(DAY);
        } else if self.before > 0 && since > self.last.saturating_add(DAY - DISORDER) {
            // A line from just before midnight.
            return since - DAY;
        }
        self.last = self.before.saturating_add(time);
        self.last
    }
}

#[cfg(test)]
mod tests;
