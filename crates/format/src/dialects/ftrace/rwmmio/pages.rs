//! To whom the pages belong that are accessed.

use crate::dialects::Sink;
use crate::dialects::extents::Grain;
use crate::dialects::layout::RegionId;
use crate::fast_map::FastMap;

/// Bits of an address within a page.
const PAGE: u32 = 12;
/// Most pages that are followed; the others belong to no region.
const MOST: usize = 1 << 16;
/// What pages are called of which no module says whose they are: where their physical address is known, and else.
const PHYSICAL: &[u8] = b"mem";
const VIRTUAL: &[u8] = b"virt";
/// Addresses from here on are the kernel's own: no machine has physical ones there.
const KERNEL: u64 = 1 << 63;

/// Pages by number. A page is of the module that accesses it first; pages of one module that lie side by side are a
/// region.
#[derive(Debug, Default)]
pub(super) struct Pages {
    regions: FastMap<u64, Option<RegionId>>,
    recent: Option<(u64, Option<RegionId>)>,
}

impl Pages {
    /// The region of an address that is accessed at `symbols`.
    #[inline]
    pub(super) fn region(&mut self, address: u64, symbols: &[u8], to: &mut Sink) -> Option<RegionId> {
        let page = address >> PAGE;
        if let Some((recent, region)) = self.recent
            && recent == page
        {
            return region;
        }
        let region = match self.regions.get(&page) {
            Some(&region) => region,
            None if self.regions.len() >= MOST => None,
            None => {
                let region = region(address, symbols, to);
                self.regions.insert(page, region);
                region
            }
        };
        self.recent = Some((page, region));
        region
    }
}

/// The region of the module that `symbols` name last: `a+0x24/0x60 -> b+0x18/0x40 [module]`.
fn region(address: u64, symbols: &[u8], to: &mut Sink) -> Option<RegionId> {
    let name = module(symbols).unwrap_or(if address < KERNEL { PHYSICAL } else { VIRTUAL });
    let key = [b"rwmmio ", name].concat();
    let known = to.layout.find(&key);
    known.or_else(|| to.layout.add_parts(&key, &String::from_utf8_lossy(name), Grain::PAGES))
}

/// The name in the last brackets, without the build id after it.
fn module(symbols: &[u8]) -> Option<&[u8]> {
    let at = memchr::memrchr(b'[', symbols)? + 1;
    let end = symbols[at..].iter().position(|&byte| matches!(byte, b']' | b' '))?;
    Some(&symbols[at..at + end]).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_the_last_one() {
        assert_eq!(module(b"a+0x24/0x60 [one] -> b+0x18/0x40 [two] "), Some(&b"two"[..]));
        assert_eq!(module(b"a+0x24/0x60 [one 1f2e3d] -> b+0x18/0x40"), Some(&b"one"[..]));
        assert_eq!((module(b"a+0x24/0x60"), module(b"a ["), module(b"[]")), (None, None, None));
    }
}
