//! Which addresses were used by whom, and what that says of where regions lie.

use crate::fast_map::FastMap;

/// Most chunks that are kept of a region.
const MAX_CHUNKS: usize = 1 << 12;
/// Bytes to which a base is rounded down, where nothing else lies there: a page; and less where something does.
const ALIGNMENTS: [u64; 5] = [4096, 1024, 256, 64, 16];

/// How near to each other the addresses of one piece are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grain {
    /// Bits of an address within a chunk.
    chunk: u32,
    /// How many chunks further on the next one may be.
    steps: u64,
    /// What lies in one BAR lies in one block whose size is a power of two, and which begins at a multiple of it. So
    /// neighbours are not one piece if this block had to be more than so many times as large as what was used of it.
    most_unused: u64,
}

impl Grain {
    /// Of a region that has a name: 16 MiB. A framebuffer may be used here and there, but what moved elsewhere is another
    /// piece.
    pub(crate) const NAMED: Grain = Grain { chunk: 16, steps: 256, most_unused: u64::MAX };
    /// Of addresses of which nothing else is known: no more than 64 KiB between them are unused. Less parts a large BAR
    /// that is used here and there, more joins what is of several devices. On a PC, BARs may end where the I/O APIC begins.
    pub(crate) const BLOCKS: Grain = Grain { chunk: 16, steps: 2, most_unused: 16 };
    /// Of pages that lie side by side. The kernel keeps a page free between two mappings.
    pub(crate) const PAGES: Grain = Grain { chunk: 12, steps: 1, most_unused: u64::MAX };

    /// Whether a piece from `begin` to `end` goes on at `next`.
    fn joins(self, (begin, end): (u64, u64), next: u64) -> bool {
        let (begin, end, next) = (begin >> self.chunk, end >> self.chunk, next >> self.chunk);
        let block = (begin ^ next).saturating_add(1).checked_next_power_of_two().unwrap_or(u64::MAX);
        let used = next.saturating_sub(begin).saturating_add(1);
        next.saturating_sub(end) <= self.steps && block <= used.saturating_mul(self.most_unused)
    }
}

/// The addresses used of one region: first and last one in each chunk.
#[derive(Clone, Debug)]
pub(super) struct Extents {
    grain: Grain,
    chunks: FastMap<u64, (u64, u64)>,
    /// The chunk used last.
    recent: Option<(u64, (u64, u64))>,
}

impl Extents {
    pub(super) fn new(grain: Grain) -> Extents {
        Extents { grain, chunks: FastMap::default(), recent: None }
    }

    /// The addresses from `first` to `last` are used.
    #[inline]
    pub(super) fn add(&mut self, first: u64, last: u64) {
        let chunk = first >> self.grain.chunk;
        if let Some((at, range)) = &self.recent
            && *at == chunk
            && range.0 <= first
            && last <= range.1
        {
            return;
        }
        if self.chunks.len() >= MAX_CHUNKS && !self.chunks.contains_key(&chunk) {
            return;
        }
        let range = self.chunks.entry(chunk).or_insert((first, last));
        *range = (range.0.min(first), range.1.max(last));
        self.recent = Some((chunk, *range));
    }
}

