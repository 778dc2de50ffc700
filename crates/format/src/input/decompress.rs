//! A reader over a decoder that gives every byte decoded before an error.

use std::io::{ErrorKind, Read, Result};

use crate::error::{Damage, DamageKind, Position};

/// Compressed bytes read at once.
const BUFFER: usize = 128 << 10;

/// A decoder of one compressed format, of any number of streams one after the other.
pub(super) trait Decoder {
    /// The name of the format.
    const FORMAT: &'static str;

    /// Takes from `input` and writes to `output`; `is_last` when no input follows. It must do one
    /// of the two if it can.
    fn decode(&mut self, input: &[u8], output: &mut [u8], is_last: bool) -> Step;

    /// Whether the input may end here: between two streams.
    fn is_complete(&self) -> bool;
}

/// The outcome of one call of a decoder.
#[derive(Debug)]
pub(super) struct Step {
    /// Bytes taken from the input.
    pub(super) read: usize,
    /// Bytes written to the output, valid even after a failure.
    pub(super) written: usize,
    /// The input is wrong, and why.
    pub(super) failure: Option<String>,
}

/// A reader of what a decoder makes of the bytes of `R`.
pub(super) struct Decompress<R, D> {
    reader: R,
    decoder: D,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    is_last: bool,
    /// Compressed bytes that the decoder took.
    offset: u64,
    damage: Option<Damage>,
}

impl<R: Read, D: Decoder> Decompress<R, D> {
    pub(super) fn new(reader: R, decoder: D) -> Self {
        let buffer = vec![0; BUFFER];
        Decompress { reader, decoder, buffer, start: 0, end: 0, is_last: false, offset: 0, damage: None }
    }

    fn refill(&mut self) -> Result<()> {
        while self.start == self.end && !self.is_last {
            match self.reader.read(&mut self.buffer) {
                Ok(0) => self.is_last = true,
                Ok(read) => (self.start, self.end) = (0, read),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn damaged(&mut self, kind: DamageKind, what: String) {
        let place = Position { byte: Some(self.offset), ..Position::default() };
        self.damage = Some(Damage { kind, what: format!("{}: {what}", D::FORMAT), place });
    }
}

impl<R: Read, D: Decoder> Read for Decompress<R, D> {
    fn read(&mut self, output: &mut [u8]) -> Result<usize> {
        while !output.is_empty() {
            if let Some(damage) = &self.damage {
                return Err(damage.clone().into());
            }
            self.refill()?;
            let input = &self.buffer[self.start..self.end];
            if input.is_empty() && self.decoder.is_complete() {
                break;
            }
            let step = self.decoder.decode(input, output, self.is_last);
            self.start += step.read;
            self.offset += step.read as u64;
            if let Some(what) = step.failure {
                self.damaged(DamageKind::Damaged, what);
            } else if self.is_last && step.read == 0 && step.written == 0 && !self.decoder.is_complete() {
                self.damaged(DamageKind::Truncated, "the compressed data ends too early".to_owned());
            }
            if step.written > 0 {
                return Ok(step.written);
            }
        }
        Ok(0)
    }
}
