//! What a detector says.

use std::cmp::Ordering;

use serde::Serialize;

use super::bitbang::Said;
use super::window::Extent;
use crate::names::seconds;
use crate::steps::Step;
use mmio_format::RegisterId;

/// The idioms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Reads of one register until bits of it agree.
    Poll,
    /// A write, then reads of the same or another register until bits of it agree.
    Handshake,
    /// A write that a read answers.
    WriteRead,
    /// A cause is read and the same bits are written back, which clears them.
    Ack,
    /// A write that hands work to the device.
    Doorbell,
    /// A register is read and written back with some bits changed.
    Rmw,
    /// A read whose only use is that the write before it has arrived.
    ReadbackFlush,
    /// Clock and data lines driven by single bits.
    Bitbang,
    /// One port written or read many times in a row.
    Fifo,
    /// A base register that moves what a range of others shows.
    Window,
    /// A port that selects, and one through which the selected is reached.
    IndexData,
    /// A register that counts by itself is read.
    CounterRead,
    /// Reads of a counter until time has passed.
    CounterWait,
    /// High word, low word and high word again of a counter wider than an access.
    HiLoHi,
    /// A bit that puts the device, or a part of it, back to its beginning.
    Reset,
    /// A fixed series of writes that opens another register.
    Unlock,
}

impl Kind {
    /// As in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Poll => "poll",
            Kind::Handshake => "handshake",
            Kind::WriteRead => "write_read",
            Kind::Ack => "ack",
            Kind::Doorbell => "doorbell",
            Kind::Rmw => "rmw",
            Kind::ReadbackFlush => "readback_flush",
            Kind::Bitbang => "bitbang",
            Kind::Fifo => "fifo",
            Kind::Window => "window",
            Kind::IndexData => "index_data",
            Kind::CounterRead => "counter_read",
            Kind::CounterWait => "counter_wait",
            Kind::HiLoHi => "hi_lo_hi",
            Kind::Reset => "reset",
            Kind::Unlock => "unlock",
        }
    }
}

/// How many reads the loops of a poll took, or accesses the runs of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Iterations {
    /// Fewest.
    pub min: u64,
    /// Half of the loops took this many or fewer; exact below 64, above it the lower end of an interval
    /// that is a quarter of it wide.
    pub median: u64,
    /// Most.
    pub max: u64,
}

/// Bits that read-modify-writes changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bits {
    /// Only ever set.
    pub set: u64,
    /// Only ever cleared.
    pub cleared: u64,
    /// Both.
    pub toggled: u64,
}

/// Where something was seen first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Number of the access in the whole trace.
    pub(crate) index: u64,
    /// Nanoseconds.
    pub(crate) time: u64,
}

impl Moment {
    /// Where `step` began.
    pub(crate) fn of(step: &Step) -> Moment {
        Moment { index: step.index, time: step.time }
    }
}

/// An idiom at its register.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) kind: Kind,
    pub(crate) register: RegisterId,
    /// The other register of the idiom; the same one where it answers for itself.
    pub(crate) second: Option<RegisterId>,
    pub(crate) mask: Option<u64>,
    pub(crate) value: Option<u64>,
    pub(crate) count: u64,
    pub(crate) first: Moment,
    /// 0 to 1.
    pub(crate) confidence: f64,
    pub(crate) iterations: Option<Iterations>,
    /// Nanoseconds.
    pub(crate) time_spent: Option<u64>,
    pub(crate) bits: Option<Bits>,
    pub(crate) window: Option<Extent>,
    pub(crate) said: Option<Said>,
    pub(crate) evidence: String,
}

impl Finding {
    /// An idiom that occurred `count` times.
    pub(crate) fn new(kind: Kind, register: RegisterId, count: u64, first: Moment) -> Finding {
        Finding {
            kind,
            register,
            second: None,
            mask: None,
            value: None,
            count,
            first,
            confidence: 0.0,
            iterations: None,
            time_spent: None,
            bits: None,
            window: None,
            said: None,
            evidence: String::new(),
        }
    }

    /// Most significant first: many and sure before few and doubtful.
    pub(crate) fn order(&self, other: &Finding) -> Ordering {
        let weight = |f: &Finding| f.confidence * (2.0 + f.count as f64).ln();
        weight(other).total_cmp(&weight(self)).then(self.first.index.cmp(&other.first.index))
    }
}

/// How sure `good` of `all` cases make: a rule that held every time is believed more the more often it held.
pub(crate) fn confidence(good: u64, all: u64) -> f64 {
    ((good as f64 + 0.5) / (all as f64 + 1.0)).clamp(0.0, 0.99)
}

/// `12.345 ms` of time as seconds with all decimals.
pub(crate) fn spent(nanos: u64) -> String {
    format!("{} s", seconds(nanos))
}

/// How often each length occurred: exact below 64, then four intervals an octave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lengths {
    counts: Vec<u32>,
    pub(crate) n: u64,
    min: u64,
    max: u64,
}

impl Lengths {
    pub(crate) fn add(&mut self, length: u64) {
        let slot = slot(length);
        if slot >= self.counts.len() {
            self.counts.resize(slot + 1, 0);
        }
        self.counts[slot] = self.counts[slot].saturating_add(1);
        self.min = if self.n == 0 { length } else { self.min.min(length) };
        self.max = self.max.max(length);
        self.n += 1;
    }

    pub(crate) fn max(&self) -> u64 {
        self.max
    }

    pub(crate) fn iterations(&self) -> Option<Iterations> {
        let half = self.n.div_ceil(2);
        let mut seen = 0;
        let middle = self.counts.iter().position(|&count| {
            seen += u64::from(count);
            seen >= half
        })?;
        Some(Iterations { min: self.min, median: lower(middle).clamp(self.min, self.max), max: self.max })
    }
}

fn slot(length: u64) -> usize {
    if length < 64 {
        return length as usize;
    }
    let octave = length.ilog2();
    64 + (octave as usize - 6) * 4 + ((length >> (octave - 2)) & 3) as usize
}

fn lower(slot: usize) -> u64 {
    if slot < 64 {
        return slot as u64;
    }
    let (octave, quarter) = (6 + (slot - 64) / 4, (slot - 64) % 4);
    (4 + quarter as u64) << (octave - 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_exact_when_small_and_near_when_large() {
        let median = |lengths: &[u64]| {
            let mut all = Lengths::default();
            lengths.iter().for_each(|&l| all.add(l));
            all.iterations().map(|i| (i.min, i.median, i.max))
        };
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some((7, 7, 7)));
        assert_eq!(median(&[2, 190, 3]), Some((2, 3, 190)));
        assert_eq!(median(&[1000, 1000, 1000]), Some((1000, 1000, 1000)));
        assert_eq!(median(&[100, 1000, 5000]), Some((100, 896, 5000)));
        assert_eq!(median(&[u64::MAX, 2]), Some((2, 2, u64::MAX)));
    }
}
