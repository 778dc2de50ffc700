//! Registers read and written back: read-modify-writes, and causes acknowledged where they were read.

use crate::census::Census;
use crate::evidence::Part::{Bits, Number};
use crate::evidence::{Evidence, evidence, things};
use crate::patterns::details::{Changes, Details};
use crate::patterns::detector::{Detector, Now};
use crate::patterns::facts::Facts;
use crate::patterns::finding::{Finding, Moment, confidence};
use crate::patterns::idiom::Idiom;
use crate::patterns::per_register::PerRegister;
use crate::share::{Share, share};
use crate::steps::Step;
use mmio_format::RegisterId;

impl Idiom {
    /// A register is read and written back with some bits changed.
    pub const RMW: Idiom = Idiom::named("rmw");
}

/// Bits that may always change; of a register that was 0 so many may.
const FEW_BITS: u32 = 2;
const FEW_BITS_OF_ZERO: u32 = 4;
/// Bits that stay, at least, where it is sure that others were carried over.
const CARRIED_BITS: u32 = 2;
/// Steps back to the read, with other registers between.
const APART: usize = 4;
/// Least writes where most have other registers between.
const LEAST_APART: u64 = 2;
/// Writes that change few bits.
const NEAR: Share = share(3, 4);
/// Later reads that show the change, or at most so many that lack what was written, or writes that carry bits over.
const KEPT: Share = share(3, 4);
const LOST: Share = share(1, 2);
const CARRIED: Share = share(3, 4);
/// Later reads that show the change, at least, and of all, where other writes do something else.
const LEAST_KEPT: u64 = 8;
const SOME_KEPT: Share = share(1, 4);
/// Least writes, and later reads for all writes, of a register that is not blind to what is written.
const LEAST_BLIND: u64 = 8;
const JUDGED: Share = share(1, 10);
/// How much it is believed that the bits stay: without a later read, and at least.
const UNJUDGED_TRUST: f64 = 0.7;
const LEAST_KEPT_TRUST: f64 = 0.6;

/// Least reads with bits set before a write back, of which some are written, and least later reads.
const LEAST_CAUSES: u64 = 4;
const LEAST_JUDGED: u64 = 2;
const WRITTEN_BACK: Share = share(9, 10);
/// Causes that are gone at the next read, where writes have only bits that were read.
const GONE: Share = share(8, 10);
const WITHIN: Share = share(9, 10);
/// The same bits written whatever was read, which do not stay, and seldom as a read-modify-write would.
const NOT_STAYING: Share = share(9, 10);
const LIKE_RMW: Share = share(1, 2);
/// Least writes of all that was read, and later reads of another value.
const LEAST_WHOLE: u64 = 16;
const MOVED: Share = share(1, 8);
/// How much an acknowledge is believed that writes back all that was read.
const WHOLE_TRUST: f64 = 0.85;

/// What was seen of a register that is written straight after it was read.
#[derive(Clone, Copy, Debug, Default)]
struct Back {
    n: u64,
    first: Moment,
    /// Writes with accesses of other registers after the read.
    apart: u64,
    /// Written as it was read.
    unchanged: u64,
    /// Changed in few bits.
    near: u64,
    /// Changed in one bit or two, with more that stayed.
    sure: u64,
    set: u64,
    cleared: u64,
    /// Read with bits set, and some of them written back.
    overlap: u64,
    /// Written with no bits but those that were read.
    within: u64,
    read_set: u64,
    written: u64,
    same_written: bool,
    /// Later reads that had the written value where it was changed, and those that had not.
    kept: u64,
    lost: u64,
    /// Later reads without the bits that were both read and written.
    gone: u64,
    /// Later reads that differ from what was written.
    moved: u64,
    judged: u64,
    /// Of those the ones before which it was read with bits set.
    caused: u64,
    pending: Option<(u64, u64)>,
}

/// Registers that are written straight after they were read.
#[derive(Clone, Debug)]
pub(crate) struct Backs {
    cells: PerRegister<Back>,
}

