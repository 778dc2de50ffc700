//! Index and data ports: a register that selects, and one that shows what was selected.
//!
//! A pair is looked at when the census found that one register was written just before most accesses to
//! another one of the same BAR. It is a port when the pair is used together, nearly always, and when the
//! values agree: what is read behind an index is what was last seen behind the same index, and not simply
//! what was last seen; or, where nothing is ever read, when the index walks and the data varies.
//!
//! It fails where an index is written once for many data registers (a bank or a window), where fewer than
//! [`MIN_INDICES`] indices or values were used, and where the index counts up by itself at each access.

use mmio_format::Kind;

use crate::census::Census;
use crate::fast_map::FastMap;
use crate::register::{NONE, Register, RegisterId};
use crate::steps::{Folder, Observer, Past, Step};
use crate::walk::{Access, Visitor};

/// Fewest distinct indices of a port.
pub const MIN_INDICES: usize = 4;
/// Fewest accesses to the data register.
const MIN_ACCESSES: u64 = 8;
/// Most bytes between an index register and its data register.
const NEAR: u64 = 0x100;
/// Most pairs looked at in one trace, those with most accesses.
const MAX_CANDIDATES: usize = 100;
/// Most registers told apart behind one port.
const MAX_BEHIND: usize = 1 << 16;

/// An index register and its data register.
#[derive(Clone, Debug)]
pub struct Port {
    /// Number of the port; registers behind it have it as their device in [`Watch::census`].
    pub number: u16,
    /// Selects.
    pub index: RegisterId,
    /// Shows what was selected.
    pub data: RegisterId,
    /// Index writes that an access to the data followed.
    pub count: u64,
    /// Reads of the data.
    pub reads: u64,
    /// Writes of the data.
    pub writes: u64,
    /// Distinct indices.
    pub indices: usize,
    /// Number of the first index write that was used.
    pub first: u64,
    /// Time of that write in nanoseconds.
    pub time: u64,
    /// 0 to 1.
    pub confidence: f64,
    /// Why, in words.
    pub evidence: String,
}

/// A pair of registers that may be a port, and what was seen of it.
#[derive(Clone, Debug)]
struct Candidate {
    index: RegisterId,
    data: RegisterId,
    /// The index written last, and whether its data was not accessed yet.
    selected: Option<(u64, bool)>,
    /// The index written before that.
    before: Option<u64>,
    /// Whether the data accesses since follow each other and the index write.
    together: bool,
    index_writes: u64,
    used: u64,
    /// Data accesses right behind an index write, or behind such an access.
    direct: u64,
    reads: u64,
    writes: u64,
    /// Index writes that move on by at most eight.
    walks: u64,
    /// The last value behind each index.
    values: FastMap<u64, u64>,
    /// The last value behind any index, and that index.
    last: Option<(u64, u64)>,
    /// Reads behind an index that was used before, after another one was used; of them those that gave the
    /// last value behind this index; and those that gave the last value behind any.
    checks: u64,
    agree: u64,
    stale: u64,
    echoes: u64,
    /// Writes that move on from the last one by as much as the index does: two counters, not a port.
    parallel: u64,
    first: (u64, u64),
}

/// Watches for ports, and shows the registers behind them to an observer.
pub struct Watch<B> {
    candidates: Vec<Candidate>,
    /// For each register the candidate, counted from 1, whose index or data it is.
    role: Vec<Role>,
    /// For each device the register of its last access.
    last: Vec<RegisterId>,
    /// Registers behind the candidates; the number of the candidate stands for the device.
    pub census: Census,
    folder: Folder,
    /// Sees the accesses behind the ports.
    pub behind: B,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Role {
    index: u8,
    data: u8,
}

impl<B: Observer> Watch<B> {
    /// Looks at the pairs that `census` suggests.
    pub fn new(census: &Census, behind: B) -> Watch<B> {
        let mut pairs: Vec<(RegisterId, RegisterId)> = (0..census.table().len() as RegisterId)
            .filter_map(|data| candidate(census, data).map(|index| (index, data)))
            .collect();
        pairs.sort_by_key(|&(_, data)| std::cmp::Reverse(census.counts(data).accesses()));
        let mut role = vec![Role::default(); if pairs.is_empty() { 0 } else { census.table().len() }];
        let mut candidates = Vec::new();
        for (index, data) in pairs {
            // In a strict alternation each is written before the other: both ways are looked at.
            let free = role[index as usize].index == 0 && role[data as usize].data == 0;
            if candidates.len() < MAX_CANDIDATES && free {
                candidates.push(Candidate::new(index, data));
                role[index as usize].index = candidates.len() as u8;
                role[data as usize].data = candidates.len() as u8;
            }
        }
        let (last, folder) = (Vec::new(), Folder::default());
        Watch { candidates, role, last, census: Census::default(), folder, behind }
    }

