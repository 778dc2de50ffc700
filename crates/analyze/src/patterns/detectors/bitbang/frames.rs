//! What lines said, collected: frames of bytes or bits.

use crate::patterns::details::{Frame, Signal};

/// Most frames that are shown, and most bits of one.
const MAX_FRAMES: usize = 16;
const MAX_BITS: u64 = 256;

/// Frames of bits.
#[derive(Debug, Default)]
pub(super) struct Frames {
    pub(super) frames: Vec<Frame>,
    pub(super) total: u64,
}

impl Frames {
    /// Adds a frame; what has no bits is not one.
    pub(super) fn push(&mut self, frame: Frame) {
        if frame.bits > 0 {
            self.total += 1;
            if self.frames.len() < MAX_FRAMES {
                self.frames.push(frame);
            }
        }
    }
}

/// Puts `signal` at the end of what is shown of `frame`, unless that has too many bits.
pub(super) fn show(frame: &mut Frame, signal: Signal) {
    if frame.bits <= MAX_BITS {
        frame.signals.push(signal);
    }
}
