//! Opens what a trace is read from, and finds out by its first bytes what it is.

mod bzip2;
mod decompress;
pub(crate) mod foreign;
mod gzip;
mod lzma;
mod xz;
mod zstd;

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::container::{Form, sniff as sniff_container};
use crate::dialects::{self, Dialect, Options};
use crate::error::{Damage, Error, Result};
use crate::places::Places;
use crate::progress::Meter;
use decompress::Decompress;
pub(crate) use foreign::START;
pub use foreign::{Foreign, Looks};

/// Bytes that say what an input is: magic and length of a skippable frame, and the first eight in it.
const PREFIX: usize = 16;

type Reader = Box<dyn Read + Send>;

/// The content of an [`Input`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// The text log, and whatever is not one of the others.
    Text,
    /// A plain `.mmio` stream.
    PlainContainer,
    /// A `.mmio.zst`.
    Container,
    /// The log of another tracer.
    Dialect,
}

/// An input that is open.
#[non_exhaustive]
pub struct Input {
    /// Name of the file, `-` for standard input.
    pub path: PathBuf,
    /// The kind of content that [`Input::reader`] gives.
    pub content: Content,
    /// What it looks like: whether it is a trace at all.
    pub looks: Looks,
    /// The content from its first byte on; text and plain streams are decompressed here.
    ///
    /// When the compressed data is cut or damaged, everything before is given first. Then every read
    /// fails with an error that [`Damage::of`] understands; its place is an offset in the compressed file.
    pub reader: Reader,
    /// What reads a [`Content::Dialect`].
    pub(crate) dialect: Option<Log>,
    /// Where devices lie, as the user knows it.
    pub(crate) places: Arc<Places>,
    /// How far the file has been read; its size is known if it is a regular one.
    pub meter: Meter,
    /// The file once more with a position of its own, for seeking, if it is a regular one with a
    /// [`Content::Container`].
    pub file: Option<File>,
}

/// The log of another tracer, which begins where [`Input::reader`] does.
pub(crate) struct Log {
    pub(crate) dialect: &'static Dialect,
    pub(crate) reader: Box<dyn dialects::Reader>,
}

/// Opens `path` as [`open_as`] does, its kind told by its first bytes.
///
/// # Errors
/// As [`open_as`].
pub fn open(path: &Path) -> Result<Input> {
    open_as(path, &Options::default())
}

/// Opens `path`, where `-` is standard input. Text and plain streams may be compressed by gzip, bzip2, xz, lzma or
/// zstd.
///
/// # Errors
/// [`Error::Io`] when the file cannot be opened, is a directory, or its first bytes cannot be read.
pub fn open_as(path: &Path, options: &Options) -> Result<Input> {
    if path.as_os_str() == "-" {
        return sniff(path, Box::new(io::stdin()), None, options);
    }
    let file = File::open(path).map_err(|source| failure("cannot open", path, source))?;
    let metadata = file.metadata().map_err(|source| failure("cannot read", path, source))?;
    if metadata.is_dir() {
        let source = io::Error::new(io::ErrorKind::IsADirectory, "it is a directory");
        return Err(failure("cannot read", path, source));
    }
    let is_seekable = metadata.is_file();
    let mut input = sniff(path, Box::new(file), is_seekable.then_some(metadata.len()), options)?;
    if is_seekable && input.content == Content::Container {
        input.file = Some(File::open(path).map_err(|source| failure("cannot open", path, source))?);
    }
    Ok(input)
}

fn failure(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { action, path: path.to_owned(), source }
}

fn sniff(path: &Path, reader: Reader, size: Option<u64>, options: &Options) -> Result<Input> {
    let meter = Meter::new(size);
    let counted = Counted { reader, meter: meter.clone() };
    let (prefix, reader) = peek(counted, PREFIX).map_err(|source| failure("cannot read", path, source))?;
    let (mut content, mut reader) =
        identify(&prefix, reader).map_err(|source| failure("cannot decompress", path, source))?;
    let (mut looks, mut dialect) = (Looks::default(), None);
    if content == Content::Text {
        let start;
        (start, reader) = peek(reader, START).map_err(|source| failure("cannot read", path, source))?;
        looks = Looks::of_text(&start);
        let told = || if looks.is_a_log() { None } else { Dialect::told(options, &start) };
        let named = options.dialect.or_else(|| Dialect::of_head(&start));
        dialect = named.or_else(told).map(|dialect| Log::new(dialect, options, &start));
    }
    if dialect.is_some() {
        (content, looks) = (Content::Dialect, Looks::default());
    }
    Ok(Input {
        path: path.to_owned(),
        content,
        looks,
        reader,
        dialect,
        places: options.places.clone(),
        meter,
        file: None,
    })
}

impl Log {
    fn new(dialect: &'static Dialect, options: &Options, start: &[u8]) -> Log {
        Log { dialect, reader: dialect.reader(options, start) }
    }
}

/// The first `length` bytes of `reader`, and a reader that starts with them again.
fn peek(mut reader: impl Read + Send + 'static, length: usize) -> io::Result<(Vec<u8>, Reader)> {
    let mut prefix = Vec::with_capacity(length);
    match reader.by_ref().take(length as u64).read_to_end(&mut prefix) {
        // A reader repeats what it has to say about damage, after the bytes before it.
        Err(error) if Damage::of(&error).is_none() => Err(error),
        _ => Ok((prefix.clone(), Box::new(Cursor::new(prefix).chain(reader)))),
    }
}

fn identify(prefix: &[u8], reader: Reader) -> io::Result<(Content, Reader)> {
    let decompressed: Reader = match prefix {
        _ if sniff_container(prefix) == Some(Form::Plain) => return Ok((Content::PlainContainer, reader)),
        _ if sniff_container(prefix) == Some(Form::Compressed) => return Ok((Content::Container, reader)),
        [0x1f, 0x8b, ..] => Box::new(Decompress::new(reader, gzip::Gzip::new())),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Box::new(Decompress::new(reader, xz::Xz::new()?)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(Decompress::new(reader, zstd::Zstd::new()?)),
        _ if is_skippable_frame(prefix) => Box::new(Decompress::new(reader, zstd::Zstd::new()?)),
        _ if bzip2::is_bzip2(prefix) => Box::new(Decompress::new(reader, bzip2::Bzip2::new())),
        _ if lzma::is_lzma(prefix) => Box::new(Decompress::new(reader, lzma::Lzma::new()?)),
        _ => return Ok((Content::Text, reader)),
    };
    let (prefix, reader) = peek(decompressed, PREFIX)?;
    let is_plain = sniff_container(&prefix) == Some(Form::Plain);
    Ok((if is_plain { Content::PlainContainer } else { Content::Text }, reader))
}

/// The sixteen magic numbers 0x184D2A50 to 5F (RFC 8878, section 3.1.2), in little-endian order.
fn is_skippable_frame(prefix: &[u8]) -> bool {
    matches!(prefix, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// A reader that counts its bytes.
struct Counted {
    reader: Reader,
    meter: Meter,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.meter.add(read as u64);
        Ok(read)
    }
}
