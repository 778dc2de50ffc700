//! Index and data ports: a register that selects, and one or several that show what was selected.
//!
//! A pair is looked at when the census found that one register was written just before most runs of reads,
//! or of writes, of another one of the same BAR. It is a port when the two are used together, nearly always,
//! and when the values agree: what is read behind an index is what was last seen behind the same index, and
//! not simply what was last seen; or, where nothing is ever read, when the index walks and the data varies.
//!
//! A write that is as wide as both, where the data register follows the index register, writes first the index and then
//! the data (see `combined.rs`).
//!
//! It fails where fewer than [`MIN_INDICES`] indices or values were used, and where what is selected is used
//! only long after (a bank or a window).

mod candidate;
mod combined;
#[cfg(test)]
mod tests;

use mmio_format::{Access, Op, PortId, RegisterId, Space};
use std::collections::HashSet;

use crate::census::Census;
use crate::evidence::Evidence;
use crate::steps::{Folder, Observer, Past, Step};
use candidate::{Candidate, Selector};
use combined::Combined;
use mmio_format::register::NONE;
use mmio_format::walk::Visitor;

/// Fewest distinct indices of a port.
pub(crate) const MIN_INDICES: usize = 4;
/// Fewest accesses to the data register.
const MIN_ACCESSES: u64 = 8;
/// Most bytes between an index register and its data register.
const NEAR: u64 = 0x100;
/// Most pairs looked at in one trace, those with most accesses.
const MAX_CANDIDATES: usize = 100;
/// Most registers kept apart behind one port.
const MAX_BEHIND: usize = 1 << 16;

/// An index register and its data register.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    /// Number of the port; it is the space of the registers behind it in [`Watch::census`].
    pub(crate) number: PortId,
    /// The register that selects.
    pub(crate) index: RegisterId,
    /// The register that shows what was selected.
    pub(crate) data: RegisterId,
    /// The register that is both in one, where it is accessed.
    pub(crate) combined: Option<RegisterId>,
    /// Index writes that an access to the data followed.
    pub(crate) count: u64,
    /// Writes of the data register, alone or with the index.
    pub(crate) writes: u64,
    /// Number of the first index write that was used.
    pub(crate) first: u64,
    /// Time of that write in nanoseconds.
    pub(crate) time: u64,
    /// How sure the port is, 0 to 1.
    pub(crate) confidence: f64,
    /// Why the port is believed.
    pub(crate) evidence: Evidence,
}

/// Watches for ports, and shows the registers behind them to an observer.
pub(crate) struct Watch<B> {
    selectors: Vec<Selector>,
    candidates: Vec<Candidate>,
    /// For each register what it may be.
    role: Vec<Role>,
    /// For each device the register of its last access, and whether it continues the use of a selector.
    last: Vec<(RegisterId, Option<usize>)>,
    /// Registers behind the candidates; the number of the candidate stands for the device.
    pub(crate) census: Census,
    folder: Folder,
    full: bool,
    /// The observer of the accesses behind the ports.
    pub(crate) behind: B,
}

impl Port {
    /// Whether a write of `register` selects.
    pub(crate) fn selects(&self, register: RegisterId) -> bool {
        self.index == register || self.combined == Some(register)
    }
}

/// Numbers, from 1, of a selector, of the candidates whose data is read and is written, and of the one that is accessed
/// as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Role {
    selects: u8,
    data: [u8; 2],
    both: u8,
}

impl<B: Observer> Watch<B> {
    /// A watch of the pairs that `census` suggests.
    pub(crate) fn new(census: &Census, behind: B) -> Watch<B> {
        let mut watch = Watch {
            selectors: Vec::new(),
            candidates: Vec::new(),
            role: Vec::new(),
            last: Vec::new(),
            census: Census::default(),
            folder: Folder::default(),
            full: false,
            behind,
        };
        let mut pairs: Vec<_> = census.repeated().flat_map(|data| suggested(census, data)).collect();
        pairs.sort_by_key(|&(_, data, _)| std::cmp::Reverse(census.counts(data).accesses()));
        if !pairs.is_empty() {
            watch.role = vec![Role::default(); census.table().len()];
        }
        watch.full = pairs.len() > MAX_CANDIDATES;
        for (index, data, ops) in pairs.into_iter().take(MAX_CANDIDATES) {
            watch.add(index, data, ops);
            watch.combine(census);
        }
        watch
    }

    /// Gives the last candidate the register that is its index and data in one.
    fn combine(&mut self, census: &Census) {
        let number = self.candidates.len() as u8;
        let Some(candidate) = self.candidates.last_mut() else { return };
        let selector = self.selectors[candidate.selector].register;
        let Some(combined) = Combined::of(census, selector, candidate.data) else { return };
        let role = &mut self.role[combined.register as usize];
        if role.both == 0 {
            role.both = number;
            candidate.combined = Some(combined);
        }
    }

    fn add(&mut self, index: RegisterId, data: RegisterId, ops: [bool; 2]) {
        if self.role[index as usize].selects == 0 {
            self.selectors.push(Selector::new(index));
            self.role[index as usize].selects = self.selectors.len() as u8;
        }
        let selector = usize::from(self.role[index as usize].selects) - 1;
        self.candidates.push(Candidate::new(selector, data));
        for op in (0..2).filter(|&op| ops[op]) {
            self.role[data as usize].data[op] = self.candidates.len() as u8;
        }
    }

    /// Whether there is no pair to look at.
    pub(crate) fn is_idle(&self) -> bool {
        self.candidates.is_empty()
    }

