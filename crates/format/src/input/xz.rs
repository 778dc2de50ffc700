//! The xz format, by liblzma.

use std::io;

use liblzma::stream::{Action, CONCATENATED, Error, Status, Stream};

use super::decompress::{Decoder, Step};

/// Bytes of memory that a file may ask for; `xz -9` asks for 65 MiB.
pub(super) const MEMORY: u64 = 256 << 20;

pub(super) struct Xz {
    stream: Stream,
    is_complete: bool,
}

impl Xz {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Xz { stream: Stream::new_stream_decoder(MEMORY, CONCATENATED)?, is_complete: false })
    }
}

impl Decoder for Xz {
    const FORMAT: &'static str = "xz";

    fn decode(&mut self, input: &[u8], output: &mut [u8], is_last: bool) -> Step {
        let (step, is_complete) = process(&mut self.stream, input, output, is_last);
        self.is_complete = is_complete;
        step
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }
}

/// One call of liblzma, and whether the data may end after it.
pub(super) fn process(stream: &mut Stream, input: &[u8], output: &mut [u8], is_last: bool) -> (Step, bool) {
    let (read, written) = (stream.total_in(), stream.total_out());
    // Only the end of the input shows that no further stream follows.
    let action = if is_last { Action::Finish } else { Action::Run };
    let result = stream.process(input, output, action);
    let is_complete = matches!(result, Ok(Status::StreamEnd));
    let failure = match result {
        Ok(_) => None,
        Err(Error::MemLimit) => Some(format!("it needs more than {} MiB of memory", MEMORY >> 20)),
        Err(error) => Some(error.to_string()),
    };
    let step = Step {
        read: (stream.total_in() - read) as usize,
        written: (stream.total_out() - written) as usize,
        failure,
    };
    (step, is_complete)
}
