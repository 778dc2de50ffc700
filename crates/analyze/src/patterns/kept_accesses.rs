//! Accesses behind ports, kept until it is known which of the ports are real and how often each register is
//! accessed in all.

use mmio_format::{Access, Op, PortId, RegisterId};

use crate::census::Census;
use crate::steps::{Folder, Observer, Past, Step};

/// Most accesses that are kept, 32 bytes each.
const MAX: usize = 1 << 20;

/// An access, or a gap where the register is [`GAP`].
#[derive(Clone, Copy, Debug)]
struct Kept {
    register: RegisterId,
    op: Op,
    value: u64,
    time: u64,
    index: u64,
}

const GAP: RegisterId = mmio_format::register::NONE;

/// Keeps what it is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptAccesses {
    kept: Vec<Kept>,
    full: bool,
}

impl KeptAccesses {
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
    pub(super) fn play(
        &self,
        census: &Census,
        wanted: impl Fn(PortId) -> bool,
        observer: &mut impl Observer,
    ) {
        let mut folder = Folder::default();
        for &Kept { register, op, value, time, index } in &self.kept {
            if register == GAP {
                folder.gap(observer);
                continue;
            }
            let at = census.register(register);
            if at.space.port().is_some_and(&wanted) {
                let access = Access { place: at.place(), op, width: at.width, value, time, index };
                folder.access(register, &access, observer);
            }
        }
        folder.flush(observer);
    }
}

impl Observer for KeptAccesses {
    fn access(&mut self, register: RegisterId, access: &Access) {
        let Access { op, value, time, index, .. } = *access;
        self.keep(Kept { register, op, value, time, index });
    }

    fn step(&mut self, _step: &Step, _past: &Past) {}

    fn gap(&mut self) {
        if self.kept.last().is_some_and(|last| last.register != GAP) {
            self.keep(Kept { register: GAP, op: Op::Unknown, value: 0, time: 0, index: 0 });
        }
    }
}
