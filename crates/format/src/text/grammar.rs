//! The grammar of the log, for every kind of record and for odd but certain spellings.
//!
//! The canonical spelling is that of `mmio_print_rw`, `mmio_print_map`, `mmio_print_mark` and
//! `mmio_print_pcidev` in the kernel's kernel/trace/trace_mmiotrace.c and, for lost events, of
//! `print_trace_line` in kernel/trace/trace.c.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while_m_n};
use nom::character::complete::{char, digit1, one_of};
use nom::combinator::{all_consuming, map, map_opt, opt, rest, value, verify};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use crate::block::{Block, Fields, LOST_COUNT_UNKNOWN};
use crate::pci::PciDevice;
use crate::record::Kind;

type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

/// One line of the log that says what it is.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// An access or an UNMAP.
    Row(Fields),
    /// A MAP with its virtual address and its length in bytes.
    Map(Fields, u64, u64),
    /// Lost events of a CPU, [`LOST_COUNT_UNKNOWN`] without a number.
    Lost(u32, u64),
    /// Kind, nanoseconds (0 for kinds without a time), text without keyword and line end.
    Text(Kind, u64, &'a [u8]),
}

impl Record<'_> {
    /// Appends the record to `block` and returns its row.
    pub fn push(self, block: &mut Block) -> u32 {
        match self {
            Record::Row(fields) => block.push(fields),
            Record::Map(fields, virt, length) => block.push_map(fields, virt, length),
            Record::Lost(cpu, count) => block.push_lost(0, cpu, count),
            Record::Text(kind, time, text) => block.push_text(kind, time, text),
        }
    }
}

/// Reads one line, with or without its line end. `None` when it is doubtful what it means: the line
/// is cut, glued to another one, has a field that does not fit, or is nothing that the kernel prints.
pub fn record(line: &[u8]) -> Option<Record<'_>> {
    let body = match line.strip_suffix(b"\n") {
        Some(body) => body.strip_suffix(b"\r").unwrap_or(body),
        None => line,
    };
    let parsed = match body.first()? {
        b'R' | b'W' => fields_only(access, body),
        b'U' => fields_only(alt((unknown, unmapping)), body),
        b'C' => fields_only(lost, body),
        b'M' => alt((all_consuming(terminated(mapping, spaces)), marker)).parse(body),
        _ => text(body),
    };
    parsed.ok().map(|(_, record)| record)
}

/// A record without text may have spaces after it, but nothing else.
fn fields_only<'a>(
    parser: impl Parser<&'a [u8], Output = Record<'a>, Error = ()>,
    body: &'a [u8],
) -> Parsed<'a, Record<'a>> {
    all_consuming(terminated(parser, spaces)).parse(body)
}

fn access(input: &[u8]) -> Parsed<'_, Record<'_>> {
    let kind = alt((value(Kind::READ, char('R')), value(Kind::WRITE, char('W'))));
    let width = preceded(char(' '), map(one_of("1248"), |digit| digit as u8 - b'0'));
    let (input, (kind, width, time, map_id)) =
        (kind, width, preceded(char(' '), time), map_id).parse(input)?;
    let (input, (address, value, pc, pid)) = (hex, hex, hex, pid).parse(input)?;
    let fields = Fields { kind, time, map_id, address, value, width, pc, pid };
    Ok((input, Record::Row(fields)))
}

fn unknown(input: &[u8]) -> Parsed<'_, Record<'_>> {
    let (input, (time, map_id)) = (preceded(tag("UNKNOWN "), time), map_id).parse(input)?;
    let (input, (address, value, pc, pid)) = (hex, opcode, hex, pid).parse(input)?;
    let fields = Fields { kind: Kind::UNKNOWN, time, map_id, address, value, pc, pid, width: 0 };
    Ok((input, Record::Row(fields)))
}

fn mapping(input: &[u8]) -> Parsed<'_, Record<'_>> {
    let (input, (time, map_id)) = (preceded(tag("MAP "), time), map_id).parse(input)?;
    let (input, (address, virt, length, pc, pid)) = (hex, hex, hex, hex, pid).parse(input)?;
    let fields = Fields { kind: Kind::MAP, time, map_id, address, pc, pid, ..Fields::default() };
    Ok((input, Record::Map(fields, virt, length)))
}

fn unmapping(input: &[u8]) -> Parsed<'_, Record<'_>> {
    let (input, (time, map_id)) = (preceded(tag("UNMAP "), time), map_id).parse(input)?;
    let (input, (pc, pid)) = (hex, pid).parse(input)?;
    let fields = Fields { kind: Kind::UNMAP, time, map_id, pc, pid, ..Fields::default() };
    Ok((input, Record::Row(fields)))
}

