//! Ranges laid over each other.

use std::collections::BinaryHeap;

/// Ranges of addresses of which each hides what it covers of those before it.
#[derive(Clone, Debug)]
pub(super) struct Overlay {
    /// What can be seen: disjoint, by rising address.
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    first: u64,
    last: u64,
    /// What the caller calls the range.
    id: usize,
}

impl Overlay {
    /// Lays ranges, each an id, a first address and a length, over each other in their order. What would end above the
    /// highest address ends there.
    pub(super) fn new(ranges: Vec<(usize, u64, u64)>) -> Overlay {
        let end = |&(id, first, length): &(usize, u64, u64)| {
            Some(Piece { first, last: first.saturating_add(length.checked_sub(1)?), id })
        };
        let mut ranges: Vec<(usize, Piece)> = ranges.iter().filter_map(end).enumerate().collect();
        // Between two neighbours of these nothing begins or ends.
        let cuts = ranges.iter().flat_map(|(_, r)| [Some(r.first), r.last.checked_add(1)]);
        let mut cuts: Vec<u64> = cuts.flatten().collect();
        cuts.sort_unstable();
        cuts.dedup();
        ranges.sort_by_key(|(_, range)| range.first);

        let mut pieces: Vec<Piece> = Vec::with_capacity(ranges.len());
        let mut coming = ranges.iter().peekable();
        // The ranges that have begun by rank, the highest on top.
        let mut begun: BinaryHeap<(usize, u64, usize)> = BinaryHeap::new();
        for (i, &first) in cuts.iter().enumerate() {
            while let Some((rank, range)) = coming.next_if(|(_, range)| range.first <= first) {
                begun.push((*rank, range.last, range.id));
            }
            while begun.peek().is_some_and(|&(_, last, _)| last < first) {
                begun.pop();
            }
            let Some(&(_, _, id)) = begun.peek() else { continue };
            let last = cuts.get(i + 1).map_or(u64::MAX, |next| next - 1);
            match pieces.last_mut() {
                Some(before) if before.id == id && before.last.checked_add(1) == Some(first) => {
                    before.last = last;
                }
                _ => pieces.push(Piece { first, last, id }),
            }
        }
        Overlay { pieces }
    }

    /// The range that is seen at `address`.
    pub(super) fn find(&self, address: u64) -> Option<usize> {
        let piece = self.pieces.get(self.pieces.partition_point(|piece| piece.last < address))?;
        (piece.first <= address).then_some(piece.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_highest_address_is_found() {
        let overlay = Overlay::new(vec![(7, u64::MAX - 3, 9), (8, u64::MAX, 1), (9, 5, 0)]);
        let found = [5, u64::MAX - 4, u64::MAX - 3, u64::MAX].map(|address| overlay.find(address));
        assert_eq!(found, [None, None, Some(7), Some(8)]);
    }

    proptest! {
        #[test]
        fn the_last_range_that_holds_an_address_is_found(
            ranges in proptest::collection::vec((0_u64..40, 0_u64..20), 0..12),
        ) {
            let ranges: Vec<_> =
                ranges.into_iter().enumerate().map(|(i, (first, length))| (i, first, length)).collect();
            let overlay = Overlay::new(ranges.clone());
            for address in 0..64 {
                let holds = |&&(_, first, length): &&(usize, u64, u64)| {
                    (first..first + length).contains(&address)
                };
                let expected = ranges.iter().rev().find(holds).map(|&(id, _, _)| id);
                prop_assert_eq!(overlay.find(address), expected, "{}", address);
            }
        }
    }
}
