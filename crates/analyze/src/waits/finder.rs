//! Finds waits in the one walk over a trace that there is.

use mmio_format::register::Table;
use mmio_format::walk::Visitor;
use mmio_format::{Access, Register, RegisterId};

use super::watch::Follower;
use super::{Cut, Waits};
use crate::site::Site;
use crate::steps::{Folder, Observer, Past, Step};
use crate::summary::Summary;
use mmio_format::width;

/// Follows the accesses of a walk. Where there is a first walk anyway, [`Watch`](super::Watch) follows the steps of the
/// second one.
pub struct Finder {
    folder: Folder,
    seen: Seen,
}

struct Seen {
    follower: Follower,
    /// The registers by number.
    registers: Vec<Register>,
}

impl Default for Finder {
    fn default() -> Finder {
        Finder { folder: Folder::default(), seen: Seen { follower: Follower::new(0), registers: Vec::new() } }
    }
}

impl Finder {
    /// Takes the next access, as a visitor does; the numbers of registers have no holes.
    pub fn access(&mut self, register: RegisterId, access: &Access) {
        if register as usize == self.seen.registers.len() {
            self.seen.registers.push(access.register());
        }
        self.folder.access(register, access, &mut self.seen);
    }

    /// Nothing before is joined with what comes next.
    pub fn gap(&mut self) {
        self.folder.gap(&mut self.seen);
    }

    /// The waits, now that all was seen.
    pub fn finish(mut self, trace: Summary) -> Waits {
        self.folder.flush(&mut self.seen);
        let Seen { follower, registers } = self.seen;
        Waits::of(trace, follower, |id| Site::direct(registers[id as usize]))
    }
}

impl Observer for Seen {
    fn step(&mut self, step: &Step, past: &Past) {
        let mask = width::bits(self.registers[step.register as usize].width);
        self.follower.step(step, past, true, mask);
    }

    fn gap(&mut self) {
        self.follower.cut(Cut::Loss);
    }
}

/// A walk for nothing else.
#[derive(Default)]
pub(super) struct Walk {
    table: Table,
    pub(super) finder: Finder,
}

impl Visitor for Walk {
    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    fn access(&mut self, register: RegisterId, access: &Access) {
        self.finder.access(register, access);
    }

    fn gap(&mut self) {
        self.finder.gap();
    }
}
