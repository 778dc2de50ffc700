//! What the value read has to do with the value written.

use std::collections::BTreeMap;

use super::chance::{ln_factorial, same_toggles};

/// Written values remembered to see whether they give the same answer again.
const MAX_KNOWN: usize = 64;
/// ln of the chance below which a relation is named.
const SURE: f64 = -9.2;
/// ln of the chance below which a single bit is named.
const TELLS: f64 = -4.6;

/// The values of a pair's answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    /// Number of answers.
    pub count: u64,
    /// Bits in which what was read was once unlike, and once like, what was written.
    unlike: u64,
    like: u64,
    /// Answers since whose answer before something else was written.
    moves: u64,
    /// How often each bit of the written value toggled.
    toggles: Vec<u32>,
    last: Option<(u64, u64)>,
    /// Bits that varied in the values written and read.
    pub written: u64,
    pub read: u64,
    /// The last answer to each written value, in the order of those.
    known: Vec<(u64, u64)>,
    full: bool,
    /// Answers to a value that was written before, after another one; of these those that gave the same
    /// answer again; and those that gave the same answer as the write before.
    again: u64,
    same: u64,
    stale: u64,
    /// Answers in which bits written 1 that stood before were gone, of those that wrote any.
    pub cleared: u64,
    pub nonzero: u64,
}

/// What the read value has to do with the written one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// The same bits wherever the written ones changed, in this mask.
    Equal(u64),
    /// The opposite bits, in this mask.
    Inverted(u64),
    /// The same answer to the same written value.
    Function,
    /// One of the two, or both, never change.
    Constant,
    /// Enough values, and no relation.
    Independent,
    /// Too few values to say.
    Unclear,
}

impl Values {
    /// An answer; `before` is what the register gave before the write.
    pub(super) fn add(&mut self, written: u64, read: u64, before: Option<u64>) {
        self.count += 1;
        self.unlike |= written ^ read;
        self.like |= !(written ^ read);
        self.nonzero += u64::from(written != 0);
        let gone = before.is_some_and(|b| written != 0 && b & written == written && read & written == 0);
        self.cleared += u64::from(gone);
        if let Some((last, answer)) = self.last {
            self.written |= last ^ written;
            self.read |= answer ^ read;
            if last == written {
                self.last = Some((written, read));
                return;
            }
            self.moves += 1;
            self.toggle(last ^ written);
        }
        let last = self.last.replace((written, read));
        match self.known.binary_search_by_key(&written, |&(w, _)| w) {
            Ok(place) => {
                let same = std::mem::replace(&mut self.known[place].1, read) == read;
                self.again += 1;
                self.same += u64::from(same);
                self.stale += u64::from(last.is_some_and(|(_, answer)| answer == read));
            }
            Err(place) if self.known.len() < MAX_KNOWN => self.known.insert(place, (written, read)),
            Err(_) => self.full = true,
        }
    }

    fn toggle(&mut self, changed: u64) {
        if self.toggles.is_empty() {
            self.toggles = vec![0; 64];
        }
        for bit in bits(changed) {
            let toggles = &mut self.toggles[bit as usize];
            *toggles = toggles.saturating_add(1);
        }
    }

    /// Whether each answer was what was written.
    pub(super) fn always_equal(&self) -> bool {
        self.unlike == 0
    }

    /// ln of the chance that one bit of the answer toggles with the written one without reason.
    fn bit_chance(&self, bit: u32) -> f64 {
        let toggles = self.toggles.get(bit as usize).map_or(0, |&t| u64::from(t));
        same_toggles(self.moves + 1, toggles.min(self.moves))
    }

    /// ln of the chance that bits in `mask`, which follow what is written, do so without reason: that of the
    /// bit that shows most, and for counting values that of meeting the same number each time.
    fn chance(&self, mask: u64) -> f64 {
        let each = bits(mask).map(|bit| self.bit_chance(bit));
        let (best, all) = each.fold((0f64, 0f64), |(best, all), p| (best.min(p), all + p));
        // Bits of a counter are one thing; half of what they show together is little enough.
        // As many different values, each met: any order of them would have been as likely.
        let met = if self.always_equal() { -ln_factorial(self.known.len() as u64) / 2.0 } else { 0.0 };
        best.min(all / 2.0).min(met) + 64f64.ln()
    }

