//! Short notation for streams and what is found in them.

use super::{Item, Options, Step, Value, find};
use crate::stream::{Stream, Symbol};
use mmio_format::{DeviceId, Op, Register, Space};

/// A stream from words such as `W40=1`, `R30=0` (4 bytes, hexadecimal), `?80`, or `|` for a break.
pub(crate) fn stream(text: &str) -> Stream {
    let mut stream = Stream::default();
    for word in text.split_whitespace() {
        if word == "|" {
            stream.breaks.push(stream.len());
            continue;
        }
        let (access, value) = word.split_once('=').unwrap_or((word, "0"));
        let (op, width) = match access.as_bytes()[0] {
            b'R' => (Op::Read, 4),
            b'W' => (Op::Write, 4),
            _ => (Op::Unknown, 0),
        };
        let offset = u64::from_str_radix(&access[1..], 16).unwrap();
        let register = Register { device: DeviceId::default(), space: Space::Bar(0), offset, width };
        let symbol = Symbol { register, op };
        let known = stream.symbols.iter().position(|&s| s == symbol);
        let number = known.unwrap_or_else(|| {
            stream.symbols.push(symbol);
            stream.symbols.len() - 1
        });
        let at = stream.len() as u64;
        stream.symbol.push(number as u32);
        stream.value.push(u64::from_str_radix(value, 16).unwrap());
        stream.time.push(at * 1000);
        stream.index.push(at);
    }
    stream
}

fn step(step: &Step) -> String {
    let mut text = format!("{}{:x}", step.op, step.register.offset);
    if step.stride != 0 {
        text += &format!("..{:x}by{}", step.register.offset + step.span, step.stride);
    }
    text += &match &step.value {
        Value::Absent => String::new(),
        Value::Fixed(value) => format!("={value:x}"),
        Value::OneOf(values) => format!("={values:x?}").replace(' ', ""),
        Value::Stride(by) => format!("={by:+}"),
        Value::Free => "=*".into(),
    };
    if step.repeat != [1, 1] {
        text += &format!("x{}-{}", step.repeat[0], step.repeat[1]);
    }
    if let Some(exit) = step.exit {
        text += &format!("&{:x}={:x}", exit.mask, exit.value);
    }
    text
}

/// Steps in the same notation.
pub(super) fn text(items: &[Item]) -> String {
    let item = |item: &Item| match item {
        Item::Step(s) => step(s),
        Item::Loop { steps, repeat } => format!("{{{}}}x{}-{}", text(steps), repeat[0], repeat[1]),
    };
    items.iter().map(item).collect::<Vec<_>>().join(" ")
}

/// What is found in a stream: `count: steps` each.
pub(super) fn found(text_: &str) -> Vec<String> {
    let report = find(&[stream(text_)], &Options::default());
    report.sequences.iter().map(|s| format!("{}: {}", s.count, text(&s.steps))).collect()
}

#[test]
fn a_command_and_its_poll_are_one_sequence() {
    let polls = [3, 1, 7, 2, 5, 4, 6, 2, 9, 3];
    let noise =
        ["R4=9 W8=1", "Rc=5", "W10=7 R14=8 W8=3", "R18=1", "", "W1c=4 Rc=2", "R4=1", "W8=9", "R14=3", ""];
    let mut log = String::new();
    for (i, (busy, noise)) in polls.iter().zip(noise).enumerate() {
        log += &format!("{noise} W40={:x} ", 0x100 * i);
        log += &"R30=2 ".repeat(*busy);
        log += &format!("R30=3 R44={:x} ", i * i * 17 + 5);
    }
    assert_eq!(found(&log), ["10: W40=+256 R30=[2,3]x2-10&1=1 R44=*"]);
}

#[test]
fn nothing_crosses_a_break() {
    let log = "W1=1 R2=2 | W3=3 R4=4 | ".repeat(12);
    let report = find(&[stream(&log)], &Options::default());
    assert!(report.sequences.iter().all(|s| s.count == 12 && s.steps.len() == 2), "{report:?}");
    let log = "R1=1 R1=1 R1=1 R1=1 | ".repeat(40);
    assert_eq!(found(&log), ["40: R1=1x4-4"]);
}

#[test]
fn an_empty_stream_has_no_sequences() {
    assert!(found("").is_empty());
    assert!(found("W1=1").is_empty());
    let report = find(&[], &Options::default());
    assert_eq!((report.total, report.explained), (0, 0));
}

#[test]
fn the_report_is_the_same_every_time() {
    let log = "W1=1 R2=2 R2=3 W3=0 W7=7 R1=3 R9=9 W1=2 R2=2 W3=1 ".repeat(9);
    let streams = [stream(&log), stream(&log.replace("W7", "W8"))];
    let first = find(&streams, &Options { occurrences: true, ..Options::default() });
    for _ in 0..5 {
        assert_eq!(find(&streams, &Options { occurrences: true, ..Options::default() }), first);
    }
}

#[test]
fn occurrences_have_their_place_and_what_varies() {
    let log: String =
        (0..12).map(|i| format!("R{:x}=0 W40={:x} R30=1 W44=2 ", 0x100 + i * i * 4, 0x55 * i * i)).collect();
    let report = find(&[stream(&log)], &Options { occurrences: true, ..Options::default() });
    let sequence = &report.sequences[0];
    assert_eq!(text(&sequence.steps), "W40=* R30=1 W44=2");
    let places: Vec<_> =
        sequence.occurrences.iter().map(|o| (o.index, o.time, o.length, o.values[0])).collect();
    assert_eq!(places[..2], [(1, 1000, 3, 0), (5, 5000, 3, 0x55)]);
}
