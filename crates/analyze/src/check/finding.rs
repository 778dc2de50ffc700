//! What a check says.

use std::cmp::Reverse;

use mmio_format::{DeviceId, Filter, Op, Register};

use super::dead::{Dead, Stretch};
use super::divergence::Divergence;
use super::hang::{Hang, HangEnd};
use super::missing::{Lost, NoAccess, Unparsed, Wide};
use crate::site::Site;

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// Where it begins; nothing for what has no place among the accesses.
    pub moment: Option<Moment>,
    /// The device; nothing for what is said of the whole trace.
    pub device: Option<DeviceId>,
    /// The register, where it is one.
    pub site: Option<Site>,
    /// What it is, with its evidence.
    pub trouble: Trouble,
}

/// A place in the trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Number of the access in the whole trace.
    pub index: u64,
    /// Nanoseconds of the trace's clock.
    pub time: u64,
}

/// An access, as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// The register.
    pub register: Register,
    /// What was done to it.
    pub op: Op,
    /// The value read or written; nothing where it differs from round to round.
    pub value: Option<u64>,
}

/// Kinds of trouble with what speaks for them, in the order of their weight.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Trouble {
    /// From some moment on every read of a device gives the same.
    Dead(Dead),
    /// A register is waited for, and does not give what is waited for.
    Wait(Hang),
    /// A register answers otherwise than in all earlier rounds.
    Divergence(Divergence),
    /// The trace has no access.
    NoAccess(NoAccess),
    /// The input could be read in part only: the sentence that says where and why.
    Damaged(String),
    /// The tracer could not keep events.
    Lost(Lost),
    /// Values have bits above the width of their access.
    Wide(Wide),
    /// Lines are not records.
    Unparsed(Unparsed),
}

impl Trouble {
    /// The name of the kind.
    pub fn name(&self) -> &'static str {
        match self {
            Trouble::Dead(_) => "dead",
            Trouble::Wait(hang) => match hang.end {
                HangEnd::End => "ends_in_wait",
                HangEnd::InVain => "wait_in_vain",
                HangEnd::Unknown => "long_wait",
            },
            Trouble::Divergence(_) => "divergence",
            Trouble::NoAccess(_) => "no_access",
            Trouble::Damaged(_) => "damaged",
            Trouble::Lost(_) => "lost",
            Trouble::Wide(_) => "wide",
            Trouble::Unparsed(_) => "unparsed",
        }
    }

    /// Rank of the kind: what explains more of a hang comes first.
    fn weight(&self) -> u8 {
        match self {
            Trouble::Dead(_) => 0,
            Trouble::Wait(hang) => 1 + hang.end as u8,
            Trouble::Divergence(_) => 4,
            Trouble::NoAccess(_) => 5,
            Trouble::Damaged(_) => 6,
            Trouble::Lost(_) => 7,
            Trouble::Wide(_) => 8,
            Trouble::Unparsed(_) => 9,
        }
    }
}

impl Finding {
    /// Something wrong with a register of the trace.
    pub(super) fn at(moment: Moment, register: Register, trouble: Trouble) -> Finding {
        let (device, site) = (Some(register.device), Some(Site::direct(register)));
        Finding { moment: Some(moment), device, site, trouble }
    }

    /// A dead device, where its stretch begins.
    pub(super) fn of_device(stretch: Stretch) -> Finding {
        let Stretch { device, first, dead } = stretch;
        Finding { moment: Some(first), device: Some(device), site: None, trouble: Trouble::Dead(dead) }
    }

    /// Something wrong with the trace.
    pub(super) fn of_trace(moment: Option<Moment>, trouble: Trouble) -> Finding {
        Finding { moment, device: None, site: None, trouble }
    }

    /// Whether `filter` shows it. What is wrong with the trace or with a device is always shown.
    pub(super) fn is_shown(&self, filter: &Filter) -> bool {
        self.site.is_none_or(|site| site.is_shown(filter))
    }

    /// The order of the list: by kind, of waits those first that took longest, then as they came.
    pub(super) fn rank(&self) -> (u8, Reverse<u64>, Option<Moment>) {
        let spent = if let Trouble::Wait(hang) = self.trouble { hang.spent } else { 0 };
        (self.trouble.weight(), Reverse(spent), self.moment)
    }
}
