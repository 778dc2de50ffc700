//! Texts that most of their lines give away.

use std::collections::BTreeMap;

use super::Foreign;
use crate::dialects::Dialect;
use crate::pci::PciDevice;
use crate::record::Kind;
use crate::text::grammar::{self, Record};

/// Lines that are looked at.
const MAX_LINES: usize = 500;
/// Lines on one of a kind at most, that the text is of it.
const SHARE: usize = 4;
/// Bytes of a line that are looked at, and of what may stand before a record.
const MAX_LINE: usize = 1024;
const MAX_PREFIX: usize = 120;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    /// A record that only a trace has.
    Record,
    /// Nothing that tells anything: empty, a comment, a loss.
    Neutral,
    /// An access in a log of another tracer, which is read.
    Dialect,
    /// A line of another kind.
    Of(Foreign),
    /// Any other line.
    Other,
}

/// The kind of a text, as most of its first lines say, and whether they say that it is a log of mmiotrace. Records of a
/// trace outweigh the same number of other lines.
pub(super) fn kind(start: &[u8]) -> (Option<Foreign>, bool) {
    if let Some(kind) = document(start) {
        return (Some(kind), false);
    }
    match Counts::of(start).most() {
        Some(Line::Of(kind)) => (Some(kind), false),
        Some(line) => (None, line == Line::Record),
        None => (silent(start), false),
    }
}

/// How many lines there are of each kind.
struct Counts(BTreeMap<Line, usize>);

impl Counts {
    /// Counts the first lines of `start`.
    fn of(start: &[u8]) -> Counts {
        let mut counts: BTreeMap<Line, usize> = BTreeMap::new();
        // The last line may be cut.
        let whole = memchr::memrchr(b'\n', start).map_or(start, |end| &start[..end]);
        for line in whole.split(|&byte| byte == b'\n').take(MAX_LINES) {
            *counts.entry(line_of(&line[..line.len().min(MAX_LINE)])).or_default() += 1;
        }
        Counts(counts)
    }

    fn count(&self, line: Line) -> usize {
        self.0.get(&line).copied().unwrap_or(0)
    }

    /// What most of the lines are that tell anything; records, where there are some and not enough of another kind.
    fn most(&self) -> Option<Line> {
        let telling = self.0.values().sum::<usize>() - self.count(Line::Neutral);
        let kinds = self.0.iter().filter(|(line, _)| matches!(line, Line::Dialect | Line::Of(_)));
        let most = kinds.map(|(&line, &n)| (n, line)).max();
        let most = most.filter(|&(n, _)| n > self.count(Line::Record) && n * SHARE >= telling);
        most.map(|(_, line)| line).or_else(|| (self.count(Line::Record) > 0).then_some(Line::Record))
    }
}

/// The kind of a text that its first line gives away.
fn document(start: &[u8]) -> Option<Foreign> {
    let text = start.trim_ascii_start();
    let begins = |with: &[u8]| text.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    let is_own = || memchr::memmem::find(&text[..text.len().min(256)], b"\"schema\"").is_some();
    if text.starts_with(b"{") && is_own() {
        return Some(Foreign::OwnJson);
    }
    (begins(b"<!doctype html") || begins(b"<html")).then_some(Foreign::WebPage)
}

/// The kind of a text without a line that tells anything.
fn silent(start: &[u8]) -> Option<Foreign> {
    let has = |text: &[u8]| memchr::memmem::find(start, text).is_some();
    if start.contains(&0) {
        Some(Foreign::Binary)
    } else if has(b"# tracer: mmiotrace") {
        Some(Foreign::EmptyLog)
    } else {
        has(b"# tracer: ").then_some(Foreign::OtherTracer)
    }
}

fn line_of(line: &[u8]) -> Line {
    let line = line.trim_ascii_end();
    match grammar::record(line) {
        _ if line.is_empty() => return Line::Neutral,
        Some(Record::Lost(..)) => return Line::Neutral,
        Some(Record::Text(Kind::COMMENT | Kind::LSPCI, ..)) => return Line::Neutral,
        Some(record) if is_of_a_trace(&record) => return Line::Record,
        _ if Dialect::of(line).is_some() => return Line::Dialect,
        _ => {}
    }
    let Ok(text) = std::str::from_utf8(line) else { return Line::Other };
    let kind = quoted(line)
        .or_else(|| event(text))
        .or_else(|| qemu(text))
        .or_else(|| prefixed(line))
        .or_else(|| list(text));
    kind.map_or(Line::Other, Line::Of)
}

