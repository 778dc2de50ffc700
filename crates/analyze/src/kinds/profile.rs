//! What one register did, beyond its counts.

use super::set_clear::Cleared;
use crate::leader::Leader;
use crate::steps::Step;
use mmio_format::RegisterId;

/// What the second pass learns of a register. Bits are those of its values.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The last access, if it is known: after a gap it is not.
    pub(super) last: Option<Last>,
    /// The value read before the last writes.
    pub(super) before: Option<u64>,
    /// Bits that any write since that read has set, and those that the writes were of.
    pub(super) since: u64,
    pub(super) touched: u64,
    /// Written values that the next read gave back, where the write changed something.
    pub echoes: u64,
    /// Written values, not 0, that the next read gave back, where the write changed nothing.
    pub unchanged: u64,
    /// Reads close after a write that gave something else.
    pub answers: u64,
    /// Reads long after a write that gave something else.
    pub later: u64,
    /// Writes that changed bits, as a read close after showed.
    pub kept: u64,
    /// Writes of 1 to bits that had been read as 0, all of which a read close after gave as 1.
    pub took: u64,
    /// Bits ever read as 1.
    pub read_ones: u64,
    /// Reads of anything but 0 that one or more writes, and then another read, followed.
    pub replies: u64,
    /// Of these replies, those where the writes covered the bits read.
    pub acks: u64,
    /// Writes of 1 to some of the bits that were 1, and of 0 to others which the next read still gave.
    pub held: u64,
    /// Reads of 1 in bits that had been written 0 and read 0 before.
    pub born: u64,
    /// Writes of 1 to bits that had been read as 0, while others were 1.
    pub foreign: u64,
    /// Writes of 1 to bits that were 1, and the next read gave 0 in some of them.
    pub cleared: u64,
    /// Writes of 1 to bits that were 1, and a read that came next on the device gave 1.
    pub survived: u64,
    /// Reads right after a read.
    pub repeated: u64,
    /// Reads that gave something else, without a write of this register between.
    pub moves: u64,
    /// Of these moves, those long after the read before.
    pub drifts: u64,
    /// Of the moves, those that gave more.
    pub ups: u64,
    /// Of the moves, those that gave more without any write to the device between.
    pub free: u64,
    /// Bits that changed in these moves.
    pub moved: u64,
    /// The register whose write was the last one before most of these changes.
    pub(crate) cause: Leader,
    /// Reads of something, then of 0, and nothing acknowledged between.
    pub vanished: u64,
    /// The register that was read right before most of these.
    pub(crate) emptied: Leader,
    /// Reads of something that was still there although it had just been read.
    pub lingered: u64,
    /// Writes of the value written before.
    pub rewrites: u64,
    /// Writes of more than was written before.
    pub rising: u64,
    /// Writes in runs of at least [`RUN`], no other access of the device between.
    pub in_runs: u64,
    /// The longest such run of writes.
    pub run: u64,
    /// Reads of something else right after a read.
    pub streamed: u64,
    /// Writes of a value, not 0, that had just been read from another register.
    pub copies: u64,
    /// The register that the copies are from.
    pub copied_from: Option<RegisterId>,
    /// Values, not 0, that were read here and then written to another register.
    pub copied: u64,
    /// Times the bits written here rose in another register soon after.
    pub shown: u64,
    /// The register in which these bits rose.
    pub shown_in: Option<RegisterId>,
    /// The register from which bits written here went.
    pub cleared_in: Cleared,
    /// Reads that show bits gone which were just written to another register that is never read.
    pub cleared_by: u64,
    /// Writes right after which another register was written.
    pub led: u64,
    /// Writes right after which a run of writes to another register began.
    pub opened: u64,
    /// The longest walk of reads over registers of one block, none of them twice and none ever written.
    pub read_walk: u32,
    /// Writes in walks over registers at equal distances.
    pub walked: u64,
    /// The longest such walk of writes.
    pub write_walk: u32,
    /// Bytes from one register to the next in the longest walk.
    pub stride: u64,
    pub(super) last_write: Option<u64>,
    /// Number of the stretch without a gap that the last access lies in.
    pub(super) stretch: u64,
    /// Whether the register is never written.
    pub(super) read_only: bool,
    /// Whether the register is never read.
    pub(super) write_only: bool,
    /// What was done to it through registers that share bytes with it.
    pub through: Through,
}

/// What was done to a register by accesses to others that share bytes with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Through {
    /// Reads of some or all of its bytes.
    pub reads: u64,
    /// Writes of some or all of its bytes.
    pub writes: u64,
    /// The first of the others that was written, or that was read where none was written.
    pub register: Option<RegisterId>,
}

impl Through {
    /// Takes a step of `register`, which has bytes of this one.
    pub(super) fn add(&mut self, register: RegisterId, step: &Step) {
        if self.register.is_none() || (step.is_write() && self.writes == 0) {
            self.register = Some(register);
        }
        *(if step.is_write() { &mut self.writes } else { &mut self.reads }) += step.count;
    }
}

/// Fewest writes of one register in a row that are a run.
pub const RUN: u64 = 4;

/// The last access to a register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    pub(super) value: u64,
    /// The bits of the value that are known: those that were read or written.
    pub(super) known: u64,
    pub(super) written: bool,
    /// Number of the step in the stream of the device.
    pub(super) at: u64,
}

/// Steps between a write and a read that is close: other parts of the driver had no say.
const CLOSE: u64 = 4;

