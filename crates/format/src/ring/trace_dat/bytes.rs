//! Numbers and texts of a file, one after the other.

use super::{damage, limits};
use crate::error::{Damage, DamageKind};

/// The bytes of a file or section that are still to be read.
#[derive(Clone, Debug)]
pub(super) struct Bytes<'a> {
    rest: &'a [u8],
    /// The offset in the file, for errors.
    at: u64,
    /// Whether `at` goes on with each byte; within a compressed section it stays at the section.
    is_plain: bool,
}

impl<'a> Bytes<'a> {
    /// All bytes of `file` from the offset `at` on.
    pub(super) fn of_file(file: &'a [u8], at: u64) -> Result<Bytes<'a>, Damage> {
        let rest = usize::try_from(at).ok().and_then(|start| file.get(start..));
        let end = file.len() as u64;
        let rest = rest.ok_or_else(|| {
            damage(DamageKind::Truncated, end, format!("the file ends before byte {at}, which it refers to"))
        })?;
        Ok(Bytes { rest, at, is_plain: true })
    }

    /// The bytes of a section that was decompressed, which stands at the offset `at`.
    pub(super) fn of_section(content: &'a [u8], at: u64) -> Bytes<'a> {
        Bytes { rest: content, at, is_plain: false }
    }

    /// The offset in the file.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The number of bytes that are left.
    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    /// The next `count` bytes, of something that is named in the error.
    pub(super) fn take(&mut self, count: u64, of: &str) -> Result<Bytes<'a>, Damage> {
        let split = usize::try_from(count).ok().and_then(|count| self.rest.split_at_checked(count));
        let Some((taken, rest)) = split else {
            let what = format!("{of} has {count} bytes, and {} are left", self.rest.len());
            // Only the end of the file can have been cut off.
            let kind = if self.is_plain { DamageKind::Truncated } else { DamageKind::Damaged };
            return Err(damage(kind, self.at, what));
        };
        let taken = Bytes { rest: taken, ..self.clone() };
        self.rest = rest;
        self.at += if self.is_plain { count } else { 0 };
        Ok(taken)
    }

    /// The bytes themselves.
    pub(super) fn as_slice(&self) -> &'a [u8] {
        self.rest
    }

    /// The bytes as text, where what is no UTF-8 is replaced.
    pub(super) fn as_text(&self) -> String {
        String::from_utf8_lossy(self.rest).into_owned()
    }

    fn number<const N: usize>(&mut self, of: &str) -> Result<[u8; N], Damage> {
        let taken = self.take(N as u64, of)?;
        Ok(taken.rest.first_chunk().copied().unwrap_or([0; N]))
    }

    pub(super) fn u16(&mut self, of: &str) -> Result<u16, Damage> {
        self.number(of).map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self, of: &str) -> Result<u32, Damage> {
        self.number(of).map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self, of: &str) -> Result<u64, Damage> {
        self.number(of).map(u64::from_le_bytes)
    }

    /// A short text up to its zero byte, which is taken too.
    pub(super) fn text(&mut self, of: &str) -> Result<String, Damage> {
        let start = self.rest.get(..limits::TEXT).unwrap_or(self.rest);
        let Some(end) = memchr::memchr(0, start) else {
            let is_cut = self.is_plain && start.len() < limits::TEXT;
            let kind = if is_cut { DamageKind::Truncated } else { DamageKind::Damaged };
            return Err(damage(kind, self.at, format!("{of} has no end")));
        };
        let text = self.take(end as u64, of)?.as_text();
        self.take(1, of)?;
        Ok(text)
    }
}
