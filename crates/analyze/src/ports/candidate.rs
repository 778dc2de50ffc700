//! A selector and its data, and what their values say.

use mmio_format::{Access, Op, PortId, RegisterId};

use super::combined::Combined;
use super::{MAX_BEHIND, MIN_INDICES, Port};
use crate::census::Census;
use crate::evidence::{Evidence, Part::Number, evidence};
use mmio_format::fast_map::FastMap;

/// Fewest writes of one and the same value that are not data.
const MIN_CONSTANT: u64 = 8;

/// A register that may select.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    pub register: RegisterId,
    /// The index written last, and whether no data was accessed since.
    pub selected: Option<(u64, bool)>,
    writes: u64,
    /// Index writes that an access to a data register followed.
    used: u64,
    /// Index writes that move on by at most eight.
    walks: u64,
    first: (u64, u64),
}

/// A pair of registers that may be a port, and what was seen of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidate {
    pub selector: usize,
    pub data: RegisterId,
    /// The register that is index and data in one, and how often it was written.
    pub combined: Option<Combined>,
    pub both: u64,
    /// Which index write, by number, was the last one that data followed, and how many did.
    write: u64,
    count: u64,
    /// Data accesses right after an index write, or after other data of it.
    direct: u64,
    reads: u64,
    writes: u64,
    /// The last value at each index.
    values: FastMap<u64, u64>,
    /// The last value at any index, and that index.
    pub last: Option<(u64, u64)>,
    /// Reads at an index that was used before, after another one was used; of them those that gave the
    /// last value at this index; and those that gave the last value at any.
    checks: u64,
    agree: u64,
    stale: u64,
    echoes: u64,
    /// Data writes of the value that was written before, and that value.
    again: u64,
    written: Option<u64>,
    /// Data writes that move on from the last one by as much as the index does: two counters, not a port.
    parallel: u64,
    /// Whether there were more indices.
    full: bool,
}

impl Selector {
    pub(super) fn new(register: RegisterId) -> Selector {
        Selector { register, selected: None, writes: 0, used: 0, walks: 0, first: (0, 0) }
    }

    /// Takes a write of the select register.
    pub(super) fn select(&mut self, access: &Access) {
        self.writes += 1;
        let before = self.selected.map(|(index, _)| index);
        self.walks += u64::from(before.is_some_and(|b| (1..=8).contains(&b.abs_diff(access.value))));
        self.selected = Some((access.value, true));
        if self.used == 0 {
            self.first = (access.index, access.time);
        }
    }
}

impl Candidate {
    pub(super) fn new(selector: usize, data: RegisterId) -> Candidate {
        Candidate { selector, data, ..Candidate::default() }
    }

    /// Takes an access to the data register. Returns the index, if one is selected.
    pub(super) fn access(&mut self, selector: &mut Selector, access: &Access, together: bool) -> Option<u64> {
        let (index, fresh) = selector.selected?;
        self.direct += u64::from(together);
        selector.used += u64::from(fresh);
        selector.selected = Some((index, false));
        self.count += u64::from(self.write != selector.writes);
        self.write = selector.writes;
        if access.op == Op::Read {
            self.read(index, access.value);
        } else {
            self.writes += 1;
            self.again += u64::from(self.written.replace(access.value) == Some(access.value));
            let step = |(other, last)| index.wrapping_sub(other) == access.value.wrapping_sub(last);
            self.parallel += u64::from(self.last.is_some_and(step));
        }
        self.last = Some((index, access.value));
        if self.values.len() < MAX_BEHIND || self.values.contains_key(&index) {
            self.values.insert(index, access.value);
            return Some(index);
        }
        self.full = true;
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

    /// Whether indices were left out.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// The port, if the candidate is one.
    pub(super) fn judge(&self, number: PortId, selector: &Selector, census: &Census) -> Option<Port> {
        let share = |part: u64, all: u64| part as f64 / all.max(1) as f64;
        let used = share(selector.used, selector.writes);
        let direct = share(self.direct, self.reads + self.writes);
        if self.values.len() < MIN_INDICES || used < 0.8 || direct < 0.8 {
            return None;
        }
        let (why, confidence) = self.why(selector, census.distinct(self.data))?;
        let words = " index writes are followed by the data, ";
        let mut evidence = evidence![Number(self.count), " of ", Number(selector.writes), words];
        if self.both > 0 {
            evidence.push(evidence![Number(self.both), " of them in one write, "]);
        }
        evidence.push(evidence![Number(self.values.len() as u64), " indices; "]);
        evidence.extend(&why);
        let few = 1.0 - 1.0 / (1.0 + self.count as f64 / 2.0);
        Some(Port {
            number,
            index: selector.register,
            data: self.data,
            combined: self.combined.map(|combined| combined.register),
            count: self.count,
            writes: self.writes,
            first: selector.first.0,
            time: selector.first.1,
            confidence: confidence * used.min(direct) * few,
            evidence,
        })
    }

    /// What shows that the data depends on the index, and how sure that is.
    fn why(&self, selector: &Selector, distinct: usize) -> Option<(Evidence, f64)> {
        let Candidate { checks, agree, stale, .. } = *self;
        if self.echoes * 2 > self.reads && self.writes == 0 {
            return None;
        }
        // One and the same value is not data: it acknowledges, or starts something.
        let constant = self.reads > 0 && self.writes >= MIN_CONSTANT && self.again + 1 == self.writes;
        let varied = distinct >= MIN_INDICES && !constant;
        // What is only read may just be a status that changes seldom.
        let (enough, tenths) = if self.writes > 0 { (4, 6) } else { (8, 8) };
        if checks >= enough && agree * 10 >= checks * tenths && agree > stale + stale / 4 && varied {
            let words = " reads give what was last seen behind the same index";
            return Some((evidence![Number(agree), " of ", Number(checks), words], 0.98));
        }
        let alone = self.parallel * 2 < self.writes;
        if self.reads == 0 && selector.walks * 2 >= selector.used && distinct >= 8 && alone {
            return Some((evidence![Number(selector.walks), " index writes move on by at most 8"], 0.9));
        }
        None
    }
}
