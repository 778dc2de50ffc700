//! `mmio-analyze export` to waveforms and tracks, read back with parsers that are not ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use mmio_format::Trace;
use mmio_format::container::Writer;
use mmio_format::export::{Csv, Exporter, Resolved};
use mmio_format::{Block, Columns};

use super::waveforms::vcd::{Access, Wave, nanos, read, scope};

use super::waveforms::perfetto::{Tracks, tracks};
use mmio_testkit::{sample, stderr};

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");

fn analyze(args: &[&str], stdin: &[u8]) -> Output {
    mmio_testkit::run(ANALYZE, args, stdin)
}

/// The VCD of a trace, and what was said about it.
fn vcd(file: &str, more: &[&str], stdin: &[u8]) -> (Vec<u8>, String) {
    let output = analyze(&[&["export", file, "-o", "-", "--format", "vcd"], more].concat(), stdin);
    assert!(output.status.success(), "{file}: {}", stderr(&output));
    (output.stdout.clone(), stderr(&output))
}

/// The accesses as CSV has them.
fn expected(file: &Path) -> Vec<Access> {
    let mut trace = Trace::open(file).unwrap();
    let devices = trace.devices().clone();
    let (mut resolver, mut lines) = (devices.resolver(), Vec::new());
    trace
        .for_each(
            Columns::ALL,
            |_| true,
            |part| {
                for row in 0..part.block.len() {
                    let address = part.block.address[row];
                    let place = Some(resolver.place(part.first_record + row as u64, address));
                    let resolved = Resolved { devices: &devices, block: part.block, row, index: 0, place };
                    Csv.record(&resolved, &mut lines);
                }
                Ok(())
            },
        )
        .unwrap();
    String::from_utf8(lines).unwrap().lines().map(access).collect()
}

fn access(line: &str) -> Access {
    let words: Vec<&str> = line.split(',').collect();
    let [_, time, device, bar, offset, op, width, value, ..] = words[..] else { panic!("{line}") };
    let hex = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    Access {
        time: nanos(time),
        place: (scope(device), format!("bar{bar}"), hex(offset).unwrap()),
        op: op.chars().next().unwrap(),
        width: width.parse().ok(),
        value: hex(value),
    }
}

const SAMPLES: [&str; 9] = [
    "e1000e.txt",
    "e1000e.mmio.zst",
    "nvme.txt.zst",
    "megasas.txt.zst",
    "i6300esb.txt",
    "edu.mmio.zst",
    "edu_odd.txt",
    "edu_lost.txt",
    "labelled/tulip.txt.zst",
];

#[test]
fn every_access_comes_back_from_a_vcd() {
    for name in SAMPLES {
        let file = sample(name);
        let wave = read(&vcd(file.to_str().unwrap(), &[], b"").0);
        let wanted = expected(&file);
        assert_eq!(wave.accesses.len(), wanted.len(), "{name}");
        let mut latest = 0;
        for (n, (found, mut wanted)) in wave.accesses.into_iter().zip(wanted).enumerate() {
            // What goes back stands at the latest time before it.
            latest = latest.max(wanted.time);
            wanted.time = latest;
            assert_eq!(found, wanted, "{name}: access {n}");
        }
    }
}

