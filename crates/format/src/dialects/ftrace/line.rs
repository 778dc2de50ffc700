//! What stands before an event: task, process, CPU, flags and time, as tracefs, trace-cmd and perf print them.
//!
//! The name of a task may hold spaces, `-`, `/`, `:` and brackets, so that a line is read from the CPU on, which stands in
//! brackets and is followed by flags and a time. The columns are those of kernel/trace/trace_output.c, of `trace-cmd
//! report` and of `perf script`.

use crate::dialects::Found;
use crate::dialects::scan::Scan;

/// Longest flags, with room for those of later kernels.
const MAX_FLAGS: usize = 8;
/// Marks of `latency-format` after a time, for how long the step to the next event was.
const DELAYS: &[u8] = b" !+#*@$";

/// Where an event comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::dialects) struct Origin {
    /// Nanoseconds; `None` where the line has no time, or a count of a clock that is not in seconds.
    pub(in crate::dialects) time: Option<u64>,
    pub(in crate::dialects) cpu: Option<u32>,
    /// The thread.
    pub(in crate::dialects) pid: Option<u32>,
}

impl Origin {
    /// An access that comes from there, of which nothing else is known.
    #[inline]
    pub(super) fn found(self) -> Found {
        Found { time: self.time, cpu: self.cpu, pid: self.pid, ..Found::default() }
    }
}

/// A line of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialects) struct Line<'a> {
    pub(in crate::dialects) origin: Origin,
    /// The time is a count: of the clocks `counter` and `x86-tsc`, which are not in seconds.
    pub(in crate::dialects) is_counted: bool,
    /// The name without its system; empty for what is not an event, as a call of a function or the head of a stack.
    pub(in crate::dialects) event: &'a [u8],
    /// What follows the name, without blanks around it.
    pub(in crate::dialects) text: &'a [u8],
}

/// The time of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    Nanoseconds(u64),
    Count,
}

