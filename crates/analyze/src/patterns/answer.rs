//! Writes and the reads that follow them at once: answers, handshakes, and reads that only post the write.

use std::collections::HashMap;

use super::finding::{Finding, Kind, Moment, confidence};
use super::limited::Limited;
use super::pace::Gaps;
use super::pair::{OFTEN, Pair};
use super::poll::{agrees, counted};
use crate::census::Census;
use crate::names::hex;
use crate::steps::Step;
use mmio_format::RegisterId;

/// Most pairs of registers that are followed.
const MAX_PAIRS: usize = 1 << 15;
/// What is known of a write and a read beside them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Around<'a> {
    /// The step before the write.
    pub(crate) before: Option<&'a Step>,
    /// The step after the read.
    pub(crate) next: Option<&'a Step>,
    /// The read begins a read-modify-write.
    pub(crate) taken: bool,
    /// What was last written to the register that is read.
    pub(crate) stored: Option<u64>,
}

/// Finds them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    pairs: Limited<u64, Pair, MAX_PAIRS>,
    /// Reads of a register after a register answered for itself.
    results: Limited<u64, (u64, Moment), MAX_PAIRS>,
}

impl Answers {
    /// Whether pairs had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.pairs.is_full() || self.results.is_full()
    }

    /// `read` came just after `write`.
    pub(crate) fn pair(&mut self, write: &Step, read: &Step, around: &Around<'_>) {
        let key = u64::from(write.register) << 32 | u64::from(read.register);
        if write.register == read.register
            && let Some(next) = around.next.filter(|n| n.is_read())
        {
            let key = u64::from(write.register) << 32 | u64::from(next.register);
            if let Some(result) = self.results.entry(key, || (0, Moment::of(write))) {
                result.0 += 1;
            }
        }
        let Some(pair) = self.pairs.entry(key, || Pair::new(write, read)) else { return };
        if around.taken {
            pair.taken += 1;
            return;
        }
        pair.stored += u64::from(around.stored == Some(read.value) && read.count == 1);
        pair.read_on += u64::from(around.next.is_some_and(|n| n.is_read()));
        pair.add(write, read, around.before);
    }

    /// How many reads of each register come straight after writes of others.
    fn after_writes(&self) -> HashMap<RegisterId, u64> {
        let mut after = HashMap::new();
        for (&key, pair) in self.pairs.iter() {
            if key >> 32 != u64::from(key as RegisterId) {
                *after.entry(key as RegisterId).or_default() += pair.n;
            }
        }
        after
    }

    /// What was found. `usual` is how fast accesses of the register's device follow each other, `exit` how a
    /// poll of a register ends, `posts` tells registers that are read after any write.
    pub(crate) fn findings(&self, context: &Context<'_>) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        let after = self.after_writes();
        for (&key, pair) in self.pairs.iter().filter(|(_, pair)| pair.n > 0) {
            let (write, read) = ((key >> 32) as RegisterId, key as RegisterId);
            if write == read {
                own(write, pair, context, &mut found);
            } else if (context.asks)(read) {
                continue;
            } else if (context.posts)(read) {
                found.extend(posting(write, read, pair, context));
            } else {
                found.extend(other(write, read, pair, context, after[&read]));
            }
        }
        let waits = found.iter().filter(|f| f.kind == Kind::Handshake && f.second == Some(f.register));
        let waits: HashMap<RegisterId, u64> = waits.map(|f| (f.register, f.count)).collect();
        for (&key, &(n, first)) in self.results.iter() {
            let (write, read) = ((key >> 32) as RegisterId, key as RegisterId);
            if let Some(&all) = waits.get(&write) {
                found.extend(result(write, read, (n, first), all, context.census));
            }
        }
        found.sort_by_key(|f| f.first.index);
        found
    }
}

/// A result that is read once a register has answered for itself, as it did `all` times.
fn result(
    write: RegisterId,
    read: RegisterId,
    (n, first): (u64, Moment),
    all: u64,
    census: &Census,
) -> Option<Finding> {
    let reads = census.counts(read).reads;
    if n < 8 || n * 10 < all * 8 || n * 10 < reads * 8 || census.distinct(read) < 4 {
        return None;
    }
    let mut finding = Finding::new(Kind::WriteRead, write, n, first);
    finding.second = Some(read);
    finding.confidence = confidence(n, all.max(reads));
    finding.evidence = format!("{n} of {reads} reads come once the written register has answered for itself");
    Some(finding)
}

/// What the other detectors know.
pub(crate) struct Context<'a> {
    pub(crate) census: &'a Census,
    pub(crate) usual: &'a dyn Fn(RegisterId) -> Gaps,
    pub(crate) exit: &'a dyn Fn(RegisterId) -> Option<(u64, u64)>,
    pub(crate) posts: &'a dyn Fn(RegisterId) -> bool,
    /// Registers that are asked after writes whether the driver may go on.
    pub(crate) asks: &'a dyn Fn(RegisterId) -> bool,
    /// Registers that drive lines by single bits.
    pub(crate) lines: &'a dyn Fn(RegisterId) -> bool,
    /// Registers in which causes are acknowledged.
    pub(crate) acked: &'a dyn Fn(RegisterId) -> bool,
}

