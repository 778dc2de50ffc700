//! Which variables a file has: registers with their counters, and what stands for the trace as a whole.

use mmio_format::{DeviceId, Register, RegisterId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use mmio_format::survey::Survey;

use super::names::Names;
use super::write::Code;
use crate::look::Look;
use mmio_analyze::census::Census;
use mmio_analyze::waits::Waits;

/// Most registers that have variables of their own, the busiest ones. Viewers list every variable, and become slow
/// with more.
pub const MOST_REGISTERS: usize = 10_000;

/// A variable that counts something; each change is one more.
#[derive(Clone, Debug)]
pub(super) struct Counter {
    pub(super) code: Code,
    pub(super) bits: u32,
    pub(super) count: u64,
}

/// A register that is shown.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) register: Register,
    pub(super) name: String,
    /// Width of the value in bits.
    pub(super) bits: u32,
    /// The value; nothing for a register that has only accesses without one.
    pub(super) value: Option<Code>,
    pub(super) reads: Option<Counter>,
    pub(super) writes: Option<Counter>,
    pub(super) unknown: Option<Counter>,
    /// Whether a wait for it goes on that is not met, where there is one: 1 for one in vain, x for one of which the end
    /// is not known.
    pub(super) unmet: Option<Code>,
    /// Reads of that wait that are still to come.
    pub(super) waiting: u64,
    /// What the value is, if it is known.
    pub(super) last: Option<u64>,
}

/// A counter for the registers of a device's BAR that are not shown.
type Others = ((DeviceId, u8), Counter);

/// The variables of a file.
pub(super) struct Variables {
    /// For each register of the census its place among those shown, or after them that of its BAR's counter.
    pub(super) places: Vec<u32>,
    /// Registers by device, BAR, offset and width.
    pub(super) shown: Vec<Shown>,
    /// Accesses to registers that are not shown, by device and BAR.
    pub(super) others: Vec<Others>,
    pub(super) marker: Code,
    pub(super) markers: Counter,
    pub(super) losses: Counter,
    pub(super) lost_events: Counter,
    /// The number of registers that are not shown, and of their accesses.
    pub(super) left_out: (usize, u64),
}

/// A supply of codes, the shortest first.
struct Codes(u32);

impl Codes {
    fn code(&mut self) -> Code {
        self.0 += 1;
        Code::new(self.0 - 1)
    }

    /// A counter that will count to `most`.
    fn counter(&mut self, most: u64) -> Counter {
        Counter { code: self.code(), bits: u64::BITS - (most | 1).leading_zeros(), count: 0 }
    }
}

impl Variables {
    /// The variables for what `look` found, with at most `most` registers.
    pub(super) fn new(look: &Look, survey: &Survey, most: usize, waits: &Waits) -> Variables {
        let census = &look.census;
        let ids: Vec<RegisterId> = busiest(census, most);
        let mut codes = Codes(0);
        let mut shown: Vec<(RegisterId, Shown)> =
            ids.iter().map(|&id| (id, register(look, id, &mut codes))).collect();
        shown.sort_by_key(|(_, shown)| {
            let Register { device, offset, width, .. } = shown.register;
            let bar = shown.register.bar();
            (device, bar, offset, width)
        });
        let names = Names::new(shown.iter().map(|(_, shown)| shown.register));
        shown.iter_mut().for_each(|(_, shown)| shown.name = names.name(shown.register));
        let mut places = vec![u32::MAX; census.table().len()];
        (0..).zip(&shown).for_each(|(place, (id, _))| places[*id as usize] = place);
        let (others, left_out) = others(census, &mut places, shown.len(), &mut codes);
        let mut variables = Variables {
            places,
            others,
            left_out,
            marker: codes.code(),
            markers: codes.counter(look.markers),
            losses: codes.counter(survey.losses.len() as u64 + survey.more_losses.0),
            lost_events: codes.counter(survey.lost()),
            shown: shown.into_iter().map(|(_, shown)| shown).collect(),
        };
        let unmet: HashSet<Register> = waits.unmet.iter().map(|wait| wait.site.register).collect();
        for shown in variables.shown.iter_mut().filter(|shown| unmet.contains(&shown.register)) {
            shown.unmet = Some(codes.code());
        }
        variables
    }
}

