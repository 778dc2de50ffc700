//! What lines said, which single bits drive.

use mmio_analyze::patterns::{Details, Frame, Lines, Pattern, Protocol, Said, Signal};
use serde_json::{Value, json};

use crate::numbers::counted;

/// Characters of a frame in the evidence.
const SHOWN: usize = 40;
/// The fields of a frame.
pub(super) const FRAME: &[&str] = &["first", "bits", "bytes", "out", "in"];

/// What was said on the lines of a pattern.
pub(super) fn said(pattern: &Pattern) -> Option<&Said> {
    if let Details::Lines(Lines { said, .. }) = &pattern.details { said.as_ref() } else { None }
}

pub(super) fn protocol(said: &Said) -> &'static str {
    match said.protocol {
        Protocol::I2c => "i2c",
        Protocol::Serial => "serial",
    }
}

/// The frames, for JSON.
pub(super) fn frames(said: &Said) -> Value {
    said.frames.iter().map(|frame| row(frame, said)).collect()
}

fn row(frame: &Frame, said: &Said) -> Value {
    let mut row = json!({ "first": frame.first, "bits": frame.bits });
    let Texts { bytes, out, input } = Texts::of(frame, said);
    for (name, text) in [("bytes", bytes), ("out", out), ("in", input)] {
        if let Some(text) = text {
            row[name] = json!(text);
        }
    }
    row
}

/// `; I2C, 4 frames, the first a0+ 00+`.
pub(super) fn first_frame(said: &Said) -> String {
    let Some(first) = said.frames.first() else { return String::new() };
    let cut = |text: String| match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    let words =
        |what: &str, text: Option<String>| text.map_or(String::new(), |text| format!("{what}{}", cut(text)));
    let name = if said.protocol == Protocol::I2c { "I2C" } else { "serial" };
    let frames = counted(said.total, "frame", "frames");
    let Texts { bytes, out, input } = Texts::of(first, said);
    let (bytes, out, input) = (words(" ", bytes), words(" out ", out), words(" in ", input));
    format!("; {name}, {frames}, the first{bytes}{out}{input}")
}

/// A frame as it is written.
struct Texts {
    /// I2C: bytes, each with `+` when it was acknowledged and `-` when not; `|` is a new start.
    bytes: Option<String>,
    /// Serial: the data line at each rising edge of the clock.
    out: Option<String>,
    /// Serial: what was read of the input line in each cycle, `.` where it was not.
    input: Option<String>,
}

impl Texts {
    fn of(frame: &Frame, said: &Said) -> Texts {
        match said.protocol {
            Protocol::I2c => Texts { bytes: Some(bytes(frame)), out: None, input: None },
            Protocol::Serial => {
                let digit = |bit: bool| if bit { '1' } else { '0' };
                let cycles = || {
                    let cycle =
                        |s: &Signal| if let Signal::Cycle(out, read) = *s { Some((out, read)) } else { None };
                    frame.signals.iter().filter_map(cycle)
                };
                let out = cycles().map(|(out, _)| digit(out)).collect();
                let input = cycles().map(|(_, read)| read.map_or('.', digit)).collect();
                Texts { bytes: None, out: Some(out), input: (said.input != 0).then_some(input) }
            }
        }
    }
}

/// `a0+ 08+ | a1+ 5e-`.
fn bytes(frame: &Frame) -> String {
    let mut text = String::new();
    for signal in &frame.signals {
        match *signal {
            Signal::Byte(byte, true) => text += &format!("{byte:02x}+ "),
            Signal::Byte(byte, false) => text += &format!("{byte:02x}- "),
            Signal::Start => text += "| ",
            Signal::Cycle(..) => {}
        }
    }
    if frame.signals.last() != Some(&Signal::Start) {
        text.truncate(text.trim_end().len());
    }
    text
}
