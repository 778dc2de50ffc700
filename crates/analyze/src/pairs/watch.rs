//! The second pass: which read comes first after which write.

use std::collections::HashSet;

use mmio_format::{Op, RegisterId};

use super::meanings::{ANY, Before, Meanings};
use super::runs::{Clock, Rates, Runs};
use super::seen::{Event, Seen};
use super::tally::Answer;
use super::{MAX_PAIRS, WINDOW};
use crate::census::Census;
use crate::overlaps::Overlaps;
use crate::pair_key::key;
use crate::steps::{Observer, Past, Step};
use crate::waits::Waits;
use mmio_format::fast_map::FastMap;
use mmio_format::register::NONE;

/// Watches the writes and reads that may be pairs.
pub(super) struct Watch {
    /// For each register its place in `runs`, or [`NONE`].
    read: Vec<RegisterId>,
    /// For each register its place in `meanings`, or [`NONE`].
    written: Vec<u32>,
    /// What the registers that are written often enough are written with.
    meanings: Vec<Meanings>,
    /// For registers written often the one written before most accesses.
    leaders: FastMap<u64, RegisterId>,
    pub runs: Vec<(RegisterId, Runs)>,
    pub seen: Seen,
    /// Writes of data registers right after their index, as the census suggests.
    pub moves: Seen,
    /// How often a write was directly followed by a read, for all registers however rare.
    pub follows: FastMap<u64, u32>,
    pub devices: Vec<Stream>,
    /// Registers that share bytes.
    pub overlaps: Overlaps,
    /// Numbers of the first reads of waits that were not met.
    unmet: HashSet<u64>,
    /// How often a write was followed by a wait that was not met.
    never: FastMap<u64, u64>,
}

/// The stream of a device.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stream {
    pub clock: Clock,
    /// Steps at the last gap.
    start: u64,
    /// Writes of any register.
    pub writes: u64,
    /// Nanoseconds from a step to the next that are usual: about as many are more as are less.
    usual: u64,
}

/// A pause is so many times as long as usual, and so many times as long as all else from the write to the read.
const PAUSE: u64 = 8;
const MOST_OF_IT: u64 = 3;

impl Watch {
    /// Follows what `census` counted; reads that end one of `waits` that was not met are no answers.
    pub(super) fn new(census: &Census, waits: &Waits, min_count: u64) -> Watch {
        let all = census.table().len();
        let (mut read, mut written, mut runs) = (vec![NONE; all], vec![NONE; all], Vec::new());
        let mut meanings = Vec::new();
        let mut leaders = FastMap::default();
        for id in 0..all as RegisterId {
            let counts = census.counts(id);
            if counts.writes >= min_count {
                written[id as usize] = meanings.len() as u32;
                meanings.push(Meanings::default());
            }
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
            meanings,
            runs,
            seen: Seen::default(),
            moves: Seen::default(),
            leaders,
            follows: FastMap::default(),
            devices: Vec::new(),
            overlaps: Overlaps::new(census),
            unmet: waits.unmet.iter().map(|wait| wait.index).collect(),
            never: FastMap::default(),
        }
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
        self.written[id as usize] != NONE
    }

    /// What a register is written with, if that is often enough.
    pub(super) fn meanings(&self, id: RegisterId) -> Option<&Meanings> {
        self.meanings.get(*self.written.get(id as usize)? as usize)
    }

    /// Whether a register may be part of a pair.
    pub(super) fn is_candidate(&self, id: RegisterId) -> bool {
        self.is_written(id) || self.read[id as usize] != NONE
    }

