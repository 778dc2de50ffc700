//! Banks: a register that selects what several others show, or where a stream goes on.
//!
//! [`crate::ports`] needs many indices and one data register. Here the select register has few values, and what tells
//! is how it is used: it is written again, with the value that it has, before each access to one of the others.

use mmio_format::{Access, Op, Register, RegisterId};

use crate::census::Census;
use crate::evidence::{Evidence, Part::Number, evidence};
use crate::steps::{Observer, Past, Step};

/// Most select registers that are followed, those that come first.
const MAX: usize = 1 << 12;
/// Most registers behind one.
const MAX_DATA: usize = 32;
/// Least writes of a select register.
const LEAST: u64 = 4;
/// Least writes of one that several registers lie behind.
const LEAST_BANK: u64 = 8;
/// Most values of it, and one more than all bits of them.
const VALUES: usize = 64;
const LIMIT: u64 = 256;
/// Most bytes between it and what lies behind.
const NEAR: u64 = 0x100;
/// Most accesses after a selection that use it, a run of the first one aside.
const USE: u32 = 12;
/// Least accesses in a row that are a stream.
const STREAM: u64 = 8;
/// Bits in which the values behind two indices differ, at least: fewer may tell of a state.
const BITS: u32 = 4;

/// A select register and what lies behind it.
#[derive(Clone, Debug)]
pub(crate) struct Bank {
    /// Selects.
    pub(crate) select: RegisterId,
    /// What it selects: those accessed straight after it.
    pub(crate) data: Vec<RegisterId>,
    /// All that lie behind it.
    pub(crate) behind: Vec<RegisterId>,
    /// Selections that were used.
    pub(crate) count: u64,
    /// Number of the first selection.
    pub(crate) first: u64,
    /// Time of it in nanoseconds.
    pub(crate) time: u64,
    /// 0 to 1.
    pub(crate) confidence: f64,
    /// Why it is believed.
    pub(crate) evidence: Evidence,
}

/// What may lie behind a select register.
#[derive(Clone, Copy, Debug)]
struct Data {
    register: RegisterId,
    /// Accesses soon after a selection.
    inside: u64,
    /// Selections that were followed by it at once.
    direct: u64,
    /// Of these, those followed by a run of accesses most of which differ.
    streams: u64,
    /// Whether a selection was followed by a write of it at once.
    written: bool,
}

/// A register that may select.
#[derive(Clone, Debug)]
struct Select {
    register: RegisterId,
    place: Register,
    /// Number and time of the first write.
    first: (u64, u64),
    writes: u64,
    /// Writes that were used.
    used: u64,
    /// Writes of the value that it has.
    again: u64,
    value: Option<u64>,
    data: Vec<Data>,
    /// What was first seen behind each of the first indices, how often an index was used again after another one,
    /// and how often something else was seen then.
    known: Vec<(u64, u64)>,
    checks: u64,
    failed: u64,
    used_last: Option<u64>,
}

/// What a device selected last.
#[derive(Clone, Copy, Debug)]
struct Current {
    /// Places in the lists of selects and of its data.
    select: usize,
    data: Option<usize>,
    /// Other accesses since then; accesses in a row of what was accessed first, and how many of them differ from the one before.
    steps: u32,
    run: u64,
    changes: u64,
    last: u64,
    open: bool,
}

/// Finds banks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Banks {
    /// For each register one more than the place of its select, 0 where it can be none.
    slots: Vec<u32>,
    selects: Vec<Select>,
    /// By device.
    current: Vec<Option<Current>>,
    full: bool,
}

impl Banks {
    /// Looks at the registers that `census` suggests.
    pub(crate) fn new(census: &Census) -> Banks {
        let may = |&id: &RegisterId| {
            let counts = census.counts(id);
            counts.writes >= LEAST
                && counts.reads * 8 <= counts.writes
                && counts.ones < LIMIT
                && census.distinct(id) <= VALUES
        };
        let registers = census.table().registers();
        let mut banks = Banks::default();
        for id in census.repeated().filter(may).take(MAX) {
            banks.full |= banks.selects.len() + 1 == MAX;
            if banks.slots.is_empty() {
                banks.slots = vec![0; registers.len()];
            }
            banks.selects.push(Select::new(id, registers[id as usize]));
            banks.slots[id as usize] = banks.selects.len() as u32;
        }
        banks
    }

    /// Whether registers had to be left out, or there were just as many as are followed.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// Whether there is nothing to look at.
    pub(crate) fn is_idle(&self) -> bool {
        self.selects.is_empty()
    }

