use super::*;
use proptest::prelude::*;

const RECORD: &str = "R 4 1.000000 1 0xfea00008 0x1 0x0 0";

/// Lines of each dialect, with the kind that a text of them is.
const LINES: [(&str, Foreign); 11] = [
    ("[   12.345678] R 4 1.000000 1 0xfea00008 0x1 0x0 0", Foreign::PrefixedLog),
    (
        "Nov 30 12:00:00 host kernel: MAP 1.000000 1 0xfea00000 0xffffc90000000000 0x1000 0x0 0",
        Foreign::PrefixedLog,
    ),
    ("   17:W 4 1.000000 1 0xfea00008 0x1 0x0 0", Foreign::PrefixedLog),
    ("> > W 4 1.000000 1 0xfea00008 0x1 0x0 0", Foreign::QuotedLog),
    ("4711@1893553445.100400:pci_cfg_write e1000e 00:03.0 @0x4 <- 0x107", Foreign::QemuLog),
    ("2030-01-02T03:04:05.000003Z vfio_pci_reset  (0000:01:00.0)", Foreign::QemuLog),
    (
        "  kworker/0:1-23  [000] .....  91.100010: sched_waking: comm=modprobe pid=140 prio=120 target_cpu=000",
        Foreign::Events,
    ),
    ("{\n  \"schema\": \"mmio-analyze.info\",", Foreign::OwnJson),
    ("0010\t80861234\tb\tfe000000\t0\t0\t0\t0\t0\t0\t1000\t0\t0\t0\t0\t0\t0\tdrv", Foreign::PciList),
    ("[    0.000000] Linux version 6.1.0", Foreign::KernelLog),
    ("<!DOCTYPE html>", Foreign::WebPage),
];

/// Lines of dialects that are read.
const READ: [&str; 7] = [
    "  kworker/0:1-23  [000] .....  91.100010: rwmmio_write: a+0x24/0x60 width=32 val=0x2 addr=0xffff8",
    "  modprobe-1042  [000]   101.000200: mmiotrace_rw:         fea00008 0 0 1 1 4",
    " qemu-system-x86-140   [000]    35.777332: kvm_mmio:             mmio read len 4 gpa 0xb0 val 0x0",
    "   modprobe   140 [000]    49.662582:   regmap:regmap_reg_write: hdaudioC0D0 reg=3f0700 val=40",
    "vfio_region_write  (0000:05:00.0:region2+0x26c962, 0x5a5a5a5a, 4)",
    "4711@1893553445.100400:vfio_region_read  (VFIO user </var/run/x>:region0+0x28, 4) = 0x0",
    "2030-01-02T03:04:05.000003Z memory_region_ops_read cpu 1 mr 0x55 addr 0x3cc value 0x67 size 1",
];

fn text(line: &str, count: usize) -> String {
    format!("{line}\n").repeat(count)
}

#[test]
fn a_text_is_what_most_of_its_lines_are() {
    for (line, kind) in LINES {
        assert_eq!(Foreign::of(line.as_bytes()), Some(kind), "{line}");
        let head = "# tracer: nop\n#\n\nCPU:0 [LOST 3 EVENTS]\n";
        let whole =
            if line.starts_with(['{', '<']) { text(line, 9) } else { head.to_owned() + &text(line, 9) };
        assert_eq!(Foreign::of(whole.as_bytes()), Some(kind), "{line}");
        assert_eq!(Foreign::of((text(line, 3) + RECORD).as_bytes()), Some(kind), "{line} and one record");
    }
}

#[test]
fn a_log_is_a_log_whatever_stands_between_its_records() {
    for (line, kind) in LINES.into_iter().filter(|(line, _)| !line.starts_with(['{', '<'])) {
        assert_eq!(Foreign::of((text(RECORD, 9) + &text(line, 9)).as_bytes()), None, "{kind:?}");
    }
    for log in
        [RECORD, "VERSION 20070824", "PCIDEV 0000 808629c0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ", "MARK 1.0 up"]
    {
        assert_eq!(Foreign::of(format!("some words\n{log}\nmore of them\n").as_bytes()), None, "{log}");
    }
    assert_eq!(Foreign::of(b"any words\nVERSION 2 of the manual\n"), None);
}

