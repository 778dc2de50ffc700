//! Another register answers, or is read only that the write has arrived.

use super::pair::Pair;
use crate::evidence::Part::{Bits, Number};
use crate::evidence::{Evidence, evidence, things};
use crate::patterns::details::{Condition, Details};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::outcomes::unmet_words;
use crate::share::{Share, share};
use crate::waits::Unmet;
use mmio_format::RegisterId;

/// Least reads of a register that is read after any write, and their share of all its reads and of all writes.
const LEAST_POSTING: u64 = 16;
const POSTING_READS: Share = share(8, 10);
const POSTING_WRITES: Share = share(8, 10);

/// Writes that are followed at once by the read.
const FOLLOWED: Share = share(1, 2);
/// Reads that are loops, at least or of all, where the register is polled; and least writes followed so.
const LEAST_POLLED: u64 = 4;
const POLLED: Share = share(1, 2);
const POLLED_WRITES: Share = share(1, 3);
/// Least reads that mirror which of a few values was written.
const LEAST_MIRRORED: u64 = 4;
/// Least values of a pointer that follows.
const LEAST_FOLLOWING: usize = 8;
/// Most bits of a state in which the device is ready.
const READY_BITS: u32 = 2;
/// Least reads that are more than a few.
const OFTEN: u64 = 16;
/// Reads that give what was last written to the register that is read.
const STORED: Share = share(19, 20);
/// Reads straight after writes of others, of all reads of the register, where it is hardly read otherwise; and least
/// of them.
const AFTER_WRITES: Share = share(9, 10);
const LEAST_AFTER: u64 = 2;
/// Reads that come after a pause, where the driver went away and reads when it comes back.
const AWAY: Share = share(1, 2);
/// Least reads of which the times are judged.
const LEAST_TIMED: u64 = 8;
/// Least reads of a register that has only one value.
const LEAST_CONSTANT: u64 = 3;
/// Reads of a third register that follow, at most, and least writes, where the read tells nothing new.
const READ_ON: Share = share(1, 2);
const NOTHING_NEW: Share = share(1, 5);
/// Reads that follow the write, of all reads of the register; least where values vary, and where the time tells.
const ANSWERING: Share = share(1, 2);
const LEAST_VARYING: u64 = 3;
const LEAST_SLOW: u64 = 16;
/// Writes after which a bit says that the device is done.
const DONE_WRITES: Share = share(4, 5);
/// Writes that a state follows, its most values, and how much that is believed.
const STATE_WRITES: Share = share(9, 10);
const STATE_VALUES: usize = 4;
const STATE_TRUST: f64 = 0.8;

/// What came of the waits that were not met, after other words.
pub(super) fn after(unmet: &[Unmet]) -> Option<Evidence> {
    (!unmet.is_empty()).then(|| evidence!["; ", unmet_words(unmet)])
}

/// What is known of a write and the register that is read after it.
struct Answer<'a> {
    write: RegisterId,
    read: RegisterId,
    p: &'a Pair,
    writes: u64,
}

