//! What stands before an event in QEMU's log.

use super::Stamp;
use crate::dialects::scan::{Scan, date};

/// Longest stamp that is looked for.
const LONGEST: usize = 48;

/// What `before` ends in: `TID@SECONDS.MICROSECONDS:` (`-msg timestamp=on`, and always before QEMU 6.0), a date with a time
/// of day and a `Z` (since 10.1), or something else, that says nothing.
pub(super) fn read(before: &[u8]) -> Stamp {
    let tail = &before[before.len().saturating_sub(LONGEST)..];
    match tail {
        [] => Stamp::default(),
        [.., b':'] => thread_and_seconds(tail).unwrap_or_default(),
        _ => Stamp { time: day(tail), tid: None },
    }
}

/// `4711@1893553445.100400:`
fn thread_and_seconds(tail: &[u8]) -> Option<Stamp> {
    let at = memchr::memrchr(b'@', tail)?;
    let digits = tail[..at].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let tid = Scan(&tail[at - digits..at]).decimal()?;
    let mut scan = Scan(&tail[at + 1..]);
    let time = scan.seconds()?;
    (scan.0 == b":").then_some(Stamp { time: Some(time), tid: tid.try_into().ok() })
}

/// `2030-01-02T03:04:05.000001Z `
fn day(tail: &[u8]) -> Option<u64> {
    let text = tail.trim_ascii_end().strip_suffix(b"Z")?;
    let from = text.iter().rposition(|&byte| byte == b'T')?.checked_sub(10)?;
    let mut scan = Scan(&text[from..]);
    let time = date(&mut scan)?;
    scan.0.is_empty().then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_of_all_ages() {
        let read = |text: &str| {
            let stamp = read(text.as_bytes());
            (stamp.time, stamp.tid)
        };
        let time = 1_893_553_445_100_400_000;
        assert_eq!(read("4711@1893553445.100400:"), (Some(time), Some(4711)));
        assert_eq!(read("[  12.3] booting 4711@1893553445.100400:"), (Some(time), Some(4711)));
        assert_eq!(read("2030-01-02T03:04:05.100400Z "), (Some(time), None));
        assert_eq!(read("2030-01-02T03:04:05Z "), (Some(1_893_553_445_000_000_000), None));
        for none in
            ["", "qemu-system-x86_64: ", "Jan  2 03:04:05 host qemu[4711]: ", "@1:", "9@:", "T03:04:05Z "]
        {
            assert_eq!(read(none), (None, None), "{none}");
        }
    }
}