impl Profile {
    /// A write to the register itself of `value`, by what was written to it before.
    pub(super) fn compare(&mut self, value: u64) {
        match self.last_write {
            Some(last) if last == value => self.rewrites += 1,
            Some(last) if last < value => self.rising += 1,
            _ => {}
        }
        self.last_write = Some(value);
    }

    /// A write of `value` to the bits in `mask`, all or those that another register shares, as step `at` of the device.
    /// Returns whether it acknowledges what was read.
    pub(super) fn write(&mut self, value: u64, mask: u64, at: u64) -> bool {
        let mut ack = false;
        let (held, known) = self.last.map_or((0, 0), |last| (last.value, last.known));
        if self.last.is_some_and(|last| !last.written) {
            // What is not known of the bits cannot be acknowledged.
            self.before = (known & mask == mask).then_some(held);
            (self.since, self.touched) = (0, 0);
            let read = self.before.unwrap_or(0) & mask;
            ack = read != 0 && value & read == read;
            self.foreign += u64::from(read != 0 && value & !read != 0);
        }
        self.since |= value;
        self.touched |= mask;
        self.last = Some(Last { value: held & !mask | value, known: known | mask, written: true, at });
        ack
    }

    /// The first read of a step gave `value`; `untouched` if the device was not written since the last one here.
    pub(super) fn read(&mut self, value: u64, at: u64, untouched: bool, acked: bool) {
        self.read_ones |= value;
        match self.last {
            Some(last @ Last { written: true, .. }) => {
                self.after_write(last.value, value, last.known, at - last.at);
                self.before = None;
            }
            Some(Last { value: read, known, at: then, .. }) => {
                self.after_read(read, value & known, untouched);
                self.drifts += u64::from(read != value & known && at - then > CLOSE);
                if read != 0 && untouched && read & value != 0 {
                    self.lingered += 1;
                } else if read != 0 && value == 0 && !acked {
                    self.vanished += 1;
                }
            }
            None => {}
        }
        self.last = Some(Last { value, known: u64::MAX, written: false, at });
    }

    /// A read of another register gave `value` for the bits in `mask`, which are some of this one. What it shows as it is
    /// known says nothing of the others.
    pub(super) fn glance(&mut self, value: u64, mask: u64, at: u64) {
        let Some(last) = &mut self.last else {
            self.last = Some(Last { value, known: mask, written: false, at });
            return;
        };
        let compared = mask & last.known;
        let differ = (last.value ^ value) & compared;
        let close = at - last.at <= CLOSE;
        match differ {
            0 => {}
            _ if last.written && close => self.answers += 1,
            _ if last.written => self.later += 1,
            _ => {
                self.moves += 1;
                self.drifts += u64::from(!close);
                self.ups += u64::from(value & compared > last.value & compared);
                self.moved |= differ;
            }
        }
        self.read_ones |= value;
        (last.value, last.known) = (last.value & !mask | value, last.known | mask);
    }

    /// A read gave `read` where `written` is the last value that is known, in the bits `known`.
    fn after_write(&mut self, written: u64, read: u64, known: u64, steps: u64) {
        let differs = (written ^ read) & known;
        match self.before {
            _ if differs != 0 && steps <= CLOSE => self.answers += 1,
            _ if differs != 0 => self.later += 1,
            Some(before) if (before ^ written) & known == 0 => self.unchanged += u64::from(written != 0),
            None => self.echoes += u64::from(written != 0),
            Some(_) => self.echoes += 1,
        }
        let Some(before) = self.before.map(|before| before & self.touched) else { return };
        // Several writes may acknowledge one after the other: bits that none of them set were left alone.
        let (set, read) = (self.since, read & self.touched);
        let (left, again) = (before & !set, set & before);
        self.replies += u64::from(before != 0);
        self.acks += u64::from(before != 0 && left == 0);
        self.kept += u64::from(steps <= CLOSE && (set ^ before) & !(set ^ read) != 0);
        let new = set & !before;
        self.took += u64::from(steps <= CLOSE && new != 0 && new & !read == 0);
        self.survived += u64::from(steps == 1 && again & read != 0);
        self.held += u64::from(again != 0 && left & read != 0);
        self.born += u64::from(read & !set & !before != 0);
        self.cleared += u64::from(again & !read != 0);
    }

    fn after_read(&mut self, before: u64, now: u64, untouched: bool) {
        self.moves += u64::from(before != now);
        self.ups += u64::from(now > before);
        self.free += u64::from(now > before && untouched);
        self.moved |= before ^ now;
    }

    /// The reads after the first one of `step`.
    pub(super) fn poll(&mut self, step: &Step) {
        let same = step.count - 1 - step.changes;
        self.lingered += if step.ever_one != 0 { same } else { 0 };
        self.repeated += step.count - 1;
        self.streamed += step.changes;
        self.moves += step.changes;
        self.moved |= if step.changes > 0 { step.first ^ step.value } else { 0 };
        self.ups += step.rises;
        self.free += step.rises;
        self.read_ones |= step.ever_one | step.value;
        if let Some(last) = &mut self.last {
            last.value = step.value;
        }
    }

    /// The value that was read last, however often the register was written since.
    pub(super) fn known(&self) -> Option<u64> {
        self.before.or(self.last.filter(|last| !last.written).map(|last| last.value))
    }

    /// An access of stretch number `stretch` comes: across a gap nothing follows from what came before.
    pub(super) fn enter(&mut self, stretch: u64) {
        if self.stretch != stretch {
            (self.last, self.before, self.last_write) = (None, None, None);
            self.stretch = stretch;
        }
    }
}
