//! The accesses of a trace, one after the other.

use crate::access::Access;
use crate::container::BlockHead;
use crate::devices::Devices;
use crate::error::Result;
use crate::located::{Located, Locator};
use crate::register::{RegisterId, Table};
use crate::scope::Scope;
use crate::source::Blocks;
use crate::trace::Trace;
use crate::walk::{Visitor, Walk, columns};

type Filter<'t> = Box<dyn Fn(&BlockHead) -> bool + 't>;

/// The accesses in a scope, in the order of the trace. What is damaged is passed over, see [`Trace::damage`].
///
/// It decodes on the calling thread; [`walk`](crate::walk::walk) decodes on all of them.
pub struct Accesses<'t> {
    blocks: Blocks<'t, Filter<'t>>,
    locator: Locator<'t>,
    located: Located,
    walk: Walk<'t>,
    /// Those of the block at hand, and how many of them were handed out.
    block: Buffer,
    next: usize,
    ended: bool,
}

impl<'t> Accesses<'t> {
    pub(crate) fn new(trace: &'t mut Trace, scope: &'t Scope) -> Result<Accesses<'t>> {
        let start = trace.start();
        let (source, devices): (_, &Devices) = trace.source_and_devices();
        source.rewind()?;
        let walk = Walk::new(devices, scope, start)?;
        let takes: Filter<'t> = Box::new(walk.takes(Buffer::MARKERS));
        Ok(Accesses {
            blocks: source.blocks(columns::<Buffer>(scope), takes),
            locator: Locator::new(devices),
            located: Located::default(),
            walk,
            block: Buffer::default(),
            next: 0,
            ended: false,
        })
    }

    /// Fills the buffer from the next block; `false` at the end.
    fn fill(&mut self) -> Result<bool> {
        self.block.accesses.clear();
        self.next = 0;
        let Some(part) = self.blocks.next()? else { return Ok(false) };
        self.locator.locate(part.first_record, part.block, &mut self.located);
        self.walk.part(&part, &self.located, &mut self.block);
        Ok(true)
    }
}

impl Iterator for Accesses<'_> {
    type Item = Result<Access>;

    fn next(&mut self) -> Option<Result<Access>> {
        while self.next == self.block.accesses.len() {
            match self.fill() {
                _ if self.ended => return None,
                Ok(true) => {}
                Ok(false) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        self.next += 1;
        Some(Ok(self.block.accesses[self.next - 1]))
    }
}

/// The accesses of a block.
#[derive(Default)]
struct Buffer {
    table: Table,
    accesses: Vec<Access>,
}

impl Visitor for Buffer {
    fn registers(&mut self) -> &mut Table {
        &mut self.table
    }

    fn access(&mut self, _: RegisterId, access: &Access) {
        self.accesses.push(*access);
    }
}
