//! The second pass: which read comes first after which write.

use std::collections::HashSet;

use mmio_format::{Op, RegisterId};

use super::runs::{Clock, Rates, Runs};
use super::seen::{Event, Seen};
use super::tally::Answer;
use super::{MAX_HELD, MAX_PAIRS, WINDOW};
use crate::census::Census;
use crate::steps::{Observer, Past, Step};
use crate::summary::Summary;
use crate::waits::{self, Waits};
use mmio_format::fast_map::FastMap;
use mmio_format::register::NONE;

/// Watches the writes and reads that may be pairs.
pub(super) struct Watch {
    /// For each register its place in `runs`, or [`NONE`].
    read: Vec<RegisterId>,
    /// For each register whether it is written often enough.
    written: Vec<bool>,
    /// For registers written often the one written before most accesses.
    leaders: FastMap<u64, RegisterId>,
    pub runs: Vec<(RegisterId, Runs)>,
    pub seen: Seen,
    /// Writes of data registers right after their index, as the census suggests.
    pub moves: Seen,
    /// How often a write was directly followed by a read, for all registers however rare.
    pub follows: FastMap<u64, u32>,
    pub devices: Vec<Stream>,
    waits: waits::Watch,
    /// What may have been a wait in vain, and so not an answer.
    held: Vec<Held>,
    /// How often a write was followed by a wait that was not met.
    never: FastMap<u64, u64>,
}

/// A read that may not be an answer.
struct Held {
    write: RegisterId,
    read: RegisterId,
    /// Number of the first read.
    index: u64,
    event: Event,
}

/// The stream of a device.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stream {
    pub clock: Clock,
    /// Steps at the last gap.
    start: u64,
    /// Writes of any register.
    pub writes: u64,
}

/// A pair as a key.
pub(super) fn key(write: RegisterId, read: RegisterId) -> u64 {
    u64::from(write) << 32 | u64::from(read)
}

/// The registers of a key.
pub(super) fn pair(key: u64) -> (RegisterId, RegisterId) {
    ((key >> 32) as RegisterId, key as RegisterId)
}

impl Watch {
    pub(super) fn new(census: &Census, min_count: u64) -> Watch {
        let all = census.table().len();
        let (mut read, mut written, mut runs) = (vec![NONE; all], vec![false; all], Vec::new());
        let mut leaders = FastMap::default();
        for id in 0..all as RegisterId {
            let counts = census.counts(id);
            written[id as usize] = counts.writes >= min_count;
            if let (true, Some(leader)) = (counts.writes >= min_count, counts.leader(Op::Write)) {
                leaders.insert(id.into(), leader);
            }
            if counts.reads >= min_count && census.register(id).width > 0 {
                read[id as usize] = runs.len() as u32;
                runs.push((id, Runs::default()));
            }
        }
        Watch {
            read,
            written,
            runs,
            seen: Seen::default(),
            moves: Seen::default(),
            leaders,
            follows: FastMap::default(),
            devices: Vec::new(),
            waits: waits::Watch::new(census),
            held: Vec::new(),
            never: FastMap::default(),
        }
    }

    /// The waits, now that all was seen; reads that end a wait that was not met are no answers.
    pub(super) fn finish(&mut self, trace: Summary, census: &Census) -> Waits {
        let watch = std::mem::replace(&mut self.waits, waits::Watch::new(&Census::default()));
        let waits = watch.finish(trace, census);
        let unmet: HashSet<u64> = waits.unmet.iter().map(|wait| wait.index).collect();
        for Held { write, read, index, event } in std::mem::take(&mut self.held) {
            if unmet.contains(&index) {
                *self.never.entry(key(write, read)).or_default() += 1;
            } else {
                self.seen.add(write, read, &event);
            }
        }
        waits
    }

    /// How often a write of `write` was followed by a wait for `read` that was not met.
    pub(super) fn never(&self, write: RegisterId, read: RegisterId) -> u64 {
        self.never.get(&key(write, read)).copied().unwrap_or(0)
    }

