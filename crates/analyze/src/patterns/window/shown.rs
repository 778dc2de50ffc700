//! A register that may show what a base chose.

use crate::patterns::finding::Moment;
use crate::share::{Share, share};
use mmio_format::register::NONE;
use mmio_format::{Access, RegisterId};

/// Most values remembered behind all registers together.
pub(super) const MAX_ENTRIES: usize = 1 << 18;
/// Bases that are tried.
const TRIES: usize = 4;
/// Checks after which a base is judged.
const JUDGED: u32 = 4;
/// Checks that agree, of all, where a base is not refuted.
const AGREEING: Share = share(1, 2);
/// Reads that changed while the base stood still, for each check that agrees, at most.
const ALONE: u32 = 2;

/// What a register showed under the values of the base that is tried.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) first: Moment,
    /// The base, or none.
    pub(super) base: RegisterId,
    tried: [RegisterId; TRIES],
    tries: usize,
    epoch: u32,
    /// The value of the base at the last access, and what was read or written then.
    at: Option<u64>,
    last: u64,
    /// By value of the base, in rising order, what was last read or written.
    known: Vec<(u64, u64)>,
    /// Most values that the base had.
    pub(super) bases: usize,
    /// First reads after the base had moved, where what was known behind its value and what was last seen are
    /// not the same; and how many gave the first.
    pub(super) checks: u32,
    pub(super) agree: u32,
    /// Reads that changed while the base stood still.
    alone: u32,
}

impl Shown {
    pub(super) fn new(access: &Access) -> Shown {
        Shown {
            first: Moment::at(access),
            base: NONE,
            tried: [NONE; TRIES],
            tries: 0,
            epoch: 0,
            at: None,
            last: 0,
            known: Vec::new(),
            bases: 0,
            checks: 0,
            agree: 0,
            alone: 0,
        }
    }

    /// Whether no base is left to try.
    pub(super) fn is_done(&self) -> bool {
        self.base == NONE && self.tries == TRIES
    }

    /// Tries the next one of `bases`; whether there is one.
    pub(super) fn choose(&mut self, mut bases: impl Iterator<Item = RegisterId>, own: RegisterId) -> bool {
        let Some(base) = bases.find(|b| *b != NONE && *b != own && !self.tried.contains(b)) else {
            return false;
        };
        self.tried[self.tries] = base;
        self.tries += 1;
        self.base = base;
        (self.checks, self.agree, self.alone, self.at) = (0, 0, 0, None);
        true
    }

    /// Whether the base does not explain what the register shows.
    pub(super) fn is_refuted(&self) -> bool {
        !share(self.agree.into(), self.checks.into()).is_at_least(AGREEING)
    }

    /// An access while the base is `now`. Whether it is sure by now that the base is the right one.
    pub(super) fn access(
        &mut self,
        value: u64,
        write: bool,
        now: Option<u64>,
        epoch: u32,
        entries: &mut usize,
    ) -> bool {
        if self.epoch != epoch {
            *entries -= self.known.len();
            self.known.clear();
            (self.epoch, self.at) = (epoch, None);
        }
        if self.at == now {
            self.alone += u32::from(!write && now.is_some() && value != self.last);
        } else {
            self.moved(value, write, now, entries);
        }
        (self.at, self.last) = (now, value);
        let judged = self.checks >= JUDGED && self.is_refuted();
        if judged || (self.alone >= JUDGED && self.alone > ALONE * self.agree) {
            *entries -= self.known.len();
            self.known = Vec::new();
            self.base = NONE;
        }
        self.agree + 1 == JUDGED && self.agree == self.checks
    }

    fn moved(&mut self, value: u64, write: bool, now: Option<u64>, entries: &mut usize) {
        if let Some(at) = self.at {
            match self.known.binary_search_by_key(&at, |k| k.0) {
                Ok(place) => self.known[place].1 = self.last,
                Err(place) if *entries < MAX_ENTRIES => {
                    self.known.insert(place, (at, self.last));
                    *entries += 1;
                }
                Err(_) => {}
            }
            self.bases = self.bases.max(self.known.len());
        }
        let Some(now) = now.filter(|_| self.at.is_some() && !write) else { return };
        if let Ok(place) = self.known.binary_search_by_key(&now, |k| k.0)
            && self.known[place].1 != self.last
        {
            self.checks += 1;
            self.agree += u32::from(value == self.known[place].1);
        }
    }
}
