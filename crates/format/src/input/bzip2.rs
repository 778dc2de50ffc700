//! The bzip2 format, by libbz2-rs: streams one after the other, as `bzip2` and `pbzip2` write them.

use bzip2::{Decompress, Status};

use super::decompress::{Decoder, Step};

/// Whether an input that starts with `prefix` is compressed by bzip2: a magic number and the level.
pub(super) fn is_bzip2(prefix: &[u8]) -> bool {
    matches!(prefix, [b'B', b'Z', b'h', b'1'..=b'9', ..])
}

pub(super) struct Bzip2 {
    stream: Decompress,
    /// Whether the stream that was read last is complete and no other one has begun.
    is_between: bool,
}

impl Bzip2 {
    pub(super) fn new() -> Self {
        Bzip2 { stream: Decompress::new(false), is_between: false }
    }
}

impl Decoder for Bzip2 {
    const FORMAT: &'static str = "bzip2";

    fn decode(&mut self, input: &[u8], output: &mut [u8], _is_last: bool) -> Step {
        if self.is_between && !input.is_empty() {
            *self = Bzip2::new();
        }
        let (read, written) = (self.stream.total_in(), self.stream.total_out());
        let result = self.stream.decompress(input, output);
        self.is_between |= matches!(result, Ok(Status::StreamEnd));
        // The totals count what was done before a failure too.
        Step {
            read: (self.stream.total_in() - read) as usize,
            written: (self.stream.total_out() - written) as usize,
            failure: result.err().map(|error| error.to_string()),
        }
    }

    fn is_complete(&self) -> bool {
        self.is_between
    }
}
