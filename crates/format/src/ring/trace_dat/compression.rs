//! Compressed sections and pages.

use std::io::Read;

use super::damage;
use crate::error::{Damage, DamageKind};

/// What sections and pages are compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compressor {
    None,
    Zstd,
    Zlib,
}

impl Compressor {
    /// The compressor that a file names.
    pub(super) fn named(name: &str) -> Option<Compressor> {
        Some(match name {
            "none" => Compressor::None,
            "zstd" => Compressor::Zstd,
            "zlib" => Compressor::Zlib,
            _ => return None,
        })
    }

    /// Decompresses `data`, which stands at the offset `at`, to the `size` bytes that it claims.
    /// The caller has checked that these are not too many.
    pub(super) fn decompress(self, data: &[u8], size: usize, at: u64) -> Result<Vec<u8>, Damage> {
        let failure = |what: String| damage(DamageKind::Damaged, at, what);
        let content = match self {
            Compressor::None => {
                return Err(failure("compressed data in a file that has no compressor".into()));
            }
            Compressor::Zstd => zstd::bulk::decompress(data, size).map_err(|e| format!("zstd: {e}")),
            Compressor::Zlib => inflate(data, size).map_err(|e| format!("zlib: {e}")),
        };
        let content = content.map_err(failure)?;
        if content.len() != size {
            return Err(failure(format!("{} bytes were decompressed, not {size}", content.len())));
        }
        Ok(content)
    }
}

fn inflate(data: &[u8], size: usize) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    // One byte more shows that there is too much.
    flate2::read::ZlibDecoder::new(data).take(size as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}