/// The pieces of all regions, by base, length and name, by rising address: the chunks of a region are one piece unless
/// they are far apart or another region lies between.
/// A base is rounded down only where nothing is known of the place.
pub(super) fn pieces<'a, N: Copy>(
    regions: impl Iterator<Item = (N, &'a Extents)>,
    is_known: impl Fn(u64) -> bool,
) -> Vec<(u64, u64, N)> {
    let mut names = Vec::new();
    let mut all: Vec<(u64, u64, usize, Grain)> = Vec::new();
    for (number, (name, extents)) in regions.enumerate() {
        names.push(name);
        all.extend(extents.chunks.values().map(|&(first, last)| (first, last, number, extents.grain)));
    }
    all.sort_unstable_by_key(|&(first, last, number, _)| (first, last, number));
    let mut joined: Vec<(u64, u64, usize)> = Vec::new();
    for (first, last, number, grain) in all {
        match joined.last_mut() {
            Some(before) if before.2 == number && grain.joins((before.0, before.1), first) => {
                before.1 = before.1.max(last);
            }
            _ => joined.push((first, last, number)),
        }
    }
    let mut end = 0;
    let mut pieces = Vec::with_capacity(joined.len());
    for (first, last, number) in joined {
        let span = (last - first).checked_next_power_of_two().unwrap_or(1);
        let aligned = |to: &u64| first & !(to - 1);
        let base =
            ALIGNMENTS.iter().filter(|&&to| to >= span.min(4096)).map(aligned).find(|&base| base >= end);
        let base = base.filter(|_| !is_known(first)).unwrap_or(first);
        pieces.push((base, (last - base).saturating_add(1), names[number]));
        end = end.max(last.saturating_add(1));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(used: &[(&'static str, &[u64])]) -> Vec<(u64, u64, String)> {
        grained(Grain::NAMED, used)
    }

    fn grained(grain: Grain, used: &[(&'static str, &[u64])]) -> Vec<(u64, u64, String)> {
        let extents: Vec<(&str, Extents)> = used
            .iter()
            .map(|(name, addresses)| {
                let mut extents = Extents::new(grain);
                addresses.iter().for_each(|&address| extents.add(address, address + 3));
                (*name, extents)
            })
            .collect();
        let found = pieces(extents.iter().map(|(name, extents)| (*name, extents)), |_| false);
        found.into_iter().map(|(base, length, name)| (base, length, name.to_owned())).collect()
    }

    #[test]
    fn a_region_is_what_was_used_of_it_from_its_page_on() {
        assert_eq!(of(&[("nic", &[0xfe00_0008, 0xfe00_0040])]), [(0xfe00_0000, 0x44, "nic".into())]);
        let far = of(&[("nic", &[0xfe00_0008, 0xfe01_4000]), ("timer", &[0xfed0_00f0])]);
        assert_eq!(far, [(0xfe00_0000, 0x1_4004, "nic".into()), (0xfed0_0000, 0xf4, "timer".into())]);
    }

    #[test]
    fn neighbours_in_one_page_keep_apart() {
        let found = of(&[("a", &[0x4000_0004]), ("b", &[0x4000_0100, 0x4000_010c]), ("c", &[0x4000_0208])]);
        let expected =
            [(0x4000_0000, 8, "a".into()), (0x4000_0100, 0x10, "b".into()), (0x4000_0200, 12, "c".into())];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_moved_is_two_pieces() {
        let found = of(&[("bar", &[0x8000_0000, 0xfe00_0000])]);
        assert_eq!(found, [(0x8000_0000, 4, "bar".into()), (0xfe00_0000, 4, "bar".into())]);
    }

    #[test]
    fn pieces_are_as_near_as_their_grain() {
        let used: [(&str, &[u64]); 1] = [("v", &[0x9000_0ffc, 0x9000_1000, 0x9000_3000, 0x9004_0000])];
        let bases = |grain| grained(grain, &used).iter().map(|piece| piece.0).collect::<Vec<_>>();
        assert_eq!(bases(Grain::PAGES), [0x9000_0000, 0x9000_3000, 0x9004_0000]);
        assert_eq!(bases(Grain::BLOCKS), [0x9000_0000, 0x9004_0000]);
        assert_eq!(bases(Grain::NAMED), [0x9000_0000]);
    }

    #[test]
    fn blocks_that_no_bar_holds_keep_apart() {
        let bases =
            |used| grained(Grain::BLOCKS, &[("m", used)]).iter().map(|piece| piece.0).collect::<Vec<_>>();
        assert_eq!(bases(&[0xfebe_0000, 0xfebf_f000, 0xfec0_0000]), [0xfebe_0000, 0xfec0_0000]);
        assert_eq!(bases(&[0xfebc_0000, 0xfebd_f000, 0xfebe_0000]), [0xfebc_0000]);
        assert_eq!(bases(&[0, 0x1_0000, 0x2_0000, u64::MAX - 4]), [0, !0xfff]);
    }
}