/// A device and BAR with the counter for its registers that are not shown.
pub(super) type Bar<'a> = ((DeviceId, u8), Option<&'a Counter>);

impl Variables {
    /// The devices and BARs that have variables, in order.
    pub(super) fn bars(&self) -> Vec<Bar<'_>> {
        let shown = self.shown.iter().map(|shown| ((shown.register.device, shown.register.bar()), None));
        let others = self.others.iter().map(|(place, counter)| (*place, Some(counter)));
        shown.chain(others).collect::<BTreeMap<_, _>>().into_iter().collect()
    }

    /// The registers of a device and BAR.
    pub(super) fn of_bar(&self, place: (DeviceId, u8)) -> impl Iterator<Item = &Shown> {
        let bar = |shown: &Shown| (shown.register.device, shown.register.bar());
        let first = self.shown.partition_point(|shown| bar(shown) < place);
        self.shown[first..].iter().take_while(move |shown| bar(shown) == place)
    }
}

/// The registers with most accesses, of those with the same number the ones that came first.
fn busiest(census: &Census, most: usize) -> Vec<RegisterId> {
    let mut ids: Vec<RegisterId> = (0..census.table().len() as RegisterId).collect();
    let busy = |&id: &RegisterId| (Reverse(census.counts(id).accesses()), id);
    if ids.len() > most {
        ids.select_nth_unstable_by_key(most, busy);
        ids.truncate(most);
    }
    ids.sort_by_key(busy);
    ids
}

fn register(look: &Look, id: RegisterId, codes: &mut Codes) -> Shown {
    let (register, counts) = (look.census.register(id), look.census.counts(id));
    let bits = u32::from(register.width.min(8)) * 8;
    // Accesses without a value are counted as reads of width 0.
    let known = register.width > 0;
    let mut counter = |wanted: bool, most| (wanted && most > 0).then(|| codes.counter(most));
    let (reads, writes) = (counter(known, counts.reads), counter(true, counts.writes));
    let unknown = counter(!known, counts.reads);
    let value = (known || writes.is_some() || bits == 64).then(|| codes.code());
    let bits = bits.max(1);
    Shown {
        register,
        name: String::new(),
        bits,
        value,
        reads,
        writes,
        unknown,
        unmet: None,
        waiting: 0,
        last: None,
    }
}

/// Counters for the BARs of registers that have no place yet, and how many registers and accesses those are.
fn others(
    census: &Census,
    places: &mut [u32],
    shown: usize,
    codes: &mut Codes,
) -> (Vec<Others>, (usize, u64)) {
    let mut bars: BTreeMap<(DeviceId, u8), (u32, u64)> = BTreeMap::new();
    let mut registers = 0;
    for (id, place) in places.iter_mut().enumerate().filter(|(_, place)| **place == u32::MAX) {
        let register = census.register(id as RegisterId);
        let (device, bar) = (register.device, register.bar());
        let next = (shown + bars.len()) as u32;
        let (counter, accesses) = bars.entry((device, bar)).or_insert((next, 0));
        *place = *counter;
        *accesses += census.counts(id as RegisterId).accesses();
        registers += 1;
    }
    let accesses = bars.values().map(|(_, accesses)| accesses).sum();
    let mut counters: Vec<_> = bars.into_iter().collect();
    counters.sort_by_key(|(_, (place, _))| *place);
    let counter = |(bar, (_, accesses))| (bar, codes.counter(accesses));
    (counters.into_iter().map(counter).collect(), (registers, accesses))
}
