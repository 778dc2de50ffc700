//! Recordings from begin to end.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use mmio_format::Block;
use mmio_format::container::Recording;

use super::fake::Fake;
use super::{Watch, begin, plan};
use crate::error::Result;
use crate::live::{Checked, Options, Outcome, Source, mark, record};
use crate::tracers::Tracer;

use mmio_testkit::{contents, lines};

/// Records without anything that watches.
fn run(fake: &Fake, options: &Options, stop: usize) -> Result<Outcome> {
    record(options, &fake.roots(), in_kernel(), &AtomicUsize::new(stop), Arc::new(()))
}

fn options(fake: &Fake, command: &[&str]) -> Options {
    Options {
        output: fake.path("out.mmio.zst"),
        level: 3,
        buffer_kb: Some(4096),
        command: command.iter().map(Into::into).collect(),
        described: "--test".into(),
        ..Options::default()
    }
}

fn in_kernel() -> Checked {
    Checked { tracer: Tracer::Mmiotrace, rebind: None }
}

fn recorded(fake: &Fake) -> (Block, Recording) {
    contents(&std::fs::read(fake.path("out.mmio.zst")).unwrap())
}

#[test]
fn a_command_is_recorded_from_raw_pages() {
    let fake = Fake::new();
    let pages = zstd::decode_all(&include_bytes!("../../../../../samples/edu_lost_raw.bin.zst")[..]).unwrap();
    fake.put("tracefs/per_cpu/cpu0/trace_pipe_raw", &pages);
    // Two more than the pages tell of.
    fake.put("tracefs/per_cpu/cpu0/stats", "overrun: 76269\nnow ts:    70.000000\ndropped events: 1\n");
    let outcome = run(&fake, &options(&fake, &["sh", "-c", "exit 5"]), 0).unwrap();
    assert_eq!(outcome.command.unwrap().code(), Some(5));
    assert_eq!(outcome.problems, [""; 0]);
    assert_eq!((outcome.recorded.lost, outcome.recorded.losses), (76270, 2));
    assert_eq!(fake.settings(), ["nop", "1", "1", "1408"]);
    assert!(!fake.has_state());

    let (block, data) = recorded(&fake);
    let log = lines(&block);
    let start = "VERSION 20070824\nPCIDEV 0050 123411e8 b fea00000 0 0 0 0 0 0 100000 0 0 0 0 0 0 edu\n\
        CPU:0 [LOST 76268 EVENTS]\nW 4 63.619177 11 0xfea00080 0x669b 0x0 0\n";
    assert!(log.starts_with(start), "{log}");
    assert!(log.ends_with("\nCPU:0 [LOST 2 EVENTS]\n"));
    let value = |key| String::from_utf8_lossy(data.get(key).unwrap()).into_owned();
    assert_eq!(value("kernel"), "6.1.0-test #1 SMP");
    assert_eq!(
        value("pci_device"),
        "0000 1af41100 0050\t123411e8\tb\tfea00000\t0\t0\t0\t0\t0\t0\t100000\t0\t0\t0\t0\t0\t0\tedu"
    );
    assert_eq!([value("fields"), value("clock"), value("options")], ["cpu pid", "local", "--test"]);
    assert_eq!([value("start_clock"), value("end_clock")], ["70000000000", "70000000000"]);
    assert!(value("start") <= value("end"));
    assert_eq!(
        (value("command_line"), value("modules")),
        ("quiet ro".into(), "watchdog 45056 0 - Live 0x0".into())
    );
}

#[test]
fn devices_are_recorded_with_their_domains() {
    let fake = Fake::new();
    let line = |ids: &str| format!("0050\t{ids}\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t\n");
    fake.put("proc/bus/pci/devices", [line("123411e8"), line("144da808")].concat());
    for (file, id) in [("vendor", "0x144d\n"), ("device", "0xa808\n"), ("subsystem_vendor", "0x144d\n")] {
        fake.put(&format!("sys/bus/pci/devices/10000:00:0a.0/{file}"), id);
    }
    fake.put("sys/bus/pci/devices/10000:00:0a.0/subsystem_device", "0xa801\n");
    run(&fake, &options(&fake, &["true"]), 0).unwrap();
    let (block, data) = recorded(&fake);
    let devices = data.entries.iter().filter(|entry| entry.0 == "pci_device");
    let found: Vec<_> =
        devices.map(|entry| String::from_utf8_lossy(&entry.1[..23]).replace('\t', " ")).collect();
    assert_eq!(found, ["0000 1af41100 0050 1234", "10000 144da801 0050 144"]);
    assert!(lines(&block).contains("PCIDEV 0050 144da808 0 "), "{}", lines(&block));
}

