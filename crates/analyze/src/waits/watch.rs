//! Follows the reads of all registers.

use super::chain::{After, Chain, Stop};
use super::judge::{Judged, Whole, judge};
use super::runs::Runs;
use super::{Cut, Waits};
use crate::census::Census;
use crate::patterns::per_register::PerRegister;
use crate::site::Site;
use crate::steps::{Observer, Past, Step};
use crate::summary::Summary;
use mmio_format::width;
use mmio_format::{Access, RegisterId};

/// Steps of a device in which what broke into a wait comes back to it.
const BROKEN: usize = 8;
/// Steps of a device before a wait in which the write is looked for that it waits for.
const ASKED: usize = 4;
/// Chains of all registers that may not have been met and are kept.
const MAX_ALL_DOUBTS: usize = 1 << 16;

/// The chains of reads of all registers.
#[derive(Clone, Debug)]
pub(crate) struct Follower {
    runs: PerRegister<Runs>,
    room: usize,
    /// Nanoseconds of the first and the last step.
    time: Option<(u64, u64)>,
    accesses: u64,
    /// The last step of each stream, since the last gap.
    last: Vec<Option<After>>,
}

/// The steps of a device before the present one, the latest first.
pub(crate) trait Earlier {
    /// The step `back` steps ago, 0 for the one just before.
    fn get(&self, back: usize) -> Option<&Step>;
}

impl Earlier for Past {
    fn get(&self, back: usize) -> Option<&Step> {
        Past::get(self, back)
    }
}

impl Follower {
    /// For `registers` registers.
    pub(crate) fn new(registers: usize) -> Follower {
        Follower {
            runs: PerRegister::new(registers),
            room: MAX_ALL_DOUBTS,
            time: None,
            accesses: 0,
            last: Vec::new(),
        }
    }

    /// A step of any kind; `often` if its register is read more than once, `width_mask` are all its bits.
    #[inline]
    pub(crate) fn step(&mut self, step: &Step, earlier: &impl Earlier, often: bool, width_mask: u64) {
        self.time = Some((self.time.map_or(step.time, |(first, _)| first), step.end_time));
        self.accesses += step.count;
        let (one, two) = (earlier.get(0), earlier.get(1));
        let goes_on = |s: &Step| step.is_read() && s.is_read() && s.register == step.register;
        let before = match (one, two) {
            (Some(one), _) if goes_on(one) => Some(one),
            (Some(one), Some(two)) if !one.is_write() && goes_on(two) => Some(two),
            _ => None,
        };
        // What was read is over if this step does not go on with it, and the next one cannot.
        if let (Some(one), Some(two)) = (one, two)
            && two.is_read()
            && before.is_none_or(|b| b.index != two.index)
        {
            self.end(two, one, step);
        }
        if let Some(one) = one.filter(|one| one.is_read() && step.is_write()) {
            self.end(one, step, step);
        }
        self.last(step);
        if step.is_read() && often {
            self.read(step, before, earlier, width_mask);
        }
    }

    /// The chain that has `last` as its last step is over, if there is one; `one` came after it, and then `step`.
    fn end(&mut self, last: &Step, one: &Step, step: &Step) {
        let Some(runs) = self.runs.get(last.register) else { return };
        let Some(chain) = runs.open.as_ref().filter(|chain| chain.last == last.index) else { return };
        // What was read in turns with it belongs to it.
        let turn = one.is_read() && chain.beside == Some(one.register);
        let next = After::of(if turn { step } else { one });
        self.close(last.register, Stop::Next(next));
    }

    fn last(&mut self, step: &Step) {
        let stream = usize::from(step.stream);
        if stream >= self.last.len() {
            self.last.resize(stream + 1, None);
        }
        self.last[stream] = Some(After::of(step));
    }

    fn close(&mut self, register: RegisterId, stop: Stop) {
        let beside = self.runs.get(register).and_then(|runs| runs.open.as_ref()?.beside);
        let beside = beside.and_then(|other| Some((other, self.latest(other)?)));
        let Some(runs) = self.runs.get(register) else { return };
        runs.close(stop, beside.map(|(other, (value, moved))| (other, value, moved)), &mut self.room);
    }

    /// The last value of a chain that is open or was open last, and whether it was another one than before.
    fn latest(&mut self, register: RegisterId) -> Option<(u64, bool)> {
        let runs = self.runs.get(register)?;
        match &runs.open {
            Some(c) => Some((c.value, c.up() != 0 || c.down(runs.width_mask) != 0)),
            None => runs.latest.map(|(_, value, moved)| (value, moved)),
        }
    }