#[test]
fn a_small_vcd_is_as_it_was() {
    let log = fs::read(sample("edu_odd.txt")).unwrap();
    let text = String::from_utf8(vcd("-", &[], &log).0).unwrap();
    let path = mmio_testkit::snapshot("edu_odd.vcd");
    if std::env::var_os("MMIO_BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap_or_default(), "MMIO_BLESS=1 accepts what it is now");
}

/// Two registers at 0x1000 and 0x1004 in `mem:1000`.
const MAP: &str = "MAP 1.000000 1 0x1000 0xffffc90000000000 0x100 0x0 0\n";

fn line(op: char, time: &str, offset: u64, value: u64) -> String {
    format!("{op} 4 {time} 1 {:#x} {value:#x} 0x0 0\n", 0x1000 + offset)
}

fn short(wave: &Wave) -> Vec<(u64, u64, char, u64)> {
    wave.accesses.iter().map(|a| (a.time / 1000, a.place.2, a.op, a.value.unwrap())).collect()
}

#[test]
fn accesses_at_one_time_neither_vanish_nor_reorder() {
    let same = "1.000005";
    let log = [('R', 0, 1), ('R', 4, 7), ('R', 0, 1), ('W', 0, 2), ('R', 0, 1), ('W', 4, 7)];
    let lines: String = log.iter().map(|&(op, offset, value)| line(op, same, offset, value)).collect();
    let wave = read(&vcd("-", &[], (MAP.to_owned() + &lines).as_bytes()).0);
    let wanted: Vec<_> = log.iter().map(|&(op, offset, value)| (1_000_005, offset, op, value)).collect();
    assert_eq!(short(&wave), wanted);
    assert_eq!((wave.first, wave.last), (1_000_005_000, 1_000_006_000));
}

#[test]
fn a_time_that_goes_back_is_held_and_reported() {
    let log =
        [line('R', "1.000010", 0, 1), line('R', "1.000007", 0, 2), line('R', "1.000012", 0, 3)].concat();
    let marked =
        MAP.to_owned() + "MARK 1.000009 begin\n" + &log + "MARK 0.000000 by hand\nMARK 1.000020 end\n";
    let (text, said) = vcd("-", &[], marked.as_bytes());
    let wave = read(&text);
    assert_eq!(short(&wave), [(1_000_010, 0, 'R', 1), (1_000_010, 0, 'R', 2), (1_000_012, 0, 'R', 3)]);
    let markers = [(1_000_009_000, "begin"), (1_000_012_000, "by hand"), (1_000_020_000, "end")];
    assert_eq!(wave.markers, markers.map(|(time, text)| (time, text.to_owned())));
    assert!(said.contains("1 time goes back, by 0.000003 s at most"), "{said}");
    assert!(String::from_utf8(text).unwrap().contains("1 time goes back, by 0.000003 s at most"));
}

#[test]
fn values_are_unknown_after_a_loss_and_the_loss_is_counted_once() {
    let log = MAP.to_owned()
        + &line('W', "1.000001", 0, 1)
        + "CPU:0 [LOST 76268 EVENTS]\n"
        + &line('W', "1.000009", 4, 2)
        + "MARK 0.000000 Lost 76268 events.\n"
        + &line('R', "1.000010", 0, 1);
    let (text, said) = vcd("-", &[], log.as_bytes());
    let wave = read(&text);
    assert_eq!(short(&wave), [(1_000_001, 0, 'W', 1), (1_000_009, 4, 'W', 2), (1_000_010, 0, 'R', 1)]);
    // Just after the last access: there it was still known.
    assert_eq!(wave.unknown, [(1_000_002_000, ("mem_1000".into(), "bar0".into(), 0))]);
    assert_eq!(wave.losses, [(1_000_002_000, 1), (1_000_002_000, 76268)]);
    assert_eq!(wave.markers.len(), 1);
    assert!(said.contains("76,268 lost events in 1 place"), "{said}");
}

#[test]
fn a_second_recording_stands_after_the_first() {
    let one = "VERSION 20070824\n".to_owned() + MAP + &line('R', "9.000000", 0, 1);
    let two = "VERSION 20070824\n".to_owned() + MAP + "MARK 1.000500 again\n" + &line('R', "1.500000", 0, 2);
    let (text, said) = vcd("-", &[], (one + &two).as_bytes());
    let wave = read(&text);
    assert_eq!(wave.markers, [(9_000_000_000, "again".to_owned())]);
    assert_eq!(short(&wave), [(9_000_000, 0, 'R', 1), (9_499_500, 0, 'R', 2)]);
    assert!(said.contains("7.999500 s later"), "{said}");
}

#[test]
fn the_busiest_registers_are_kept_and_the_others_counted() {
    let most = mmio_views::MOST_REGISTERS as u64;
    let mut log = "MAP 1.000000 1 0x100000 0xffffc90000000000 0x100000 0x0 0\n".to_owned();
    for register in (0..most + 50).chain(60..most + 50) {
        log += &line('W', "1.000001", 0xff000 + register * 4, register);
    }
    let (text, said) = vcd("-", &[], log.as_bytes());
    let wave = read(&text);
    let kept: std::collections::BTreeSet<u64> = wave.accesses.iter().map(|a| a.place.2 / 4).collect();
    // The ones that are used twice, and of the others those that came first.
    assert_eq!(kept.into_iter().collect::<Vec<_>>(), (0..10).chain(60..most + 50).collect::<Vec<_>>());
    assert_eq!(wave.others, 50);
    assert!(
        said.contains("50 of 10,050 registers") && said.contains("50 accesses count in others"),
        "{said}"
    );
}

#[test]
fn names_and_texts_cannot_end_a_comment_or_a_word() {
    let pci = "PCIDEV 0030 1b360010 b 1000 0 0 0 0 0 0 4000 0 0 0 0 0 0 a$end\n";
    let log = pci.to_owned() + "MARK 1.000000 $end ü \\x41 \n" + &line('R', "1.000001", 0, 1);
    let wave = read(&vcd("-", &[], log.as_bytes()).0);
    assert_eq!(wave.markers[0].1.trim_end(), "$end ü \\x41");
    assert_eq!(wave.accesses[0].place.0, "00_06_0");
}

#[test]
fn filters_choose_what_is_shown() {
    let file = sample("e1000e.txt");
    let file = file.to_str().unwrap();
    let only = |args: &[&str]| read(&vcd(file, args, b"").0);
    let reads = only(&["--reg", "+0x20", "--bar", "0", "--op", "R"]);
    assert_eq!(reads.accesses.len(), 223);
    assert!(reads.accesses.iter().all(|a| a.place.2 == 0x20 && a.op == 'R'));
    assert_eq!(reads.markers.len(), 4, "markers are no accesses");
    assert_eq!(only(&["--mark", "e1000e: loaded"]).markers.len(), 1);
    assert_eq!(only(&["--time", "+0..+0.1"]).markers.len(), 1);
}

const FORMS: [&str; 2] = ["vcd", "perfetto-trace"];

#[test]
fn a_cut_container_gives_what_is_there() {
    let mut writer = Writer::new(Vec::new(), "test", 3).unwrap();
    for second in 1..50 {
        let mut block = Block::default();
        let lines: String = (0..100).map(|n| line('W', &format!("{second}.{n:06}"), 0, n)).collect();
        mmio_format::text::parse(lines.as_bytes(), &mut block);
        writer.write_block(&block).unwrap();
    }
    let packed = writer.finish().unwrap().0;
    let folder = tempfile::tempdir().unwrap();
    for form in FORMS {
        let to = folder.path().join("x.".to_owned() + form).display().to_string();
        let output = analyze(&["export", "-", "-o", &to], &packed[..packed.len() / 2]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("truncated"), "{}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1);
        let bytes = fs::read(&to).unwrap();
        let accesses =
            if form == "vcd" { read(&bytes).accesses.len() as u64 } else { tracks(&bytes).accesses };
        assert!(accesses % 100 == 0 && (1000..4000).contains(&accesses), "{form}: {accesses}");
        assert!(String::from_utf8_lossy(&bytes).contains("truncated"), "the file says so");
    }
}

#[test]
fn a_mistake_is_one_clear_line_and_no_file_is_replaced() {
    let file = sample("i6300esb.txt").display().to_string();
    let folder = tempfile::tempdir().unwrap();
    let error = |args: &[&str]| {
        let output = analyze(&[&["export", &file][..], args].concat(), b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty() && stderr(&output).lines().count() == 1, "{}", stderr(&output));
        stderr(&output)
    };
    for form in FORMS {
        let to: PathBuf = folder.path().join("x.".to_owned() + form);
        let to = to.to_str().unwrap();
        assert!(analyze(&["export", &file, "-o", to], b"").status.success());
        assert!(error(&["-o", to]).contains("--force"));
        assert!(analyze(&["export", &file, "-o", to, "--force"], b"").status.success());
        assert!(error(&[&file, "-o", to, "--force"]).contains("one trace"));
        assert!(error(&["-o", to, "--force", "--table", "marks"]).contains("--table"));
        assert!(error(&["-o", to, "--force", "--device", "ff:1f.7"]).contains("no device"));
    }
    for name in ["x.xls", "-"] {
        let said = error(&["-o", name]);
        assert!(FORMS.iter().all(|form| said.contains(form)) && said.contains(".parquet"), "{said}");
    }
}

fn on_tracks(file: &str, stdin: &[u8]) -> Tracks {
    tracks(&mmio_testkit::stdout(ANALYZE, &["export", file, "-o", "-", "--format", "perfetto"], stdin))
}

#[test]
fn every_access_is_on_a_track_and_slices_nest() {
    for name in SAMPLES {
        let file = sample(name);
        assert_eq!(on_tracks(file.to_str().unwrap(), b"").accesses, expected(&file).len() as u64, "{name}");
    }
}

#[test]
fn tracks_hold_what_the_analyses_list() {
    let found = on_tracks(sample("e1000e.txt").to_str().unwrap(), b"");
    let events = |start: &str| -> u64 {
        found.events.iter().filter(|(name, _)| name.starts_with(start)).map(|(_, count)| count).sum()
    };
    assert_eq!(events("00:02.0 > sequences > #1 "), 3);
    assert_eq!(events("00:02.0 > sequences > #3 "), 188);
    assert_eq!(events("00:02.0 > pairs > W +0x20 → R +0x20"), 223);
    assert_eq!(found.markers, [4_887_434_000, 5_119_138_000, 10_290_945_000, 10_370_700_000]);
    assert_eq!((events("phases"), events("losses"), events("notes")), (4, 0, 0));
}

#[test]
fn losses_and_jitter_are_on_tracks_too() {
    let lost = on_tracks(sample("edu_lost.txt").to_str().unwrap(), b"");
    assert_eq!((lost.events["losses"], lost.events["notes"]), (1, 1));
    let log = MAP.to_owned()
        + &line('R', "1.000010", 0, 1)
        + &line('W', "1.000007", 0, 2)
        + &line('R', "1.000012", 0, 3);
    let held = on_tracks("-", log.as_bytes());
    assert_eq!((held.accesses, held.events["notes"]), (3, 1));
}

#[test]
fn polls_say_what_ends_them() {
    let mut log = MAP.to_owned();
    for round in 0..8 {
        for read in 0..10 {
            log += &line('R', &format!("1.{:06}", round * 100 + read), 0, if read == 9 { 0x11 } else { 0x1 });
        }
        log += &line('W', &format!("1.{:06}", round * 100 + 50), 4, round);
    }
    let bytes =
        mmio_testkit::stdout(ANALYZE, &["export", "-", "-o", "-", "--format", "perfetto"], log.as_bytes());
    assert_eq!(tracks(&bytes).events["mem:1000 > polls > +0x0 until bit 4 set"], 8);
}

/// Two polls that go on until the trace ends are written in one order.
#[test]
fn tracks_are_the_same_each_time() {
    let path = sample("edu.mmio.zst");
    let args = ["export", path.to_str().unwrap(), "-o", "-", "--format", "perfetto"];
    let first = mmio_testkit::stdout(ANALYZE, &args, b"");
    for _ in 0..16 {
        assert!(mmio_testkit::stdout(ANALYZE, &args, b"") == first);
    }
}
