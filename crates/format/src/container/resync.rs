//! The way on after wrong bytes.

use super::layout::{self, BLOCK, END, Own, RECORDING, SECTION_HEAD, SectionHead, skippable};
use super::sections::Sections;
use super::seek_table;
use crate::error::Result;
use std::io::Read;

/// Longest announcement: 256 sizes.
const MAX_ANNOUNCEMENT: usize = 8 + 1 + 256 * 5 + 4;

impl<R: Read> Sections<R> {
    /// Goes to the next section after wrong bytes: `ahead` bytes on if one begins there, else the next there is.
    pub(super) fn resume(&mut self, ahead: usize) -> Result<()> {
        if ahead > 0 && self.input.fill(ahead + SECTION_HEAD)?.len() >= ahead && self.begins_section(ahead) {
            self.input.consume(ahead);
            return Ok(());
        }
        self.search().map(|_| ())
    }

    /// Whether a section, or the end, seems to be `at` bytes on in the window.
    pub(super) fn begins_section(&self, at: usize) -> bool {
        let ahead = &self.input.window()[at..];
        if !self.compressed {
            return ahead.is_empty() || SectionHead::read(ahead).is_some();
        }
        let own = ahead.starts_with(&layout::OWN_MAGIC) && ahead.get(8..16) == Some(&layout::MARK);
        ahead.is_empty() || own || ahead.starts_with(&seek_table::MAGIC)
    }

    /// Goes to the next place, after the next byte, at which a section begins for sure; to the end if there is none.
    pub(super) fn search(&mut self) -> Result<bool> {
        self.input.skip(1)?;
        loop {
            let window = self.input.fill(SEARCH)?;
            let at_end = window.len() < SEARCH;
            // The last bytes may begin something whose rest is not in the window yet.
            let until = if at_end { window.len() } else { window.len() - MAX_ANNOUNCEMENT - 8 };
            let found =
                if self.compressed { find_announcement(window, until) } else { find_head(window, until) };
            self.input.consume(found.unwrap_or(until));
            if found.is_some() || at_end {
                return Ok(found.is_some());
            }
        }
    }
}

/// Window in which sections are searched.
const SEARCH: usize = 64 << 10;

/// The first announcement that begins before `until`.
fn find_announcement(window: &[u8], until: usize) -> Option<usize> {
    memchr::memmem::find_iter(window, &layout::MARK).filter_map(|mark| mark.checked_sub(8)).find(|&at| {
        let payload = || {
            let (magic, size) = skippable(&window[at..])?;
            let fits = size as usize <= MAX_ANNOUNCEMENT && magic == layout::OWN_MAGIC;
            window[at + 8..].get(..size as usize).filter(|_| fits)
        };
        at < until && payload().and_then(layout::own_body).is_some_and(|own| own.0 == Own::ANNOUNCEMENT)
    })
}

/// The first head of a known section that begins before `until`.
fn find_head(window: &[u8], until: usize) -> Option<usize> {
    (0..until).find(|&at| {
        let tag = &window[at..];
        [BLOCK, RECORDING, END].iter().any(|t| tag.starts_with(t)) && SectionHead::read(tag).is_some()
    })
}
