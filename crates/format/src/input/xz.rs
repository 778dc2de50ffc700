//! The xz format, by liblzma.

use std::io;

use liblzma::stream::{Action, CONCATENATED, Error, Status, Stream};

use super::decompress::{Decoder, Step};

/// Bytes of memory that a file may ask for; `xz -9` asks for 65 MiB.
const MEMORY: u64 = 256 << 20;

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
        let (read, written) = (self.stream.total_in(), self.stream.total_out());
        // Only the end of the input shows that no further stream follows.
        let action = if is_last { Action::Finish } else { Action::Run };
        let result = self.stream.process(input, output, action);
        self.is_complete = matches!(result, Ok(Status::StreamEnd));
        let failure = match result {
            Ok(_) => None,
            Err(Error::MemLimit) => Some(format!("it needs more than {} MiB of memory", MEMORY >> 20)),
            Err(error) => Some(error.to_string()),
        };
        Step {
            read: (self.stream.total_in() - read) as usize,
            written: (self.stream.total_out() - written) as usize,
            failure,
        }
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }
}