#[test]
fn a_log_that_is_read_is_neither_foreign_nor_one_of_mmiotrace() {
    for line in READ {
        for (records, others) in [(0, 9), (1, 9), (3, 4)] {
            let looks = Looks::of_text((text(line, others) + &text(RECORD, records)).as_bytes());
            assert_eq!((looks.certain(), looks.is_a_log()), (None, false), "{line}");
        }
        let looks = Looks::of_text((text(line, 3) + &text(RECORD, 9)).as_bytes());
        assert_eq!((looks.certain(), looks.is_a_log()), (None, true), "{line}");
    }
    assert!(!Looks::of_text(b"words\n").is_a_log());
}

#[test]
fn what_no_line_tells_is_told_by_the_tracers_header() {
    assert_eq!(Foreign::of(b"# tracer: mmiotrace\n#\n"), Some(Foreign::EmptyLog));
    assert_eq!(Foreign::of(b"# tracer: nop\n#\n"), Some(Foreign::OtherTracer));
    assert_eq!(Foreign::of(b"\0\x01\x02\0garbage"), Some(Foreign::Binary));
    assert_eq!(Foreign::of(b"words"), None);
}

#[test]
fn utf_16_is_recognised_with_and_without_its_mark() {
    for swap in [false, true] {
        let units = |text: &str| -> Vec<u8> {
            let bytes = |unit: u16| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() };
            text.encode_utf16().flat_map(bytes).collect()
        };
        assert_eq!(Foreign::of(&units(RECORD)), Some(Foreign::Utf16));
        assert_eq!(Foreign::of(&units(&format!("\u{feff}{RECORD}"))), Some(Foreign::Utf16));
    }
}

/// A page with these words as events.
fn page(events: &[u32]) -> Vec<u8> {
    let data: Vec<u8> = events.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut page = [7_u64.to_le_bytes(), (data.len() as u64).to_le_bytes()].concat();
    page.extend(data);
    page.resize(4096, 0);
    page
}

#[test]
fn pages_are_known_by_how_their_events_end() {
    // A short event, a time that goes on, one with its own length.
    let events = [2, 1, 2, 30 | 5 << 5, 1, 0, 8, 1];
    assert_eq!(Foreign::of(&page(&events)), Some(Foreign::RingPages));
    assert_eq!(Foreign::of(&page(&events)[..40]), Some(Foreign::RingPages), "cut");
    assert_ne!(Foreign::of(&page(&[2, 1])), Some(Foreign::RingPages), "an event that goes on after the end");
    assert_ne!(Foreign::of(&[0; 4096]), Some(Foreign::RingPages));
}

#[test]
fn sentences_name_a_thing_and_do_not_end_in_a_point() {
    for (_, kind) in LINES {
        let sentence = kind.to_string();
        assert!(
            sentence.starts_with("th") && !sentence.ends_with('.') && !sentence.contains("  "),
            "{sentence}"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(
        before in proptest::collection::vec(any::<u8>(), 0..600),
        pick in 0..LINES.len(),
        cut in 0..100_usize,
        after in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let line = LINES[pick].0.as_bytes();
        let bytes = [&before, &line[..cut.min(line.len())], &after].concat();
        let _ = Foreign::of(&bytes);
        let _ = Foreign::of(&[&line[..cut.min(line.len())], &after].concat());
        // The head of a page before any bytes.
        let head = [7_u64.to_le_bytes(), (before.len() as u64 & !3).to_le_bytes()].concat();
        let _ = Foreign::of(&[head, before].concat());
    }
}
