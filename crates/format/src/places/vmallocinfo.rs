//! The kernel's list of its mappings, /proc/vmallocinfo.
//!
//! The sizes in it have one page more than is mapped: the kernel leaves a page behind each mapping that nothing may
//! touch. In a list of an arm64 kernel with pages of 4 KiB each device that is mapped whole (a network card's BAR, the
//! interrupt controller, the configuration space) has its length in /proc/iomem and 4,096, and a single page has 8,192.
//! With pages of 16 or 64 KiB the guard is such a page, and all numbers of the list are multiples of it, so the list
//! itself tells the page size. A mapping without a guard, as 32-bit ARM makes some while it boots, loses its last page.

use super::kept::Kept;
use super::lines::lines;
use super::number::{decimal, hex, prefixed_hex};
use super::{Places, PlacesError, VirtRange, is_range};

/// Sizes that a page of the kernel may have, the largest first.
const PAGE_SIZES: [u64; 3] = [64 << 10, 16 << 10, 4 << 10];

impl Places {
    /// Adds the mappings of devices in a copy of /proc/vmallocinfo, and says how many there was room for. Lines without
    /// `phys=` and `ioremap` are passed over.
    ///
    /// # Errors
    /// [`PlacesError`] when it has none, or when the kernel has hashed or hidden their addresses.
    pub fn add_vmallocinfo(&mut self, text: &[u8]) -> Result<usize, PlacesError> {
        let mut ranges = Kept::new();
        let (mut bits, mut has_hidden) = (0, false);
        for area in lines(text).filter_map(|line| Area::parse(&line)) {
            bits |= area.virt.unwrap_or(0) | area.size;
            match (area.virt, area.phys) {
                (Some(virt), Some(phys)) => ranges.push(VirtRange { virt, length: area.size, phys }),
                (None, Some(_)) => has_hidden = true,
                (_, None) => {}
            }
        }
        let guard = PAGE_SIZES.into_iter().find(|page| bits % page == 0).unwrap_or(4 << 10);
        ranges.retain(|range| {
            range.length = range.length.saturating_sub(guard);
            is_range(range.virt, range.length) && is_range(range.phys, range.length)
        });
        match (ranges.entries().is_empty(), has_hidden) {
            (false, _) => Ok(self.keep_virt(ranges)),
            (true, true) => Err(PlacesError::HiddenAddresses),
            (true, false) => Err(PlacesError::NoMapping),
        }
    }
}

/// A line: `0xffff800080a60000-0xffff800080a81000  135168 __ioremap_prot+0x64/0xa0 phys=0x0000000010000000 ioremap`.
struct Area {
    /// First address, where the kernel shows it.
    virt: Option<u64>,
    size: u64,
    /// Physical address, for a mapping of a device.
    phys: Option<u64>,
}

impl Area {
    fn parse(line: &str) -> Option<Area> {
        let mut words = line.split_whitespace();
        let (first, end) = words.next()?.split_once('-')?;
        let size = decimal(words.next()?)?;
        let (mut phys, mut is_device) = (None, false);
        for word in words {
            if let Some(number) = word.strip_prefix("phys=") {
                phys = prefixed_hex(number).or_else(|| hex(number));
            }
            is_device |= word == "ioremap";
        }
        // Hashes are not as far from each other as the addresses are, and hidden addresses are 0.
        let is_shown = |&first: &u64| {
            let distance = prefixed_hex(end).and_then(|end| end.checked_sub(first));
            first != 0 && distance == Some(size)
        };
        Some(Area { virt: prefixed_hex(first).filter(is_shown), size, phys: phys.filter(|_| is_device) })
    }
}
