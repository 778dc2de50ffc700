//! Registers read and written back: read-modify-writes, and causes acknowledged where they were read.

use super::cells::Cells;
use super::finding::{Bits, Finding, Kind, Moment, confidence};
use super::poll::counted;
use super::view::View;
use crate::names::hex;
use crate::steps::Step;
use mmio_format::RegisterId;

/// What was seen of a register that is written straight after it was read.
#[derive(Clone, Copy, Debug, Default)]
struct Back {
    n: u64,
    first: Moment,
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

/// Finds both.
#[derive(Clone, Debug)]
pub(crate) struct Backs {
    cells: Cells<Back>,
}

impl Backs {
    pub(crate) fn new(registers: usize) -> Backs {
        Backs { cells: Cells::new(registers) }
    }

    /// Whether registers had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.cells.is_full()
    }

    /// The next read after it was written.
    pub(crate) fn read(&mut self, step: &Step) {
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

    /// A write.
    pub(crate) fn write(&mut self, step: &Step, view: &View) {
        let Some(before) = view.get(0).filter(|s| s.is_read() && s.register == step.register) else {
            if let Some(back) = self.cells.get(step.register) {
                back.pending = None;
            }
            return;
        };
        let (read, written) = (before.value, step.value);
        let Some(back) = self.cells.entry(step.register, Back::default) else { return };
        if back.n == 0 {
            (back.first, back.written, back.same_written) = (Moment::of(before), written, true);
        }
        back.n += 1;
        let changed = read ^ written;
        back.unchanged += u64::from(changed == 0);
        back.near += u64::from(is_near(read, written));
        back.sure += u64::from(changed.count_ones() <= 2 && (read & written).count_ones() >= 2);
        back.set |= changed & written;
        back.cleared |= changed & read;
        back.read_set += u64::from(read != 0);
        back.overlap += u64::from(read & written != 0);
        back.within += u64::from(read & written != 0 && written & !read == 0);
        back.same_written &= written == back.written;
        back.pending = Some((read, written));
    }

    pub(crate) fn gap(&mut self) {
        self.cells.iter_mut().for_each(|(_, back)| back.pending = None);
    }

    /// What was found.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        self.cells.iter().filter_map(|(register, back)| ack(register, back).or(rmw(register, back))).collect()
    }
}

/// Whether a value could be the other with some bits changed: a few, or fewer than stayed.
pub(crate) fn is_near(read: u64, written: u64) -> bool {
    let changed = (read ^ written).count_ones();
    changed <= 2 || changed <= (read & written).count_ones().max(if read == 0 { 4 } else { 0 })
}

fn ack(register: RegisterId, b: &Back) -> Option<Finding> {
    if b.read_set < 4 || b.overlap * 10 < b.read_set * 9 || b.judged < 2 {
        return None;
    }
    let clears = b.gone * 10 >= b.caused * 8 && b.within * 10 >= b.read_set * 9;
    // The same bits are written whatever was read, and do not stay; but not just one more than was read.
    let fixed = b.same_written && b.sure * 2 < b.n && b.lost * 10 >= b.judged * 9 && b.unchanged == 0;
    // All that was read is written back, and yet the next value is another one.
    let whole = b.n >= 16 && b.unchanged == b.n && b.moved * 8 >= b.judged;
    if !(clears || fixed || whole) {
        return None;
    }
    let mut finding = Finding::new(Kind::Ack, register, b.overlap, b.first);
    finding.second = Some(register);
    let (good, how) = if clears {
        (b.gone, format!("they were clear in {} of {} next reads", b.gone, b.caused))
    } else if fixed {
        (b.lost, format!("{} every time, which does not stay", hex(b.written)))
    } else {
        (b.judged, format!("and {} of {} next reads differ", b.moved, b.judged))
    };
    finding.confidence = confidence(good, if clears { b.caused } else { b.judged })
        * if whole && !clears { 0.85 } else { 1.0 };
    finding.evidence = format!("bits read as set are written back at once {} times, {how}", b.overlap);
    Some(finding)
}

fn rmw(register: RegisterId, b: &Back) -> Option<Finding> {
    let stays = b.kept * 4 >= b.judged * 3 || b.lost * 2 <= b.judged || b.sure * 4 >= b.n * 3;
    // What is read often and never again after it was written is not kept there.
    let blind = b.n >= 8 && b.judged * 10 < b.n;
    if b.near * 4 < b.n * 3 || !stays || blind {
        return None;
    }
    let toggled = b.set & b.cleared;
    let mut finding = Finding::new(Kind::Rmw, register, b.n, b.first);
    finding.bits = Some(Bits { set: b.set & !toggled, cleared: b.cleared & !toggled, toggled });
    let known = if b.judged == 0 { 0.7 } else { confidence(b.kept, b.judged).max(0.6) };
    finding.confidence = confidence(b.near, b.n).min(0.99) * known.max(0.5).sqrt();
    let mut changes = Vec::new();
    for (bits, what) in [(b.set & !toggled, "set"), (b.cleared & !toggled, "cleared"), (toggled, "toggled")] {
        if bits != 0 {
            changes.push(format!("{} {what}", hex(bits)));
        }
    }
    if b.unchanged > 0 {
        changes.push(format!("{} unchanged", counted(b.unchanged, "time", "times")));
    }
    finding.evidence =
        format!("read and written back {}: {}", counted(b.n, "time", "times"), changes.join(", "));
    if b.judged > 0 {
        finding.evidence += &format!("; {} of {} next reads show the change", b.kept, b.judged);
    }
    Some(finding)
}
