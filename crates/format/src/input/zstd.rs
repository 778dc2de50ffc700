//! Zstandard frames, skippable ones among them, by libzstd.

use std::io;

use zstd::stream::raw::{DParameter, Decoder as RawDecoder, InBuffer, Operation, OutBuffer};

use super::decompress::{Decoder, Step};

/// Frames may look back 128 MiB, what the command `zstd` allows without being asked.
const WINDOW_LOG: u32 = 27;

/// Bytes that say how many more a frame's header has.
const FRAME_START: usize = 5;

pub(super) struct Zstd {
    decoder: RawDecoder<'static>,
    /// Bytes up to the end of the next block: libzstd does not say what it wrote in a call that
    /// fails, so that no call gets more than one block.
    next: usize,
    is_complete: bool,
}

impl Zstd {
    pub(super) fn new() -> io::Result<Self> {
        let mut decoder = RawDecoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG))?;
        Ok(Zstd { decoder, next: FRAME_START, is_complete: false })
    }
}

impl Decoder for Zstd {
    const FORMAT: &'static str = "zstd";

    fn decode(&mut self, input: &[u8], output: &mut [u8], _is_last: bool) -> Step {
        let mut source = InBuffer::around(&input[..input.len().min(self.next)]);
        let mut target = OutBuffer::around(output);
        let result = self.decoder.run(&mut source, &mut target);
        let (read, written) = (source.pos(), target.pos());
        if let Ok(next) = result {
            self.is_complete = next == 0;
            self.next = if next == 0 { FRAME_START } else { next };
        }
        Step { read, written, failure: result.err().map(|error| error.to_string()) }
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }
}
