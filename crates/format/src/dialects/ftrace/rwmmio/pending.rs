//! Accesses that have begun and of which it is not known that they ended.

use super::Origin;
use crate::dialects::layout::RegionId;
use crate::dialects::{Found, Sink};
use crate::record::Kind;

/// Most accesses that are under way at once, of all threads.
const MOST: usize = 256;
/// Most of one thread: a task, and interrupts of all kinds that break in.
const NESTED: usize = 6;

/// The place and origin of an access.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) is_write: bool,
    pub(super) address: u64,
    pub(super) region: Option<RegionId>,
    pub(super) origin: Origin,
}

impl Call {
    /// The access happened.
    #[inline]
    pub(super) fn access(&self, found: &Found, to: &mut Sink) {
        match self.region {
            Some(region) => to.access_at(region, self.address, found),
            None => to.access(0, self.address, found),
        }
    }

    /// Whether it is of the same thread; there is an idle task on each CPU.
    fn is_beside(&self, other: &Call) -> bool {
        let of =
            |call: &Call| (call.origin.pid, call.origin.cpu.filter(|_| call.origin.pid.unwrap_or(0) == 0));
        of(self) == of(other)
    }

    /// Nothing was heard of it any more: a read without a value, which is a write's no more.
    fn give_up(&self, to: &mut Sink) {
        if !self.is_write {
            self.access(&Found { kind: Kind::UNKNOWN, ..self.origin.found() }, to);
        }
    }
}

/// The accesses under way, oldest first.
#[derive(Debug, Default)]
pub(super) struct Pending(Vec<Call>);

impl Pending {
    /// An access begins.
    #[inline]
    pub(super) fn begin(&mut self, call: Call, to: &mut Sink) {
        let beside = self.0.iter().filter(|other| other.is_beside(&call)).count();
        let oldest = match beside {
            NESTED.. => self.0.iter().position(|other| other.is_beside(&call)),
            _ => (self.0.len() >= MOST).then_some(0),
        };
        if let Some(oldest) = oldest {
            self.0.remove(oldest).give_up(to);
        }
        self.0.push(call);
    }

    /// An access ends: whether it was seen to begin. What broke into it and has not ended by now never will.
    #[inline]
    pub(super) fn end(&mut self, call: &Call, to: &mut Sink) -> bool {
        let is_same = |other: &Call| {
            other.address == call.address && other.is_write == call.is_write && other.is_beside(call)
        };
        let Some(at) = self.0.iter().rposition(is_same) else { return false };
        for inner in self.0.extract_if(at + 1.., |inner| inner.is_beside(call)) {
            inner.give_up(to);
        }
        self.0.remove(at);
        true
    }

    /// None of them will end.
    pub(super) fn give_up(&mut self, to: &mut Sink) {
        for call in self.0.drain(..) {
            call.give_up(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;

    fn call(is_write: bool, address: u64, cpu: u32, pid: u32) -> Call {
        let origin = Origin { time: Some(address), cpu: Some(cpu), pid: Some(pid) };
        Call { is_write, address, region: None, origin }
    }

    fn unknowns(to: &mut Sink) -> Vec<u64> {
        let mut block = Block::default();
        to.swap(&mut block);
        assert!(block.kind.iter().all(|&kind| kind == Kind::UNKNOWN));
        block.address
    }

    #[test]
    fn an_access_ends_where_it_began() {
        let (mut pending, mut to) = (Pending::default(), Sink::new("test"));
        pending.begin(call(false, 1, 0, 7), &mut to);
        pending.begin(call(false, 2, 1, 8), &mut to);
        pending.begin(call(false, 3, 0, 7), &mut to);
        assert!(!pending.end(&call(false, 3, 0, 9), &mut to));
        assert!(!pending.end(&call(true, 3, 0, 7), &mut to));
        assert!(pending.end(&call(false, 3, 0, 7), &mut to));
        assert!(pending.end(&call(false, 1, 5, 7), &mut to), "it woke up on another CPU");
        assert!(pending.end(&call(false, 2, 1, 8), &mut to));
        assert!(unknowns(&mut to).is_empty());
    }

    #[test]
    fn reads_that_do_not_come_back_have_no_value() {
        let (mut pending, mut to) = (Pending::default(), Sink::new("test"));
        pending.begin(call(false, 1, 0, 0), &mut to);
        pending.begin(call(false, 2, 1, 0), &mut to);
        pending.begin(call(false, 3, 0, 0), &mut to);
        pending.begin(call(true, 4, 0, 0), &mut to);
        assert!(pending.end(&call(false, 1, 0, 0), &mut to));
        assert_eq!(unknowns(&mut to), [3]);
        for address in 10..14 + NESTED as u64 {
            pending.begin(call(false, address, 2, 5), &mut to);
        }
        assert_eq!(unknowns(&mut to), [10, 11, 12, 13]);
        pending.give_up(&mut to);
        assert_eq!(unknowns(&mut to).len(), 1 + NESTED);
    }
}
