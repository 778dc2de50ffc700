//! A splitter of streams of lines: its pieces become one block each.

use std::io::{ErrorKind, Read, Result};
use std::ops::Range;

use crate::block::{MAX_RECORDS, MAX_TEXT};

/// Longest line in bytes, line end included, that is looked at as a line. A longer one is cut into
/// pieces of this length that become raw records.
pub const MAX_LINE: usize = 1 << 20;

/// Bytes asked of the reader at once. Below [`MAX_LINE`], so that a long line shows as a step without
/// line end.
const STEP: usize = 256 << 10;

/// Lines for one block, in a buffer to be used again.
#[derive(Debug, Default)]
pub struct Chunk {
    buffer: Vec<u8>,
    length: usize,
    pieces: Vec<Range<usize>>,
}

impl Chunk {
    /// Bytes of the lines.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Where in [`Chunk::bytes`] parts of lines stand that are not to be parsed: pieces of lines longer
    /// than [`MAX_LINE`], and a last line that was cut by an error of the reader.
    pub fn pieces(&self) -> &[Range<usize>] {
        &self.pieces
    }
}

/// A splitter that cuts what `R` reads into [`Chunk`]s of at most [`MAX_RECORDS`] lines and [`MAX_TEXT`] bytes. Where it
/// cuts depends on the bytes alone, not on how the reader hands them out.
#[derive(Debug)]
pub struct Splitter<R> {
    reader: R,
    /// Bytes that were read after the last cut.
    rest: Vec<u8>,
    /// The next line is the rest of one that was longer than [`MAX_LINE`].
    inside_line: bool,
    end: bool,
    error: Option<std::io::Error>,
}

/// How far a chunk has been looked through.
#[derive(Default)]
struct Scan {
    /// Start of the last line or piece, which has no end yet.
    line: usize,
    /// Complete lines and pieces before it.
    records: usize,
    /// How many bytes were looked at.
    seen: usize,
}

impl<R: Read> Splitter<R> {
    /// A splitter that starts at the first byte of `reader`.
    pub fn new(reader: R) -> Splitter<R> {
        Splitter { reader, rest: Vec::new(), inside_line: false, end: false, error: None }
    }

    /// Replaces what is in `chunk` by the next lines; `false` at the end.
    ///
    /// # Errors
    /// What the reader reports, after everything that was read before it has been handed out. The end
    /// follows.
    pub fn next(&mut self, chunk: &mut Chunk) -> Result<bool> {
        if chunk.buffer.is_empty() {
            // Zeroed by the allocator: pages that are never read into are never touched.
            chunk.buffer = vec![0; MAX_TEXT];
        }
        chunk.pieces.clear();
        let mut filled = self.rest.len();
        chunk.buffer[..filled].copy_from_slice(&self.rest);
        let mut scan = Scan::default();
        loop {
            if self.scan(chunk, filled, &mut scan) || filled == MAX_TEXT {
                break;
            }
            let read = self.read(&mut chunk.buffer[filled..MAX_TEXT.min(filled + STEP)]);
            if read == 0 {
                self.take_last_line(chunk, filled, &mut scan);
                break;
            }
            filled += read;
        }
        chunk.length = scan.line;
        self.rest.clear();
        self.rest.extend_from_slice(&chunk.buffer[scan.line..filled]);
        match self.error.take_if(|_| chunk.length == 0) {
            Some(error) => Err(error),
            None => Ok(chunk.length > 0),
        }
    }

    /// 0 at the end and from an error on, which is kept for later.
    fn read(&mut self, buffer: &mut [u8]) -> usize {
        while !self.end {
            match self.reader.read(buffer) {
                Ok(0) => self.end = true,
                Ok(read) => return read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => (self.end, self.error) = (true, Some(error)),
            }
        }
        0
    }

    /// Looks at the bytes up to `filled`; `true` when the chunk has all the records it may have.
    fn scan(&mut self, chunk: &mut Chunk, filled: usize, scan: &mut Scan) -> bool {
        while scan.seen < filled && scan.records < MAX_RECORDS {
            let step_end = filled.min(scan.seen + STEP);
            match memchr::memchr(b'\n', &chunk.buffer[scan.seen..step_end]) {
                None => {
                    self.cut_pieces(chunk, step_end + 1, scan);
                    scan.seen = step_end;
                }
                Some(first) => {
                    let end = scan.seen + first + 1;
                    self.cut_pieces(chunk, end, scan);
                    if scan.records < MAX_RECORDS {
                        self.end_line(chunk, end, scan);
                        scan.take_short_lines(&chunk.buffer[..step_end]);
                    }
                }
            }
        }
        scan.records >= MAX_RECORDS
    }

    /// Cuts pieces off the line that goes on to `end` at least.
    fn cut_pieces(&mut self, chunk: &mut Chunk, end: usize, scan: &mut Scan) {
        while end - scan.line > MAX_LINE && scan.records < MAX_RECORDS {
            self.inside_line = true;
            scan.take_record(scan.line + MAX_LINE, Some(&mut chunk.pieces));
        }
    }

    /// Ends the line at `end`.
    fn end_line(&mut self, chunk: &mut Chunk, end: usize, scan: &mut Scan) {
        let is_piece = std::mem::take(&mut self.inside_line);
        scan.take_record(end, is_piece.then_some(&mut chunk.pieces));
        scan.seen = end;
    }

    /// Takes a last line without line end. After an error it is not known how it would go on.
    fn take_last_line(&mut self, chunk: &mut Chunk, filled: usize, scan: &mut Scan) {
        if scan.line < filled {
            self.inside_line |= self.error.is_some();
            self.end_line(chunk, filled, scan);
        }
    }
}

impl Scan {
    fn take_record(&mut self, end: usize, pieces: Option<&mut Vec<Range<usize>>>) {
        if let Some(pieces) = pieces {
            pieces.push(self.line..end);
        }
        self.line = end;
        self.records += 1;
    }

    /// Takes the lines of what is not seen yet of `bytes`, less than [`MAX_LINE`] bytes that start a line.
    fn take_short_lines(&mut self, bytes: &[u8]) {
        let step = &bytes[self.seen..];
        let (lines, wanted) = (memchr::memchr_iter(b'\n', step).count(), MAX_RECORDS - self.records);
        let last = match lines > wanted {
            true => memchr::memchr_iter(b'\n', step).take(wanted).last(),
            false => memchr::memrchr(b'\n', step),
        };
        if let Some(last) = last {
            self.line = self.seen + last + 1;
        }
        self.records += lines.min(wanted);
        self.seen = bytes.len();
    }
}
