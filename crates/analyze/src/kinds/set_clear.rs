//! Registers that are never read, whose written bits come in another register, or go from it: the one sets bits of a
//! value that is read elsewhere, the other clears them, so that no driver has to read first.

use mmio_format::RegisterId;

use super::{Claims, Facts, RegisterKind, SURE, support, times};
use crate::evidence::evidence;
use crate::share::{Share, share};

/// Writes that are remembered of a device until the register is read which they changed.
const REMEMBERED: usize = 4;
/// Most bits of such a write.
const FEW_BITS: u32 = 8;
/// Most bytes from a register to the one that it changes.
pub(super) const NEAR: u64 = 0x100;
/// Fewest times that written bits went.
const LEAST: u64 = 2;
/// Writes of what was just read elsewhere, of all, in a register that acknowledges.
const COPIED: Share = share(1, 2);

/// The latest writes of a device to registers that are never read.
#[derive(Clone, Debug, Default)]
pub(super) struct Writes {
    list: [Option<Write>; REMEMBERED],
    next: usize,
}

/// A write to a register that is never read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Write {
    /// Place of the register's profile.
    pub(super) slot: u32,
    value: u64,
    /// Number of the step in the stream of the device.
    at: u64,
}

impl Writes {
    /// Remembers the write of `value` as step `at` of the device.
    pub(super) fn add(&mut self, slot: u32, value: u64, at: u64) {
        if value != 0 && value.count_ones() <= FEW_BITS {
            self.list[self.next] = Some(Write { slot, value, at });
            self.next = (self.next + 1) % REMEMBERED;
        }
    }

    /// The writes after step `then`.
    pub(super) fn after(&self, then: u64) -> impl Iterator<Item = Write> + use<> {
        self.list.into_iter().flatten().filter(move |write| write.at > then)
    }

    pub(super) fn clear(&mut self) {
        *self = Writes::default();
    }
}

impl Write {
    /// Whether just the written bits went from a register that was `before` and is `now`.
    pub(super) fn cleared(&self, before: u64, now: u64) -> bool {
        before & !now & self.value == self.value
    }
}

/// The register from which written bits went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cleared {
    /// The register.
    pub(super) register: Option<RegisterId>,
    /// How often bits written went from it.
    pub(super) n: u64,
    /// How often they did not, or went from another register.
    pub(super) not: u64,
}

impl Cleared {
    /// The next read of `register` after a write tells whether the written bits went from it.
    pub(super) fn see(&mut self, register: RegisterId, gone: bool) {
        if self.register == Some(register) {
            self.n += u64::from(gone);
            self.not += u64::from(!gone);
        } else if gone && self.n == 0 {
            (self.register, self.n) = (Some(register), 1);
        } else {
            self.not += u64::from(gone);
        }
    }
}

pub(super) fn claim(facts: &Facts<'_>, claims: &mut Claims) {
    let (c, cleared) = (facts.counts, &facts.profile.cleared_in);
    // To give back what was just read there is an acknowledge.
    let copies = share(facts.profile.copies, c.writes).is_at_least(COPIED);
    if c.reads > 0 || cleared.n < LEAST || copies {
        return;
    }
    let why = evidence![
        "never read; bits written are gone from ",
        facts.named(cleared.register),
        " next ",
        times(cleared.n)
    ];
    claims.special(RegisterKind::Trigger, SURE * support(cleared.n, 2 * cleared.not), why);
}
