//! The events and losses of one CPU.

use super::damage;
use super::pages::{Budget, Pages};
use crate::error::{Damage, DamageKind};
use crate::ring::formats::{EventHeader, PageLayout};
use crate::ring::page::{Cursor, Fault, Head, Missed};

/// The next event or loss of a CPU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Next {
    pub(super) time: u64,
    pub(super) what: What,
}

/// An event, by its bytes in the page, or a loss.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Event { start: usize, end: usize },
    Lost(Missed),
}

/// The pages of a CPU, read event by event.
#[derive(Debug)]
pub(super) struct CpuReader<'a> {
    /// The index of the buffer.
    pub(super) buffer: usize,
    /// The number of the CPU.
    pub(super) cpu: u32,
    /// The first damage of the pages.
    pub(super) damage: Option<Damage>,
    pages: Pages<'a>,
    layout: PageLayout,
    cursor: Option<Cursor>,
    /// The time of the event that was read last.
    time: u64,
}

impl<'a> CpuReader<'a> {
    pub(super) fn new(buffer: usize, cpu: u32, pages: Pages<'a>, layout: PageLayout) -> CpuReader<'a> {
        CpuReader { buffer, cpu, damage: None, pages, layout, cursor: None, time: 0 }
    }

    /// The bytes of an event of the page that was read last.
    pub(super) fn data(&self, start: usize, end: usize) -> &[u8] {
        self.pages.page().get(start..end).unwrap_or_default()
    }

    /// The next event or loss. Damage inside the pages is a loss of events whose number is not known.
    pub(super) fn next(&mut self, header: &EventHeader, budget: &mut Budget) -> Option<Next> {
        loop {
            let Some(cursor) = &mut self.cursor else {
                match self.enter(budget) {
                    Ok(Some(next)) => return Some(next),
                    Ok(None) if self.cursor.is_some() => continue,
                    Ok(None) => return None,
                    Err(damage) => match self.damaged(damage) {
                        Some(next) => return Some(next),
                        None => continue,
                    },
                }
            };
            match cursor.next(self.pages.page(), header) {
                Ok(Some(event)) => {
                    self.time = event.time;
                    let what = What::Event { start: event.start, end: event.end };
                    return Some(Next { time: event.time, what });
                }
                Ok(None) => self.cursor = None,
                Err(fault) => {
                    self.cursor = None;
                    if let Some(next) = self.faulty(fault) {
                        return Some(next);
                    }
                }
            }
        }
    }

    /// Goes to the next page; gives the loss that its head tells.
    fn enter(&mut self, budget: &mut Budget) -> Result<Option<Next>, Damage> {
        while self.pages.advance(budget)? {
            match Head::read(self.pages.page(), &self.layout) {
                Ok(head) => {
                    self.cursor = Some(head.cursor);
                    self.time = head.cursor.time();
                    let time = self.time;
                    return Ok(head.missed.map(|missed| Next { time, what: What::Lost(missed) }));
                }
                Err(fault) => {
                    if let Some(next) = self.faulty(fault) {
                        return Ok(Some(next));
                    }
                }
            }
        }
        if self.pages.is_cut_here() {
            let place = self.pages.place(0);
            self.damage.get_or_insert_with(|| damage(DamageKind::Truncated, place, "pages are missing"));
        }
        Ok(None)
    }

    /// Notes bytes of a page that are not an event; gives the loss, unless the file was cut there.
    fn faulty(&mut self, fault: Fault) -> Option<Next> {
        let is_cut = self.pages.is_cut_here();
        let kind = if is_cut { DamageKind::Truncated } else { DamageKind::Damaged };
        let found = damage(kind, self.pages.place(fault.at), format!("CPU {}: {}", self.cpu, fault.what));
        self.damaged(found)
    }

    /// Notes damage; gives the loss that it is, unless the file was cut there.
    fn damaged(&mut self, found: Damage) -> Option<Next> {
        let is_cut = found.kind == DamageKind::Truncated;
        self.damage.get_or_insert(found);
        (!is_cut).then_some(Next { time: self.time, what: What::Lost(Missed::Unknown) })
    }
}
