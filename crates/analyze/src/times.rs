//! How long things take: every occurrence counts, and what is kept of them is bounded.
//!
//! Up to 1,024 different numbers are kept as they are. Where there are more, those that differ by less than one part
//! in 128 of a doubling become one, which keeps the least of them: what is said of them is then at most 0.8 % too low.
//! Where even these are too many, the parts are halved again.

/// Different numbers that are kept.
pub(crate) const KEPT: usize = 1024;
/// Bits of a number below its first that are kept where there are more: 128 parts of a doubling.
const PARTS: u32 = 7;
/// All bits are kept.
const EXACT: u32 = 64;
/// Bits of a key that are the number; those above are its tag.
const NUMBER: u32 = 57;
/// The largest number: as nanoseconds, four years and a half.
const MOST: u64 = (1 << NUMBER) - 1;

/// No key: a tag of all ones is not used.
const FREE: u64 = u64::MAX;
/// Places of the smallest table.
const SMALL: usize = 8;

/// Numbers with a tag each, and how often each was seen. However few numbers are kept, the counts of a tag stay right.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    /// Tag and number as one key, and how often: a hash table with open addressing.
    places: Vec<(u64, u64)>,
    /// The place that was counted last.
    last: usize,
    /// Places that are used.
    used: usize,
    /// Bits of a number below its first that are kept: [`EXACT`], [`PARTS`] or less; with 0 a tag has one number.
    fine: u32,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts { places: Vec::new(), last: 0, used: 0, fine: EXACT }
    }
}

impl Counts {
    /// Counts `number`, `n` times; at most `most` numbers are kept, or one a tag. A tag is less than 127.
    #[inline]
    pub(crate) fn add(&mut self, tag: u8, number: u64, n: u64, most: usize) {
        let key = u64::from(tag) << NUMBER | number.min(MOST);
        if let Some((_, count)) = self.places.get_mut(self.last).filter(|place| place.0 == key) {
            *count += n;
            return;
        }
        if !self.places.is_empty() {
            let place = self.place(key);
            self.last = place;
            let (seen, count) = &mut self.places[place];
            if *seen != FREE {
                *seen = key.min(*seen);
                *count += n;
                return;
            }
        }
        self.insert(key, n, most);
    }

    /// The place of what is kept as one with `key`, or the free one for it.
    #[inline]
    fn place(&self, key: u64) -> usize {
        let last = self.places.len() - 1;
        let first = |wanted: u64| (wanted.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & last;
        if self.fine == EXACT {
            let mut place = first(key);
            while self.places[place].0 != key && self.places[place].0 != FREE {
                place = (place + 1) & last;
            }
            return place;
        }
        let wanted = self.kept(key);
        let mut place = first(wanted);
        while self.places[place].0 != FREE && self.kept(self.places[place].0) != wanted {
            place = (place + 1) & last;
        }
        place
    }

    /// What two keys have in common that are kept as one.
    #[inline]
    fn kept(&self, key: u64) -> u64 {
        match self.fine {
            EXACT => key,
            0 => key >> NUMBER,
            fine => {
                let drop = (key & MOST).checked_ilog2().unwrap_or(0).saturating_sub(fine);
                key >> drop << drop
            }
        }
    }

    /// Keeps one more number.
    #[cold]
    fn insert(&mut self, key: u64, n: u64, most: usize) {
        if self.used >= most && self.fine > 0 {
            self.fine = if self.fine == EXACT { PARTS } else { self.fine - 1 };
            self.rebuild(SMALL);
            return self.add((key >> NUMBER) as u8, key & MOST, n, most);
        }
        if (self.used + 1) * 2 > self.places.len() {
            self.rebuild((self.places.len() * 2).max(SMALL));
        }
        let place = self.place(key);
        self.places[place] = (key, n);
        self.used += 1;
    }

    /// Puts everything into a table with so many places, a power of two, or more.
    fn rebuild(&mut self, places: usize) {
        let all = std::mem::replace(&mut self.places, vec![(FREE, 0); places]);
        self.used = 0;
        for (key, n) in all.into_iter().filter(|place| place.0 != FREE) {
            self.add((key >> NUMBER) as u8, key & MOST, n, usize::MAX);
        }
    }

    /// Tags and numbers, and how often each was seen.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u8, u64, u64)> {
        let used = self.places.iter().filter(|place| place.0 != FREE);
        used.map(|&(key, n)| ((key >> NUMBER) as u8, key & MOST, n))
    }

    /// The same in rising order.
    fn sorted(&self) -> Vec<(u8, u64, u64)> {
        let mut all: Vec<(u8, u64, u64)> = self.iter().collect();
        all.sort_unstable();
        all
    }

    /// How many different numbers are kept.
    pub(crate) fn len(&self) -> usize {
        self.used
    }
}

impl PartialEq for Counts {
    fn eq(&self, other: &Counts) -> bool {
        self.sorted() == other.sorted()
    }
}

