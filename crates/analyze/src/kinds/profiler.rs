//! Fills the profiles: an observer of the second pass.

use mmio_format::{Access, Op, Register, RegisterId};

use super::layout::Layout;
use super::parts::Parts;
use super::profile::{Profile, RUN};
use super::set_clear;
use super::walks::Walk;
use crate::census::Census;
use crate::overlaps::{Overlaps, Share};
use crate::steps::{Observer, Past, Step};
use mmio_format::register::NONE;
use mmio_format::width::bits;

/// Profiles of the registers that are not bulk.
#[derive(Clone, Debug, Default)]
pub struct Profiler {
    /// For each register the place of its profile.
    slots: Vec<u32>,
    registers: Vec<Register>,
    profiles: Vec<Profile>,
    devices: Vec<Device>,
    /// Number of the stretch without a gap.
    stretch: u64,
    /// Whether registers may come that were not announced.
    grows: bool,
    /// Registers that share bytes, and what is not yet shown of their steps to each other.
    overlaps: Overlaps,
    parts: Parts,
}

/// The stream of one device.
#[derive(Clone, Debug, Default)]
struct Device {
    steps: u64,
    /// Number of the last step that was a write.
    wrote: u64,
    last_write: Option<RegisterId>,
    /// Number of the last step that was a write of what had been read.
    acked: u64,
    /// Writes of one register in a row, up to now.
    run: u64,
    reads: Walk,
    writes: Walk,
    /// Writes to registers that are never read.
    unread: set_clear::Writes,
    /// The write that may show somewhere: register, value, step.
    raised: Option<(RegisterId, u64, u64)>,
}

/// Steps within which a written bit shows elsewhere.
const SOON: u64 = 4;
/// Most bits of a written value that are looked for elsewhere.
const FEW_BITS: u32 = 8;
/// Steps back to the read whose value a write copies.
const RECENT: usize = 2;

impl Profiler {
    /// Profiles for the registers of `census`, without what `layout` calls bulk.
    pub fn new(census: &Census, layout: &Layout) -> Profiler {
        let mut slots = vec![NONE; census.table().len()];
        let (mut registers, mut profiles) = (Vec::new(), Vec::new());
        let overlaps = Overlaps::new(census);
        let written = |id| census.counts(id).writes > 0;
        for &id in &layout.single {
            slots[id as usize] = registers.len() as u32;
            registers.push(census.register(id));
            let shared = |written: &dyn Fn(RegisterId) -> bool| {
                overlaps.of(id).iter().any(|share| written(share.register))
            };
            let read_only = !written(id) && !shared(&written);
            let write_only = census.counts(id).reads == 0 && overlaps.of(id).is_empty();
            profiles.push(Profile { read_only, write_only, ..Profile::default() });
        }
        Profiler { slots, registers, profiles, overlaps, ..Profiler::default() }
    }

    /// A profiler that makes a profile of every register that it sees.
    pub fn growing() -> Profiler {
        Profiler { grows: true, ..Profiler::default() }
    }

    /// The profile of a register, if there is one.
    pub fn profile(&self, id: RegisterId) -> Option<&Profile> {
        self.profiles.get(*self.slots.get(id as usize)? as usize)
    }

    /// Ends the walks; to be called when everything was seen.
    pub fn finish(&mut self) {
        for device in &mut self.devices {
            device.reads.end_reads(&mut self.profiles);
            device.writes.end_writes(&mut self.profiles);
        }
    }

    /// Bits that were set when the register was read before, and that were just written to another one which is never
    /// read, are gone or not.
    fn cleared_by(&mut self, slot: u32, step: &Step) {
        let profile = &self.profiles[slot as usize];
        let (Some(before), Some(then)) = (profile.known(), profile.last.map(|last| last.at)) else { return };
        let here = self.registers[slot as usize];
        let mut explained = false;
        for write in self.devices[usize::from(step.stream)].unread.after(then) {
            let there = self.registers[write.slot as usize];
            if there.space != here.space || there.offset.abs_diff(here.offset) > set_clear::NEAR {
                continue;
            }
            let gone = write.cleared(before, step.first);
            explained |= gone;
            self.profiles[write.slot as usize].cleared_in.see(step.register, gone);
        }
        self.profiles[slot as usize].cleared_by += u64::from(explained);
    }

    /// What `step`, of a register that shares bytes with others, is to them.
    fn share(&mut self, step: &Step) {
        for n in 0..self.overlaps.of(step.register).len() {
            let share = self.overlaps.of(step.register)[n];
            let slot = self.slots[share.register as usize];
            let place = self.overlaps.place(share.register);
            let part = place.and_then(|place| self.parts.take(place, step));
            if let Some(part) = part.filter(|_| slot != NONE) {
                self.profiles[slot as usize].enter(self.stretch);
                self.profiles[slot as usize].through.add(step.register, &part);
                self.part(slot, share, &part);
            }
        }
    }

    /// A step of another register, as it is to the one at `slot`.
    fn part(&mut self, slot: u32, share: Share, part: &Step) {
        let device = &self.devices[usize::from(part.stream)];
        let whole = share.mask == bits(self.registers[slot as usize].width);
        let profile = &mut self.profiles[slot as usize];
        let moves = profile.moves;
        if part.is_write() {
            profile.write(part.value, if whole { u64::MAX } else { share.mask }, device.steps);
        } else if whole {
            let then = profile.last.map_or(0, |last| last.at);
            profile.read(part.first, device.steps, device.wrote < then, device.acked > then);
            if part.count > 1 {
                profile.poll(part);
            }
        } else {
            [part.first, part.value]
                .iter()
                .for_each(|&value| profile.glance(value, share.mask, device.steps));
        }
        if profile.moves > moves {
            profile.cause.vote(device.last_write.unwrap_or(NONE));
        }
    }

