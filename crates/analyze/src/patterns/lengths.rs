//! How often each length occurred.

use super::details::Spread;

/// Counts of lengths: exact below 64, then four intervals an octave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lengths {
    counts: Vec<u32>,
    pub(crate) n: u64,
    min: u64,
    max: u64,
}

impl Lengths {
    pub(crate) fn add(&mut self, length: u64) {
        let slot = slot(length);
        if slot >= self.counts.len() {
            self.counts.resize(slot + 1, 0);
        }
        self.counts[slot] = self.counts[slot].saturating_add(1);
        self.min = if self.n == 0 { length } else { self.min.min(length) };
        self.max = self.max.max(length);
        self.n += 1;
    }

    pub(crate) fn max(&self) -> u64 {
        self.max
    }

    pub(crate) fn spread(&self) -> Option<Spread> {
        let half = self.n.div_ceil(2);
        let mut seen = 0;
        let middle = self.counts.iter().position(|&count| {
            seen += u64::from(count);
            seen >= half
        })?;
        Some(Spread { min: self.min, median: lower(middle).clamp(self.min, self.max), max: self.max })
    }
}

fn slot(length: u64) -> usize {
    if length < 64 {
        return length as usize;
    }
    let octave = length.ilog2();
    64 + (octave as usize - 6) * 4 + ((length >> (octave - 2)) & 3) as usize
}

fn lower(slot: usize) -> u64 {
    if slot < 64 {
        return slot as u64;
    }
    let (octave, quarter) = (6 + (slot - 64) / 4, (slot - 64) % 4);
    (4 + quarter as u64) << (octave - 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_exact_when_small_and_near_when_large() {
        let median = |lengths: &[u64]| {
            let mut all = Lengths::default();
            lengths.iter().for_each(|&l| all.add(l));
            all.spread().map(|i| (i.min, i.median, i.max))
        };
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some((7, 7, 7)));
        assert_eq!(median(&[2, 190, 3]), Some((2, 3, 190)));
        assert_eq!(median(&[1000, 1000, 1000]), Some((1000, 1000, 1000)));
        assert_eq!(median(&[100, 1000, 5000]), Some((100, 896, 5000)));
        assert_eq!(median(&[u64::MAX, 2]), Some((2, 2, u64::MAX)));
    }
}
