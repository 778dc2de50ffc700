//! The first bytes of a file: what they promise of the rest.

use std::path::Path;

use super::MAGIC;
use super::bytes::Bytes;
use super::compression::Compressor;
use crate::error::{Damage, Error, Position, Result};

/// The oldest version that is read.
const OLDEST: u16 = 6;
/// The newest version that is read.
const NEWEST: u16 = 7;

/// The head of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// The version, with what only it has.
    pub(super) version: Version,
    /// Bytes of a page of the machine.
    pub(super) page_size: u32,
    /// The offset of what follows.
    pub(super) end: u64,
}

/// A version of the file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Version {
    Six,
    Seven {
        compressor: Compressor,
        /// The offset of the first section of options.
        options: u64,
    },
}

impl Head {
    /// Reads the head of `file`.
    pub(super) fn read(file: &[u8], path: &Path) -> Result<Head> {
        if !file.starts_with(MAGIC) {
            return Err(refuse(0, "this is no trace.dat of trace-cmd"));
        }
        let mut bytes = Bytes::of_file(file, MAGIC.len() as u64).map_err(fatal)?;
        let version = version(&mut bytes, path)?;
        let (endian, long) = (byte(&mut bytes)?, byte(&mut bytes)?);
        if endian != 0 {
            return Err(refuse(
                bytes.at() - 2,
                "this trace.dat is of a big-endian machine, which is not read",
            ));
        }
        if long != 4 && long != 8 {
            return Err(refuse(bytes.at() - 1, format!("a `long` has {long} bytes, 4 or 8 were expected")));
        }
        let page_size = bytes.u32("the size of a page").map_err(fatal)?;
        let version = match version {
            OLDEST => Version::Six,
            _ => {
                let compressor = compressor(&mut bytes)?;
                Version::Seven { compressor, options: bytes.u64("the offset of the options").map_err(fatal)? }
            }
        };
        Ok(Head { version, page_size, end: bytes.at() })
    }

    pub(super) fn compressor(&self) -> Compressor {
        match self.version {
            Version::Six => Compressor::None,
            Version::Seven { compressor, .. } => compressor,
        }
    }
}

fn version(bytes: &mut Bytes<'_>, path: &Path) -> Result<u16> {
    let at = bytes.at();
    let text = bytes.text("the version").map_err(fatal)?;
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten();
    match number {
        Some(OLDEST..=NEWEST) => Ok(number.unwrap_or_default()),
        Some(found) if found > NEWEST => {
            Err(Error::NewerVersion { path: path.to_owned(), found, known: NEWEST })
        }
        _ => Err(refuse(at, format!("version `{text}` of a trace.dat, {OLDEST} or {NEWEST} was expected"))),
    }
}

fn compressor(bytes: &mut Bytes<'_>) -> Result<Compressor> {
    let at = bytes.at();
    let name = bytes.text("the name of the compressor").map_err(fatal)?;
    bytes.text("the version of the compressor").map_err(fatal)?;
    Compressor::named(&name).ok_or_else(|| {
        refuse(at, format!("the compressor `{name}` is not known, zstd, zlib or none was expected"))
    })
}

fn byte(bytes: &mut Bytes<'_>) -> Result<u8> {
    let taken = bytes.take(1, "the head").map_err(fatal)?;
    Ok(taken.as_slice().first().copied().unwrap_or_default())
}

fn fatal(damage: Damage) -> Error {
    Error::Data { what: damage.what, place: damage.place }
}

fn refuse(at: u64, what: impl Into<String>) -> Error {
    Error::Data { what: what.into(), place: Position { byte: Some(at), ..Position::default() } }
}
