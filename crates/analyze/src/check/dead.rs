//! Devices of which every read gives the same from some moment on.
//!
//! A read of a device that does not answer (it fell off the bus, is held in reset, or lost its power) ends in a value
//! that the bus makes up, which on PCI is all ones in whatever width was asked for. Registers that gave other values
//! before then all give that one.

use mmio_format::{Access, DeviceId, Op, RegisterId};

use super::finding::{Done, Moment};
use crate::steps::{Observer, Past, Step};

/// Fewest registers that gave something else before and now give all ones.
const ONES_REGISTERS: u32 = 3;
/// Fewest registers that gave something else before and now give one value that is not all ones.
const SAME_REGISTERS: u32 = 8;
/// Fewest registers among these that gave one value until then, at least twice.
const SAME_CONSTANTS: u32 = 4;
/// Fewest reads that give the same.
const LEAST_READS: u64 = 4;
/// Most writes before a stretch that are named.
const MOST_WRITES: usize = 4;
/// Most stretches that are kept of all devices.
const MAX_STRETCHES: usize = 1024;

/// A stretch in which all reads of a device give the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dead {
    /// The value that all reads give; nothing where it is all ones in the width of each.
    pub value: Option<u64>,
    /// Reads in the stretch.
    pub reads: u64,
    /// Registers that were read in the stretch.
    pub registers: u64,
    /// Those among them that gave other values before.
    pub changed: u64,
    /// The read before the stretch, and where it is.
    pub last_good: Option<(Moment, Done)>,
    /// The last writes between that read and the stretch, the last one first; the last of all where there is none.
    pub writes: Vec<(Moment, Done)>,
    /// The last read of the stretch.
    pub end: Moment,
    /// Whether the device gave something else later.
    pub recovered: bool,
}

/// A dead device as it was found.
pub(super) struct Stretch {
    pub(super) device: DeviceId,
    pub(super) first: Moment,
    pub(super) dead: Dead,
}

impl Stretch {
    /// Whether the access `moment` of a device lies in the stretch.
    pub(super) fn has(&self, device: DeviceId, moment: Moment) -> bool {
        self.device == device && (self.first..=self.dead.end).contains(&moment)
    }
}

/// What is known of a register.
#[derive(Clone, Copy, Default)]
struct Known {
    /// The value read last.
    read: u64,
    /// The value written last.
    written: u64,
    /// The stretch in which it was read last, by its number.
    stretch: u32,
    /// Reads so far, as far as they gave one value; 0 before the first one.
    steady: u16,
    is_read: bool,
    is_written: bool,
    varies: bool,
}

/// The value of a stretch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Same {
    Ones,
    Value(u64),
}

impl Same {
    fn of(access: &Access) -> Same {
        let unused = 64 - 8 * u32::from(access.width.clamp(1, 8));
        if access.value << unused == u64::MAX << unused { Same::Ones } else { Same::Value(access.value) }
    }
}

/// The present stretch of a device.
struct Run {
    number: u32,
    same: Same,
    first: Moment,
    end: Moment,
    reads: u64,
    registers: u32,
    changed: u32,
    constants: u32,
    last_good: Option<(Moment, Done)>,
    writes: Writes,
}

/// A device: its present stretch, the last read and the last write.
#[derive(Default)]
struct Device {
    run: Option<Run>,
    read: Option<(Moment, Done)>,
    writes: Writes,
}

/// The last writes of a device, the last one first.
type Writes = [Option<(Moment, Done)>; MOST_WRITES];

/// Looks for dead devices.
#[derive(Default)]
pub(super) struct Watch {
    known: Vec<Known>,
    devices: Vec<(DeviceId, Device)>,
    numbers: u32,
    found: Vec<Stretch>,
}

impl Watch {
    /// A watch of `registers` registers.
    pub(super) fn new(registers: usize) -> Watch {
        Watch { known: vec![Known::default(); registers], ..Watch::default() }
    }

