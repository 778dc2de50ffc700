//! What was written to and read from lines, in its order.

/// Most events kept of one register.
const MAX: usize = 1 << 15;
/// Most of all registers together, 16 bytes each.
pub(super) const MAX_ALL: usize = 1 << 20;

/// An access of the lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) value: u64,
    /// Number of the access in the whole trace, shifted left to make room for the flags.
    packed: u64,
}

/// What an event is; a read without any.
const WRITE: u64 = 1;
const PAUSE: u64 = 2;
const FRESH: u64 = 4;

/// How a write follows the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Soon.
    Soon,
    /// Something else was done before it.
    Pause,
    /// What was before is not known.
    Gap,
}

impl Event {
    pub(super) fn index(self) -> u64 {
        self.packed >> 3
    }

    pub(super) fn is_write(self) -> bool {
        self.packed & WRITE != 0
    }

    /// Something else was done before it.
    pub(super) fn is_pause(self) -> bool {
        self.packed & PAUSE != 0
    }

    /// What was before is not known.
    pub(super) fn is_fresh(self) -> bool {
        self.packed & FRESH != 0
    }
}

/// The accesses of one register.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    pub(super) events: Vec<Event>,
    /// There were more.
    pub(super) full: bool,
}

impl Edges {
    /// Keeps an access, if there is room among `all`.
    pub(super) fn push(&mut self, value: u64, index: u64, write: Option<After>, all: &mut usize) {
        if self.full || self.events.len() >= MAX || *all >= MAX_ALL {
            self.full = true;
            return;
        }
        *all += 1;
        let flags = write.map_or(0, |after| match after {
            After::Soon => WRITE,
            After::Pause => WRITE | PAUSE,
            After::Gap => WRITE | PAUSE | FRESH,
        });
        self.events.push(Event { value, packed: index << 3 | flags });
    }

    /// Forgets all: it is not a line.
    pub(super) fn forget(&mut self, all: &mut usize) {
        *all -= self.events.len();
        *self = Edges { events: Vec::new(), full: false };
    }

    /// Of the times between two changes of `bit`, how many there are, and in how many `clock` changed.
    pub(super) fn within(&self, bit: u64, clock: u64) -> (u64, u64) {
        let (mut all, mut with, mut clocked) = (0, 0, false);
        let mut begun = false;
        for (changed, _) in self.changes() {
            if changed & bit != 0 {
                all += u64::from(begun);
                with += u64::from(begun && clocked);
                (begun, clocked) = (true, false);
            }
            clocked |= changed & clock != 0;
        }
        (all, with)
    }

    /// The bits that each write changed, and its value.
    pub(super) fn changes(&self) -> impl Iterator<Item = (u64, u64)> {
        let mut before: Option<u64> = None;
        self.events.iter().filter(|e| e.is_write()).map(move |e| {
            let changed = before.filter(|_| !e.is_fresh()).map_or(0, |b| b ^ e.value);
            before = Some(e.value);
            (changed, e.value)
        })
    }
}
