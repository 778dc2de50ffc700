//! An input in which one can look ahead: what was read stays in a window until it is consumed.

use crate::error::{Error, Result};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::PathBuf;

/// Bytes asked of the input at a time: first after a jump, and in steady reading.
const STEPS: (usize, usize) = (4 << 10, 256 << 10);

type SeekFn<R> = fn(&mut R, u64) -> std::io::Result<u64>;

/// A file or stream that is read from front to back, with jumps where the input allows them.
pub(super) struct Lookahead<R> {
    input: R,
    path: PathBuf,
    /// The window is `buffer[start..end]`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset in the input of the window's first byte.
    offset: u64,
    step: usize,
    at_end: bool,
    seek: Option<(SeekFn<R>, u64)>,
}

impl<R: Read> Lookahead<R> {
    pub(super) fn stream(input: R, path: PathBuf) -> Self {
        let step = STEPS.0;
        Self { input, path, buffer: Vec::new(), start: 0, end: 0, offset: 0, step, at_end: false, seek: None }
    }

    /// Offset of the first byte that is not consumed.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Length of the input, when it can jump.
    pub(super) fn length(&self) -> Option<u64> {
        self.seek.map(|s| s.1)
    }

    pub(super) fn path(&self) -> &PathBuf {
        &self.path
    }

    /// The bytes that were read and not consumed.
    pub(super) fn window(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Reads until the window holds `n` bytes or the input ends; the window is then returned.
    ///
    /// Memory grows with the bytes that really come, not with `n`.
    pub(super) fn fill(&mut self, n: usize) -> Result<&[u8]> {
        while self.end - self.start < n && !self.at_end {
            if self.start > 0 && self.end + self.step > self.buffer.len() {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            if self.end + self.step > self.buffer.len() {
                self.buffer.resize((self.end + self.step).max(self.buffer.len() * 3 / 2), 0);
            }
            match self.input.read(&mut self.buffer[self.end..self.end + self.step]) {
                Ok(0) => self.at_end = true,
                Ok(got) => {
                    self.end += got;
                    self.step = (self.step * 2).min(STEPS.1);
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(self.error(source)),
            }
        }
        Ok(self.window())
    }

    /// Drops the first `n` bytes of the window.
    pub(super) fn consume(&mut self, n: usize) {
        debug_assert!(n <= self.end - self.start);
        self.start += n;
        self.offset += n as u64;
    }

    /// Drops the next `n` bytes, read or not. `false` when the input ends before; all is dropped then.
    pub(super) fn skip(&mut self, n: u64) -> Result<bool> {
        let have = (self.end - self.start) as u64;
        if n <= have {
            self.consume(n as usize);
            return Ok(true);
        }
        if let Some((_, length)) = self.seek {
            let target = self.offset.saturating_add(n);
            self.seek_to(target.min(length))?;
            return Ok(target <= length);
        }
        let mut left = n;
        loop {
            let have = self.fill(1)?.len() as u64;
            let now = have.min(left);
            self.consume(now as usize);
            left -= now;
            if left == 0 || have == 0 {
                return Ok(left == 0);
            }
        }
    }

    /// Goes to a place of an input that can jump.
    pub(super) fn seek_to(&mut self, offset: u64) -> Result<()> {
        let ahead = offset.wrapping_sub(self.offset);
        if ahead <= (self.end - self.start) as u64 {
            self.consume(ahead as usize);
            return Ok(());
        }
        let Some((seek, _)) = self.seek else {
            return Err(self.error(std::io::Error::new(ErrorKind::NotSeekable, "not a file")));
        };
        seek(&mut self.input, offset).map_err(|e| self.error(e))?;
        (self.start, self.end, self.offset) = (0, 0, offset);
        (self.step, self.at_end) = (STEPS.0, false);
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    fn error(&self, source: std::io::Error) -> Error {
        Error::Io { action: "cannot read", path: self.path.clone(), source }
    }
}

impl<R: Read + Seek> Lookahead<R> {
    pub(super) fn file(mut input: R, path: PathBuf) -> Result<Self> {
        let end = input.seek(SeekFrom::End(0)).and_then(|end| input.rewind().map(|()| end));
        let mut whole = Self::stream(input, path);
        let length = end.map_err(|e| whole.error(e))?;
        whole.seek = Some((|input, to| input.seek(SeekFrom::Start(to)), length));
        Ok(whole)
    }
}