    /// Whether there is no pair to look at.
    pub fn is_idle(&self) -> bool {
        self.candidates.is_empty()
    }

    /// The ports, by number, once all accesses were seen.
    pub fn finish(&mut self, census: &Census) -> Vec<Port> {
        self.folder.flush(&mut self.behind);
        let numbered = self.candidates.iter().enumerate();
        let mut ports: Vec<Port> = numbered.filter_map(|(n, c)| c.judge(n as u16, census)).collect();
        ports.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let mut taken = std::collections::HashSet::new();
        ports.retain(|p| !taken.contains(&p.data) && taken.insert(p.index) && taken.insert(p.data));
        ports.sort_by_key(|p| p.number);
        ports
    }
}

/// The register that may be the index of `data`.
fn candidate(census: &Census, data: RegisterId) -> Option<RegisterId> {
    let counts = census.counts(data);
    let index = counts.leader().filter(|_| counts.accesses() >= MIN_ACCESSES)?;
    let (a, b) = (census.register(index), census.register(data));
    let near = (a.device, a.bar) == (b.device, b.bar) && a.offset.abs_diff(b.offset) <= NEAR;
    let selects = census.counts(index);
    let often = selects.writes * 10 >= counts.accesses() && selects.writes <= counts.accesses() * 2;
    (near && often && selects.reads < selects.writes && census.distinct(index) >= MIN_INDICES)
        .then_some(index)
}

impl<B: Observer> Observer for Watch<B> {
    fn access(&mut self, register: RegisterId, access: &Access) {
        let Some(&role) = self.role.get(register as usize) else { return };
        let device = usize::from(access.place.device);
        if device >= self.last.len() {
            self.last.resize(device + 1, NONE);
        }
        let before = std::mem::replace(&mut self.last[device], register);
        if role.data > 0 {
            let number = role.data - 1;
            let behind = self.candidates[usize::from(number)].data(access, before);
            if let Some(index) = behind {
                let mut place = access.place;
                (place.device, place.offset) = (number.into(), index);
                let access = Access { place, ..*access };
                self.census.access(&access);
                let key =
                    Register { device: number.into(), bar: place.bar, offset: index, width: access.width };
                self.folder.access(self.census.id(key), &access, &mut self.behind);
            }
        }
        if role.index > 0 {
            self.candidates[usize::from(role.index) - 1].select(access);
        }
    }

    fn step(&mut self, _step: &Step, _past: &Past) {}

    fn gap(&mut self) {
        for candidate in &mut self.candidates {
            (candidate.selected, candidate.before, candidate.last) = (None, None, None);
        }
        self.last.fill(NONE);
        self.census.gap();
        self.folder.gap(&mut self.behind);
    }
}

impl Candidate {
    fn new(index: RegisterId, data: RegisterId) -> Candidate {
        Candidate {
            index,
            data,
            selected: None,
            before: None,
            together: false,
            index_writes: 0,
            used: 0,
            direct: 0,
            reads: 0,
            writes: 0,
            walks: 0,
            values: FastMap::default(),
            last: None,
            checks: 0,
            agree: 0,
            stale: 0,
            echoes: 0,
            parallel: 0,
            first: (0, 0),
        }
    }

    /// The index register was accessed.
    fn select(&mut self, access: &Access) {
        if access.op != Kind::WRITE {
            return;
        }
        self.index_writes += 1;
        self.before = self.selected.map(|(index, _)| index);
        self.walks += u64::from(self.before.is_some_and(|b| (1..=8).contains(&b.abs_diff(access.value))));
        self.selected = Some((access.value, true));
        if self.used == 0 {
            self.first = (access.index, access.time);
        }
    }

    /// The data register was accessed, after an access to register `before`. Returns the index.
    fn data(&mut self, access: &Access, before: RegisterId) -> Option<u64> {
        let (index, fresh) = self.selected?;
        self.together = before == self.index || (self.together && before == self.data);
        self.direct += u64::from(self.together);
        self.used += u64::from(fresh);
        self.selected = Some((index, false));
        match access.op {
            Kind::READ => self.read(index, access.value),
            Kind::WRITE => {
                self.writes += 1;
                let step = |(other, last)| index.wrapping_sub(other) == access.value.wrapping_sub(last);
                self.parallel += u64::from(self.last.is_some_and(step));
            }
            _ => return None,
        }
        self.last = Some((index, access.value));
        if self.values.len() < MAX_BEHIND || self.values.contains_key(&index) {
            self.values.insert(index, access.value);
            return Some(index);
        }
        None
    }

    fn read(&mut self, index: u64, value: u64) {
        self.reads += 1;
        self.echoes += u64::from(value == index && value != 0);
        if let (Some(&known), Some((other, last))) = (self.values.get(&index), self.last)
            && other != index
        {
            self.checks += 1;
            self.agree += u64::from(known == value);
            self.stale += u64::from(last == value);
        }
    }

