//! How fast the accesses of a device follow each other, and so what is a pause.

use mmio_format::Register;

/// Counts of gaps, two an octave of nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gaps {
    slots: [u32; SLOTS],
    n: u64,
}

const SLOTS: usize = 64;
/// Slots from what is usual to a pause: it is four times longer. And to one between two things that the driver does:
/// sixteen times.
const PAUSE: usize = 4;
const REST: usize = 8;
/// Slots from what is usual to most gaps where these are slow: twice as long.
const SLOW: usize = 2;
/// Gaps that are usual or shorter, of all: what a driver does in one go.
const USUAL: f64 = 0.1;
/// Gaps that are slow.
const MOST: f64 = 0.5;

impl Default for Gaps {
    fn default() -> Self {
        Gaps { slots: [0; SLOTS], n: 0 }
    }
}

impl Gaps {
    pub(crate) fn add(&mut self, nanos: u64) {
        let octave = nanos.checked_ilog2().map_or(0, |o| o as usize);
        let half = octave.checked_sub(1).map_or(0, |below| (nanos >> below & 1) as usize);
        let slot = &mut self.slots[(2 * octave + half).min(SLOTS - 1)];
        *slot = slot.saturating_add(1);
        self.n += 1;
    }

    pub(crate) fn n(&self) -> u64 {
        self.n
    }

    /// The slot in which the gap is that `share` of all do not exceed.
    fn slot(&self, share: f64) -> usize {
        let (mut seen, wanted) = (0, share * self.n as f64);
        for (slot, &count) in self.slots.iter().enumerate() {
            seen += u64::from(count);
            if seen as f64 >= wanted {
                return slot;
            }
        }
        SLOTS - 1
    }

    /// How many of the gaps are pauses, where `usual` is how fast the device's accesses follow each other.
    pub(crate) fn pauses(&self, usual: &Gaps) -> u64 {
        self.longer(usual, PAUSE)
    }

    /// Pauses between two things that the driver does.
    pub(crate) fn rests(&self, usual: &Gaps) -> u64 {
        self.longer(usual, REST)
    }

    fn longer(&self, usual: &Gaps, slots: usize) -> u64 {
        let limit = usual.slot(USUAL) + slots;
        self.slots.iter().skip(limit).map(|&n| u64::from(n)).sum()
    }

    /// Whether most of these gaps are twice as long as the device's usual ones.
    pub(crate) fn are_slow(&self, usual: &Gaps) -> bool {
        self.slot(MOST) >= usual.slot(USUAL) + SLOW
    }
}

/// The gaps between the accesses of each device.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeviceGaps(Vec<Gaps>);

impl DeviceGaps {
    /// Those of the device of `register`; none where it has no access.
    pub(crate) fn of(&self, register: Register) -> Gaps {
        self.0.get(register.place().stream()).copied().unwrap_or_default()
    }
}

impl FromIterator<Gaps> for DeviceGaps {
    fn from_iter<T: IntoIterator<Item = Gaps>>(gaps: T) -> DeviceGaps {
        DeviceGaps(gaps.into_iter().collect())
    }
}