    /// The banks, once all accesses were seen.
    pub(crate) fn finish(&mut self, census: &Census) -> Vec<Bank> {
        (0..self.current.len()).for_each(|device| self.end(device));
        self.selects.iter().filter_map(|select| select.judge(census)).collect()
    }

    /// An access that may use what was selected.
    fn apply(&mut self, register: RegisterId, access: &Access, device: usize) {
        let Some(current) = &mut self.current[device] else { return };
        let select = &mut self.selects[current.select];
        let place = access.place;
        let near = place.space == select.place.space && place.offset.abs_diff(select.place.offset) <= NEAR;
        if !near || current.steps >= USE || register == select.register {
            self.end(device);
            return;
        }
        let found = select.data.iter().position(|d| d.register == register);
        let found = found.unwrap_or(select.data.len());
        if found == MAX_DATA {
            return;
        }
        if found == select.data.len() {
            select.data.push(Data::new(register));
        }
        let data = &mut select.data[found];
        data.inside += 1;
        match current.data {
            None => {
                data.direct += 1;
                data.written |= access.op == Op::Write;
                select.used += 1;
                select.check(access.value);
                (current.data, current.run) = (Some(found), 1);
            }
            Some(first) if first == found && current.open => {
                current.run += 1;
                current.changes += u64::from(access.value != current.last);
            }
            _ => {
                current.open = false;
                current.steps += 1;
            }
        }
        current.last = access.value;
    }

    fn select(&mut self, select: usize, access: &Access, device: usize) {
        if device >= self.current.len() {
            self.current.resize(device + 1, None);
        }
        self.end(device);
        self.selects[select].select(access);
        let current = Current { select, data: None, steps: 0, run: 0, changes: 0, last: 0, open: true };
        self.current[device] = Some(current);
    }

    /// Ends what the last selection of a device was used for.
    fn end(&mut self, device: usize) {
        let Some(current) = self.current[device].take() else { return };
        if let Some(place) = current.data {
            let stream = current.run >= STREAM && current.changes * 2 >= current.run;
            self.selects[current.select].data[place].streams += u64::from(stream);
        }
    }
}

impl Observer for Banks {
    #[inline]
    fn access(&mut self, register: RegisterId, access: &Access) {
        let Some(&slot) = self.slots.get(register as usize) else { return };
        let device = access.place.stream();
        if self.current.get(device).is_some_and(Option::is_some) {
            self.apply(register, access, device);
        }
        if slot > 0 && access.op == Op::Write {
            self.select(slot as usize - 1, access, device);
        }
    }

    fn step(&mut self, _step: &Step, _past: &Past) {}

    fn gap(&mut self) {
        self.current.fill(None);
        self.selects.iter_mut().for_each(|s| (s.value, s.used_last) = (None, None));
    }
}

impl Data {
    fn new(register: RegisterId) -> Data {
        Data { register, inside: 0, direct: 0, streams: 0, written: false }
    }
}

impl Select {
    fn new(register: RegisterId, place: Register) -> Select {
        Select {
            register,
            place,
            first: (0, 0),
            writes: 0,
            used: 0,
            again: 0,
            value: None,
            data: Vec::new(),
            known: Vec::new(),
            checks: 0,
            failed: 0,
            used_last: None,
        }
    }

    fn select(&mut self, access: &Access) {
        if self.writes == 0 {
            self.first = (access.index, access.time);
        }
        self.writes += 1;
        self.again += u64::from(self.value == Some(access.value));
        self.value = Some(access.value);
    }

    /// `value` is the first one behind the present index.
    fn check(&mut self, value: u64) {
        let Some(index) = self.value else { return };
        let other = self.used_last.replace(index).is_some_and(|last| last != index);
        match self.known.iter().find(|k| k.0 == index) {
            Some(&(_, known)) if other => {
                self.checks += 1;
                self.failed += u64::from(known != value);
            }
            None if self.known.len() < VALUES => self.known.push((index, value)),
            _ => {}
        }
    }