/// A register that answers for itself.
fn own(register: RegisterId, p: &Pair, context: &Context<'_>, found: &mut Vec<Finding>) {
    let mut finding = Finding::new(Kind::ReadbackFlush, register, p.n, p.first);
    finding.second = Some(register);
    finding.confidence = confidence(p.n, p.n);
    let writes = counted(p.n, "write", "writes");
    let awaited = (context.exit)(register)
        .filter(|(mask, value)| p.written[1] & mask == 0 && p.written[0] & mask != *value && p.n > 1);
    if let Some((mask, value)) = awaited {
        finding.kind = Kind::Handshake;
        (finding.mask, finding.value) = (Some(mask), Some(value));
        finding.evidence = format!("after each of {writes} it is read until {}", agrees(mask, value));
        found.push(finding);
        return;
    }
    if p.same * 10 >= p.n * 9 {
        if p.single * 10 >= p.n * 9 && !(context.lines)(register) {
            finding.kind = Kind::Handshake;
            finding.confidence *= 0.7;
            finding.evidence =
                format!("{writes} that change one bit are followed at once by a read that shows it");
        } else {
            finding.evidence = format!("read at once after {writes} and gave what was written");
        }
        found.push(finding);
        return;
    }
    if p.is_fixed() {
        finding.evidence = format!("read at once after {writes}, and gave {} each time", hex(p.read[0]));
        found.push(finding);
        return;
    }
    if p.mostly_same() {
        finding.confidence *= 0.8;
        finding.evidence = format!(
            "read at once after {writes} and gave what was written, but for bits {} that clear themselves",
            hex(p.differing(p.n / 16 + 1))
        );
        found.push(finding);
        return;
    }
    if p.after_ack * 10 >= p.n * 9 {
        finding.evidence = format!("read once more after {}", counted(p.n, "acknowledge", "acknowledges"));
        found.push(finding);
        return;
    }
    // A value that hardly comes by chance.
    let wide = p.written[0].count_ones() >= WIDE && p.read[0].count_ones() >= WIDE && p.same == 0;
    if wide && p.n < 4 && p.taken == 0 && p.differ.count_ones() >= WIDE && p.new != 0 {
        finding.kind = Kind::WriteRead;
        finding.confidence *= 0.9;
        finding.evidence = format!("{} read at once after {} was written", hex(p.read[0]), hex(p.written[0]));
        found.push(finding);
        return;
    }
    if p.n < 4 || p.n * 2 < p.taken {
        return;
    }
    // Causes that are gone are no answer.
    let acked = (context.acked)(register);
    let agreed = p.agreement().filter(|&(_, value)| value != 0 || !acked);
    if let Some((mask, value)) = agreed {
        let mut finding = finding.clone();
        finding.kind = Kind::Handshake;
        (finding.mask, finding.value) = (Some(mask), Some(value));
        finding.evidence = format!(
            "the first read after each of {writes} has {}, which the write had not",
            agrees(mask, value)
        );
        found.push(finding);
    }
    let rest = p.differ & !p.turned();
    let says = rest.count_ones() > 4 && p.read[1].count_ones() > 4;
    if (agreed.is_none()
        && !acked
        && p.read[1] != 0
        && p.same * 2 <= p.n
        && (context.exit)(register).is_none())
        || (agreed.is_some() && says)
    {
        finding.kind = Kind::WriteRead;
        finding.confidence = confidence(p.n - p.same, p.n);
        finding.evidence =
            format!("{} of {} reads at once after it was written gave another value", p.n - p.same, p.n);
        found.push(finding);
    }
}

/// Bits that make a value of which a single answer tells.
const WIDE: u32 = 8;

/// A register that is read after any write, mostly after this one.
fn posting(write: RegisterId, read: RegisterId, p: &Pair, context: &Context<'_>) -> Option<Finding> {
    let (writes, reads) = (context.census.counts(write).writes, context.census.counts(read).reads);
    if p.n < LEAST_POSTING || p.n * 10 < reads * 8 || p.n * 10 < writes * 8 {
        return None;
    }
    let mut finding = Finding::new(Kind::ReadbackFlush, write, p.n, p.first);
    finding.second = Some(read);
    finding.confidence = confidence(p.n, writes);
    let of = format!("{} of {}", p.n, counted(writes, "write", "writes"));
    finding.evidence = format!("{of} are followed at once by a read whose value hardly changes");
    Some(finding)
}

/// Least reads after one register's writes.
const LEAST_POSTING: u64 = 16;

