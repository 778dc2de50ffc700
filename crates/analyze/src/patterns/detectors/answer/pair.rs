//! A write and the reads that follow it at once, counted.

use super::super::rmw::is_near;
use crate::patterns::details::Condition;
use crate::patterns::finding::Moment;
use crate::patterns::gaps::Gaps;
use crate::patterns::outcomes::Outcomes;
use crate::share::{Share, share};
use crate::steps::Step;
use crate::waits::Unmet;

/// Values written of which the answers are compared.
const VALUES: usize = 4;
/// Values read of which the number is known.
const ENDS: usize = 8;
/// Least bits written in a value that is always answered by the same one.
const LEAST_FIXED_BITS: u32 = 3;
/// Least reads that give what was written but for some bits, their share, and most of these bits.
const LEAST_MOSTLY_SAME: u64 = 16;
const MOSTLY_SAME: Share = share(1, 4);
const CLEARING_BITS: u32 = 2;
/// Reads of which so many may be alike where a bit differs often: one of sixteen.
const OTHERS: u64 = 16;
/// Reads of which so many may be alike where a bit differs nearly always: one of ten.
const EXCEPTIONS: u64 = 10;
/// Most bits that agree at the end of a handshake.
const AGREEING_BITS: u32 = 2;

/// A write of one register and the reads of one just after it.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) n: u64,
    pub(super) first: Moment,
    /// Reads that belong to a read-modify-write that begins.
    pub(super) taken: u64,
    /// Bits set in all reads, these included.
    pub(super) always: u64,
    /// Reads that gave the value written.
    pub(super) same: u64,
    /// Reads that had all the bits written, and some.
    pub(super) shown: u64,
    /// Reads that had none of the bits written, and some were.
    pub(super) cleared: u64,
    /// Several reads of which the last differs.
    pub(super) polled: u64,
    /// The write acknowledged what had been read before.
    pub(super) after_ack: u64,
    /// The write changed one bit of what had been read before.
    pub(super) single: u64,
    /// The write changed what had been read before, and not all of it.
    pub(super) changing: u64,
    /// The bits that these writes changed.
    pub(super) single_bits: u64,
    /// Reads that gave what was last written to the register that was read.
    pub(super) stored: u64,
    /// What followed was a read of a third register.
    pub(super) read_on: u64,
    /// For each bit how often the read differed from the write.
    pub(super) bits: Option<Box<[u32; 64]>>,
    pub(super) written: [u64; 2],
    pub(super) written_or: u64,
    pub(super) read: [u64; 2],
    /// Bits always set, or always clear, in the read where the write had the other.
    pub(super) up: u64,
    pub(super) down: u64,
    /// Bits that ever differed, and those that were set in the read alone.
    pub(super) differ: u64,
    pub(super) new: u64,
    pub(super) answers: [(u64, u64); VALUES],
    pub(super) known: usize,
    /// The same write was answered differently, or too many were made.
    pub(super) loose: bool,
    pub(super) gaps: Gaps,
    /// The last values of the reads, how often each, and how often another one.
    ends: [(u64, u64); ENDS],
    other_ends: u64,
}

/// First value, and bits that differed from it.
fn vary(values: &mut [u64; 2], value: u64) {
    values[1] |= values[0] ^ value;
}

impl Pair {
    pub(super) fn new(write: &Step, read: &Step) -> Pair {
        Pair {
            n: 0,
            first: Moment::of(write),
            taken: 0,
            always: u64::MAX,
            same: 0,
            shown: 0,
            cleared: 0,
            polled: 0,
            after_ack: 0,
            single: 0,
            single_bits: 0,
            changing: 0,
            stored: 0,
            read_on: 0,
            bits: (write.register == read.register).then(|| Box::new([0; 64])),
            written: [write.value, 0],
            written_or: 0,
            read: [read.value, 0],
            up: u64::MAX,
            down: u64::MAX,
            differ: 0,
            new: 0,
            answers: [(0, 0); VALUES],
            known: 0,
            loose: false,
            gaps: Gaps::default(),
            ends: [(0, 0); ENDS],
            other_ends: 0,
        }
    }

