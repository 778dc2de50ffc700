//! Shares of counts, compared without rounding: the thresholds of rules are such.

/// A part of a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    part: u64,
    whole: u64,
}

/// So many of so many.
pub(crate) const fn share(part: u64, whole: u64) -> Share {
    Share { part, whole }
}

impl Share {
    /// Whether it is `least` or more; anything is of nothing.
    pub(crate) const fn is_at_least(self, least: Share) -> bool {
        self.part * least.whole >= self.whole * least.part
    }

    /// Whether it is more than `most`.
    pub(crate) const fn exceeds(self, most: Share) -> bool {
        self.part * most.whole > self.whole * most.part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_compared_without_rounding() {
        let third = share(1, 3);
        assert!(share(1, 3).is_at_least(third) && !share(1, 3).exceeds(third));
        assert!(share(333_334, 1_000_000).exceeds(third) && !share(333_333, 1_000_000).is_at_least(third));
        assert!(share(0, 0).is_at_least(third) && !share(0, 0).exceeds(third));
        assert!(share(7, 1).is_at_least(share(5, 1)));
    }
}