/// Another register answers. Of its reads `after` come straight after writes of others.
fn other(
    write: RegisterId,
    read: RegisterId,
    p: &Pair,
    context: &Context<'_>,
    after: u64,
) -> Option<Finding> {
    let (writes, reads) = (context.census.counts(write).writes, context.census.counts(read).reads);
    let mut finding = Finding::new(Kind::WriteRead, write, p.n, p.first);
    finding.second = Some(read);
    finding.confidence = confidence(p.n, writes);
    let of = format!("{} of {}", p.n, counted(writes, "write", "writes"));
    let exit = (context.exit)(read).filter(|_| p.polled * 2 >= p.n || p.polled >= 4);
    let often = p.n * 2 >= writes;
    // The driver went away, and reads when it comes back.
    let away = || p.gaps.pauses(&(context.usual)(read)) * 2 >= p.n;
    let varies = p.read[1] != 0;
    let slow = p.n >= 8 && p.gaps.are_slow(&(context.usual)(read));
    let only = after * 10 >= reads * 9 && after > 1;
    let nothing_new = p.stored == p.n || (context.census.distinct(read) == 1 && often && p.n > 2);
    if let Some((mask, value)) = exit.filter(|_| p.n > 1 && p.n * 3 >= writes) {
        finding.kind = Kind::Handshake;
        (finding.mask, finding.value) = (Some(mask), Some(value));
        finding.evidence = format!("after {of} it is read until {}", agrees(mask, value));
    } else if often && p.mirrors() && p.n >= 4 {
        finding.kind = Kind::Handshake;
        let mask = p.read[1];
        finding.mask = Some(mask);
        finding.evidence = format!(
            "{of} are followed at once by a read that tells in bits {} which value was written",
            hex(mask)
        );
    } else if often && p.shown == p.n && varies {
        finding.evidence = format!("{of} are followed by a read that shows the bits written");
    } else if p.n >= OFTEN && often && p.stored * 20 >= p.n * 19 && after * 10 >= reads * 9 && !away() {
        finding.kind = Kind::ReadbackFlush;
        finding.evidence =
            format!("{of} are followed at once by a read that gives what was last written there");
    } else if only && nothing_new && !slow && p.read_on * 2 <= p.n && p.n * 5 >= writes {
        finding.kind = Kind::ReadbackFlush;
        finding.evidence =
            format!("{of} are followed at once by a read that tells nothing new ({})", hex(p.read[0]));
    } else if often
        && p.n * 2 >= reads
        && ((p.n >= 3 && varies) || (p.n >= 16 && slow))
        && !(context.acked)(write)
    {
        finding.evidence =
            format!("{of} are followed by a read, {} of its {reads} reads follow the write", p.n);
    } else if p.n >= OFTEN
        && p.stored * 20 < p.n * 19
        && p.n * 10 >= writes * 9
        && varies
        && context.census.distinct(read) <= 4
    {
        finding.kind = Kind::Handshake;
        finding.mask = Some(p.read[1]);
        finding.confidence *= 0.8;
        finding.evidence = format!("{of} are followed at once by a read of a state of few values");
    } else {
        return None;
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{none, of};

    #[test]
    fn one_answer_of_many_bits_is_enough() {
        assert_eq!(of("write_read", "R0=1 W10=657ddf53 R10=cafbbea6 R0=1"), ["write_read 10 x1"]);
        assert_eq!(of("write_read", "R0=1 W10=40 R10=41 R0=1"), none());
        assert_eq!(of("write_read", "R0=1 W10=657ddf53 | R10=cafbbea6 R0=1"), none());
    }

    #[test]
    fn reads_that_can_tell_nothing_post_the_write() {
        let fixed = "W40=3000600 R40=77800600 R0=1 ~ ".repeat(2);
        assert_eq!(of("readback_flush", &fixed), ["readback_flush 40 x2"]);
        let cleared = "W3e=ffff R3e=0 W50=1 ~ ".repeat(3);
        assert_eq!(of("readback_flush", &cleared), ["readback_flush 3e x3"]);
        // A start bit that is gone, and a value that comes.
        assert_eq!(of("readback_flush", &"W37=10 R37=0 R0=1 ~ ".repeat(3)), none());
        assert_eq!(of("readback_flush", &"W40=3000607 R40=48ffff00 R0=1 ~ ".repeat(2)), none());
        let starts =
            "W20=10021 R20=10021 R24=1 ~ W20=10061 R20=10021 R24=2 ~ W20=10001 R20=10001 ~ ".repeat(8);
        assert_eq!(of("readback_flush", &starts), ["readback_flush 20 x17"]);
    }

    #[test]
    fn storage_read_after_another_write_posts_it() {
        let one = |i: u64| {
            let set = if i.is_multiple_of(10) { format!("W4={:x} ", 0x83 + i) } else { String::new() };
            format!("{set}Rc={0:x} W10={0:x} R4={1:x} R14={i:x} ~ ", i * i, 0x83 + i / 10 * 10)
        };
        let log: String = (0..30).map(one).collect();
        assert!(of("readback_flush", &log).iter().any(|f| f.starts_with("readback_flush 10>4")), "{log}");
        // The driver comes back later, and looks.
        let later = log.replace(" R4", " ~ R4");
        assert!(!of("readback_flush", &later).iter().any(|f| f.starts_with("readback_flush 10>4")));
    }
}