impl<'a> Line<'a> {
    /// Reads a line, if it is one of an event.
    pub(super) fn read(line: &'a [u8]) -> Option<Line<'a>> {
        Line::with_cpu_in_brackets(line).or_else(|| Line::with_latency(line))
    }

    /// `TASK-PID (TGID) [CPU] FLAGS TIME: EVENT: …`, and `COMM PID [CPU] TIME: SYSTEM:EVENT: …` of perf.
    fn with_cpu_in_brackets(line: &'a [u8]) -> Option<Line<'a>> {
        for at in memchr::memchr_iter(b'[', line) {
            let (before, mut scan) = (&line[..at], Scan(&line[at + 1..]));
            if before.last().is_some_and(|byte| !byte.is_ascii_whitespace()) {
                continue;
            }
            let Some(cpu) = scan.decimal() else { continue };
            if scan.word(b"] ").is_none() {
                continue;
            }
            if let Some(clock) = clock_after_flags(&mut scan) {
                return Some(Line::new(before, cpu, Some(clock), scan));
            }
            // perf leaves times out where it is asked to: then the event must have its system.
            let (event, text) = event(scan.0);
            if !event.is_empty() && !scan.0.trim_ascii_start().starts_with(event) {
                let line = Line::new(before, cpu, None, scan);
                return Some(Line { text, ..line });
            }
        }
        None
    }

    /// `TASK-PID CPUFLAGS TIME : EVENT: …` of the option `latency-format` and of `trace-cmd report -l`, as also the kernel
    /// prints its buffer when it dies.
    fn with_latency(line: &'a [u8]) -> Option<Line<'a>> {
        let colon = memchr::memmem::find(line, b": ")?;
        let before = &line[..colon];
        let before = match before.split_last() {
            Some((mark, before)) if DELAYS.contains(mark) => before,
            _ => before,
        };
        let (before, time) = last_field(before)?;
        let mut scan = Scan(time);
        let clock = match time.strip_suffix(b"us") {
            Some(digits) => {
                scan = Scan(digits);
                Clock::Nanoseconds(scan.decimal()?.checked_mul(1000)?)
            }
            None => clock(&mut scan).filter(|clock| *clock != Clock::Count)?,
        };
        let (before, flags) = last_field(before).filter(|_| scan.0.is_empty())?;
        let mut scan = Scan(flags);
        let cpu = scan.decimal()?;
        if !(4..=MAX_FLAGS).contains(&scan.0.len()) || pid(before).is_none() {
            return None;
        }
        Some(Line::new(before, cpu, Some(clock), Scan(&line[colon + 2..])))
    }

    fn new(before: &[u8], cpu: u64, clock: Option<Clock>, scan: Scan<'a>) -> Line<'a> {
        let time = match clock {
            Some(Clock::Nanoseconds(time)) => Some(time),
            _ => None,
        };
        let (event, text) = event(scan.0);
        let origin = Origin { time, cpu: cpu.try_into().ok(), pid: pid(before) };
        Line { origin, is_counted: clock == Some(Clock::Count), event, text }
    }
}

/// Where a line of the kernel's own log comes from: `<6>[   12.345678] …`.
pub(super) fn logged(line: &[u8]) -> Origin {
    let time = || {
        let mut scan = Scan(line);
        if scan.word(b"<").is_some() {
            scan.until(b'>')?;
        }
        scan.word(b"[")?;
        scan.blanks();
        let time = scan.seconds()?;
        scan.word(b"]").map(|()| time)
    };
    Origin { time: time(), ..Origin::default() }
}

/// The number of the thread that `before` ends in, whatever stands between it and the name: `-205`, ` 5664`, `23/24`; a
/// number of the process may follow in parentheses.
fn pid(before: &[u8]) -> Option<u32> {
    let mut before = before.trim_ascii_end();
    if let Some(inside) = before.strip_suffix(b")") {
        let open = memchr::memrchr(b'(', inside)?;
        before = before[..open].trim_ascii_end();
    }
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (name, number) = before.split_at(before.len() - digits);
    if !matches!(name.last(), None | Some(b'-' | b'/' | b' ' | b'\t')) {
        return None;
    }
    Scan(number).decimal()?.try_into().ok()
}

/// The time, and flags before it, if there are some.
#[inline]
fn clock_after_flags(scan: &mut Scan<'_>) -> Option<Clock> {
    let mut s = *scan;
    s.blanks();
    let mut clock = clock_and_colon(&mut s);
    if clock.is_none() {
        s.field().filter(|flags| flags.len() <= MAX_FLAGS)?;
        s.blanks();
        clock = clock_and_colon(&mut s);
    }
    let clock = clock?;
    *scan = s;
    Some(clock)
}

/// `12.345678:` and a blank or the end.
#[inline]
fn clock_and_colon(scan: &mut Scan<'_>) -> Option<Clock> {
    let mut s = *scan;
    let clock = clock(&mut s)?;
    s.word(b":")?;
    if s.0.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
        return None;
    }
    *scan = s;
    Some(clock)
}

/// Seconds with a point, or a number without one, which is a count.
#[inline]
fn clock(scan: &mut Scan<'_>) -> Option<Clock> {
    let digits = scan.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 && scan.0.get(digits) != Some(&b'.') {
        scan.0 = &scan.0[digits..];
        return Some(Clock::Count);
    }
    scan.seconds().map(Clock::Nanoseconds)
}

/// The name of the event that `text` begins with, and what stands behind it; no name where it begins otherwise. Before the
/// name perf puts its system, and `trace-cmd report --ts-diff` the time since the event before.
#[inline]
fn event(text: &[u8]) -> (&[u8], &[u8]) {
    let mut text = text.trim_ascii();
    if text.starts_with(b"(+")
        && let Some(end) = memchr::memchr(b')', text)
    {
        text = text[end + 1..].trim_ascii_start();
    }
    let Some((mut name, mut rest)) = name(text) else { return (b"", text) };
    if let Some((event, behind)) = self::name(rest) {
        (name, rest) = (event, behind);
    }
    (name, rest.trim_ascii_start())
}

/// A word and its colon.
#[inline]
fn name(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_of_a_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let end = text.iter().position(|byte| !is_of_a_name(byte)).filter(|&end| end > 0)?;
    (text[end] == b':').then(|| (&text[..end], &text[end + 1..]))
}

/// The last field of `text`, and what stands before it.
fn last_field(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii_end();
    let at = text.iter().rposition(u8::is_ascii_whitespace)? + 1;
    Some((&text[..at], &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Time in microseconds, CPU, thread, event, text.
    type Parts = (Option<u64>, Option<u32>, Option<u32>, String, String);

    fn read(line: &str) -> Option<Parts> {
        let line = Line::read(line.as_bytes())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let Origin { time, cpu, pid } = line.origin;
        Some((time.map(|time| time / 1000), cpu, pid, text(line.event), text(line.text)))
    }

    fn parts(time: u64, cpu: u32, pid: u32, event: &str, text: &str) -> Option<Parts> {
        Some((Some(time), Some(cpu), Some(pid), event.into(), text.into()))
    }

    #[test]
    fn tasks_may_be_called_anything() {
        let write = "rwmmio_write: a+0x24/0x60 width=32 val=0x2 addr=0xff";
        let (event, text) = write.split_once(": ").unwrap();
        for (task, pid) in [
            ("    kworker/0:1-23     ", 23),
            ("           <...>-205   ", 205),
            ("          <idle>-0     ", 0),
            ("       CPU 0/KVM-5664  ", 5664),
            ("    a [1] b: c-d-7     ", 7),
        ] {
            let line = format!("{task} [003] d.h1.    91.100010: {write}\n");
            assert_eq!(read(&line), parts(91_100_010, 3, pid, event, text), "{task}");
        }
    }

    #[test]
    fn flags_and_times_of_all_kinds() {
        for (middle, time) in [
            ("[000]   101.000100:", 101_000_100),
            ("[000] d..1   101.000100:", 101_000_100),
            ("[000] dN.1.   101.000100:", 101_000_100),
            ("( 1042) [000] .....   101.000100:", 101_000_100),
            ("(-----) [000] ....   101.000100:", 101_000_100),
            ("[000]   101.000100789:", 101_000_100),
            ("[000]   101.000100: (+12)", 101_000_100),
            ("[0128] ....   101.000100:", 101_000_100),
        ] {
            let line =
                read(&format!("  modprobe-1042  {middle} hda_send_cmd:    [0000:00:03.0:0] val=0x1\r\n"));
            let line = line.unwrap_or_else(|| panic!("{middle}"));
            assert_eq!((line.0, line.2), (Some(time), Some(1042)), "{middle}");
            assert_eq!((&*line.3, &*line.4), ("hda_send_cmd", "[0000:00:03.0:0] val=0x1"), "{middle}");
        }
        let line = Line::read(b"  cat-7  [000] ..... 18446744073709551616: kvm_mmio: mmio").unwrap();
        assert_eq!((line.origin.time, line.is_counted, line.event), (None, true, &b"kvm_mmio"[..]));
    }

    #[test]
    fn latency_format_has_the_cpu_before_its_flags() {
        let of = |time| parts(time, 12, 44, "kvm_mmio", "mmio read");
        assert_eq!(read("     cat-44      12d.h1.  100us : kvm_mmio: mmio read"), of(100));
        assert_eq!(read("     cat-44      12d.h1.  100us+: kvm_mmio: mmio read"), of(100));
        assert_eq!(read("     cat-44      12d.h1   35.777332: kvm_mmio:      mmio read"), of(35_777_332));
        assert_eq!(read("[   15.1]      cat-44      12d.h1.  100us!: kvm_mmio: mmio read"), of(100));
    }

    #[test]
    fn lines_of_perf() {
        let text = "hdaudioC0D0 reg=3f0700 val=40";
        let event = "regmap_reg_write";
        let perf = |before: &str| read(&format!("{before}     regmap:regmap_reg_write: {text}\n"));
        assert_eq!(perf("   modprobe   140 [000]    49.662582:"), parts(49_662_582, 0, 140, event, text));
        assert_eq!(perf(" CPU 0/KVM 12/140 [001] 49.662582123:"), parts(49_662_582, 1, 140, event, text));
        let untimed = Some((None, Some(0), Some(140), event.into(), text.into()));
        assert_eq!(perf("   modprobe   140 [000]"), untimed);
        assert_eq!(perf("[000]    49.662582:").unwrap().2, None);
    }

    #[test]
    fn what_is_no_event_has_no_name() {
        let stack = read("            bash-109     [000] .N...    93.273250: <stack trace>").unwrap();
        assert_eq!((&*stack.3, &*stack.4), ("", "<stack trace>"));
        assert_eq!(read("  bash-109 [000] ..... 93.2: vfs_read <-ksys_read").unwrap().3, "");
        for line in [
            "",
            "cpus=1",
            "# tracer: nop",
            " => vfs_write",
            "CPU:0 [LOST 3 EVENTS]",
            "R 4 1.000000 1 0xfea00008 0x1 0x0 0",
            "vfio_region_write  (0000:05:00.0:region2+0x26c962, 0x5a5a5a5a, 4)",
            "[    1.234567] e1000e 0000:00:03.0: registered",
            "x [1] y",
            "MARK 1.5 a [000] b",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