    /// The runs of a register that is read often enough.
    pub(super) fn runs_of(&self, id: RegisterId) -> Option<&Runs> {
        let place = *self.read.get(id as usize)?;
        self.runs.get(place as usize).map(|(_, runs)| runs)
    }

    /// Whether a register is written often enough.
    pub(super) fn is_written(&self, id: RegisterId) -> bool {
        self.written[id as usize]
    }

    /// Whether a register may be part of a pair.
    pub(super) fn is_candidate(&self, id: RegisterId) -> bool {
        self.is_written(id) || self.read[id as usize] != NONE
    }

    /// A run of reads is complete: it answers the writes since the run before of its register.
    fn answer(&mut self, place: usize, step: &Step, past: &Past) {
        let stream = self.devices[usize::from(step.stream)];
        let runs = &mut self.runs[place].1;
        let before = runs.value.replace(step.value);
        let rates = runs.run(stream.clock, stream.start, step.count);
        let (mut seen, mut accesses) = ([NONE; WINDOW], 1);
        let (mut command, mut across) = (false, false);
        let in_vain = step.count > 2 && self.held.len() < MAX_HELD && !self.waits.is_met(step);
        for back in 0..WINDOW {
            let Some(earlier) = past.get(back) else { break };
            if earlier.is_write() {
                let register = earlier.register;
                if back == 0 {
                    self.follow(key(register, step.register));
                }
                if self.written[register as usize] && !seen[..back].contains(&register) {
                    let answer = Answer {
                        steps: back as u8 + 1,
                        accesses,
                        latency: step.end_time.saturating_sub(earlier.time),
                        across,
                        polled: step.count > 1,
                        changed: step.changes > 0,
                    };
                    let event = Event { answer, rates, written: earlier.value, read: step.value, before };
                    if in_vain {
                        let (read, index) = (step.register, step.index);
                        self.held.push(Held { write: register, read, index, event });
                    } else {
                        self.seen.add(register, step.register, &event);
                    }
                }
                seen[back] = register;
                // What is read and then written back is changed or acknowledged, and not a question of its
                // own.
                command |= past.get(back + 1).is_none_or(|s| s.is_write() || s.register != register);
            } else {
                if earlier.register == step.register {
                    break;
                }
                across |= command;
            }
            accesses += earlier.count;
        }
    }

    /// A write, perhaps of the data behind the index written before.
    fn moved(&mut self, step: &Step, past: &Past) {
        let Some(index) = past.get(0).filter(|index| index.is_write()) else { return };
        if self.leaders.get(&step.register.into()) != Some(&index.register) {
            return;
        }
        let answer = Answer {
            steps: 1,
            accesses: 1,
            latency: step.time.saturating_sub(index.time),
            across: false,
            polled: false,
            changed: false,
        };
        let event =
            Event { answer, rates: Rates::default(), written: index.value, read: step.value, before: None };
        self.moves.add(index.register, step.register, &event);
    }

    fn follow(&mut self, key: u64) {
        if self.follows.len() < MAX_PAIRS || self.follows.contains_key(&key) {
            *self.follows.entry(key).or_default() += 1;
        }
    }
}

impl Observer for Watch {
    fn step(&mut self, step: &Step, past: &Past) {
        self.waits.step(step, past);
        let device = usize::from(step.stream);
        if device >= self.devices.len() {
            self.devices.resize(device + 1, Stream::default());
        }
        if step.is_read() {
            let place = self.read.get(step.register as usize).copied().unwrap_or(NONE);
            if place != NONE {
                self.answer(place as usize, step, past);
            }
        }
        if step.is_write() && self.written[step.register as usize] {
            self.moved(step, past);
        }
        let stream = &mut self.devices[device];
        stream.writes += u64::from(step.is_write());
        stream.clock.steps += 1;
        stream.clock.accesses += step.count;
    }

    fn gap(&mut self) {
        self.waits.gap();
        for stream in &mut self.devices {
            stream.start = stream.clock.steps;
        }
    }
}