    /// `before` are the reads that this one goes on from.
    fn read(&mut self, step: &Step, before: Option<&Step>, earlier: &impl Earlier, width_mask: u64) {
        if step.count == 1 && before.is_none() && self.runs.get(step.register).is_none() {
            return;
        }
        let Some(runs) = self.runs.entry(step.register, || Runs::new(width_mask)) else { return };
        runs.direct |= step.count > 1 || before.is_some_and(|b| b.count > 1);
        if let Some(before) = before {
            let chain = runs.open.get_or_insert_with(|| Chain::begin(before));
            if chain.first.index == before.index && chain.after.is_none() {
                let back = (0..2).find(|&b| earlier.get(b).is_some_and(|s| s.index == before.index));
                chain.after = asked(earlier, back.map_or(0, |back| back + 1));
            }
            let one = earlier.get(0).filter(|one| one.index != before.index);
            chain.beside = chain.beside.or(one.map(|one| one.register));
            chain.join(step);
            return;
        }
        let mut chain = Chain::begin(step);
        // Of a single read it is asked when it turns out to be one of several.
        if step.count > 1 {
            chain.after = asked(earlier, 0);
        }
        if let Some(back) = broken(runs, step, earlier)
            && let Some(doubt) = runs.doubts.pop_if(|d| resumes(d, earlier, back))
        {
            self.room += 1;
            chain.earlier = Some((doubt.chain.all_reads(), doubt.chain.start()));
            chain.after = doubt.chain.after;
        }
        runs.open = Some(chain);
    }

    /// All chains are cut, but those that something else came after.
    pub(crate) fn cut(&mut self, cut: Cut) {
        let open = self.runs.iter().filter_map(|(id, runs)| Some((id, *runs.open.as_ref()?)));
        let open: Vec<(RegisterId, Chain)> = open.collect();
        for (id, chain) in open {
            let last = self.last.get(usize::from(chain.stream)).copied().flatten();
            let other = last.filter(|last| last.register != id && Some(last.register) != chain.beside);
            self.close(id, other.map_or(Stop::Cut(cut), Stop::Next));
        }
        self.last.fill(None);
    }

    /// Whether there were more registers than are followed.
    pub(crate) fn is_full(&self) -> bool {
        self.runs.is_full()
    }

    /// What came of the chains, now that all was seen: of each register that may be waited for. `twice` says of which
    /// it is known that two reads are a wait.
    pub(crate) fn judge(&mut self, twice: impl Fn(RegisterId) -> bool) -> Vec<(RegisterId, Judged)> {
        self.cut(Cut::End);
        let time = self.time.map_or(0, |(first, last)| last.saturating_sub(first));
        judge(&mut self.runs, Whole { time, accesses: self.accesses }, twice)
    }
}

/// What was written last, among the steps from `back` on.
fn asked(earlier: &impl Earlier, back: usize) -> Option<RegisterId> {
    let steps = (back..back + ASKED).map_while(|back| earlier.get(back));
    steps.into_iter().find(|s| s.is_write()).map(|s| s.register)
}

/// How many steps ago the last chain ended that may not have been met.
fn broken(runs: &Runs, step: &Step, earlier: &impl Earlier) -> Option<usize> {
    let last = runs.doubts.last()?.chain.last;
    // Most are long ago.
    if earlier.get(BROKEN - 1).is_some_and(|s| s.index > last) || step.index <= last {
        return None;
    }
    (1..BROKEN).find(|&back| earlier.get(back).is_some_and(|s| s.index == last))
}

/// Whether a wait goes on that something else broke into, as an interrupt does, which begins with a read. When what
/// was written before the wait is written again, another one begins.
fn resumes(doubt: &super::runs::Doubt, earlier: &impl Earlier, back: usize) -> bool {
    let mut between = (0..back).filter_map(|b| earlier.get(b));
    let Stop::Next(next) = doubt.stop else { return false };
    next.is_read() && !between.any(|s| s.is_write() && Some(s.register) == doubt.chain.after)
}

/// Follows the waits of a pass, beside whatever else follows it: an [`Observer`] of a [`Study`](crate::study::Study).
pub struct Watch {
    follower: Follower,
    /// Of each register whether it is read more than once, and its bits.
    registers: Vec<(bool, u64)>,
}

impl Watch {
    /// For the registers of `census`, which counted the accesses that will come.
    pub fn new(census: &Census) -> Watch {
        let one = |id| (census.counts(id).reads > 1, width::bits(census.register(id).width));
        let registers: Vec<(bool, u64)> = (0..census.table().len() as RegisterId).map(one).collect();
        Watch { follower: Follower::new(registers.len()), registers }
    }

    /// The waits, now that all was seen.
    pub fn finish(self, trace: Summary, census: &Census) -> Waits {
        Waits::of(trace, self.follower, |register| Site::direct(census.register(register)))
    }
}

impl Observer for Watch {
    fn access(&mut self, _register: RegisterId, _access: &Access) {}

    fn step(&mut self, step: &Step, past: &Past) {
        let (often, mask) = self.registers[step.register as usize];
        self.follower.step(step, past, often, mask);
    }

    fn gap(&mut self) {
        self.follower.cut(Cut::Loss);
    }
}
