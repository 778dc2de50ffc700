//! Accesses that go from register to register: tables are written so, blocks of statistics are read so.

use super::profile::Profile;
use mmio_format::Register;

/// The latest accesses of one op of a device, as long as they make a walk.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    last: Option<Register>,
    stride: i64,
    /// Places of the profiles it went over.
    slots: Vec<u32>,
}

/// Shorter walks tell nothing: few blocks of related registers are as large.
const MIN_WALK: usize = 8;
/// Longer ones are cut here.
const MAX_WALK: usize = 256;
/// Longest stride of a walk of writes in bytes.
const MAX_STRIDE: u64 = 64;
/// Farthest from one register to the next in a walk of reads, in bytes.
const MAX_BLOCK: u64 = 0x200;

impl Walk {
    /// Bytes from the last register to this one, another one of the same BAR and width; 0 if it is not.
    fn step_to(&mut self, register: Register) -> i64 {
        let last = self.last.replace(register);
        let same =
            |l: &Register| (l.device, l.space, l.width) == (register.device, register.space, register.width);
        last.filter(same).map_or(0, |l| register.offset.wrapping_sub(l.offset) as i64)
    }

    /// The next write: the walk goes on as long as the distance is the same.
    pub(super) fn write(&mut self, register: Register, slot: u32, profiles: &mut [Profile]) {
        let by = self.step_to(register);
        if by != self.stride || by == 0 || self.slots.len() == MAX_WALK {
            let near = by != 0 && by.unsigned_abs() <= MAX_STRIDE;
            let last = self.slots.last().copied().filter(|_| near && self.slots.len() < MIN_WALK);
            self.end_writes(profiles);
            self.slots.extend(last);
            self.stride = by;
        }
        self.slots.push(slot);
    }

    /// Tells the profiles of a walk of writes.
    pub(super) fn end_writes(&mut self, profiles: &mut [Profile]) {
        let length = self.slots.len() as u32;
        for slot in self.slots.drain(..).filter(|_| length >= MIN_WALK as u32) {
            let profile = &mut profiles[slot as usize];
            profile.walked += 1;
            if length > profile.write_walk {
                (profile.write_walk, profile.stride) = (length, self.stride.unsigned_abs());
            }
        }
    }

    /// The next read, right after another one if `on`: the walk goes on as long as it is near, does not come
    /// back, and meets nothing that is ever written.
    pub(super) fn read(&mut self, register: Register, slot: u32, on: bool, profiles: &mut [Profile]) {
        let by = self.step_to(register).unsigned_abs();
        let near = by != 0 && by <= MAX_BLOCK && self.slots.len() < MAX_WALK;
        if !on || !near || self.slots.contains(&slot) {
            self.end_reads(profiles);
        }
        if profiles[slot as usize].read_only {
            self.slots.push(slot);
        } else {
            self.end_reads(profiles);
        }
    }

    /// Tells the profiles of a walk of reads.
    pub(super) fn end_reads(&mut self, profiles: &mut [Profile]) {
        let length = self.slots.len() as u32;
        for slot in self.slots.drain(..).filter(|_| length >= MIN_WALK as u32) {
            let profile = &mut profiles[slot as usize];
            profile.read_walk = profile.read_walk.max(length);
        }
    }
}