    /// The bank, if it is one.
    fn judge(&self, census: &Census) -> Option<Bank> {
        if self.used * 10 < self.writes * 9 || self.writes < LEAST {
            return None;
        }
        let accesses = |d: &Data| census.counts(d.register).accesses();
        let behind: Vec<&Data> = self.data.iter().filter(|d| d.inside * 10 >= accesses(d) * 9).collect();
        let direct = |least| behind.iter().copied().filter(move |d| d.direct >= least);
        let bank = |data: Vec<RegisterId>, confidence, evidence| {
            let (first, time) = self.first;
            let behind = behind.iter().map(|d| d.register).collect();
            Some(Bank {
                select: self.register,
                data,
                behind,
                count: self.used,
                first,
                time,
                confidence,
                evidence,
            })
        };
        let used =
            evidence![Number(self.used), " of ", Number(self.writes), " writes of it are used at once"];
        // A setting is not written again as it is, before each access to one of several others.
        let several = direct(2).count() > 1 && direct(2).any(|d| d.written);
        let varies = census.distinct(self.register) > 1;
        if several && varies && self.writes >= LEAST_BANK && self.again * 4 >= self.writes {
            let data: Vec<RegisterId> = direct(2).map(|d| d.register).collect();
            let why = evidence![
                used,
                ", by ",
                Number(data.len() as u64),
                " registers; ",
                Number(self.again),
                " write the value that it has"
            ];
            return bank(data, 0.8, why);
        }
        // A pair that always goes together, with as few indices as 0 and 1.
        let alone = |d: &&Data| d.direct == self.writes && accesses(d) == d.direct;
        if let Some(one) = self.data.iter().find(alone).filter(|_| varies && self.is_consistent())
            && census.counts(self.register).ones < 4
        {
            let values = Number(self.known.len() as u64);
            let why = evidence![used, ", and what lies behind each of ", values, " values stays"];
            return bank(vec![one.register], 0.6, why);
        }
        self.stream(bank, used)
    }

    /// Behind each index lies a value of its own.
    fn is_consistent(&self) -> bool {
        let mut pairs = self.known.iter().zip(self.known.iter().skip(1));
        self.checks >= 2 && self.failed == 0 && pairs.all(|(a, b)| (a.1 ^ b.1).count_ones() >= BITS)
    }

    /// A stream that goes on where the select register says. A bit that starts it is no place.
    fn stream(
        &self,
        bank: impl Fn(Vec<RegisterId>, f64, Evidence) -> Option<Bank>,
        used: Evidence,
    ) -> Option<Bank> {
        let starts = self.value.is_some_and(|value| value != 0) && self.again + 1 == self.writes;
        let data = self.data.iter().find(|d| d.streams * 10 >= self.writes * 9 && !starts)?;
        let why =
            evidence![used, ", each by ", Number(STREAM), " accesses in a row or more, most of which differ"];
        bank(vec![data.register], 0.6, why)
    }
}

#[cfg(test)]
mod tests {
    use crate::patterns::testing::{none, of};

    #[test]
    fn a_select_register_is_written_again_before_each_register_behind_it() {
        let queue = |q: u64| {
            format!(
                "W16={q} R18=100 W16={q} R1c=0 W16={q} W18=80 W16={q} W20=4{q}000 W24=0 W16={q} W1c=1 R30=5 "
            )
        };
        let log: String = (0..3).map(queue).collect();
        assert_eq!(
            of("index_data", &log),
            ["index_data 16>18 x15", "index_data 16>1c x15", "index_data 16>20 x15"]
        );
        // Nothing is written behind it: a command and what it gives.
        let command = "W16=1 R18=100 R1c=0 W16=2 R1c=3 R18=7 W16=2 R18=9 R1c=4 ".repeat(4);
        assert_eq!(of("index_data", &command), none());
        // It always has the same value: a key.
        assert_eq!(of("index_data", &log.replace("W16=1", "W16=0").replace("W16=2", "W16=0")), none());
        // It is also written for its own sake.
        assert_eq!(of("index_data", &log.replace("R30", "W16=9 R300=1 R30")), none());
    }

    #[test]
    fn two_indices_are_enough_when_they_agree() {
        let log = "W0=0 R4=30bf8024 W0=1 R4=101 W8=0 Wc=30af8024 W8=1 Wc=101 ~ ".repeat(2);
        assert_eq!(of("index_data", &log), ["index_data 0>4 x4", "index_data 8>c x4"]);
        // What lies behind changes, or hardly differs.
        let changes: String =
            (0..4).map(|i| format!("W0=0 R4={:x} W0=1 R4={:x} ~ ", i * 77, i * 99 + 7)).collect();
        assert_eq!(of("index_data", &changes), none());
        assert_eq!(of("index_data", &"W0=0 R4=1 W0=1 R4=3 ~ ".repeat(2)), none());
        assert_eq!(of("index_data", &log.replace(" R4", " | R4").replace(" Wc", " | Wc")), none());
    }

    #[test]
    fn a_stream_goes_on_where_the_index_says() {
        let words: String = (0..12).map(|i| format!("R9={:x} ", i * i % 64)).collect();
        let log = format!("W7=0 {words} R0=1 ").repeat(4);
        assert_eq!(of("index_data", &log), ["index_data 7>9 x4"]);
        // A bit that starts it.
        assert_eq!(of("index_data", &log.replace("W7=0", "W7=1")), none());
    }
}