    /// The bits of `mask` that toggled often enough to count.
    pub(super) fn told(&self, mask: u64) -> u64 {
        bits(mask).filter(|&bit| self.bit_chance(bit) < TELLS).fold(0, |mask, bit| mask | 1 << bit)
    }

    /// The relation, and ln of the chance that it is none.
    pub(super) fn relation(&self) -> (Relation, f64) {
        let equal = self.written & !self.unlike;
        let inverted = self.written & !self.like;
        let found = [(Relation::Equal(equal), equal), (Relation::Inverted(inverted), inverted)]
            .map(|(relation, mask)| (relation, if mask == 0 { 0.0 } else { self.chance(mask) }));
        let best = if found[0].1 <= found[1].1 { found[0] } else { found[1] };
        if best.1 < SURE {
            return best;
        }
        if self.written == 0 || self.read == 0 {
            return (Relation::Constant, 0.0);
        }
        // As likely as the same answer as last time, and no more, is chance.
        let by_chance = (self.stale as f64 + 1.0) / (self.again as f64 + 2.0);
        let p = super::chance::binomial(self.again, by_chance, self.same);
        if p < SURE && self.same * 20 >= self.again * 19 {
            return (Relation::Function, p);
        }
        let tested = self.moves >= 16 && (self.again >= 8 || self.known.len() >= 8);
        (if tested { Relation::Independent } else { Relation::Unclear }, 0.0)
    }

    /// Bits of the written value that decide the answer: without any of them two equal ones would have
    /// different answers. Only for a function, and only when all written values are remembered.
    pub(super) fn deciding(&self) -> Option<u64> {
        let mut mask = self.written;
        for bit in (0..64).rev().filter(|bit| self.written >> bit & 1 == 1) {
            if self.decides(mask & !(1 << bit)) {
                mask &= !(1 << bit);
            }
        }
        (!self.full && self.decides(mask)).then_some(mask)
    }

    fn decides(&self, mask: u64) -> bool {
        let mut seen = BTreeMap::new();
        self.known.iter().all(|(written, read)| *seen.entry(written & mask).or_insert(*read) == *read)
    }
}

/// The bits that are set, lowest first.
fn bits(mut mask: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (bit < 64).then_some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(pairs: impl IntoIterator<Item = (u64, u64)>) -> Relation {
        let mut values = Values::default();
        pairs.into_iter().for_each(|(w, r)| values.add(w, r, None));
        values.relation().0
    }

    fn mixed(i: u64) -> u64 {
        i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
    }

    #[test]
    fn echoes_are_found_with_their_mask() {
        let mask = 0xff_ff00;
        let part = (0..40).map(|i| (mixed(i), mixed(i) & mask | 0x8000_0000 | mixed(i + 99) & 0xff));
        assert_eq!(relation(part), Relation::Equal(mask));
        assert_eq!(relation((0..40).map(|i| (mixed(i), !mixed(i)))), Relation::Inverted(0xff_ffff));
        assert_eq!(relation((0..18).map(|i| (i, i))), Relation::Equal(0x1f));
    }

    #[test]
    fn a_few_values_prove_nothing() {
        assert_eq!(relation((0..100).map(|_| (1, 1))), Relation::Constant);
        assert_eq!(relation((0..100).map(|i| (i / 50, i / 50))), Relation::Unclear);
        assert_eq!(relation((0..100).map(|i| (mixed(i), mixed(i + 1000)))), Relation::Independent);
        // Two bits that toggle each time say nothing of each other.
        assert_ne!(relation((0..100).map(|i| (i % 2, i % 2))), Relation::Equal(1));
    }

    #[test]
    fn the_same_question_has_the_same_answer() {
        let table = |i: u64| (mixed(i) % 16 * 8 + mixed(i) % 3, mixed(mixed(i) % 16 + 500));
        let mut values = Values::default();
        (0..200).map(table).for_each(|(w, r)| values.add(w, r, None));
        assert_eq!(values.relation().0, Relation::Function);
        assert_eq!(values.deciding().map(|mask| mask & 3), Some(0));
        assert_ne!(relation((0..200).map(|i| (mixed(i) % 16, i / 20))), Relation::Function);
    }
}
