//! The format `.lzma` of the time before xz, by liblzma. It has no magic number and no checksum.

use std::io;

use liblzma::stream::Stream;

use super::decompress::{Decoder, Step};
use super::xz::{MEMORY, process};

/// Bytes of the header: properties, size of the dictionary, size of the content.
const HEADER: usize = 13;
/// First number of properties that no encoder can have: nine by five by five.
const PROPERTIES: u8 = 9 * 5 * 5;
/// Smallest dictionary that an encoder takes.
const MIN_DICTIONARY: u32 = 4096;
/// Contents that say their size are smaller than this, as the program `xz` has it too.
const MAX_SIZE: u64 = 256 << 30;

/// Whether an input that starts with `prefix` is compressed by lzma: its header says what is possible, a dictionary
/// of 2ⁿ or 3·2ⁿ bytes, and the first byte of the data is 0, as it always is.
pub(super) fn is_lzma(prefix: &[u8]) -> bool {
    let Some((header, &[0, ..])) = prefix.split_first_chunk::<HEADER>() else { return false };
    let [properties, d0, d1, d2, d3, size @ ..] = *header;
    let (dictionary, size) = (u32::from_le_bytes([d0, d1, d2, d3]), u64::from_le_bytes(size));
    let odd = dictionary.checked_shr(dictionary.trailing_zeros()).unwrap_or(0);
    properties < PROPERTIES
        && dictionary >= MIN_DICTIONARY
        && (odd == 1 || odd == 3)
        && (size == u64::MAX || size < MAX_SIZE)
}

pub(super) struct Lzma {
    stream: Stream,
    is_complete: bool,
}

impl Lzma {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Lzma { stream: Stream::new_lzma_decoder(MEMORY)?, is_complete: false })
    }
}

impl Decoder for Lzma {
    const FORMAT: &'static str = "lzma";

    fn decode(&mut self, input: &[u8], output: &mut [u8], is_last: bool) -> Step {
        if self.is_complete {
            let what = "bytes after the end of the data";
            return Step { read: 0, written: 0, failure: (!input.is_empty()).then(|| what.to_owned()) };
        }
        let (step, is_complete) = process(&mut self.stream, input, output, is_last);
        self.is_complete = is_complete;
        step
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }
}
