//! Empties the kernel's buffers: the thread that must never wait for anything else.
//!
//! It goes round all CPUs, takes from each what is there, and rests a little.
//! It reads: splice was no faster where it was measured, and leaves pages that are not full, so that read is needed
//! anyway.
//! It does not wait for the kernel to say that there is something, for that says so only when half a buffer is full.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;

use mmio_format::ring::formats::PageLayout;
use rustix::buffer::spare_capacity;
use rustix::io::Errno;

use super::pace::Pace;

/// Most pages that one CPU gives in a round, so that the others get their turn.
const PAGES: usize = 256;
/// Bytes of text that are read at once.
const TEXT: usize = 64 << 10;

/// A message to the thread that writes.
#[derive(Debug)]
pub(super) enum Message {
    /// A page of a CPU, which is named by its index.
    Page(usize, Vec<u8>),
    /// Lines of the text log, not always whole ones.
    Text(Vec<u8>),
    /// The word that no event before this time is still to come.
    Release(u64),
}

/// Takes pages until `stop` is set and nothing is left, or they are not wanted any more.
/// The CPU with the index `i` is `files[i]`, whose buffer has `buffer` bytes.
///
/// After each round it tells up to which time the order is certain.
/// An event that is read in a later round was not there when its CPU had been emptied, so it is not older than what was
/// read before that: the start of any page of the rounds before this one.
/// An event of a CPU that had more than it may give in a round is not older than that CPU's last page.
/// After a round without a page everything read so far is certain.
///
/// # Errors
/// The error of reading.
pub(super) fn pages(
    files: Vec<File>,
    layout: &PageLayout,
    buffer: usize,
    stop: &AtomicBool,
    out: &SyncSender<Message>,
) -> std::io::Result<()> {
    let (mut before, mut pace) = (0, Pace::new(buffer));
    loop {
        let stopping = stop.load(Ordering::Acquire);
        let (mut latest, mut limit, mut most) = (before, before, 0);
        for (index, file) in files.iter().enumerate() {
            let mut last = 0;
            let mut taken = 0;
            while taken < PAGES {
                let Some(page) = read(file, layout.size)? else { break };
                last = layout.timestamp.read(&page).unwrap_or(last);
                latest = latest.max(last);
                taken += 1;
                if out.send(Message::Page(index, page)).is_err() {
                    return Ok(());
                }
            }
            most = most.max(taken);
            if taken == PAGES {
                limit = limit.min(last);
            }
        }
        let release = Message::Release(if most > 0 { limit } else { u64::MAX });
        if out.send(release).is_err() || (stopping && most == 0) {
            return Ok(());
        }
        before = latest;
        if most < PAGES && !stopping {
            pace.rest(most * layout.size);
        }
    }
}

/// Takes text until `stop` is set and nothing is left, or it is not wanted any more.
/// The kernel's buffer has `buffer` bytes, about as many as its text.
///
/// # Errors
/// The error of reading.
pub(super) fn text(
    file: File,
    buffer: usize,
    stop: &AtomicBool,
    out: &SyncSender<Message>,
) -> std::io::Result<()> {
    let mut pace = Pace::new(buffer);
    loop {
        let stopping = stop.load(Ordering::Acquire);
        let mut taken = 0;
        // The kernel gives a page of lines at a time.
        while taken < TEXT {
            let Some(text) = read(&file, TEXT)? else { break };
            taken += text.len();
            if out.send(Message::Text(text)).is_err() {
                return Ok(());
            }
        }
        if stopping && taken == 0 {
            return Ok(());
        }
        if taken < TEXT && !stopping {
            pace.rest(taken);
        }
    }
}

/// The bytes that are there, at most `size`; `None` when there are none.
fn read(file: &File, size: usize) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(size);
    loop {
        match rustix::io::read(file, spare_capacity(&mut bytes)) {
            Ok(0) | Err(Errno::AGAIN) => return Ok(None),
            Ok(_) => return Ok(Some(bytes)),
            Err(Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}
