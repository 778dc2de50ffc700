//! The losses of a trace by their places.

use std::collections::BTreeMap;

use mmio_format::Trace;

/// What was lost at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Losses at this place.
    pub losses: u64,
    /// Events, as far as the kernel said how many.
    pub events: u64,
    /// Losses of which the kernel did not say how many.
    pub unknown: u64,
}

impl Lost {
    fn one(events: Option<u64>) -> Lost {
        Lost { losses: 1, events: events.unwrap_or(0), unknown: u64::from(events.is_none()) }
    }

    /// Adds more that was lost.
    pub fn add(&mut self, more: Lost) {
        self.losses += more.losses;
        self.events = self.events.saturating_add(more.events);
        self.unknown += more.unknown;
    }
}

/// The losses that are still to come, each once: the kernel reports one in up to two records.
#[derive(Clone, Debug, Default)]
pub struct Losses {
    places: BTreeMap<u64, Lost>,
    /// Whether there are more losses, whose places were not kept.
    more: bool,
}

impl Losses {
    /// The losses of `trace`.
    pub fn of(trace: &Trace) -> Losses {
        let mut places: BTreeMap<u64, Lost> = BTreeMap::new();
        for loss in &trace.survey().losses {
            places.entry(loss.index).or_default().add(Lost::one(loss.events));
        }
        Losses { places, more: trace.survey().more_losses.0 > 0 }
    }

    /// What a marker before access number `index` reports, if it is a loss that was not reported before.
    pub fn marker(&mut self, index: u64) -> Option<Lost> {
        self.places.remove(&index)
    }

    /// What was lost before access number `index`, where a record says that `events` were, if it was not reported before.
    pub fn lost(&mut self, index: u64, events: Option<u64>) -> Option<Lost> {
        self.places.remove(&index).or(self.more.then_some(Lost::one(events)))
    }
}