    /// The stretches, when all accesses were seen.
    pub(super) fn finish(mut self) -> Vec<Stretch> {
        let devices = std::mem::take(&mut self.devices);
        for (device, state) in devices {
            state.run.into_iter().for_each(|run| self.end(device, &run, false));
        }
        self.found
    }

    /// Where the device of `access` stands.
    fn device(&mut self, access: &Access) -> usize {
        let at = access.place.stream();
        if at >= self.devices.len() {
            self.devices.resize_with(at + 1, Default::default);
        }
        self.devices[at].0 = access.device();
        at
    }

    fn read(&mut self, register: RegisterId, access: &Access) {
        let at = self.device(access);
        let (id, device) = &mut self.devices[at];
        let same = Same::of(access);
        let (moment, done) = (moment(access), done(access));
        if device.run.as_ref().is_none_or(|run| run.same != same) {
            self.numbers = self.numbers.wrapping_add(1);
            let run = Run {
                number: self.numbers,
                same,
                first: moment,
                end: moment,
                reads: 0,
                registers: 0,
                changed: 0,
                constants: 0,
                last_good: device.read,
                writes: device.writes,
            };
            let (id, ended) = (*id, device.run.replace(run));
            ended.into_iter().for_each(|run| self.end(id, &run, true));
        }
        let device = &mut self.devices[at].1;
        device.read = Some((moment, done));
        if let Some(run) = &mut device.run {
            run.see(&mut self.known[register as usize], access);
        }
    }

    fn end(&mut self, device: DeviceId, run: &Run, recovered: bool) {
        if self.found.len() < MAX_STRETCHES && run.is_dead(recovered) {
            let value = if let Same::Value(value) = run.same { Some(value) } else { None };
            let dead = Dead {
                value,
                reads: run.reads,
                registers: run.registers.into(),
                changed: run.changed.into(),
                last_good: run.last_good,
                writes: run.suspects(),
                end: run.end,
                recovered,
            };
            self.found.push(Stretch { device, first: run.first, dead });
        }
    }
}

impl Run {
    fn see(&mut self, known: &mut Known, access: &Access) {
        self.reads += 1;
        self.end = moment(access);
        if known.stretch != self.number {
            known.stretch = self.number;
            self.registers += 1;
            // What was written there may well be read there.
            let written = known.is_written && known.written == access.value;
            if known.is_read && known.read != access.value && !written {
                self.changed += 1;
                self.constants += u32::from(!known.varies && known.steady >= 2);
            }
        }
        known.varies |= known.is_read && known.read != access.value;
        (known.read, known.is_read) = (access.value, true);
        known.steady = known.steady.saturating_add(1);
    }

    /// The writes since the last good read, or the last one.
    fn suspects(&self) -> Vec<(Moment, Done)> {
        let since = self.last_good.map(|(moment, _)| moment);
        let mut writes: Vec<_> = self.writes.iter().copied().flatten().collect();
        let after = writes.iter().take_while(|(moment, _)| Some(*moment) > since).count();
        writes.truncate(after.max(1));
        writes
    }

    fn is_dead(&self, recovered: bool) -> bool {
        self.reads >= LEAST_READS
            && match self.same {
                Same::Ones => self.changed >= ONES_REGISTERS,
                // A reset makes many registers alike for a while.
                Same::Value(_) => {
                    !recovered && self.changed >= SAME_REGISTERS && self.constants >= SAME_CONSTANTS
                }
            }
    }
}

impl Observer for Watch {
    fn access(&mut self, register: RegisterId, access: &Access) {
        match access.op {
            Op::Read => self.read(register, access),
            Op::Write => {
                let known = &mut self.known[register as usize];
                (known.written, known.is_written) = (access.value, true);
                let at = self.device(access);
                let writes = &mut self.devices[at].1.writes;
                writes.rotate_right(1);
                writes[0] = Some((moment(access), done(access)));
            }
            Op::Unknown => {}
        }
    }

    fn step(&mut self, _: &Step, _: &Past) {}
}

fn moment(access: &Access) -> Moment {
    Moment { index: access.index, time: access.time }
}

fn done(access: &Access) -> Done {
    Done { register: access.register(), op: access.op, value: Some(access.value) }
}
