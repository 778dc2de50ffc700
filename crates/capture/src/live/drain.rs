//! Empties the kernel's buffers: the thread that must never wait for anything else.
//!
//! It goes round all CPUs, and takes from each what is there. By read: splice was no faster where it was measured, and leaves
//! pages that are not full, so that read is needed anyway. There is no waiting for the kernel to say that there is
//! something, for it says so only when half a buffer is full.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use crate::formats::PageLayout;

/// Most pages that one CPU gives in a round, so that the others get their turn.
const PAGES: usize = 256;
/// How long to sleep when nothing was there, first and at most.
const NAPS: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(50));
/// Bytes of text that are read at once.
const TEXT: usize = 64 << 10;

/// What goes to the thread that writes.
#[derive(Debug)]
pub enum Message {
    /// A page of a lane.
    Page(usize, Vec<u8>),
    /// Lines of the text log, not always whole ones.
    Text(Vec<u8>),
    /// No event before this time is still to come.
    Release(u64),
}

/// Takes pages until `stop` is set and nothing is left, or nobody wants them any more. Lane `i` is `files[i]`.
///
/// After each round it tells up to which time the order is certain. An event that is read in a later round was
/// not there when its CPU had been emptied, so it is not older than what was read before that: the start of any page of
/// the rounds before this one. Of a CPU that had more than it may give in a round, it is not older than its last page.
/// After a round without a page everything read so far is certain.
///
/// # Errors
/// Reading failed.
pub fn pages(
    mut files: Vec<File>,
    layout: &PageLayout,
    stop: &AtomicBool,
    out: &SyncSender<Message>,
) -> std::io::Result<()> {
    let (mut before, mut nap) = (0, NAPS.0);
    loop {
        let stopping = stop.load(Ordering::Acquire);
        let (mut latest, mut limit, mut any) = (before, before, false);
        for (lane, file) in files.iter_mut().enumerate() {
            let mut last = 0;
            let mut taken = 0;
            while taken < PAGES {
                let Some(page) = read(file, layout.size)? else { break };
                last = layout.timestamp.read(&page).unwrap_or(last);
                latest = latest.max(last);
                taken += 1;
                if out.send(Message::Page(lane, page)).is_err() {
                    return Ok(());
                }
            }
            any |= taken > 0;
            if taken == PAGES {
                limit = limit.min(last);
            }
        }
        let release = Message::Release(if any { limit } else { u64::MAX });
        if out.send(release).is_err() || (stopping && !any) {
            return Ok(());
        }
        before = latest;
        rest(any, &mut nap);
    }
}

/// Takes text until `stop` is set and nothing is left, or nobody wants it any more.
///
/// # Errors
/// Reading failed.
pub fn text(mut file: File, stop: &AtomicBool, out: &SyncSender<Message>) -> std::io::Result<()> {
    let mut nap = NAPS.0;
    loop {
        let stopping = stop.load(Ordering::Acquire);
        let text = read(&mut file, TEXT)?;
        let any = text.is_some();
        if let Some(text) = text
            && out.send(Message::Text(text)).is_err()
        {
            return Ok(());
        }
        if stopping && !any {
            return Ok(());
        }
        rest(any, &mut nap);
    }
}

fn rest(any: bool, nap: &mut Duration) {
    if any {
        *nap = NAPS.0;
    } else {
        std::thread::sleep(*nap);
        *nap = (*nap * 2).min(NAPS.1);
    }
}

/// What is there, at most `size` bytes; `None` when nothing is.
fn read(file: &mut File, size: usize) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; size];
    loop {
        match file.read(&mut bytes) {
            Ok(0) => return Ok(None),
            Ok(length) => {
                bytes.truncate(length);
                return Ok(Some(bytes));
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(e) => return Err(e),
        }
    }
}
