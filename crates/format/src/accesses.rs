//! The accesses of a trace, one after the other.

use crate::access::Access;
use crate::devices::Devices;
use crate::error::Result;
use crate::located::{Located, Locator};
use crate::pass::{Pass, columns};
use crate::register::{RegisterId, Table};
use crate::scope::Scope;
use crate::source::{Blocks, Source};
use crate::visitor::Visitor;

/// The accesses in a scope, in the order of the trace. What is damaged is passed over, see
/// [`Trace::damage`](crate::Trace::damage).
///
/// It decodes on the calling thread; [`walk`](crate::walk::walk) decodes on all of them.
pub struct Accesses<'t> {
    devices: &'t Devices,
    blocks: Blocks<'t>,
    locator: Locator<'t>,
    located: Located,
    pass: Pass,
    /// The accesses of the block at hand, and how many of them were handed out.
    block: Buffer,
    next: usize,
    ended: bool,
}

impl<'t> Accesses<'t> {
    /// The accesses of `source` from its start; `start` is the time of its first record.
    pub(crate) fn new(
        source: &'t mut Source,
        devices: &'t Devices,
        start: u64,
        scope: &Scope,
    ) -> Result<Accesses<'t>> {
        source.rewind()?;
        let pass = Pass::new(devices, scope, start)?;
        Ok(Accesses {
            devices,
            blocks: source.blocks(columns::<Buffer>(scope), Box::new(pass.takes(Buffer::MARKERS))),
            locator: Locator::new(devices),
            located: Located::default(),
            pass,
            block: Buffer::default(),
            next: 0,
            ended: false,
        })
    }

    /// The devices of the trace.
    pub fn devices(&self) -> &'t Devices {
        self.devices
    }

    /// Fills the buffer from the next block; `false` at the end.
    fn fill(&mut self) -> Result<bool> {
        self.block.accesses.clear();
        self.next = 0;
        let Some(part) = self.blocks.next()? else { return Ok(false) };
        self.locator.locate(part.first_record, part.block, &mut self.located);
        self.pass.part(&part, &self.located, &mut self.block);
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
