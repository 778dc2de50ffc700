//! A register that answers for itself.

use super::other::after;
use super::pair::Pair;
use crate::evidence::Part::{self, Bits, Number};
use crate::evidence::{Evidence, evidence, things};
use crate::patterns::details::{Condition, Details};
use crate::patterns::facts::{Facts, Role};
use crate::patterns::finding::{Finding, confidence};
use crate::patterns::idiom::Idiom;
use crate::share::{Share, share};
use mmio_format::RegisterId;

/// Reads that give what was written.
const SAME: Share = share(9, 10);
/// Of these, reads after a write that changes one bit, which show that it is done; and how much that is believed.
const SINGLE_BIT: Share = share(9, 10);
const SINGLE_TRUST: f64 = 0.7;
/// Least writes for each of these bits: pins and gates are each set once.
const WRITES_A_BIT: u64 = 2;
/// How much it is believed that the rest is stored where a bit or two clear themselves.
const MOSTLY_TRUST: f64 = 0.8;
/// Most bits of a value that starts something, which clear themselves when it is done, and least such writes.
const STARTED_BITS: u32 = 4;
const LEAST_STARTED: u64 = 16;
/// Writes of a read-modify-write, of all, where the read that follows posts the write, at most.
const CHANGING: Share = share(1, 2);
/// Reads after an acknowledge.
const AFTER_ACK: Share = share(9, 10);
/// Bits that make a value of which a single answer tells, most answers that are judged so, and how much they are
/// believed.
const WIDE_BITS: u32 = 8;
const MOST_WIDE: u64 = 3;
const WIDE_TRUST: f64 = 0.9;
/// Least reads after writes that do not begin a read-modify-write, and how many for all that do.
const LEAST_READS: u64 = 4;
const NOT_TAKEN: Share = share(1, 2);
/// Bits that differ, apart from those that agree, where there is a result besides.
const RESULT_BITS: u32 = 5;
/// Reads that give what was written, at most, where the register answers.
const MOST_SAME: Share = share(1, 2);

/// What reads of `register` at once after its writes tell.
pub(super) fn findings(register: RegisterId, p: &Pair, facts: &Facts<'_>) -> Vec<Finding> {
    match awaited(register, p, facts).or_else(|| posted(register, p, facts)).or_else(|| wide(register, p)) {
        Some(one) => vec![one],
        None => answers(register, p, facts),
    }
}

fn new(idiom: Idiom, register: RegisterId, p: &Pair, trust: f64, evidence: Evidence) -> Finding {
    let mut finding = Finding::new(idiom, register, p.n, p.first);
    finding.second = Some(register);
    finding.confidence = confidence(p.n, p.n) * trust;
    finding.evidence = evidence;
    finding
}

fn writes(p: &Pair) -> [Part; 3] {
    things(p.n, "write", "writes")
}

/// It is polled, and ends otherwise than it was written.
fn awaited(register: RegisterId, p: &Pair, facts: &Facts<'_>) -> Option<Finding> {
    let written = |until: &Condition| {
        p.written[1] & until.mask == 0 && p.written[0] & until.mask != until.value && p.n > 1
    };
    let until = facts.exit(register).filter(written)?;
    let unmet = facts.unmet(register, register);
    let outcomes = p.outcomes(until, &unmet);
    let all = evidence!["after each of ", writes(p)];
    let some = evidence!["after ", Number(outcomes.ended), " of ", writes(p)];
    let which = if outcomes.ended == p.n { all } else { some };
    let why = evidence![which, " it is read until ", until.evidence(), after(&unmet)];
    let mut finding = new(Idiom::HANDSHAKE, register, p, 1.0, why);
    finding.details = Details::Condition(until);
    finding.outcomes = Some(outcomes);
    Some(finding)
}

