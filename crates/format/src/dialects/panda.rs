//! What PANDA's plugin `mmio_trace` writes: an array of objects, mostly in one line.
//!
//! An object has `type` (R or W), `guest_pc`, `phys_addr`, `virt_addr`, `size`, `value` and `device`, all of them strings; its
//! numbers are hexadecimal. The array is never held in memory: objects are found one by one.

use std::io;

use serde_json::Value;

use super::layout::RegionId;
use super::scan::number;
use super::{Dialect, Found, Reader, Sink, Window};
use crate::record::Kind;

pub(super) const DIALECT: Dialect = Dialect {
    name: "panda",
    about: "what PANDA's plugin `mmio_trace` writes",
    is_headed: true,
    sniff,
    make: |_, _| Box::<Panda>::default(),
};

/// Most bytes of an object, and of what stands between two that is none.
const MAX_OBJECT: usize = 16 << 10;
/// The name of what is not a device.
const NO_DEVICE: &str = "[NONE]";

/// Where a byte of the text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    /// Between objects.
    #[default]
    Outside,
    /// In so many objects.
    Object(u32),
    /// In a string of an object, after a backslash or not.
    Text { depth: u32, is_escaped: bool },
}

/// A finder of objects in a text that comes in pieces.
#[derive(Debug, Default)]
struct Objects {
    at: At,
    /// The object so far, or what stands between two.
    text: Vec<u8>,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Object(&'a [u8]),
    /// Something that is not an object: more than what an array has between its elements.
    Other(&'a [u8]),
}

impl Objects {
    /// Takes the next byte, and hands on what ends with it or before it.
    fn take(&mut self, byte: u8, mut each: impl FnMut(Part<'_>)) {
        let ends = match (self.at, byte) {
            (At::Outside, b'{') => {
                self.end(&mut each);
                self.at = At::Object(1);
                false
            }
            (At::Outside, b'\n') => true,
            (At::Object(depth), b'"') => {
                self.at = At::Text { depth, is_escaped: false };
                false
            }
            (At::Object(depth), b'{') => {
                self.at = At::Object(depth + 1);
                false
            }
            (At::Object(depth), b'}') => {
                self.at = if depth > 1 { At::Object(depth - 1) } else { At::Outside };
                depth == 1
            }
            (At::Text { depth, is_escaped: false }, b'"') => {
                self.at = At::Object(depth);
                false
            }
            (At::Text { depth, is_escaped }, _) => {
                self.at = At::Text { depth, is_escaped: !is_escaped && byte == b'\\' };
                false
            }
            _ => false,
        };
        self.text.push(byte);
        if ends || self.text.len() >= MAX_OBJECT {
            if self.text.len() >= MAX_OBJECT {
                self.at = At::Outside;
            }
            self.end(&mut each);
        }
    }

    /// Hands on what there is, as at the end of the text.
    fn end(&mut self, mut each: impl FnMut(Part<'_>)) {
        let is_object = self.at == At::Outside && self.text.first() == Some(&b'{');
        let is_between = |&byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b',');
        if is_object {
            each(Part::Object(&self.text));
        } else if !self.text.iter().all(is_between) {
            each(Part::Other(&self.text));
        }
        self.text.clear();
        self.at = At::Outside;
    }
}

/// A reader of the array.
#[derive(Debug, Default)]
struct Panda {
    objects: Objects,
    recent: Option<(String, RegionId)>,
}

impl Reader for Panda {
    fn read(&mut self, from: &mut Window, to: &mut Sink) -> io::Result<bool> {
        let Panda { objects, recent } = self;
        let mut part = |part: Part<'_>, to: &mut Sink| match part {
            Part::Object(text) if object(text, recent, to).is_some() => {}
            Part::Object(text) | Part::Other(text) => to.unparsed(text),
        };
        while !to.is_full() {
            match from.line() {
                Ok(Some(text)) => text.iter().for_each(|&byte| objects.take(byte, |found| part(found, to))),
                ended => {
                    objects.end(|found| part(found, to));
                    return ended.map(|_| false);
                }
            }
        }
        Ok(true)
    }
}

/// Whether the first object is an access.
fn sniff(start: &[u8]) -> bool {
    let text = start.trim_ascii_start();
    let text = text.strip_prefix(b"[").unwrap_or(text).trim_ascii_start();
    if !text.starts_with(b"{") {
        return false;
    }
    let (mut objects, mut is_access) = (Objects::default(), None);
    for &byte in text.iter().take(MAX_OBJECT) {
        objects.take(byte, |part| {
            is_access = Some(matches!(part, Part::Object(text) if access(text).is_some()))
        });
        if let Some(is_access) = is_access {
            return is_access;
        }
    }
    false
}

/// An object's access.
struct Access {
    found: Found,
    address: u64,
    device: Option<String>,
}

fn access(text: &[u8]) -> Option<Access> {
    let object: Value = serde_json::from_slice(text).ok()?;
    let text = |name: &str| object.get(name)?.as_str();
    let number = |name: &str| number(text(name)?.as_bytes());
    let kind = match text("type")? {
        "R" => Kind::READ,
        "W" => Kind::WRITE,
        _ => return None,
    };
    let width = number("size").filter(|size| (1..=8).contains(size))? as u8;
    let (value, pc) = (number("value")?, Some(number("guest_pc")?));
    let device = text("device").filter(|&device| device != NO_DEVICE).map(str::to_owned);
    let found = Found { kind, value, width, pc, ..Found::default() };
    Some(Access { found, address: number("phys_addr")?, device })
}

/// Takes an object that is an access; `recent` is the device of the one before, and its region.
fn object(text: &[u8], recent: &mut Option<(String, RegionId)>, to: &mut Sink) -> Option<()> {
    let Access { found, address, device } = access(text)?;
    let known = recent.as_ref().filter(|(name, _)| Some(name) == device.as_ref()).map(|(_, region)| *region);
    let region = known.or_else(|| {
        let name = device?;
        let region =
            to.layout.find(name.as_bytes()).or_else(|| to.layout.add_seen(name.as_bytes(), &name))?;
        *recent = Some((name, region));
        Some(region)
    });
    match region {
        Some(region) => to.access_at(region, address, &found),
        None => to.access(0, address, &found),
    }
    Some(())
}

#[cfg(test)]
mod tests;