#[test]
fn a_driver_that_came_meanwhile_is_recorded_at_the_end() {
    let fake = Fake::new();
    let line = |at: &str, driver: &str| format!("{at}\t123411e8\t0{}\t{driver}\n", "\t0".repeat(14));
    fake.put("proc/bus/pci/devices", line("0050", "") + &line("0058", "b"));
    let list = fake.roots().proc.join("bus/pci/devices");
    let later = line("0050", "edu") + &line("0058", "b");
    let command = format!("printf '{}' > {}", later.replace('\n', "\\n"), list.display());
    run(&fake, &options(&fake, &["sh", "-c", &command]), 0).unwrap();
    let (_, data) = recorded(&fake);
    let devices = data.entries.iter().filter(|entry| entry.0 == "pci_device");
    let drivers: Vec<_> = devices
        .map(|entry| String::from_utf8_lossy(&entry.1).rsplit('\t').next().unwrap().to_owned())
        .collect();
    assert_eq!(drivers, ["", "b", "edu"]);
}

#[test]
fn a_signal_ends_a_recording_from_text() {
    let fake = Fake::new();
    let log = include_str!("../../../../../samples/i6300esb.txt");
    fake.put("tracefs/trace_pipe", log);
    let options = Options { source: Source::Text, ..options(&fake, &[]) };
    let outcome = run(&fake, &options, 15).unwrap();
    assert!(outcome.command.is_none() && outcome.problems.is_empty(), "{:?}", outcome.problems);
    assert_eq!(lines(&recorded(&fake).0), log);
    assert_eq!(fake.settings(), ["nop", "1", "1", "1408"]);
}

#[test]
fn a_command_that_is_not_there_is_a_problem_and_everything_is_put_back() {
    let fake = Fake::new();
    let options = options(&fake, &["/does/not/exist"]);
    let outcome = run(&fake, &options, 0).unwrap();
    assert_eq!(outcome.problems.len(), 1, "{:?}", outcome.problems);
    assert!(outcome.problems[0].contains("/does/not/exist: cannot run"), "{:?}", outcome.problems);
    assert_eq!(fake.settings(), ["nop", "1", "1", "1408"]);
}

#[test]
fn an_output_that_is_there_or_full_stops_before_or_during_the_recording() {
    let fake = Fake::new();
    fake.put("out.mmio.zst", "old");
    let mut options = options(&fake, &["sleep", "60"]);
    let error = run(&fake, &options, 0).unwrap_err();
    assert!(error.to_string().contains("--force replaces it"), "{error}");
    assert_eq!(fake.get("out.mmio.zst"), "old");
    assert!(!fake.has_state());

    (options.output, options.force) = ("/dev/full".into(), true);
    let error = run(&fake, &options, 0).unwrap_err();
    assert!(error.to_string().contains("/dev/full: cannot write"), "{error}");
    assert_eq!(fake.settings(), ["nop", "1", "1", "1408"]);
}

#[test]
fn markers_go_only_into_a_recording() {
    let fake = Fake::new();
    let message = mark(&fake.roots(), "x").unwrap_err().to_string();
    assert_eq!(message, "nothing is being recorded");
    let _session = begin(&fake.roots(), &plan()).unwrap();
    mark(&fake.roots(), "X is up").unwrap();
    assert_eq!(fake.get("tracefs/trace_marker"), "X is up");
}

#[test]
fn a_recording_is_watched_until_its_end() {
    let fake = Fake::new();
    fake.put("tracefs/per_cpu/cpu1/stats", "bytes: 720896\nnow ts:     5.000000\n");
    let (watch, stop) = (Arc::new(Watch::default()), AtomicUsize::new(0));
    let options = options(&fake, &["sleep", "0.3"]);
    record(&options, &fake.roots(), in_kernel(), &stop, watch.clone()).unwrap();
    let shown = watch.shown.lock().unwrap().clone();
    let (last, before) = shown.split_last().unwrap();
    assert_eq!(last, "ending");
    assert!(before.len() > 1 && before.iter().all(|shown| shown == "0 lost, buffer 0.50"), "{before:?}");
}
