//! Accesses behind ports, kept until it is known which of the ports are real and how often each register is
//! accessed in all.

use mmio_format::Kind;
use mmio_format::resolve::Place;

use crate::census::Census;
use crate::register::RegisterId;
use crate::steps::{Folder, Observer, Past, Step};
use crate::walk::Access;

/// Most accesses that are kept, 32 bytes each.
const MAX: usize = 1 << 20;

/// An access, or a gap where the register is [`GAP`].
#[derive(Clone, Copy, Debug)]
struct Kept {
    register: RegisterId,
    op: Kind,
    value: u64,
    time: u64,
    index: u64,
}

const GAP: RegisterId = crate::register::NONE;

/// Keeps what it is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape {
    kept: Vec<Kept>,
    full: bool,
}

impl Tape {
    /// Whether accesses had to be left out.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    fn keep(&mut self, kept: Kept) {
        if self.kept.len() < MAX {
            self.kept.push(kept);
        } else {
            self.full = true;
        }
    }

    /// Shows the accesses of the devices that are `wanted` to `observer`, in steps.
    pub(super) fn play(&self, census: &Census, wanted: impl Fn(u16) -> bool, observer: &mut impl Observer) {
        let mut folder = Folder::default();
        for &Kept { register, op, value, time, index } in &self.kept {
            if register == GAP {
                folder.gap(observer);
                continue;
            }
            let at = census.register(register);
            if wanted(at.device) {
                let place = Place { device: at.device, bar: at.bar, offset: at.offset };
                let access = Access { place, op, width: at.width, value, time, index };
                folder.access(register, &access, observer);
            }
        }
        folder.flush(observer);
    }
}

impl Observer for Tape {
    fn access(&mut self, register: RegisterId, access: &Access) {
        let Access { op, value, time, index, .. } = *access;
        self.keep(Kept { register, op, value, time, index });
    }

    fn step(&mut self, _step: &Step, _past: &Past) {}

    fn gap(&mut self) {
        if self.kept.last().is_some_and(|last| last.register != GAP) {
            self.keep(Kept { register: GAP, op: Kind::LOST, value: 0, time: 0, index: 0 });
        }
    }
}
