//! What lines said: frames of bytes or bits.

use serde::Serialize;

/// Most frames that are shown, and most bits of one.
const MAX: usize = 16;
const MAX_BITS: usize = 256;

/// How the lines are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Bytes with an acknowledge bit, between a start and a stop condition.
    I2c,
    /// Bits at the rising edges of the clock.
    Serial,
}

/// Bits between two conditions that delimit them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// Number of the first access in the whole trace.
    pub first: u64,
    /// How many bits it has; of more than 256 the first ones are shown.
    pub bits: u64,
    /// I2C: bytes in hexadecimal, each with `+` when it was acknowledged and `-` when not; `|` is a new start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
    /// Serial: the data line at each rising edge of the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
    /// Serial: what was read of the input line in each cycle, `.` where it was not.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
}

/// What lines said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// How.
    pub(crate) protocol: Protocol,
    /// The data line, and those that are read and that select, 0 where there is none.
    pub(crate) data: u64,
    /// The line that is read.
    pub(crate) input: u64,
    /// The line that stays at one level during a frame.
    pub(crate) select: u64,
    /// The first frames.
    pub(crate) frames: Vec<Frame>,
    /// How many there were.
    pub(crate) total: u64,
}

/// Collects frames of bits.
#[derive(Debug, Default)]
pub(super) struct Frames {
    pub(super) frames: Vec<Frame>,
    pub(super) total: u64,
}

impl Frames {
    /// A frame that began at access `first`; one without bits is none.
    pub(super) fn push(&mut self, frame: Frame) {
        if frame.bits > 0 {
            self.total += 1;
            if self.frames.len() < MAX {
                self.frames.push(frame);
            }
        }
    }
}

/// Puts `c` at the end, if `bits` of it are not too many.
pub(super) fn show(text: &mut String, bits: u64, c: char) {
    if bits as usize <= MAX_BITS {
        text.push(c);
    }
}
