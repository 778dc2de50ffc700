//! Lines that are no events: losses, comments, stacks.

use crate::dialects::Sink;
use crate::dialects::scan::Scan;

/// The class of lines that are neither an event nor anything else that is known.
pub(super) const NO_EVENTS: &str = "lines that are no events";
/// The class of what tools say of a log.
const COMMENTS: &str = "comment lines";
/// The class of heads and frames of stacks.
pub(super) const STACKS: &str = "lines of stacks";

/// Most digits of the address of a frame, and least.
const ADDRESS: std::ops::RangeInclusive<usize> = 4..=16;

/// Takes a line that begins as no event does, if it is one of these.
#[inline]
pub(super) fn take(line: &[u8], to: &mut Sink) -> bool {
    match line {
        [b'#', ..] => comment(line, to),
        [b'C', b'P', b'U', b':', ..] => return lost(line, to).is_some(),
        _ => return false,
    }
    true
}

/// Counts a line that is not one of an event.
pub(super) fn count(line: &[u8], to: &mut Sink) {
    let text = line.trim_ascii();
    if lost(text, to).is_some() || text.is_empty() {
        return;
    }
    let class = match line {
        // The first line of trace-cmd.
        _ if text.starts_with(b"cpus=") => COMMENTS,
        _ if is_frame(line) => STACKS,
        _ => NO_EVENTS,
    };
    to.tally.add(class, 1);
}

/// A comment; one says what was overwritten before the buffer was read: `# entries-in-buffer/entries-written: 5/9   #P:4`.
fn comment(line: &[u8], to: &mut Sink) {
    to.tally.add(COMMENTS, 1);
    let overwritten = || {
        let mut scan = Scan(line.strip_prefix(b"# entries-in-buffer/entries-written: ")?);
        let there = scan.decimal()?;
        scan.word(b"/")?;
        scan.decimal()?.checked_sub(there).filter(|&count| count > 0)
    };
    if let Some(count) = overwritten() {
        to.lost(None, 0, Some(count));
    }
}

/// `CPU:1 [LOST 3 EVENTS]`, and trace-cmd's `CPU:1 [3 EVENTS DROPPED]`; both may leave out the number.
fn lost(line: &[u8], to: &mut Sink) -> Option<()> {
    let mut scan = Scan(line.trim_ascii());
    scan.word(b"CPU:")?;
    let cpu = scan.decimal()?.try_into().ok()?;
    scan.word(b" [")?;
    let is_lost = scan.word(b"LOST ").is_some();
    let count = scan.decimal();
    if count.is_some() {
        scan.word(b" ")?;
    }
    let end: &[u8] = if is_lost { b"EVENTS]" } else { b"EVENTS DROPPED]" };
    (scan.0 == end).then(|| to.lost(None, cpu, count))
}

/// `PERF_RECORD_LOST lost 3` and `PERF_RECORD_LOST_SAMPLES lost 3`, in the place of an event of perf.
pub(super) fn lost_by_perf(text: &[u8], cpu: Option<u32>, time: Option<u64>, to: &mut Sink) -> bool {
    let count = || {
        let at = memchr::memmem::find(text.strip_prefix(b"PERF_RECORD_LOST")?, b" lost ")?;
        Scan(&text[b"PERF_RECORD_LOST".len() + at + b" lost ".len()..]).decimal()
    };
    let count = count();
    if let Some(count) = count {
        to.lost(time, cpu.unwrap_or(0), Some(count));
    }
    count.is_some()
}

/// ` => vfs_write` of tracefs, `=> vfs_write (ffffffff81234567)` of trace-cmd, or perf's
/// `ffffffffb8f67395 vfs_write+0x235 ([kernel.kallsyms])`.
fn is_frame(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    if text.starts_with(b"=> ") {
        return true;
    }
    let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let is_indented = line.first().is_some_and(u8::is_ascii_whitespace);
    is_indented && ADDRESS.contains(&digits) && text.get(digits) == Some(&b' ') && text.ends_with(b")")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{Block, LOST_COUNT_UNKNOWN};
    use crate::record::Kind;

    fn losses(lines: &[&str]) -> Vec<(u32, u64)> {
        let mut to = Sink::new("test");
        for line in lines {
            if !take(line.as_bytes(), &mut to) {
                count(line.as_bytes(), &mut to);
            }
        }
        assert_eq!(to.tally.count(NO_EVENTS), 0);
        let mut block = Block::default();
        to.swap(&mut block);
        assert!(block.kind.iter().all(|&kind| kind == Kind::LOST));
        (0..block.len()).map(|row| (block.cpu.get(row), block.value[row])).collect()
    }

    #[test]
    fn losses_of_all_tools() {
        let lost = losses(&[
            "# entries-in-buffer/entries-written: 5/9   #P:4\n",
            "# entries-in-buffer/entries-written: 5/5   #P:4\n",
            "##### CPU 1 buffer started ####\n",
            "CPU:1 [LOST 3 EVENTS]\n",
            "CPU:12 [LOST EVENTS]\n",
            "  CPU:2 [4 EVENTS DROPPED]\r\n",
            "CPU:3 [EVENTS DROPPED]\n",
        ]);
        let unknown = LOST_COUNT_UNKNOWN;
        assert_eq!(lost, [(0, 4), (1, 3), (12, unknown), (2, 4), (3, unknown)]);
        let mut to = Sink::new("test");
        assert!(lost_by_perf(b"PERF_RECORD_LOST lost 24", Some(1), Some(5), &mut to));
        assert!(!lost_by_perf(b"PERF_RECORD_COMM: bash:7/7", Some(1), Some(5), &mut to));
    }

    #[test]
    fn stacks_are_counted() {
        let mut to = Sink::new("test");
        for line in [
            " => vfs_write\n",
            "=> vfs_write (ffffffff81234567)\n",
            "\tffffffffb8f67395 vfs_write+0x235 ([kernel.kallsyms])\n",
            "\t         a393478 [unknown] ([unknown])\n",
        ] {
            count(line.as_bytes(), &mut to);
        }
        assert_eq!((to.tally.count(STACKS), to.tally.count(NO_EVENTS)), (4, 0));
        for line in
            ["cpus 1\n", "CPU:1 [LOST\n", "R 4 1.000000 1 0xfea00008 0x1 0x0 0\n", "\n", "  beef (x)\n"]
        {
            count(line.as_bytes(), &mut to);
        }
        assert_eq!((to.tally.count(STACKS), to.tally.count(NO_EVENTS)), (5, 3));
    }
}