impl Detector for Backs {
    fn new(census: &Census) -> Backs {
        Backs { cells: PerRegister::new(census.table().len()) }
    }

    /// The next read after it was written.
    fn read(&mut self, now: &Now<'_>) {
        let step = now.step;
        let Some(back) = self.cells.get(step.register) else { return };
        let Some((read, written)) = back.pending.take() else { return };
        let now = step.first;
        back.judged += 1;
        let changed = read ^ written;
        let stays = (now ^ written) & if changed == 0 { u64::MAX } else { changed } == 0;
        back.kept += u64::from(stays);
        back.lost += u64::from(written & !now != 0);
        back.caused += u64::from(read != 0);
        back.gone += u64::from(read & written != 0 && now & read & written == 0);
        back.moved += u64::from(now != written);
    }

    fn write(&mut self, now: &Now<'_>) {
        let step = now.step;
        let last = now.view.iter().take(APART).position(|s| s.register == step.register);
        let read = last.and_then(|back| Some((back, now.view.get(back).filter(|s| s.is_read())?)));
        match read {
            Some((0, before)) => self.back(before, step),
            // With others between, it is one only if most bits are carried over.
            Some((_, before)) if is_sure(before.value, step.value) => {
                self.back(before, step);
                if let Some(back) = self.cells.get(step.register) {
                    back.apart += 1;
                }
            }
            _ => {
                if let Some(back) = self.cells.get(step.register) {
                    back.pending = None;
                }
                self.clear_elsewhere(now);
            }
        }
    }

    fn gap(&mut self) {
        self.cells.iter_mut().for_each(|(_, back)| back.pending = None);
    }

    fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    fn findings(&mut self, _facts: &Facts<'_>) -> Vec<Finding> {
        self.cells.iter().filter_map(|(register, back)| ack(register, back).or(rmw(register, back))).collect()
    }
}

impl Backs {
    /// The value that was just written back is written to a register that is never read: that one clears it.
    fn clear_elsewhere(&mut self, now: &Now<'_>) {
        let Some(last) = now.view.iter().take(APART).find(|s| s.is_write()) else { return };
        if now.known.reads == 0
            && last.register != now.step.register
            && last.value == now.step.value
            && let Some(back) = self.cells.get(last.register)
        {
            back.pending = None;
        }
    }

    /// A write straight after a read of the same register.
    fn back(&mut self, before: &Step, step: &Step) {
        let (read, written) = (before.value, step.value);
        let Some(back) = self.cells.entry(step.register, Back::default) else { return };
        if back.n == 0 {
            (back.first, back.written, back.same_written) = (Moment::of(before), written, true);
        }
        back.n += 1;
        let changed = read ^ written;
        back.unchanged += u64::from(changed == 0);
        back.near += u64::from(is_near(read, written));
        back.sure += u64::from(is_sure(read, written));
        back.set |= changed & written;
        back.cleared |= changed & read;
        back.read_set += u64::from(read != 0);
        back.overlap += u64::from(read & written != 0);
        back.within += u64::from(read & written != 0 && written & !read == 0);
        back.same_written &= written == back.written;
        back.pending = Some((read, written));
    }
}

/// Whether a value must be the other with a bit or two changed: others were carried over.
fn is_sure(read: u64, written: u64) -> bool {
    (read ^ written).count_ones() <= FEW_BITS && (read & written).count_ones() >= CARRIED_BITS
}

/// Whether a value could be the other with some bits changed: a few, or fewer than stayed.
pub(super) fn is_near(read: u64, written: u64) -> bool {
    let changed = (read ^ written).count_ones();
    let few = if read == 0 { FEW_BITS_OF_ZERO } else { 0 };
    changed <= FEW_BITS || changed <= (read & written).count_ones().max(few)
}

