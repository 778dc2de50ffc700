//! What a detector says.

use std::cmp::Ordering;

use super::details::Details;
use super::idiom::Idiom;
use super::outcomes::Outcomes;
use crate::evidence::Evidence;
use crate::steps::Step;
use crate::waits::Unmet;
use mmio_format::{Access, RegisterId};

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

    /// Where `access` is.
    pub(crate) fn at(access: &Access) -> Moment {
        Moment { index: access.index, time: access.time }
    }
}

/// An idiom at its register.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) idiom: Idiom,
    pub(crate) register: RegisterId,
    /// The other register of the idiom; the same one where it answers for itself.
    pub(crate) second: Option<RegisterId>,
    /// A register that does a part of it, and of which nothing else is to be said.
    pub(crate) part: Option<RegisterId>,
    /// Occurrences, at least one.
    pub(crate) count: u64,
    pub(crate) first: Moment,
    /// 0 to 1.
    pub(crate) confidence: f64,
    pub(crate) details: Details,
    pub(crate) evidence: Evidence,
    /// How the waits of the idiom ended, where it waits.
    pub(crate) outcomes: Option<Outcomes>,
    /// Its waits that were not met.
    pub(crate) unmet: Vec<Unmet>,
}

impl Finding {
    /// An idiom that occurred `count` times.
    pub(crate) fn new(idiom: Idiom, register: RegisterId, count: u64, first: Moment) -> Finding {
        Finding {
            idiom,
            register,
            second: None,
            part: None,
            count,
            first,
            confidence: 0.0,
            details: Details::Plain,
            evidence: Evidence::default(),
            outcomes: None,
            unmet: Vec::new(),
        }
    }

    /// Whether the register answers for itself.
    pub(crate) fn is_own(&self) -> bool {
        self.second == Some(self.register)
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
