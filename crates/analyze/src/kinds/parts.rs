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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::census::Census;
    use crate::steps::{Folder, Observer, Past};
    use mmio_format::Place;
    use mmio_format::walk::Visitor;

    /// Takes the parts of register 1 when their steps are complete.
    struct Taker {
        overlaps: Overlaps,
        parts: Parts,
        taken: Vec<(Op, u64, u64, u64, u64, u64)>,
    }

    impl Observer for Taker {
        fn access(&mut self, register: RegisterId, access: &Access) {
            self.parts.access(&self.overlaps, register, access);
        }

        fn step(&mut self, step: &Step, _: &Past) {
            let place = self.overlaps.place(1).unwrap();
            if let Some(s) = self.parts.take(place, step) {
                self.taken.push((s.op, s.count, s.first, s.value, s.changes, s.rises));
            }
        }
    }

    #[test]
    fn a_poll_of_a_double_word_is_one_of_its_byte() {
        let accesses = [
            (Op::Read, 0, 4, 0x0501_0000),
            (Op::Read, 3, 1, 0x05),
            (Op::Read, 0, 4, 0x0701_0000),
            (Op::Read, 0, 4, 0x0702_0000),
            (Op::Read, 0, 4, 0x0903_0000),
            (Op::Write, 0, 4, 0x0a00_0000),
            (Op::Write, 0, 4, 0x0b00_0000),
            (Op::Read, 8, 4, 1),
        ];
        let access = |&(op, offset, width, value): &(Op, u64, u8, u64)| {
            let place = Place { offset, ..Place::default() };
            Access { place, op, width, value, time: 0, index: 0 }
        };
        let accesses: Vec<Access> =
            (0..).zip(&accesses).map(|(index, a)| Access { index, ..access(a) }).collect();
        let mut census = Census::default();
        accesses.iter().for_each(|a| census.see(a));
        let (overlaps, mut folder) = (Overlaps::new(&census), Folder::default());
        let mut taker = Taker { overlaps, parts: Parts::default(), taken: Vec::new() };
        for access in &accesses {
            folder.access(census.table().find(access.register()).unwrap(), access, &mut taker);
        }
        folder.flush(&mut taker);
        let write = |value| (Op::Write, 1, value, value, 0, 0);
        let read = |count, first, value, changes, rises| (Op::Read, count, first, value, changes, rises);
        assert_eq!(taker.taken, [read(1, 5, 5, 0, 0), read(3, 7, 9, 1, 1), write(0xa), write(0xb)]);
        let place = taker.overlaps.place(1).unwrap();
        assert!(taker.parts.open[place].is_empty(), "each part was taken with its step");
    }
}