/// Reads that tell nothing new, and so only post the write; or that a single bit is there.
fn posted(register: RegisterId, p: &Pair, facts: &Facts<'_>) -> Option<Finding> {
    let flush = |trust, why| Some(new(Idiom::READBACK_FLUSH, register, p, trust, why));
    if share(p.same, p.n).is_at_least(SAME) {
        let one_bit = share(p.single, p.n).is_at_least(SINGLE_BIT)
            && u64::from(p.single_bits.count_ones()) <= (p.n / WRITES_A_BIT).max(1);
        if one_bit && !facts.has(register, Role::Drives) {
            let why =
                evidence![writes(p), " that change one bit are followed at once by a read that shows it"];
            return Some(new(Idiom::HANDSHAKE, register, p, SINGLE_TRUST, why));
        }
        // After a read-modify-write the driver reads what it changed, and maybe to change it further.
        if share(p.changing, p.n).exceeds(CHANGING) && !facts.has(register, Role::Drives) {
            return None;
        }
        return flush(1.0, evidence!["read at once after ", writes(p), " and gave what was written"]);
    }
    let read = "read at once after ";
    if p.is_fixed() {
        let clear = Condition { mask: p.written[0], value: 0 };
        if p.written[0].count_ones() <= STARTED_BITS && p.read[0] & p.written[0] == 0 && p.n >= LEAST_STARTED
        {
            let why = evidence![read, writes(p), ", which then have ", clear.evidence()];
            let mut finding = new(Idiom::HANDSHAKE, register, p, MOSTLY_TRUST, why);
            finding.details = Details::Condition(clear);
            return Some(finding);
        }
        return flush(1.0, evidence![read, writes(p), ", and gave ", Bits(p.read[0]), " each time"]);
    }
    if p.mostly_same() {
        let (but, clear) = (" and gave what was written, but for bits ", " that clear themselves");
        return flush(MOSTLY_TRUST, evidence![read, writes(p), but, Bits(p.often_other()), clear]);
    }
    if share(p.after_ack, p.n).is_at_least(AFTER_ACK) {
        let acknowledges = things(p.n, "acknowledge", "acknowledges");
        return flush(1.0, evidence!["read once more after ", acknowledges]);
    }
    None
}

/// A value that hardly comes by chance.
fn wide(register: RegisterId, p: &Pair) -> Option<Finding> {
    let are_wide = [p.written[0], p.read[0], p.differ].iter().all(|v| v.count_ones() >= WIDE_BITS);
    if !are_wide || p.same > 0 || p.n > MOST_WIDE || p.taken > 0 || p.new == 0 {
        return None;
    }
    let why = evidence![Bits(p.read[0]), " read at once after ", Bits(p.written[0]), " was written"];
    Some(new(Idiom::WRITE_READ, register, p, WIDE_TRUST, why))
}

/// Bits that agree after every write, and values that are not what was written.
fn answers(register: RegisterId, p: &Pair, facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if p.n < LEAST_READS || !share(p.n, p.taken).is_at_least(NOT_TAKEN) {
        return found;
    }
    // Causes that are gone are not an answer.
    let acked = facts.has(register, Role::Acknowledges);
    let agreed = p.agreement().filter(|agreed| agreed.value != 0 || !acked);
    if let Some(agreed) = agreed {
        let (each, has) = ("the first read after each of ", agreed.evidence());
        let why = evidence![each, writes(p), " has ", has, ", which the write had not"];
        let mut finding = new(Idiom::HANDSHAKE, register, p, 1.0, why);
        finding.details = Details::Condition(agreed);
        found.push(finding);
    }
    let rest = p.differ & !p.turned();
    let says = rest.count_ones() >= RESULT_BITS && p.read[1].count_ones() >= RESULT_BITS;
    let varies =
        !acked && p.read[1] != 0 && !share(p.same, p.n).exceeds(MOST_SAME) && facts.exit(register).is_none();
    let answers = if agreed.is_some() { says } else { varies };
    if answers {
        let other = p.n - p.same;
        let words = " reads at once after it was written gave another value";
        let why = evidence![Number(other), " of ", Number(p.n), words];
        let mut finding = new(Idiom::WRITE_READ, register, p, 1.0, why);
        finding.confidence = confidence(other, p.n);
        found.push(finding);
    }
    found
}