    fn read(&mut self, slot: u32, step: &Step) {
        self.cleared_by(slot, step);
        let device = &mut self.devices[usize::from(step.stream)];
        let profile = &mut self.profiles[slot as usize];
        let moves = profile.moves;
        let then = profile.last.map_or(0, |last| last.at);
        let before = profile.last.filter(|last| !last.written).map(|last| last.value);
        profile.read(step.first, device.steps, device.wrote < then, device.acked > then);
        if step.count > 1 {
            profile.poll(step);
        }
        if profile.moves > moves {
            profile.cause.vote(device.last_write.unwrap_or(NONE));
        }
        if let (Some((cause, value, at)), Some(before)) = (device.raised, before)
            && value & !before == value
            && step.first & value == value
            && cause != step.register
            && device.steps - at <= SOON
        {
            device.raised = None;
            let cause = self.slots[cause as usize];
            if let Some(cause) = self.profiles.get_mut(cause as usize)
                && (cause.shown_in == Some(step.register) || cause.shown == 0)
            {
                cause.shown += 1;
                cause.shown_in = Some(step.register);
            }
        }
    }

    fn write(&mut self, slot: u32, step: &Step, past: &Past) {
        let device = &mut self.devices[usize::from(step.stream)];
        let profile = &mut self.profiles[slot as usize];
        profile.compare(step.value);
        let mut ack = profile.write(step.value, u64::MAX, device.steps);
        let before = past.get(0).filter(|s| s.is_write() && s.register != step.register).map(|s| s.register);
        let again = past.get(0).is_some_and(|s| s.register == step.register && s.is_write());
        device.run = if again { device.run + 1 } else { 1 };
        if device.run >= RUN {
            profile.in_runs += if device.run == RUN { RUN } else { 1 };
            profile.run = profile.run.max(device.run);
        }
        // What was written just before the run began.
        let opener = past.get(RUN as usize - 1).filter(|s| device.run == RUN && s.is_write());
        let mut copied = None;
        let recent = past.iter().take(RECENT).find(|s| s.is_read());
        if let Some(read) = recent
            && read.register != step.register
            && read.value == step.value
            && step.value != 0
        {
            copied = Some(read.register);
            if profile.copied_from == Some(read.register) || profile.copies == 0 {
                profile.copies += 1;
                profile.copied_from = Some(read.register);
            }
            ack = true;
        }
        (device.wrote, device.last_write) = (device.steps, Some(step.register));
        if profile.write_only {
            device.unread.add(slot, step.value, device.steps);
        }
        if ack {
            device.acked = device.steps;
        }
        if step.value != 0 && step.value.count_ones() <= FEW_BITS {
            device.raised = Some((step.register, step.value, device.steps));
        }
        if let Some(first) = before.and_then(|id| self.profiles.get_mut(self.slots[id as usize] as usize)) {
            first.led += 1;
        }
        if let Some(opener) =
            opener.and_then(|s| self.profiles.get_mut(self.slots[s.register as usize] as usize))
        {
            opener.opened += 1;
        }
        if let Some(source) = copied.and_then(|id| self.profiles.get_mut(self.slots[id as usize] as usize)) {
            source.copied += 1;
        }
    }
}

impl Observer for Profiler {
    fn access(&mut self, register: RegisterId, access: &Access) {
        if self.grows && register as usize >= self.slots.len() {
            self.slots.resize(register as usize + 1, NONE);
            self.slots[register as usize] = self.registers.len() as u32;
            self.registers.push(access.register());
            self.profiles.push(Profile::default());
        }
        if !self.overlaps.is_empty() {
            self.parts.access(&self.overlaps, register, access);
        }
    }

    fn step(&mut self, step: &Step, past: &Past) {
        let number = usize::from(step.stream);
        if number >= self.devices.len() {
            self.devices.resize_with(number + 1, Device::default);
        }
        self.devices[number].steps += 1;
        let slot = self.slots.get(step.register as usize).copied().unwrap_or(NONE);
        if slot == NONE {
            self.share(step);
            return;
        }
        let register = self.registers[slot as usize];
        self.profiles[slot as usize].enter(self.stretch);
        match step.op {
            Op::Read => {
                let vanished = self.profiles[slot as usize].vanished;
                self.read(slot, step);
                let profile = &mut self.profiles[slot as usize];
                if profile.vanished > vanished
                    && let Some(before) = past.get(0).filter(|s| s.is_read() && s.register != step.register)
                {
                    profile.emptied.vote(before.register);
                }
                let on = past.get(0).is_some_and(Step::is_read);
                self.devices[number].reads.read(register, slot, on, &mut self.profiles);
            }
            Op::Write => {
                self.write(slot, step, past);
                self.devices[number].writes.write(register, slot, &mut self.profiles);
            }
            _ => {}
        }
        self.share(step);
    }

    fn gap(&mut self) {
        self.finish();
        self.parts.clear();
        self.stretch += 1;
        for device in &mut self.devices {
            (device.raised, device.last_write, device.run) = (None, None, 0);
            device.unread.clear();
        }
    }
}
