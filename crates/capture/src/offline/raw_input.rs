//! An input that was saved of the tracer: raw pages of a CPU, or text.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use mmio_format::Meter;
use mmio_format::error::Damage;
use mmio_format::input::{self, Content, Foreign};
use mmio_format::ring::page::is_page;

use crate::error::{Error, Result};
use crate::formats::Formats;

/// Compressed bytes are read in pieces of this size.
const BUFFER: usize = 256 << 10;

/// An input that was opened.
pub(super) enum Opened {
    Raw(RawInput),
    Text(input::Input),
}

/// The saved pages of one CPU.
pub(super) struct RawInput {
    pub(super) path: PathBuf,
    reader: BufReader<Box<dyn Read + Send>>,
    /// The CPU's number, where the name of the file or of its folder tells it.
    pub(super) cpu: Option<u32>,
    pub(super) meter: Meter,
    pub(super) damage: Option<Damage>,
}

/// Opens an input, and finds out whether it is pages or text.
pub(super) fn open(path: &Path, formats: &Formats) -> Result<Opened> {
    let mut input = input::open(path)?;
    if input.content != Content::Text {
        let what = "this is a trace already; mmio-convert copies and repairs those";
        return Err(Error::Refused(format!("{}: {what}", path.display())));
    }
    // Nearly any bytes could be a page; where they are something else for sure, they are not.
    if let Some(kind) = input.looks.certain().filter(|&kind| kind != Foreign::RingPages) {
        return Err(mmio_format::Error::NotATrace { path: path.to_owned(), kind }.into());
    }
    let mut start = vec![0; formats.page.data];
    let mut filled = 0;
    while filled < start.len() {
        match input.reader.read(&mut start[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            // What is wrong is said again by the next read.
            Err(e) if Damage::of(&e).is_some() => break,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::io("cannot read", path, e)),
        }
    }
    start.truncate(filled);
    let raw = is_page(&start, &formats.page);
    input.reader = Box::new(std::io::Cursor::new(start).chain(input.reader));
    if !raw {
        return Ok(Opened::Text(input));
    }
    let reader = BufReader::with_capacity(BUFFER, input.reader);
    let meter = input.meter;
    Ok(Opened::Raw(RawInput { path: path.to_owned(), reader, cpu: cpu_of(path), meter, damage: None }))
}

/// The number after the last `cpu` in a path, as in `per_cpu/cpu3/trace_pipe_raw` or `cpu3.bin.zst`.
fn cpu_of(path: &Path) -> Option<u32> {
    let text = path.to_str()?;
    text.rmatch_indices("cpu").find_map(|(at, word)| {
        let digits = &text[at + word.len()..];
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().ok()
    })
}

impl RawInput {
    /// Reads a page into `page`: a whole one, the rest of the input, or nothing at its end.
    /// Returns whether there is anything.
    pub(super) fn next(&mut self, size: usize, page: &mut Vec<u8>) -> Result<bool> {
        page.clear();
        let result = self.reader.by_ref().take(size as u64).read_to_end(page);
        if let Err(error) = result {
            match Damage::of(&error) {
                Some(damage) => self.damage = Some(damage.clone()),
                None => return Err(Error::io("cannot read", &self.path, error)),
            }
        }
        Ok(!page.is_empty())
    }
}