    /// Whether pairs, or indices of one, had to be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.full || self.candidates.iter().any(Candidate::is_full)
    }

    /// The ports, by number, once all accesses were seen.
    pub(crate) fn finish(&mut self, census: &Census) -> Vec<Port> {
        self.folder.flush(&mut self.behind);
        let numbered = self.candidates.iter().enumerate();
        let judge =
            |(n, c): (usize, &Candidate)| c.judge(PortId::new(n as u16), &self.selectors[c.selector], census);
        let mut ports: Vec<Port> = numbered.filter_map(judge).collect();
        // In a strict alternation each is written before the other, and both ways are looked at.
        ports.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let (mut indices, mut data) = (HashSet::new(), HashSet::new());
        ports.retain(|p| {
            let sound = !data.contains(&p.index) && !indices.contains(&p.data);
            if sound {
                indices.insert(p.index);
                data.insert(p.data);
            }
            sound
        });
        ports.sort_by_key(|p| p.number);
        ports
    }
}

/// The registers that may be the index of `data`, and for which ops.
fn suggested(census: &Census, data: RegisterId) -> Vec<(RegisterId, RegisterId, [bool; 2])> {
    let counts = census.counts(data);
    let [reads, writes] = [(Op::Read, counts.reads), (Op::Write, counts.writes)].map(|(op, n)| {
        let leader = counts.leader(op).filter(|_| n > 0)?;
        // The port is the same whether the index is written alone or with the data.
        let combined = Combined::of(census, leader, data);
        let (index, all) = combined.map_or((leader, leader), |c| (c.index, c.register));
        (may_select(census, index, data) || may_select(census, all, data)).then_some(index)
    });
    match (reads, writes) {
        _ if counts.accesses() < MIN_ACCESSES => Vec::new(),
        (Some(a), Some(b)) if a != b => vec![(a, data, [true, false]), (b, data, [false, true])],
        (Some(index), _) | (_, Some(index)) => {
            let alone = |n: u64, leader: Option<RegisterId>| leader.is_some() || n * 10 <= counts.accesses();
            let all = alone(counts.reads, reads) && alone(counts.writes, writes);
            vec![(index, data, if all { [true; 2] } else { [reads.is_some(), writes.is_some()] })]
        }
        (None, None) => Vec::new(),
    }
}

fn may_select(census: &Census, index: RegisterId, data: RegisterId) -> bool {
    let (a, b) = (census.register(index), census.register(data));
    let near = (a.device, a.space) == (b.device, b.space) && a.offset.abs_diff(b.offset) <= NEAR;
    let selects = census.counts(index);
    near && selects.reads < selects.writes && census.distinct(index) >= MIN_INDICES
}

impl<B: Observer> Observer for Watch<B> {
    fn access(&mut self, register: RegisterId, access: &Access) {
        let Some(&role) = self.role.get(register as usize) else { return };
        let device = access.place.stream();
        if device >= self.last.len() {
            self.last.resize(device + 1, (NONE, None));
        }
        let (before, together) = std::mem::replace(&mut self.last[device], (register, None));
        if role.both > 0 && access.op != Op::Unknown {
            self.both(role.both - 1, access, before, together);
            return;
        }
        let data = role.data[usize::from(access.op == Op::Write)];
        if data > 0 && access.op != Op::Unknown {
            let number = data - 1;
            let candidate = &mut self.candidates[usize::from(number)];
            let selector = &mut self.selectors[candidate.selector];
            let together = before == selector.register || together == Some(candidate.selector);
            self.last[device].1 = together.then_some(candidate.selector);
            if let Some(index) = candidate.access(selector, access, together) {
                self.show(PortId::new(number.into()), index, access);
            }
        }
        if role.selects > 0 && access.op == Op::Write {
            self.selectors[usize::from(role.selects) - 1].select(access);
        }
    }

    fn step(&mut self, _step: &Step, _past: &Past) {}

    fn gap(&mut self) {
        self.selectors.iter_mut().for_each(|s| s.selected = None);
        self.candidates.iter_mut().for_each(|c| c.last = None);
        self.last.fill((NONE, None));
        self.census.gap();
        self.folder.gap(&mut self.behind);
    }
}

impl<B: Observer> Watch<B> {
    /// Takes an access to index and data in one: a write of both, one after the other, or a read of the data.
    fn both(&mut self, number: u8, access: &Access, before: RegisterId, together: Option<usize>) {
        let candidate = &mut self.candidates[usize::from(number)];
        let selector = &mut self.selectors[candidate.selector];
        let Some(combined) = &candidate.combined else { return };
        let (index, data) = combined.split(access);
        let mut direct = before == selector.register || together == Some(candidate.selector);
        if access.op == Op::Write {
            selector.select(&index);
            candidate.both += 1;
            direct = true;
        } else if selector.selected.is_none_or(|(selected, _)| selected != index.value) {
            return;
        }
        // What comes next continues the use of the selector.
        self.last[access.place.stream()] = (candidate.data, direct.then_some(candidate.selector));
        if let Some(index) = candidate.access(selector, &data, direct) {
            self.show(PortId::new(number.into()), index, &data);
        }
    }

    /// Shows an access behind a candidate.
    fn show(&mut self, number: PortId, index: u64, access: &Access) {
        let mut place = access.place;
        (place.space, place.offset) = (Space::Port(number), index);
        let access = Access { place, ..*access };
        let register = self.census.registers().id(access.register());
        self.census.access(register, &access);
        self.folder.access(register, &access, &mut self.behind);
    }
}