    /// A run of reads is complete: it answers the writes since the run before of its register.
    fn answer(&mut self, place: usize, step: &Step, past: &Past) {
        let Stream { clock, start, usual, .. } = self.devices[usize::from(step.stream)];
        let runs = &mut self.runs[place].1;
        let before = runs.value.replace(step.value);
        let rates = runs.run(clock, start, step.count);
        let (mut seen, mut accesses) = ([NONE; WINDOW], 1);
        let (mut command, mut across) = (false, false);
        // The register last written that asks anything, and the two read first.
        let (mut asker, mut reads) = (NONE, [NONE; 2]);
        let mut pause = Pause { next: step.time, ..Pause::default() };
        let in_vain = !self.unmet.is_empty() && self.unmet.contains(&step.index);
        for back in 0..WINDOW {
            let Some(earlier) = past.get(back) else { break };
            if earlier.is_write() {
                let register = earlier.register;
                if back == 0 {
                    self.follow(key(register, step.register));
                }
                let returned = past.get(back + 1).is_some_and(|s| !s.is_write() && s.register == register);
                let meanings = self.meanings(register);
                let acknowledges = meanings.is_some_and(Meanings::acknowledge);
                if asker == NONE && !acknowledges {
                    asker = register;
                }
                if let Some(meanings) = meanings.filter(|_| !seen[..back].contains(&register)) {
                    let answer = Answer {
                        steps: back as u8 + 1,
                        accesses,
                        latency: step.end_time.saturating_sub(earlier.time),
                        across,
                        polled: step.count > 1,
                        changed: step.changes > 0,
                        meaning: meanings.last(),
                        asker,
                        first: if reads[0] == register { reads[1] } else { reads[0] },
                        returned,
                        late: pause.is_most(register, step.time.saturating_sub(earlier.time), usual),
                    };
                    let (written, bits) = self.written(back, earlier, step.register, past);
                    let before = before.map(|before| before & bits);
                    let event = Event { answer, rates, written, read: step.value & bits, before };
                    if in_vain {
                        *self.never.entry(key(register, step.register)).or_default() += 1;
                    } else {
                        self.seen.add(register, step.register, &event);
                    }
                }
                seen[back] = register;
                // What is read and then written back is changed or acknowledged, and not a question of its
                // own.
                command |= !returned && !acknowledges;
            } else {
                if earlier.register == step.register {
                    break;
                }
                across |= command;
                pause.after(earlier);
                reads = [earlier.register, reads[0]];
            }
            pause.next = earlier.time;
            accesses += earlier.count;
        }
    }

    /// What the write `earlier`, `back` steps ago, left in `register`, and the bits of that register it can be compared
    /// with. Registers that share bytes are one truth, so that the write may be of another one, or another one's be
    /// written since.
    fn written(&self, back: usize, earlier: &Step, register: RegisterId, past: &Past) -> (u64, u64) {
        let (mut value, mut bits) = (earlier.value, u64::MAX);
        if self.overlaps.of(register).is_empty() {
            return (value, bits);
        }
        let share = |step: &Step| self.overlaps.of(step.register).iter().find(|s| s.register == register);
        if let Some(share) = share(earlier) {
            (value, bits) = (share.part(earlier.value), share.mask);
        } else if earlier.register != register {
            return (value, bits);
        }
        for later in (0..back).rev().filter_map(|back| past.get(back)).filter(|step| step.is_write()) {
            if later.register == register {
                value = later.value & bits;
            } else if let Some(share) = share(later) {
                value = value & !share.mask | share.part(later.value) & bits;
            }
        }
        (value, bits)
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
            meaning: ANY,
            asker: index.register,
            first: NONE,
            returned: false,
            late: false,
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

/// What was read just before the write `step`.
fn read_before(step: &Step, past: &Past) -> Before {
    let read = |back| past.get(back).filter(|s| s.is_read());
    let last = read(0);
    let second = last.and_then(|_| read(1));
    Before {
        own: last.filter(|s| s.register == step.register).map(|s| s.value),
        any: [last.map(|s| s.value), second.map(|s| s.value)],
    }
}

/// The longest time without an access that follows a read between a write and its answer.
#[derive(Clone, Copy, Debug, Default)]
struct Pause {
    length: u64,
    read: RegisterId,
    /// When the step after began.
    next: u64,
}

impl Pause {
    /// The read `earlier` came before the last step.
    fn after(&mut self, earlier: &Step) {
        let length = self.next.saturating_sub(earlier.end_time);
        if length > self.length {
            (self.length, self.read) = (length, earlier.register);
        }
    }

    /// Whether the pause is most of `all` from the write of `register` to the answer, and not usual. A read of what was
    /// written makes sure that it arrived: that is not yet an answer.
    fn is_most(&self, register: RegisterId, all: u64, usual: u64) -> bool {
        let rest = all.saturating_sub(self.length);
        self.read != register
            && self.length > usual.saturating_mul(PAUSE)
            && self.length > rest.saturating_mul(MOST_OF_IT)
    }
}

impl Observer for Watch {
    fn step(&mut self, step: &Step, past: &Past) {
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
        if step.is_write() && self.is_written(step.register) {
            self.moved(step, past);
            self.meanings[self.written[step.register as usize] as usize]
                .write(step.value, &read_before(step, past));
        }
        let stream = &mut self.devices[device];
        if let Some(before) = past.get(0) {
            let gap = step.time.saturating_sub(before.end_time);
            let by = stream.usual / 16 + 1;
            stream.usual =
                if gap > stream.usual { stream.usual + by } else { stream.usual.saturating_sub(by) };
        }
        stream.writes += u64::from(step.is_write());
        stream.clock.steps += 1;
        stream.clock.accesses += step.count;
    }

    fn gap(&mut self) {
        for stream in &mut self.devices {
            stream.start = stream.clock.steps;
        }
    }
}
