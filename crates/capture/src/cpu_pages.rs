//! The pages of one CPU, read event by event.

use std::collections::VecDeque;

use mmio_format::block::LOST_COUNT_UNKNOWN;
use mmio_format::ring::page::{Cursor, Fault, Head, Missed};

use crate::device_order::Numbered;
use crate::formats::Formats;

/// Most pages whose memory is kept to be used again.
const SPARE: usize = 64;

/// The next item of a CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Next {
    pub(crate) time: u64,
    pub(crate) item: Item,
    /// The number of an access whose tracer numbers them.
    pub(crate) number: Option<Numbered>,
}

/// An item of a page: an event, by its bytes in the page, or a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Event { start: usize, end: usize },
    Lost(u64),
}

/// The pages of a CPU in their order.
#[derive(Debug)]
pub(crate) struct CpuPages {
    /// The number of the CPU.
    pub(crate) cpu: u32,
    /// Whether more pages may come, so that they must be waited for when there are none.
    pub(crate) is_open: bool,
    pages: VecDeque<Vec<u8>>,
    cursor: Option<Cursor>,
    next: Option<Next>,
    /// Bytes of the pages that were read to their end.
    offset: u64,
    faults: Option<Faults>,
}

/// The bytes of a CPU's pages that could not be read.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Faults {
    /// The first fault.
    pub first: Fault,
    /// Offset of the first fault in all bytes of this CPU.
    pub offset: u64,
    /// Whether the input ends at the first fault.
    pub is_cut: bool,
    /// Number of faults.
    pub count: u64,
}

impl CpuPages {
    /// The pages of the CPU with this number: none yet.
    pub(crate) fn new(cpu: u32) -> CpuPages {
        let pages = VecDeque::new();
        CpuPages { cpu, is_open: true, pages, cursor: None, next: None, offset: 0, faults: None }
    }

    pub(crate) fn push(&mut self, page: Vec<u8>) {
        self.pages.push_back(page);
    }

    /// The next item, if the pages that are here have one.
    /// Pages that were used up go to `spare`.
    #[inline]
    pub(crate) fn peek(&mut self, formats: &Formats, spare: &mut Vec<Vec<u8>>) -> Option<Next> {
        if self.next.is_none() {
            self.advance(formats, spare);
        }
        self.next
    }

    /// The bytes of an event that [`CpuPages::peek`] gave; the event is taken with that.
    #[inline]
    pub(crate) fn take(&mut self, start: usize, end: usize) -> &[u8] {
        self.next = None;
        self.pages.front().and_then(|page| page.get(start..end)).unwrap_or_default()
    }

    /// Takes a loss that [`CpuPages::peek`] gave.
    pub(crate) fn take_lost(&mut self) {
        self.next = None;
    }

    /// Notes bytes that cannot be read, of the page that is being read.
    pub(crate) fn fault(&mut self, first: Fault, is_cut: bool) {
        let offset = self.offset + first.at as u64;
        self.faults.get_or_insert(Faults { first, offset, is_cut, count: 0 }).count += 1;
    }

    pub(crate) fn faults(&self) -> Option<&Faults> {
        self.faults.as_ref()
    }

    fn advance(&mut self, formats: &Formats, spare: &mut Vec<Vec<u8>>) {
        while let Some(page) = self.pages.front() {
            let result = match &mut self.cursor {
                Some(cursor) => cursor.next(page, &formats.header).map(|event| {
                    event.map(|e| Next {
                        time: e.time,
                        item: Item::Event { start: e.start, end: e.end },
                        number: Numbered::of(page.get(e.start..e.end).unwrap_or_default(), formats),
                    })
                }),
                None => Head::read(page, &formats.page).map(|head| {
                    self.cursor = Some(head.cursor);
                    head.missed.map(|missed| lost(head.cursor.time(), missed))
                }),
            };
            match result {
                Ok(Some(next)) => {
                    self.next = Some(next);
                    return;
                }
                // The head had nothing to say, or the page is at its end.
                Ok(None) if self.cursor.is_some_and(|cursor| !cursor.is_done()) => {}
                Ok(None) => self.leave_page(spare),
                Err(fault) => {
                    // What is cut off ends the input; what is damaged is a loss in the middle.
                    let is_cut = page.len() < formats.page.size;
                    self.fault(fault, is_cut);
                    let time = self.cursor.map_or(0, |cursor| cursor.time());
                    self.leave_page(spare);
                    if !is_cut {
                        self.next = Some(lost(time, Missed::Unknown));
                        return;
                    }
                }
            }
        }
    }

    fn leave_page(&mut self, spare: &mut Vec<Vec<u8>>) {
        self.cursor = None;
        if let Some(page) = self.pages.pop_front() {
            self.offset += page.len() as u64;
            if spare.len() < SPARE {
                spare.push(page);
            }
        }
    }
}

fn lost(time: u64, missed: Missed) -> Next {
    let count = match missed {
        // The one number that a record cannot hold as a count.
        Missed::Count(count) if count != LOST_COUNT_UNKNOWN => count,
        _ => LOST_COUNT_UNKNOWN,
    };
    Next { time, item: Item::Lost(count), number: None }
}
