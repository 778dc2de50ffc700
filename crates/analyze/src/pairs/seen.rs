//! All pairs seen, most of them once or twice by chance: those are kept short.

use super::runs::Rates;
use super::tally::{Answer, Tally};
use super::{MAX_PAIRS, MAX_TALLIES};
use crate::pair_key::{key, pair};
use crate::times::KEPT;
use mmio_format::RegisterId;
use mmio_format::fast_map::FastMap;

/// Answers of a pair that are kept one by one; with one more a pair gets a tally.
const FEW: u32 = 4;
/// Place of an answer before the first: there is none.
const END: u32 = u32::MAX;

/// Numbers that all tallies may keep together, and that one keeps of each sort where there are more.
const MAX_KEPT: usize = 1 << 21;
const LEAST_KEPT: usize = 64;

/// An answer with everything that a tally wants to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub answer: Answer,
    pub rates: Rates,
    pub written: u64,
    pub read: u64,
    /// What the register gave before the write.
    pub before: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
enum Slot {
    /// How many answers, and the last one of them in `few`.
    Few(u32, u32),
    /// Place of the tally.
    Many(u32),
}

/// Pairs whose places are remembered.
const RECENT: usize = 256;

#[derive(Clone, Debug)]
struct Recent([(u64, u32); RECENT]);

impl Default for Recent {
    fn default() -> Recent {
        // The key of no pair: no register has this number.
        Recent([(u64::MAX, 0); RECENT])
    }
}

/// The pairs, by the numbers of their registers.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    slots: FastMap<u64, Slot>,
    /// Places of tallies met last, each at a place that its key decides.
    recent: Recent,
    /// Answers of pairs with few, each with the one before of its pair.
    few: Vec<(u32, Event)>,
    tallies: Vec<Tally>,
    /// Numbers that the tallies keep.
    kept: usize,
    /// Answers not counted because there were too many pairs.
    pub left_out: u64,
}

impl Seen {
    pub(super) fn add(&mut self, write: RegisterId, read: RegisterId, event: &Event) {
        let key = key(write, read);
        let near = (write as usize ^ (read as usize) << 4) % RECENT;
        if self.recent.0[near].0 == key {
            return self.count(self.recent.0[near].1, event);
        }
        let full = self.slots.len() >= MAX_PAIRS || self.few.len() >= 4 * MAX_PAIRS;
        if full && !self.slots.contains_key(&key) {
            self.left_out += 1;
            return;
        }
        let slot = self.slots.entry(key).or_insert(Slot::Few(0, END));
        match *slot {
            Slot::Many(place) => {
                self.recent.0[near] = (key, place);
                self.count(place, event);
            }
            Slot::Few(count, last) if count < FEW => {
                *slot = Slot::Few(count + 1, self.few.len() as u32);
                self.few.push((last, *event));
            }
            Slot::Few(..) if self.tallies.len() >= MAX_TALLIES => self.left_out += 1,
            Slot::Few(_, last) => {
                *slot = Slot::Many(self.tallies.len() as u32);
                let mut tally = replay(&self.few, last);
                tally.add(event, KEPT);
                self.kept += tally.kept();
                self.tallies.push(tally);
            }
        }
    }

    fn count(&mut self, place: u32, event: &Event) {
        let tally = &mut self.tallies[place as usize];
        let before = tally.kept();
        tally.add(event, if self.kept < MAX_KEPT { KEPT } else { LEAST_KEPT });
        self.kept = self.kept + tally.kept() - before;
    }

    /// The tally of a pair, if it was seen.
    pub(super) fn get(&self, write: RegisterId, read: RegisterId) -> Option<Tally> {
        Some(match *self.slots.get(&key(write, read))? {
            Slot::Few(_, last) => replay(&self.few, last),
            Slot::Many(place) => self.tallies[place as usize].clone(),
        })
    }

    /// The pairs with at least `count` answers, in the order of their numbers.
    pub(super) fn pairs(&self, count: u64) -> Vec<(RegisterId, RegisterId)> {
        let enough = |slot: &Slot| match *slot {
            Slot::Few(n, _) => u64::from(n) >= count,
            Slot::Many(place) => self.tallies[place as usize].count() >= count,
        };
        let mut keys: Vec<u64> = self.slots.iter().filter(|(_, s)| enough(s)).map(|(&key, _)| key).collect();
        keys.sort_unstable();
        keys.into_iter().map(pair).collect()
    }
}

/// The tally of answers that were kept one by one.
fn replay(few: &[(u32, Event)], last: u32) -> Tally {
    let mut order = Vec::new();
    let mut place = last;
    while let Some((before, event)) = few.get(place as usize) {
        order.push(event);
        place = *before;
    }
    let mut tally = Tally::default();
    order.into_iter().rev().for_each(|event| tally.add(event, KEPT));
    tally
}