fn ack(register: RegisterId, b: &Back) -> Option<Finding> {
    if b.apart * 2 > b.n
        || b.read_set < LEAST_CAUSES
        || !share(b.overlap, b.read_set).is_at_least(WRITTEN_BACK)
        || b.judged < LEAST_JUDGED
    {
        return None;
    }
    let clears = share(b.gone, b.caused).is_at_least(GONE) && share(b.within, b.read_set).is_at_least(WITHIN);
    // The same bits are written whatever was read, and do not stay; but not just one more than was read.
    let fixed = b.same_written
        && !share(b.sure, b.n).is_at_least(LIKE_RMW)
        && share(b.lost, b.judged).is_at_least(NOT_STAYING)
        && b.unchanged == 0;
    // All that was read is written back, and yet the next value is another one.
    let whole = b.n >= LEAST_WHOLE && b.unchanged == b.n && share(b.moved, b.judged).is_at_least(MOVED);
    if !(clears || fixed || whole) {
        return None;
    }
    let mut finding = Finding::new(Idiom::ACK, register, b.overlap, b.first);
    finding.second = Some(register);
    let of = " of ";
    let (good, how) = if clears {
        let (gone, caused) = (Number(b.gone), Number(b.caused));
        (b.gone, evidence!["they were clear in ", gone, of, caused, " next reads"])
    } else if fixed {
        (b.lost, evidence![Bits(b.written), " every time, which does not stay"])
    } else {
        (b.judged, evidence!["and ", Number(b.moved), of, Number(b.judged), " next reads differ"])
    };
    finding.confidence = confidence(good, if clears { b.caused } else { b.judged })
        * if whole && !clears { WHOLE_TRUST } else { 1.0 };
    let words = "bits read as set are written back at once ";
    finding.evidence = evidence![words, Number(b.overlap), " times, ", how];
    Some(finding)
}

fn rmw(register: RegisterId, b: &Back) -> Option<Finding> {
    let stays = share(b.kept, b.judged).is_at_least(KEPT)
        || !share(b.lost, b.judged).exceeds(LOST)
        || share(b.sure, b.n).is_at_least(CARRIED);
    // Of a register that does other things too, each write is judged by itself.
    let some = b.kept >= LEAST_KEPT && share(b.kept, b.judged).is_at_least(SOME_KEPT);
    let n = if stays { b.n } else { b.n - b.lost };
    let stays = stays || some;
    // What is read often and never again after it was written is not kept there.
    let blind = b.n >= LEAST_BLIND && !share(b.judged, b.n).is_at_least(JUDGED);
    // With others between, once may be chance, and what never changes anything is set anew.
    let chance = b.apart * 2 > b.n && (b.n < LEAST_APART || b.unchanged == b.n);
    if chance || !share(b.near, b.n).is_at_least(NEAR) || !stays || blind {
        return None;
    }
    let toggled = b.set & b.cleared;
    let changes = Changes { set: b.set & !toggled, cleared: b.cleared & !toggled, toggled };
    let mut finding = Finding::new(Idiom::RMW, register, n, b.first);
    finding.details = Details::Changes(changes);
    let known = match b.judged {
        0 => UNJUDGED_TRUST,
        judged => confidence(b.kept, judged).max(LEAST_KEPT_TRUST),
    };
    finding.confidence = confidence(b.near, b.n) * known.sqrt();
    let times = things(n, "time", "times");
    finding.evidence = evidence!["read and written back ", times, ": ", changed(changes, b.unchanged)];
    if b.judged > 0 {
        let (kept, judged) = (Number(b.kept), Number(b.judged));
        finding.evidence.push(evidence!["; ", kept, " of ", judged, " next reads show the change"]);
    }
    Some(finding)
}

/// Which bits, and how often none.
fn changed(changes: Changes, unchanged: u64) -> Evidence {
    let Changes { set, cleared, toggled } = changes;
    let mut words = Evidence::default();
    let mut add = |what: Evidence| {
        if !words.is_empty() {
            words.push(", ");
        }
        words.push(what);
    };
    for (bits, what) in [(set, " set"), (cleared, " cleared"), (toggled, " toggled")] {
        if bits != 0 {
            add(evidence![Bits(bits), what]);
        }
    }
    if unchanged > 0 {
        add(evidence![things(unchanged, "time", "times"), " unchanged"]);
    }
    words
}
