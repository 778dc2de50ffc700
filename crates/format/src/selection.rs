//! The records of blocks that pass a filter, each with its place and number.

use crate::block::Block;
use crate::devices::{Devices, Resolver};
use crate::error::Result;
use crate::filter::{Bound, Filter};
use crate::record::Kind;
use crate::source::Part;
use crate::space::Place;
use crate::stats::Stats;

/// A filter at work on the blocks of one trace, which come in order.
#[derive(Clone, Debug)]
pub struct Selection<'a> {
    filter: Bound,
    /// Everything passes.
    all: bool,
    /// Accesses that passed so far.
    accesses: u64,
    resolver: Resolver<'a>,
}

/// A record of a block.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Row {
    /// Row of the record in its block.
    pub row: usize,
    /// Kind of the record.
    pub kind: Kind,
    /// Number of the access in the whole trace, or of the next one.
    pub index: u64,
    /// Where an access or a mapping lies, if the addresses of the block were read.
    pub place: Option<Place>,
    /// Which recording it belongs to, from 0; right for what has a place.
    pub recording: usize,
    /// Whether it passes by its time and by the markers before it.
    pub in_span: bool,
    /// Whether it passes: an access by all that the filter says, a mapping by its device, others as [`Row::in_span`].
    pub passes: bool,
}

impl<'a> Selection<'a> {
    /// `filter` for a trace with these devices, whose first record has the time `start`.
    ///
    /// # Errors
    /// [`crate::Error::Request`] when no device has a name that is asked for, and for registers behind a port.
    pub fn new(filter: &Filter, devices: &'a Devices, start: u64) -> Result<Selection<'a>> {
        let all = filter.is_empty();
        Ok(Selection { filter: filter.bind(devices, start)?, all, accesses: 0, resolver: devices.resolver() })
    }

    /// Whether the filter lets everything through.
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// How many of the accesses so far pass.
    pub fn accesses(&self) -> u64 {
        self.accesses
    }

    /// Whether a block with these statistics can hold a record that matters, for [`crate::Trace::for_each`]: one that
    /// passes, a loss, or a marker that decides about the records after it.
    pub fn may_pass(&self) -> impl Fn(&Stats) -> bool + use<> {
        let filter = self.filter.clone();
        move |stats| filter.may_pass(stats)
    }

    /// The records of the next block. All of them must be taken, for the markers among them decide about those that
    /// come after.
    pub fn rows<'s>(&'s mut self, part: &'s Part<'_>) -> impl Iterator<Item = Row> + use<'s, 'a> {
        let (block, first_record) = (part.block, part.first_record);
        let mut next = part.first_access;
        (0..block.len()).map(move |row| {
            let kind = block.kind[row];
            let index = next;
            next += u64::from(kind.is_access());
            self.row(block, row, first_record + row as u64, index)
        })
    }

    #[inline]
    fn row(&mut self, block: &Block, row: usize, record: u64, index: u64) -> Row {
        let kind = block.kind[row];
        let in_span = self.all || self.filter.in_span(block, row);
        let has_place = kind.is_access() || kind == Kind::MAP;
        let address = block.address.get(row).filter(|_| has_place);
        let place = address.map(|&address| self.resolver.place(record, address));
        let wanted = self.all
            || match (kind.op(), place) {
                (Some(op), Some(place)) => {
                    let width = block.width.get(row).copied().unwrap_or(0);
                    self.filter.wants_access(op, width, place)
                }
                (None, Some(place)) => self.filter.wants_device(place.device),
                (_, None) => true,
            };
        let passes = in_span && wanted;
        self.accesses += u64::from(passes && kind.is_access());
        Row { row, kind, index, place, recording: self.resolver.recording(), in_span, passes }
    }
}