    pub(super) fn add(&mut self, write: &Step, read: &Step, before: Option<&Step>) {
        let (w, r) = (write.value, read.value);
        self.n += 1;
        self.gaps.add(read.time.saturating_sub(write.time));
        let cause = before.filter(|b| b.is_read() && b.register == write.register);
        // After a read-modify-write it is enough that the changed bits are there.
        let kept = cause
            .is_some_and(|c| write.register == read.register && c.value != w && (r ^ w) & (c.value ^ w) == 0);
        self.same += u64::from(r == w || kept);
        self.changing +=
            u64::from(cause.is_some_and(|c| write.register == read.register && is_near(c.value, w)));
        if let Some(bit) = cause.map(|c| c.value ^ w).filter(|bit| bit.is_power_of_two()) {
            self.single += 1;
            self.single_bits |= bit;
        }
        self.shown += u64::from(w != 0 && r & w == w);
        self.cleared += u64::from(w != 0 && r & w == 0);
        self.polled += u64::from(read.changes > 0);
        self.after_ack += u64::from(cause.is_some_and(|c| w != 0 && w & !c.value == 0 && r & w == 0));
        self.written_or |= w;
        vary(&mut self.written, w);
        vary(&mut self.read, r);
        self.up &= r & !w;
        self.down &= w & !r;
        self.differ |= w ^ r;
        self.new |= r & !w;
        if let Some(counts) = &mut self.bits {
            let mut bits = w ^ r;
            while bits != 0 {
                counts[bits.trailing_zeros() as usize] += 1;
                bits &= bits - 1;
            }
        }
        match self.ends.iter_mut().find(|(value, n)| *value == r || *n == 0) {
            Some(end) => *end = (r, end.1 + 1),
            None => self.other_ends += 1,
        }
        match self.answers[..self.known].iter().find(|a| a.0 == w) {
            Some(answer) => self.loose |= answer.1 != r,
            None if self.known == VALUES => self.loose = true,
            None => {
                self.answers[self.known] = (w, r);
                self.known += 1;
            }
        }
    }

    /// How the waits after the writes ended that are for `until`; `unmet` are those that were not met. Where other
    /// registers are read in turns, or there are many values, the others count as met.
    pub(super) fn outcomes(&self, until: Condition, unmet: &[Unmet]) -> Outcomes {
        let known = self.n - self.other_ends;
        let met: u64 = self.ends.iter().filter(|(value, _)| until.is_met(*value)).map(|(_, n)| n).sum();
        let others = self.n.saturating_sub(unmet.len() as u64);
        let ended = if 2 * met < known { others } else { others.min(met + self.other_ends) };
        Outcomes { ended, ..Outcomes::unmet(unmet) }
    }

    /// Bits in which nearly every read differed from the write.
    pub(super) fn turned(&self) -> u64 {
        self.differing(self.n - self.n / EXCEPTIONS)
    }

    /// Bits in which so many reads differed from the write.
    fn differing(&self, least: u64) -> u64 {
        let Some(counts) = &self.bits else { return 0 };
        (0..64).filter(|&b| u64::from(counts[b]) >= least).fold(0, |bits, b| bits | 1 << b)
    }

    /// Bits in which more than a few reads differed from the write.
    pub(super) fn often_other(&self) -> u64 {
        self.differing(self.n / OTHERS + 1)
    }

    /// The reads tell nothing: the same is written and read each time, and it is all that was written, with bits
    /// that cannot be written, or nothing of it.
    pub(super) fn is_fixed(&self) -> bool {
        let fixed = self.n > 1 && self.written[1] == 0 && self.read[1] == 0;
        let plain = self.shown == self.n || self.cleared == self.n;
        fixed && self.written_or.count_ones() >= LEAST_FIXED_BITS && plain
    }

    /// What was written, but for a bit or two that clear themselves.
    pub(super) fn mostly_same(&self) -> bool {
        let often = self.often_other();
        self.n >= LEAST_MOSTLY_SAME
            && share(self.same, self.n).is_at_least(MOSTLY_SAME)
            && often.count_ones() <= CLEARING_BITS
            && self.new & often == 0
    }

    /// Whether the read tells which of a few values was written.
    pub(super) fn mirrors(&self) -> bool {
        !self.loose && self.known > 1 && self.read[1] != 0
    }

    /// Bits on which nearly every read after a write agreed, and the write did not have.
    pub(super) fn agreement(&self) -> Option<Condition> {
        let mask = self.turned();
        if (1..=AGREEING_BITS).contains(&mask.count_ones()) {
            return Some(Condition { mask, value: !self.written[0] & mask });
        }
        let cleared = self.cleared == self.n && self.written_or.count_ones() <= AGREEING_BITS;
        cleared.then_some(Condition { mask: self.written_or, value: 0 })
    }
}
