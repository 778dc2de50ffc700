//! Steps of a register as they are to others that share bytes with it.
//!
//! Steps are complete when the next one begins, so that they are folded here beside [`Folder`](crate::steps::Folder): what
//! a poll shows of a byte is known read by read.

use crate::overlaps::Overlaps;
use crate::steps::Step;
use mmio_format::{Access, Op, RegisterId};

/// The parts of steps that are not complete, or complete and not yet asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    /// For each register that shares bytes, by its place in [`Overlaps`], what accesses to others were, in their order.
    open: Vec<Vec<Step>>,
    /// For each device the register of its last access, if that was a read.
    last: Vec<Option<RegisterId>>,
}

impl Parts {
    /// Takes the next access to any register.
    pub(super) fn access(&mut self, overlaps: &Overlaps, register: RegisterId, access: &Access) {
        let stream = access.place.stream();
        if stream >= self.last.len() {
            self.last.resize(stream + 1, None);
        }
        let read = (access.op == Op::Read).then_some(register);
        let goes_on = read.is_some() && self.last[stream] == read;
        self.last[stream] = read;
        let shares = overlaps.of(register);
        if access.op == Op::Unknown || shares.is_empty() {
            return;
        }
        self.open.resize(overlaps.len(), Vec::new());
        for share in shares {
            let value = share.part(access.value);
            let Some(place) = overlaps.place(share.register) else { continue };
            let open = &mut self.open[place];
            match open.last_mut().filter(|_| goes_on) {
                Some(step) => step.go_on(value, access.time),
                None => open.push(Step::begin(share.register, &Access { value, ..*access })),
            }
        }
    }

    /// The part of `step`, which is complete, that belongs to the register at `place`.
    pub(super) fn take(&mut self, place: usize, step: &Step) -> Option<Step> {
        let open = self.open.get_mut(place)?;
        let at = open.iter().position(|part| part.index == step.index)?;
        Some(open.remove(at))
    }

    /// Nothing before belongs to what comes next.
    pub(super) fn clear(&mut self) {
        self.open.iter_mut().for_each(Vec::clear);
        self.last.fill(None);
    }
}