impl Answer<'_> {
    /// A finding; of `n` of all writes `what` is said.
    fn finding(&self, idiom: Idiom, what: Evidence) -> Finding {
        let mut finding = Finding::new(idiom, self.write, self.p.n, self.p.first);
        finding.second = Some(self.read);
        finding.confidence = confidence(self.p.n, self.writes);
        finding.evidence = evidence![self.of(), what];
        finding
    }

    /// `8 of 9 writes`.
    fn of(&self) -> Evidence {
        evidence![Number(self.p.n), " of ", things(self.writes, "write", "writes")]
    }

    fn followed(&self, least: Share) -> bool {
        share(self.p.n, self.writes).is_at_least(least)
    }

    /// Bits end a poll, or mirror what was written.
    fn handshake(&self, exit: Option<Condition>, facts: &Facts<'_>) -> Option<Finding> {
        if let Some(until) = exit.filter(|_| self.p.n > 1 && self.followed(POLLED_WRITES)) {
            let mut finding = self.finding(Idiom::HANDSHAKE, Evidence::default());
            let unmet = facts.unmet(self.read, self.write);
            let outcomes = self.p.outcomes(until, &unmet);
            finding.details = Details::Condition(until);
            finding.outcomes = Some(outcomes);
            let of = evidence![Number(outcomes.ended), " of ", things(self.writes, "write", "writes")];
            finding.evidence = evidence!["after ", of, " it is read until ", until.evidence(), after(&unmet)];
            return Some(finding);
        }
        if !self.followed(FOLLOWED) || !self.p.mirrors() || self.p.n < LEAST_MIRRORED {
            return None;
        }
        let bits = self.p.read[1];
        let follow = " are followed at once by a read that tells in bits ";
        let what = evidence![follow, Bits(bits), " which value was written"];
        let mut finding = self.finding(Idiom::HANDSHAKE, what);
        finding.details = Details::Bits(bits);
        Some(finding)
    }

    /// The read gives just what was written, one of many values: the device has gone as far as it was told.
    fn follows(&self, facts: &Facts<'_>) -> Option<Finding> {
        let p = self.p;
        let pointer = p.same == p.n && facts.census.distinct(self.read) >= LEAST_FOLLOWING;
        if !self.followed(FOLLOWED) || !pointer || p.n < OFTEN {
            return None;
        }
        let mut finding =
            self.finding(Idiom::HANDSHAKE, " are followed by a read that gives what was written".into());
        finding.details = Details::Bits(p.read[1]);
        Some(finding)
    }

    /// The read always has the same few bits set, and comes after this write alone: it asks whether the device is done,
    /// which it always was.
    fn ready(&self, facts: &Facts<'_>) -> Option<Finding> {
        let p = self.p;
        let bits = p.read[0];
        let flags = bits != 0 && bits.count_ones() <= READY_BITS && facts.census.distinct(self.read) == 1;
        if p.n < OFTEN || !flags || !self.followed(STATE_WRITES) {
            return None;
        }
        let what = evidence![" are followed by a read that gives ", Bits(bits), ", at the first time"];
        let mut finding = self.finding(Idiom::HANDSHAKE, what);
        finding.details = Details::Condition(Condition { mask: bits, value: bits });
        finding.confidence *= STATE_TRUST;
        Some(finding)
    }

    /// A bit of a cause is set whenever it is read after the write, and is acknowledged: it says that the device is done.
    fn done(&self, facts: &Facts<'_>) -> Option<Finding> {
        let p = self.p;
        // What is acknowledged at once looks like a read-modify-write.
        let n = p.n + p.taken;
        let bit = p.always & facts.census.counts(self.read).changed;
        let acknowledged = self.write != self.read && facts.has(self.read, Role::Acknowledged);
        let often = n >= OFTEN && share(n, self.writes).is_at_least(DONE_WRITES);
        if !often || bit.count_ones() != 1 || !acknowledged {
            return None;
        }
        let done = Condition { mask: bit, value: bit };
        let mut finding = self.finding(Idiom::HANDSHAKE, Evidence::default());
        (finding.count, finding.confidence) = (n, confidence(n, self.writes));
        let (of, writes) = (" of ", things(self.writes, "write", "writes"));
        let then = ", which is then acknowledged";
        let words = " are followed by a read that has ";
        finding.evidence = evidence![Number(n), of, writes, words, done.evidence(), then];
        finding.details = Details::Condition(done);
        Some(finding)
    }

    /// A state of few values follows nearly every write.
    fn state(&self, facts: &Facts<'_>) -> Option<Finding> {
        let p = self.p;
        if p.n < OFTEN
            || share(p.stored, p.n).is_at_least(STORED)
            || !self.followed(STATE_WRITES)
            || p.read[1] == 0
            || facts.census.distinct(self.read) > STATE_VALUES
        {
            return None;
        }
        let what = " are followed at once by a read of a state of few values";
        let mut finding = self.finding(Idiom::HANDSHAKE, what.into());
        finding.details = Details::Bits(p.read[1]);
        finding.confidence *= STATE_TRUST;
        Some(finding)
    }

    /// The bits written show in a cause, where they are then acknowledged: the write raises them.
    fn raises(&self, facts: &Facts<'_>) -> Option<Finding> {
        let p = self.p;
        let never_read = facts.census.counts(self.write).reads == 0;
        let shows = p.shown == p.n && p.n >= OFTEN && self.followed(FOLLOWED) && p.read[1] != 0;
        if !shows || !never_read || !facts.has(self.read, Role::Acknowledged) {
            return None;
        }
        let what = " raise bits of a cause that is then acknowledged";
        let mut finding = self.finding(Idiom::DOORBELL, what.into());
        finding.second = None;
        Some(finding)
    }

    /// The register is read after any write, mostly after this one.
    fn posting(&self, facts: &Facts<'_>) -> Option<Finding> {
        let (n, reads) = (self.p.n, facts.census.counts(self.read).reads);
        if n < LEAST_POSTING || !share(n, reads).is_at_least(POSTING_READS) || !self.followed(POSTING_WRITES)
        {
            return None;
        }
        let why = " are followed at once by a read whose value hardly changes";
        Some(self.finding(Idiom::READBACK_FLUSH, why.into()))
    }

    /// What the read is for. Of the reads of its register `after` come straight after writes of others.
    fn purpose(&self, facts: &Facts<'_>, after: u64) -> Option<Finding> {
        let (p, reads) = (self.p, facts.census.counts(self.read).reads);
        let is_polled = share(p.polled, p.n).is_at_least(POLLED) || p.polled >= LEAST_POLLED;
        if let Some(handshake) = self.handshake(facts.exit(self.read).filter(|_| is_polled), facts) {
            return Some(handshake);
        }
        let (often, varies) = (self.followed(FOLLOWED), p.read[1] != 0);
        if let Some(handshake) = self.ready(facts).or_else(|| self.done(facts)) {
            return Some(handshake);
        }
        if often && p.shown == p.n && varies {
            let what = " are followed by a read that shows the bits written";
            return Some(self.finding(Idiom::WRITE_READ, what.into()));
        }
        let follows_writes = share(after, reads).is_at_least(AFTER_WRITES);
        let away = || share(p.gaps.pauses(&facts.usual(self.read)), p.n).is_at_least(AWAY);
        let stored = share(p.stored, p.n).is_at_least(STORED);
        if p.n >= OFTEN && often && stored && follows_writes && !away() {
            let what = " are followed at once by a read that gives what was last written there";
            return Some(self.finding(Idiom::READBACK_FLUSH, what.into()));
        }
        let slow = p.n >= LEAST_TIMED && p.gaps.are_slow(&facts.usual(self.read));
        let constant = facts.census.distinct(self.read) == 1 && often && p.n >= LEAST_CONSTANT;
        let nothing_new = p.stored == p.n || constant;
        let read_on = share(p.read_on, p.n).exceeds(READ_ON);
        let only = follows_writes && after >= LEAST_AFTER;
        if only && nothing_new && !slow && !read_on && self.followed(NOTHING_NEW) {
            let what = " are followed at once by a read that tells nothing new (";
            return Some(self.finding(Idiom::READBACK_FLUSH, evidence![what, Bits(p.read[0]), ")"]));
        }
        let tells = (p.n >= LEAST_VARYING && varies) || (p.n >= LEAST_SLOW && slow);
        // A write of nothing but 0 asks nothing.
        let asks = p.written != [0; 2];
        let answers = asks && often && share(p.n, reads).is_at_least(ANSWERING);
        if answers && tells && !facts.has(self.write, Role::Acknowledges) {
            let (what, end) = (" are followed by a read, ", " reads follow the write");
            let what = evidence![what, Number(p.n), " of its ", Number(reads), end];
            return Some(self.finding(Idiom::WRITE_READ, what));
        }
        self.state(facts)
    }
}

/// What a write and the read of another register after it say. Of the reads of that register `after` come straight
/// after writes of others.
pub(super) fn findings(
    write: RegisterId,
    read: RegisterId,
    p: &Pair,
    facts: &Facts<'_>,
    after: u64,
) -> Vec<Finding> {
    let answer = Answer { write, read, p, writes: facts.census.counts(write).writes };
    if p.n == 0 {
        // What is acknowledged at once was never an answer of its own.
        return answer.done(facts).into_iter().collect();
    }
    if facts.is_asked(read) {
        return Vec::new();
    }
    if facts.posts(read) {
        return answer.posting(facts).into_iter().collect();
    }
    [answer.purpose(facts, after), answer.follows(facts), answer.raises(facts)]
        .into_iter()
        .flatten()
        .collect()
}
