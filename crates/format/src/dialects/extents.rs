//! Which addresses were used by whom, and what that says of where regions lie.

use crate::fast_map::FastMap;

/// Bytes of a chunk: addresses nearer than that are one piece.
const CHUNK: u32 = 16;
/// Most chunks that are kept of a region.
const MAX_CHUNKS: usize = 1 << 12;
/// Most bytes that may lie unused between two pieces of a region: a framebuffer may be used here and there, but what
/// moved elsewhere is another piece.
const FAR: u64 = 16 << 20;
/// Bytes to which a base is rounded down, where nothing else lies there: a page; and less where something does.
const ALIGNMENTS: [u64; 5] = [4096, 1024, 256, 64, 16];

/// The addresses used of one region: first and last one in each chunk.
#[derive(Clone, Debug, Default)]
pub(super) struct Extents {
    chunks: FastMap<u64, (u64, u64)>,
    /// The chunk used last.
    recent: Option<(u64, (u64, u64))>,
}

impl Extents {
    /// The addresses from `first` to `last` are used.
    #[inline]
    pub(super) fn add(&mut self, first: u64, last: u64) {
        let chunk = first >> CHUNK;
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
pub(super) fn pieces<'a>(
    regions: impl Iterator<Item = (&'a str, &'a Extents)>,
    is_known: impl Fn(u64) -> bool,
) -> Vec<(u64, u64, &'a str)> {
    let mut all: Vec<(u64, u64, usize, &str)> = Vec::new();
    for (number, (name, extents)) in regions.enumerate() {
        all.extend(extents.chunks.values().map(|&(first, last)| (first, last, number, name)));
    }
    all.sort_unstable();
    let mut joined: Vec<(u64, u64, usize, &str)> = Vec::new();
    for (first, last, number, name) in all {
        match joined.last_mut() {
            Some(before) if before.2 == number && first.saturating_sub(before.1) <= FAR => {
                before.1 = before.1.max(last);
            }
            _ => joined.push((first, last, number, name)),
        }
    }
    let mut end = 0;
    let mut pieces = Vec::with_capacity(joined.len());
    for (first, last, _, name) in joined {
        let span = (last - first).checked_next_power_of_two().unwrap_or(1);
        let aligned = |to: &u64| first & !(to - 1);
        let base =
            ALIGNMENTS.iter().filter(|&&to| to >= span.min(4096)).map(aligned).find(|&base| base >= end);
        let base = base.filter(|_| !is_known(first)).unwrap_or(first);
        pieces.push((base, (last - base).saturating_add(1), name));
        end = end.max(last.saturating_add(1));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(used: &[(&'static str, &[u64])]) -> Vec<(u64, u64, String)> {
        let extents: Vec<(&str, Extents)> = used
            .iter()
            .map(|(name, addresses)| {
                let mut extents = Extents::default();
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
}