impl Eq for Counts {}

/// Lengths of time, or other numbers: which there were, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    counts: Counts,
    /// How many were counted.
    pub count: u64,
    /// The least, exactly; 0 where none was counted.
    pub min: u64,
    /// The largest.
    pub max: u64,
}

impl Distribution {
    /// Counts `number`, a length of time in nanoseconds.
    pub fn add(&mut self, number: u64) {
        self.add_all(number, 1);
    }

    /// Counts `number`, `n` times.
    pub(crate) fn add_all(&mut self, number: u64, n: u64) {
        self.counts.add(0, number, n, KEPT);
        self.min = if self.count == 0 { number } else { self.min.min(number) };
        self.max = self.max.max(number);
        self.count += n;
    }

    /// The numbers that were kept, rising, and how often each was counted.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> {
        self.counts.sorted().into_iter().map(|(_, number, n)| (number, n))
    }

    /// The least number that `percent` of all do not exceed (nearest rank): of 320 numbers, 99 % is the 317th. It is
    /// exact where there are at most 1024 different ones, and at most 0.8 % too low where they span few doublings.
    /// Nothing where none was counted.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (u128::from(self.count) * u128::from(percent)).div_ceil(100).max(1);
        let mut sum = 0;
        let reaches = |&(_, n): &(u64, u64)| {
            sum += u128::from(n);
            sum >= rank
        };
        self.buckets().find(reaches).map(|(number, _)| number)
    }

    /// Whether some lie beyond `percent` of all: of less than a hundred, 99 % is the largest.
    pub fn has_beyond(&self, percent: u64) -> bool {
        (u128::from(self.count) * u128::from(percent)).div_ceil(100) < u128::from(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: impl IntoIterator<Item = u64>) -> Distribution {
        let mut all = Distribution::default();
        numbers.into_iter().for_each(|n| all.add(n));
        all
    }

    /// The number at `percent`, by the definition.
    fn nearest_rank(mut numbers: Vec<u64>, percent: usize) -> u64 {
        numbers.sort_unstable();
        numbers[(numbers.len() * percent).div_ceil(100).max(1) - 1]
    }

    fn mixed(i: u64) -> u64 {
        i.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
    }

    #[test]
    fn percentiles_of_few_different_numbers_are_exact() {
        let tail =
            of((0..320).map(|i| [10_000, 500_000, 900_000][usize::from(i > 317) + usize::from(i > 318)]));
        assert_eq!([50, 99, 100].map(|p| tail.percentile(p)), [Some(10_000), Some(10_000), Some(900_000)]);
        for n in [1, 2, 3, 99, 100, 101, 1000, KEPT as u64] {
            let numbers: Vec<u64> = (0..n).map(|i| mixed(i) % 1_000_003).collect();
            let all = of(numbers.iter().copied());
            for percent in [1, 50, 90, 99, 100] {
                assert_eq!(all.percentile(percent as u64), Some(nearest_rank(numbers.clone(), percent)));
            }
        }
        assert_eq!(Distribution::default().percentile(50), None);
    }

    #[test]
    fn percentiles_of_many_are_less_than_one_percent_low() {
        let numbers: Vec<u64> = (0..100_000).map(|i| 20_000 + mixed(i) % 1_000_000).collect();
        let all = of(numbers.iter().copied());
        assert!(all.counts.len() <= KEPT && all.counts.fine == PARTS);
        assert_eq!((all.count, all.min), (100_000, *numbers.iter().min().unwrap()));
        for percent in [1, 50, 90, 99, 100] {
            let (found, exact) =
                (all.percentile(percent as u64).unwrap(), nearest_rank(numbers.clone(), percent));
            assert!(found <= exact && (exact - found) * 128 <= exact, "{percent}: {found} {exact}");
        }
    }

    #[test]
    fn the_largest_of_few_is_beyond_nothing() {
        assert!(!of(1..=99).has_beyond(99) && of(1..=99).has_beyond(90) && of(1..=100).has_beyond(99));
        assert!(!Distribution::default().has_beyond(50));
    }

    #[test]
    fn numbers_of_any_size_are_bounded_and_their_tags_right() {
        let mut counts = Counts::default();
        for i in 0..60_000_u64 {
            counts.add((i % 7) as u8, mixed(i) << 20 >> (i % 64), 1, 64);
        }
        counts.add(0, u64::MAX, 1, 64);
        assert!(counts.len() <= 64, "{}", counts.len());
        for tag in 0..7 {
            let n: u64 = counts.iter().filter(|c| c.0 == tag).map(|c| c.2).sum();
            assert_eq!(n, (60_000 - u64::from(tag)).div_ceil(7) + u64::from(tag == 0));
        }
        // Even with more tags than numbers that may be kept.
        (0..100).for_each(|tag| counts.add(tag, mixed(u64::from(tag)), 1, 64));
        assert_eq!(counts.len(), 100);
    }
}