fn lost(input: &[u8]) -> Parsed<'_, Record<'_>> {
    let cpu = map_opt(decimal, |cpu| u32::try_from(cpu).ok());
    let count = verify(terminated(decimal, char(' ')), |&count| count != LOST_COUNT_UNKNOWN);
    let count = map(opt(count), |count| count.unwrap_or(LOST_COUNT_UNKNOWN));
    let lost = (preceded(tag("CPU:"), cpu), delimited(tag(" [LOST "), count, tag("EVENTS]")));
    map(lost, |(cpu, count)| Record::Lost(cpu, count)).parse(input)
}

/// A mark may be empty, then even the space before it may be missing.
fn marker(input: &[u8]) -> Parsed<'_, Record<'_>> {
    let (input, time) = preceded(tag("MARK "), time).parse(input)?;
    let text = if input.is_empty() { input } else { preceded(char(' '), rest).parse(input)?.1 };
    Ok((&[], Record::Text(Kind::MARKER, time, text)))
}

fn text(input: &[u8]) -> Parsed<'_, Record<'_>> {
    let pci_device = preceded(tag("PCIDEV "), verify(rest, |text: &[u8]| PciDevice::parse(text).is_some()));
    alt((
        map(preceded(char('#'), rest), |text| Record::Text(Kind::COMMENT, 0, text)),
        map(pci_device, |text| Record::Text(Kind::PCI_DEVICE, 0, text)),
        map(preceded(tag("VERSION "), rest), |text| Record::Text(Kind::VERSION, 0, text)),
        map(preceded(tag("LSPCI "), rest), |text| Record::Text(Kind::LSPCI, 0, text)),
    ))
    .parse(input)
}

/// Seconds and one to nine decimals, as nanoseconds.
fn time(input: &[u8]) -> Parsed<'_, u64> {
    let decimals = take_while_m_n(1, 9, |byte: u8| byte.is_ascii_digit());
    map_opt((terminated(decimal, char('.')), decimals), |(seconds, decimals): (u64, &[u8])| {
        let scale = 10u64.pow(9 - decimals.len() as u32);
        let nanoseconds = decimals.iter().fold(0, |sum, digit| 10 * sum + u64::from(digit - b'0')) * scale;
        seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
    })
    .parse(input)
}

fn map_id(input: &[u8]) -> Parsed<'_, i32> {
    let number = map_opt(decimal, |number| i64::try_from(number).ok());
    let signed = (preceded(char(' '), opt(char('-'))), number);
    map_opt(signed, |(minus, number)| i32::try_from(if minus.is_some() { -number } else { number }).ok())
        .parse(input)
}

fn pid(input: &[u8]) -> Parsed<'_, u32> {
    map_opt(preceded(char(' '), decimal), |pid| u32::try_from(pid).ok()).parse(input)
}

fn decimal(input: &[u8]) -> Parsed<'_, u64> {
    map_opt(digit1, |digits: &[u8]| {
        digits.iter().try_fold(0u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
    })
    .parse(input)
}

/// A space, `0x` and a number of up to 64 bits.
fn hex(input: &[u8]) -> Parsed<'_, u64> {
    let digits = take_while(|byte: u8| byte.is_ascii_hexdigit());
    map_opt(preceded(tag(" 0x"), digits), |digits: &[u8]| {
        let significant = digits.iter().position(|&digit| digit != b'0').unwrap_or(digits.len());
        let fits = !digits.is_empty() && digits.len() - significant <= 16;
        fits.then(|| digits.iter().fold(0, |sum, &digit| (sum << 4) | u64::from(nibble(digit))))
    })
    .parse(input)
}

/// Three bytes of two digits each, the first one highest.
fn opcode(input: &[u8]) -> Parsed<'_, u64> {
    fn byte(input: &[u8]) -> Parsed<'_, u64> {
        map(take_while_m_n(2, 2, |byte: u8| byte.is_ascii_hexdigit()), |digits: &[u8]| {
            u64::from(nibble(digits[0])) << 4 | u64::from(nibble(digits[1]))
        })
        .parse(input)
    }
    let bytes = (preceded(char(' '), byte), preceded(char(','), byte), preceded(char(','), byte));
    map(bytes, |(high, middle, low)| high << 16 | middle << 8 | low).parse(input)
}

fn nibble(digit: u8) -> u8 {
    (digit & 0xf) + 9 * (digit >> 6)
}

fn spaces(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while(|byte| byte == b' ').parse(input)
}
