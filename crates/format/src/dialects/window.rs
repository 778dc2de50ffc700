//! A window on an input: whole lines or bytes, taken off one after the other.

use std::io::{ErrorKind, Read, Result};

use crate::text::MAX_LINE;

/// Bytes asked of the reader at once.
const STEP: usize = 256 << 10;

/// A buffered reader of lines of any length: longer ones than [`MAX_LINE`] come in pieces.
pub(crate) struct Window {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// The bytes that were not taken yet.
    at: usize,
    end: usize,
    /// Bytes from `at` on that have no line end.
    searched: usize,
    is_ended: bool,
    /// Why the input ended before its end, to be said behind its last bytes.
    failure: Option<std::io::Error>,
}

impl Window {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Window {
        Window { reader, buffer: Vec::new(), at: 0, end: 0, searched: 0, is_ended: false, failure: None }
    }

    /// The next line with its line end, if it has one; `None` at the end.
    pub(crate) fn line(&mut self) -> Result<Option<&[u8]>> {
        loop {
            let rest = &self.buffer[self.at..self.end];
            let length = match memchr::memchr(b'\n', &rest[self.searched..]) {
                Some(end) => self.searched + end + 1,
                None if rest.len() >= MAX_LINE || (self.is_ended && !rest.is_empty()) => rest.len(),
                None if self.is_ended => return self.failure.take().map_or(Ok(None), Err),
                None => {
                    self.searched = rest.len();
                    self.fill()?;
                    continue;
                }
            };
            let begin = self.at;
            self.at += length;
            self.searched = 0;
            return Ok(Some(&self.buffer[begin..self.at]));
        }
    }

    /// How many of the next `length` bytes there are, without taking them off.
    pub(crate) fn ahead(&mut self, length: usize) -> Result<usize> {
        while self.end - self.at < length && !self.is_ended {
            self.fill()?;
        }
        Ok(length.min(self.end - self.at))
    }

    /// The next `length` bytes; fewer at the end of the input, after which [`Window::line`] says how it ended. They are collected in memory as they come.
    pub(crate) fn bytes(&mut self, length: usize) -> Result<&[u8]> {
        let length = self.ahead(length)?;
        let begin = self.at;
        self.at += length;
        self.searched = 0;
        Ok(&self.buffer[begin..self.at])
    }

    /// The bytes that are there, at least one unless the input ends.
    fn some(&mut self) -> Result<&[u8]> {
        if self.at == self.end && !self.is_ended {
            self.fill()?;
        }
        if self.at == self.end {
            self.failure.take().map_or(Ok(()), Err)?;
        }
        Ok(&self.buffer[self.at..self.end])
    }

    /// Reads on behind what is there.
    fn fill(&mut self) -> Result<()> {
        if self.at > 0 {
            self.buffer.copy_within(self.at..self.end, 0);
            (self.at, self.end) = (0, self.end - self.at);
        }
        if self.buffer.len() < self.end + STEP {
            self.buffer.resize(self.end + STEP, 0);
        }
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    self.is_ended = read == 0;
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    (self.is_ended, self.failure) = (true, Some(error));
                    return Ok(());
                }
            }
        }
    }
}

/// The rest of a window, as a reader.
pub(crate) struct Rest<'a>(pub(crate) &'a mut Window);

impl Read for Rest<'_> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        let some = self.0.some()?;
        let read = some.len().min(to.len());
        to[..read].copy_from_slice(&some[..read]);
        self.0.at += read;
        self.0.searched = 0;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn window(bytes: Vec<u8>) -> Window {
        Window::new(Box::new(Cursor::new(bytes)))
    }

    #[test]
    fn lines_come_whole_and_long_ones_in_pieces() {
        let long = vec![b'x'; MAX_LINE * 2 + 5];
        let text = [b"one\n\ntwo\r\n".as_slice(), &long, b"\nlast"].concat();
        let mut window = window(text.clone());
        let mut all = Vec::new();
        while let Some(line) = window.line().unwrap() {
            all.push(line.to_vec());
        }
        assert_eq!(all.concat(), text);
        assert_eq!(all[..3], [b"one\n".to_vec(), b"\n".to_vec(), b"two\r\n".to_vec()]);
        assert_eq!(all.last().unwrap(), b"last");
    }

    #[test]
    fn bytes_and_lines_follow_each_other() {
        let mut window = window(b"abcdef\ngh".to_vec());
        assert_eq!(window.ahead(3).unwrap(), 3);
        assert_eq!(window.bytes(3).unwrap(), b"abc");
        assert_eq!(window.line().unwrap(), Some(&b"def\n"[..]));
        assert_eq!(window.ahead(100).unwrap(), 2);
        assert_eq!(window.bytes(100).unwrap(), b"gh");
        assert_eq!(window.bytes(1).unwrap(), b"");
        assert_eq!(window.line().unwrap(), None);
    }
}