    fn judge(&self, number: u16, census: &Census) -> Option<Port> {
        let accesses = self.reads + self.writes;
        let share = |part: u64, all: u64| part as f64 / all.max(1) as f64;
        let (used, direct) = (share(self.used, self.index_writes), share(self.direct, accesses));
        if self.values.len() < MIN_INDICES || used < 0.8 || direct < 0.8 {
            return None;
        }
        let (why, confidence) = self.why(census.distinct(self.data))?;
        let evidence = format!(
            "{} of {} index writes are followed by the data, {} indices; {why}",
            self.used,
            self.index_writes,
            self.values.len()
        );
        let few = 1.0 - 1.0 / (1.0 + self.used as f64 / 2.0);
        Some(Port {
            number,
            index: self.index,
            data: self.data,
            count: self.used,
            reads: self.reads,
            writes: self.writes,
            indices: self.values.len(),
            first: self.first.0,
            time: self.first.1,
            confidence: confidence * used.min(direct) * few,
            evidence,
        })
    }

    /// What tells that the data depends on the index, and how sure that is.
    fn why(&self, distinct: usize) -> Option<(String, f64)> {
        let Candidate { checks, agree, stale, .. } = *self;
        if self.echoes * 2 > self.reads && self.writes == 0 {
            return None;
        }
        let varied = distinct >= MIN_INDICES;
        if checks >= 4 && agree * 10 >= checks * 6 && agree > stale + stale / 4 && varied {
            let words = format!("{agree} of {checks} reads give what was last seen behind the same index");
            return Some((words, 0.98));
        }
        let alone = self.parallel * 2 < self.writes;
        if self.reads == 0 && self.walks * 2 >= self.used && distinct >= 8 && alone {
            return Some((format!("{} index writes move on by at most 8", self.walks), 0.9));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use mmio_format::resolve::Place;

    use super::*;
    use crate::steps::Steps;

    struct Nothing;

    impl Observer for Nothing {
        fn step(&mut self, _: &Step, _: &Past) {}
    }

    /// The ports of a device that does `accesses`: op, offset, value.
    fn ports(accesses: &[(char, u64, u64)]) -> (Vec<(u64, u64, u64)>, Census) {
        let each = |visitor: &mut dyn FnMut(&Access)| {
            for (i, &(op, offset, value)) in accesses.iter().enumerate() {
                let op = if op == 'R' { Kind::READ } else { Kind::WRITE };
                let place = Place { device: 0, bar: 0, offset };
                visitor(&Access { place, op, width: 4, value, time: 0, index: i as u64 });
            }
        };
        let mut census = Census::default();
        each(&mut |access| census.access(access));
        let mut watch = Watch::new(&census, Nothing);
        let mut known = census.clone();
        let mut steps = Steps::new(&mut known, &mut watch);
        each(&mut |access| steps.access(access));
        steps.finish();
        let ports = watch.finish(&census);
        let at = |id| census.register(id).offset;
        (ports.iter().map(|p| (at(p.index), at(p.data), p.count)).collect(), watch.census)
    }

    #[test]
    fn what_was_written_behind_an_index_comes_back() {
        let mut log = Vec::new();
        for round in 0..4 {
            for index in 0..10 {
                log.extend([('W', 0, index), (if round == 0 { 'W' } else { 'R' }, 0x10, index * 3 + 100)]);
            }
        }
        let (ports, behind) = ports(&log);
        assert_eq!(ports, [(0, 0x10, 40)]);
        let registers: Vec<u64> = behind.table().registers().iter().map(|r| r.offset).collect();
        assert_eq!(registers, (0..10).collect::<Vec<_>>());
        assert_eq!((behind.counts(4).reads, behind.counts(4).writes, behind.counts(4).last), (3, 1, 112));
    }

    #[test]
    fn a_palette_is_only_written() {
        let log: Vec<_> = (0..64).flat_map(|i| [('W', 0, i % 32), ('W', 4, i * i * 7)]).collect();
        assert_eq!(ports(&log).0, [(0, 4, 64)]);
    }

    #[test]
    fn counters_and_commands_are_no_ports() {
        let doorbells: Vec<_> = (0..64).flat_map(|i| [('W', 0, i), ('W', 4, i)]).collect();
        let command: Vec<_> =
            (0..64).flat_map(|i| [('W', 0, i % 8), ('R', 4, u64::from(i % 8 > 3))]).collect();
        let echo: Vec<_> = (0..64).flat_map(|i| [('W', 0, i % 8), ('R', 4, i % 8)]).collect();
        let address: Vec<_> =
            (0..64).flat_map(|i| [('W', 0, 0xfee0_0000 + i * 0x1000), ('W', 4, 0)]).collect();
        for log in [doorbells, command, echo, address] {
            assert_eq!(ports(&log).0, []);
        }
    }
}
