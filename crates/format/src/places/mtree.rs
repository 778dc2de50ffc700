//! The memory map of a machine that QEMU emulates: `info mtree -f` and `info mtree` of its monitor.
//!
//! With `-f` the map is flat: no two ranges of a view overlap. Without, it is a tree in which ranges lie in others, a
//! container of devices looks as a device does, and what an alias shows elsewhere is not followed.

use super::kept::Kept;
use super::lines::lines;
use super::number::hex;
use super::{NamedRegion, Places, PlacesError, is_range};

/// The address space of the CPUs; that of the I/O ports is another, and so is each device's own.
const MEMORY: &str = "memory";

impl Places {
    /// Adds the devices in the memory map that QEMU's monitor prints for `info mtree -f` or `info mtree`, and says how
    /// many there was room for. Each range is a region of its own; a device that another one covers in part has several.
    ///
    /// # Errors
    /// [`PlacesError`] when it has no map of the memory, or no device in it.
    pub fn add_mtree(&mut self, text: &[u8]) -> Result<usize, PlacesError> {
        let mut view = View::default();
        let mut regions = Kept::new();
        for line in lines(text) {
            if !view.is_changed_by(&line)
                && view.is_memory
                && let Some(range) = Range::parse(&line)
                && view.shows(&range)
            {
                regions.extend(range.region());
            }
        }
        match (regions.entries().is_empty(), view.had_memory) {
            (false, _) => Ok(self.keep_regions(regions)),
            (true, true) => Err(PlacesError::NoRegion),
            (true, false) => Err(PlacesError::NoMemoryMap),
        }
    }
}

/// The part of the output that is being read.
#[derive(Default)]
struct View {
    /// Whether it is of the memory.
    is_memory: bool,
    had_memory: bool,
    /// Whether the line before named an address space of the part.
    in_heading: bool,
    /// How far a disabled range is indented; what lies in it follows, indented more, and cannot be reached.
    disabled: Option<usize>,
}

impl View {
    /// Reads a heading: `FlatView #1` and its ` AS "memory", root: system`; or `address-space: memory`. Several spaces
    /// may share a part. False for other lines.
    fn is_changed_by(&mut self, line: &str) -> bool {
        let line = line.trim();
        let space = if let Some(rest) = line.strip_prefix("AS \"") {
            rest.split_once('"').map_or(rest, |(name, _)| name)
        } else if let Some(name) = line.strip_prefix("address-space: ") {
            if !self.in_heading {
                self.begin();
            }
            name
        } else {
            self.in_heading = false;
            let begins = line.starts_with("FlatView #") || line.starts_with("memory-region: ");
            if begins {
                self.begin();
            }
            return begins;
        };
        self.in_heading = true;
        self.is_memory |= space == MEMORY;
        self.had_memory |= self.is_memory;
        true
    }

    fn begin(&mut self) {
        (self.is_memory, self.disabled) = (false, None);
    }

    /// Whether a range is neither disabled nor lies in one that is.
    fn shows(&mut self, range: &Range<'_>) -> bool {
        if self.disabled.is_some_and(|indent| range.indent > indent) {
            return false;
        }
        self.disabled = range.is_disabled.then_some(range.indent);
        !range.is_disabled
    }
}

/// A line of a map: `  00000000febbe0f0-00000000febbf7ff (prio 1, i/o): megasas-mmio @00000000000020f0`.
struct Range<'a> {
    indent: usize,
    first: u64,
    last: u64,
    kind: &'a str,
    name: &'a str,
    is_disabled: bool,
}

impl Range<'_> {
    fn parse(line: &str) -> Option<Range<'_>> {
        let text = line.trim_start();
        let (range, rest) = text.split_once(" (prio ")?;
        let (first, last) = range.split_once('-')?;
        let (kind, name) = rest.split_once(", ")?.1.split_once("): ")?;
        // With -o, the owner comes last.
        let name = name.split(" owner:{").next()?.split(" parent:{").next()?.trim();
        let enabled = name.strip_suffix("[disabled]");
        Some(Range {
            indent: line.len() - text.len(),
            first: hex(first)?,
            last: hex(last)?,
            kind,
            name: without_offset(enabled.unwrap_or(name).trim_end()),
            is_disabled: enabled.is_some(),
        })
    }

    /// The region, where it is a device's. `ramd` is a device's memory that the guest reaches directly, `romd` a memory
    /// whose writes are commands; QEMU's own words for RAM and ROM are `ram` and `rom`.
    fn region(&self) -> Option<NamedRegion> {
        let is_device = matches!(self.kind, "i/o" | "ramd" | "romd");
        let is_alias = self.name.starts_with("alias ");
        let is_named = !self.name.is_empty() && !self.name.chars().any(char::is_control);
        // The root of the tree covers all 64 bits, and its length is no number of them.
        let length = self.last.checked_sub(self.first)?.checked_add(1)?;
        let region = NamedRegion { name: self.name.to_owned(), base: self.first, length };
        (is_device && is_named && !is_alias && is_range(region.base, length)).then_some(region)
    }
}

/// A name without the offset in its region and without the accelerator that maps it: `NAME @0000000000000100 KVM`.
fn without_offset(name: &str) -> &str {
    let name = name.strip_suffix(" KVM").unwrap_or(name);
    match name.rsplit_once(" @") {
        Some((name, offset)) if hex(offset).is_some() => name,
        _ => name,
    }
}