/// Whether only a trace has such a record: a version may be any sentence.
fn is_of_a_trace(record: &Record<'_>) -> bool {
    match record {
        Record::Text(Kind::VERSION, _, text) => is_version(text),
        Record::Text(kind, ..) => matches!(*kind, Kind::MARKER | Kind::PCI_DEVICE),
        _ => true,
    }
}

/// Whether it is what the tracer says of its grammar: a number.
pub(crate) fn is_version(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// A record after marks of quotation.
fn quoted(line: &[u8]) -> Option<Foreign> {
    let rest = line.trim_ascii_start();
    let is_mark = |byte: &u8| matches!(byte, b'>' | b'|');
    rest.first().filter(|&byte| is_mark(byte))?;
    let end = rest.iter().position(|byte| !is_mark(byte) && !byte.is_ascii_whitespace())?;
    is_record(&rest[end..]).then_some(Foreign::QuotedLog)
}

/// A record after anything else that ends in a space or a mark, or what the kernel logs after its time stamp.
fn prefixed(line: &[u8]) -> Option<Foreign> {
    let ends = line.iter().take(MAX_PREFIX).enumerate();
    let mut ends = ends.filter(|(_, byte)| matches!(byte, b' ' | b'\t' | b':' | b']' | b'|'));
    if ends.any(|(end, _)| is_record(&line[end + 1..])) {
        return Some(Foreign::PrefixedLog);
    }
    let text = std::str::from_utf8(line).ok()?;
    let stamp = text.trim_start_matches(|c: char| c == '<' || c == '>' || c.is_ascii_digit());
    let (seconds, _) = stamp.strip_prefix('[')?.split_once("] ")?;
    is_seconds(seconds.trim_start()).then_some(Foreign::KernelLog)
}

/// Whether it begins as a record of a trace, and is one.
fn is_record(rest: &[u8]) -> bool {
    let words: [&[u8]; 8] =
        [b"R ", b"W ", b"MAP ", b"UNMAP ", b"UNKNOWN ", b"MARK ", b"PCIDEV ", b"VERSION "];
    words.iter().any(|word| rest.starts_with(word))
        && grammar::record(rest).is_some_and(|record| is_of_a_trace(&record))
}

/// An event as ftrace, trace-cmd and perf print it: a task, `[000]`, a time, a colon, the event's name, a colon.
fn event(line: &str) -> Option<Foreign> {
    let (_, rest) = line.split_once(" [")?;
    let (cpu, rest) = rest.split_once("] ")?;
    if cpu.len() < 3 || !cpu.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (before, rest) = rest.split_once(": ")?;
    is_seconds(before.rsplit(' ').next()?).then_some(())?;
    let (name, _) = rest.trim_start().split_once(": ").or_else(|| rest.trim().split_once(':'))?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.' | '-');
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    Some(Foreign::Events)
}

/// A line of QEMU's trace log that is no access: process and time or a time stamp or neither, then the event.
fn qemu(line: &str) -> Option<Foreign> {
    let is_event = |text: &str| {
        let names = ["vfio_", "memory_region_", "pci_cfg_", "pci_update_mappings_"];
        names.iter().any(|name| text.starts_with(name)) && text.contains(' ')
    };
    let after = |text: &str| -> Option<bool> {
        let (before, rest) = text.split_once(['Z', ':']).filter(|(before, _)| before.contains('@'))?;
        let (pid, time) = before.split_once('@')?;
        Some(pid.bytes().all(|byte| byte.is_ascii_digit()) && is_seconds(time) && is_event(rest))
    };
    let stamped = || line.split_once("Z ").is_some_and(|(stamp, rest)| is_iso(stamp) && is_event(rest));
    (is_event(line) || after(line) == Some(true) || stamped()).then_some(Foreign::QemuLog)
}

/// A line of what goes with a log.
fn list(line: &str) -> Option<Foreign> {
    if line.contains('\t') && PciDevice::parse(line.as_bytes()).is_some() {
        return Some(Foreign::PciList);
    }
    let is_format = line.starts_with("name: ") || line.starts_with("\tfield:");
    is_format.then_some(Foreign::EventFormats)
}

/// Digits, a point, digits.
fn is_seconds(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(seconds, decimals)| is_number(seconds) && is_number(decimals))
}

/// A day and a time, as in `2030-01-02T03:04:05.000001`.
fn is_iso(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | 'T');
    text.len() >= 19 && text.as_bytes()[10] == b'T' && text.chars().all(is_part)
}
