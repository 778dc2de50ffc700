//! Setting up and putting back, on a tree of plain files.

mod fake;

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use fake::{DRIVER, Fake, SLOT};
use mmio_format::Block;
use mmio_format::container::Recording;

use super::options::default_buffer_kb;
use super::session::{Plan, Session};
use super::{Checked, Observer, Options, Outcome, Progress, Roots, Source, State, checks, record, restore};
use crate::error::Result;
use crate::kernel::tracefs::{BufferSize, Tracefs};
use crate::pci::PciAddress;
use crate::tracers::{Tracer, Wanted};

#[path = "../../../../../tests/program/container.rs"]
mod container;
use container::{contents, lines};

fn slot() -> PciAddress {
    SLOT.parse().unwrap()
}

fn plan() -> Plan {
    Plan {
        tracer: Tracer::Mmiotrace,
        output: "/tmp/x.mmio.zst".into(),
        rebind: None,
        wanted: Wanted { buffer: BufferSize { kb: 65536, less_will_do: false }, ..Wanted::default() },
    }
}

fn begin(roots: &Roots, plan: &Plan) -> Result<Session> {
    Session::begin(roots, plan, false, Arc::new(()))
}

/// Records without anything that watches.
fn run(fake: &Fake, options: &Options, stop: usize) -> Result<Outcome> {
    record(options, &fake.roots(), in_kernel(), &AtomicUsize::new(stop), Arc::new(()))
}

#[test]
fn a_session_sets_the_tracer_up_and_puts_everything_back() {
    let fake = Fake::new();
    fake.put("tracefs/options/overwrite", "0");
    fake.put("tracefs/trace_clock", "local global [counter]");
    let session = begin(&fake.roots(), &plan()).unwrap();
    assert_eq!(fake.settings(), ["mmiotrace", "1", "1", "7 (expanded: 1408)"]);
    assert_eq!(fake.get("tracefs/trace_clock"), "local", "a clock that counts nanoseconds");
    assert_eq!(fake.get("tracefs/per_cpu/cpu0/buffer_size_kb"), "65536");
    assert_eq!(fake.get("tracefs/per_cpu/cpu1/buffer_size_kb"), "7 (expanded: 1408)", "it is offline");
    let state = State::load(&fake.roots()).unwrap().unwrap();
    assert!(state.is_alive(&fake.roots()));
    assert_eq!(&state, session.state());
    assert_eq!(state.tracer, Tracer::Mmiotrace);
    let before = ["buffer_kb", "online", "clock"].map(|name| state.settings.get(name));
    assert_eq!(before, [Some("1408"), Some("0"), Some("counter")]);

    assert_eq!(session.stop(Source::Raw).unwrap(), 0);
    assert_eq!(fake.get("tracefs/tracing_on"), "0");
    assert_eq!(session.end(), [""; 0]);
    assert_eq!(fake.settings(), ["nop", "1", "0", "1408"]);
    assert_eq!(fake.get("tracefs/trace_clock"), "counter");
    assert!(!fake.has_state());
}

#[test]
fn buffers_of_different_sizes_are_put_back_one_by_one() {
    let fake = Fake::new();
    fake.put("tracefs/buffer_size_kb", "X");
    fake.put("tracefs/per_cpu/cpu0/buffer_size_kb", "100");
    fake.put("tracefs/per_cpu/cpu1/buffer_size_kb", "200");
    let session = begin(&fake.roots(), &plan()).unwrap();
    assert_eq!(session.end(), [""; 0]);
    assert_eq!(fake.get("tracefs/per_cpu/cpu0/buffer_size_kb"), "100");
    assert_eq!(fake.get("tracefs/per_cpu/cpu1/buffer_size_kb"), "200");
    assert_eq!(fake.get("tracefs/buffer_size_kb"), "X");
}

#[test]
fn a_panic_puts_everything_back() {
    let fake = Fake::new();
    let roots = fake.roots();
    let result = std::panic::catch_unwind(|| {
        let _session = begin(&roots, &plan()).unwrap();
        panic!("deliberate");
    });
    assert!(result.is_err());
    assert_eq!(fake.settings(), ["nop", "1", "1", "1408"]);
    assert!(!fake.has_state());
}

#[test]
fn a_set_up_that_fails_half_way_puts_everything_back() {
    let fake = Fake::new();
    let rebind = Some((slot(), "no such driver".to_owned()));
    let error = begin(&fake.roots(), &Plan { rebind, ..plan() }).err().unwrap();
    assert!(error.to_string().contains("no such driver/unbind: cannot write"), "{error}");
    assert_eq!(fake.settings(), ["nop", "1", "1", "1408"]);
    assert!(!fake.has_state());
}

#[test]
fn what_a_killed_recorder_left_is_put_back_later() {
    let fake = Fake::new();
    let roots = fake.roots();
    let rebind = Some((slot(), DRIVER.to_owned()));
    std::mem::forget(begin(&roots, &Plan { rebind, ..plan() }).unwrap());
    assert_eq!(fake.get(&format!("sys/bus/pci/drivers/{DRIVER}/unbind")), SLOT);
    fake.unbind();
    let message = checks::no_other(&roots).unwrap_err().to_string();
    assert!(message.contains("is recording to /tmp/x.mmio.zst already"), "{message}");
    // Another process has its number now.
    fake.put(&format!("proc/{}/stat", std::process::id()), fake::stat(4712));
    let message = checks::no_other(&roots).unwrap_err().to_string();
    assert!(message.contains("mmio-capture restore"), "{message}");

    let mut state = State::load(&roots).unwrap().unwrap();
    // A CPU that did not come back.
    state.settings.put("online", "0,1");
    assert_eq!(restore(&roots, &state), [""; 0]);
    assert_eq!(fake.settings(), ["nop", "1", "1", "1408"]);
    assert_eq!(fake.get("sys/devices/system/cpu/cpu1/online"), "1");
    assert_eq!(fake.get(&format!("sys/bus/pci/drivers/{DRIVER}/bind")), SLOT);
    assert!(!fake.has_state());
    checks::no_other(&roots).unwrap();
}

#[test]
fn another_tracer_that_was_chosen_meanwhile_stays() {
    let fake = Fake::new();
    let session = begin(&fake.roots(), &plan()).unwrap();
    fake.put("tracefs/current_tracer", "function");
    assert_eq!(session.end(), [""; 0]);
    assert_eq!(fake.get("tracefs/current_tracer"), "function");
}

#[test]
fn what_cannot_be_put_back_is_said_and_the_state_stays() {
    let fake = Fake::new();
    let session = begin(&fake.roots(), &plan()).unwrap();
    std::fs::remove_file(fake.path("tracefs/buffer_size_kb")).unwrap();
    let problems = session.end();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("could not put back the size of the buffer: "), "{problems:?}");
    assert_eq!(fake.get("tracefs/current_tracer"), "nop", "the rest is back");
    assert!(fake.has_state());
}

/// The refusal of [`super::check`] and of the check of the kernel, on a tree that was changed.
fn refusal(options: &Options, change: impl FnOnce(&Fake)) -> String {
    let fake = Fake::new();
    change(&fake);
    let before = fake.settings();
    let roots = fake.roots();
    let tracefs = Tracefs::new(&roots.tracefs);
    let checked =
        super::check(options, &roots).and_then(|found| found.tracer.control().check_kernel(&roots, &tracefs));
    assert_eq!(fake.settings(), before);
    checked.err().map_or(String::new(), |error| error.to_string())
}

#[test]
fn what_is_in_the_way_is_said_with_what_helps() {
    let plain = Options::default();
    assert_eq!(refusal(&plain, |_| {}), "");
    let cases: [(&str, &str, &str); 5] = [
        ("proc/self/status", "CapEff:\t0000000000000002\n", "needs root, or CAP_SYS_ADMIN"),
        ("sys/kernel/security/lockdown", "none [integrity] confidentiality\n", "locked down (integrity)"),
        ("tracefs/available_tracers", "blk nop", "no mmiotrace (CONFIG_MMIOTRACE)"),
        (
            "tracefs/current_tracer",
            "function",
            "the tracer `function` is in use; when nobody needs it: echo nop",
        ),
        ("run/mmio-capture.state", "nonsense", "this is no state of a recording"),
    ];
    for (file, content, expected) in cases {
        let message = refusal(&plain, |fake| fake.put(file, content));
        assert!(message.contains(expected), "{message}");
    }
    let pc = Options { keep_pc: true, ..Options::default() };
    assert!(refusal(&pc, |_| {}).contains("boot it with mmiotrace.trace_pc=1"));
    for line in ["ro mmiotrace.trace_pc=1", "mmiotrace.trace_pc=0 mmiotrace.trace_pc=Y", "mmiotrace.trace_pc"]
    {
        assert_eq!(refusal(&pc, |fake| fake.put("proc/cmdline", line)), "", "{line}");
    }
    assert!(refusal(&pc, |fake| fake.put("proc/cmdline", "mmiotrace.trace_pc=0")).contains("--pc"));
}

#[test]
fn a_bound_device_needs_rebind_and_a_free_one_cannot_have_it() {
    let device = |rebind| Options { device: Some(slot()), rebind, ..Options::default() };
    let message = refusal(&device(false), |_| {});
    assert!(message.contains(&format!("bound to {DRIVER}")) && message.contains("--rebind"), "{message}");
    assert_eq!(refusal(&device(true), |_| {}), "");
    assert!(refusal(&device(true), Fake::unbind).contains("bound to no driver"));
    assert_eq!(refusal(&device(false), Fake::unbind), "");
    let elsewhere = Options { device: "00:1f.0".parse().ok(), ..Options::default() };
    assert_eq!(refusal(&elsewhere, |_| {}), "there is no PCI device 0000:00:1f.0; lspci -D lists them");
    let other_domain = PciAddress { domain: 0x1_0000, ..slot() };
    let elsewhere = Options { device: Some(other_domain), ..Options::default() };
    assert_eq!(refusal(&elsewhere, |_| {}), "there is no PCI device 10000:00:0a.0; lspci -D lists them");
    let folder = format!("sys/bus/pci/devices/{other_domain}/vendor");
    assert_eq!(refusal(&elsewhere, |fake| fake.put(&folder, "0x8086")), "");
}

fn chosen(fake: &Fake, options: &Options) -> Tracer {
    super::check(options, &fake.roots()).unwrap().tracer
}

#[test]
fn the_module_is_taken_where_it_is() {
    let fake = Fake::new();
    let auto = Options::default();
    assert_eq!(chosen(&fake, &auto), Tracer::Mmiotrace);
    let file = Options { module: Some("mmiotap.ko".into()), ..Options::default() };
    assert_eq!(chosen(&fake, &file), Tracer::Mmiotap);
    fake.put("modules/6.1.0-test/modules.dep", "kernel/drivers/net/e1000e.ko:\nupdates/mmiotapx.ko.xz:\n");
    assert_eq!(chosen(&fake, &auto), Tracer::Mmiotrace);
    fake.put(
        "modules/6.1.0-test/modules.dep",
        "kernel/e1000e.ko:\nupdates/dkms/mmiotap.ko.xz: kernel/x.ko\n",
    );
    assert_eq!(chosen(&fake, &auto), Tracer::Mmiotap);
    let other = Options { tracer: Some(Tracer::Mmiotrace), ..Options::default() };
    assert_eq!(chosen(&fake, &other), Tracer::Mmiotrace);
    std::fs::remove_dir_all(fake.path("modules")).unwrap();
    fake.put("sys/module/mmiotap/parameters/pc", "N");
    assert_eq!(chosen(&fake, &auto), Tracer::Mmiotap);
}

#[test]
fn each_tracer_refuses_what_it_cannot_do() {
    let options = |tracer| Options { tracer: Some(tracer), ..Options::default() };
    let ours = || options(Tracer::Mmiotap);
    let theirs = || options(Tracer::Mmiotrace);
    assert_eq!(refusal(&Options { device: Some(slot()), keep_pc: true, ..ours() }, with_debugfs), "");
    assert!(refusal(&ours(), |_| {}).contains("mount -t debugfs"));
    let message = refusal(&ours(), |fake| {
        with_debugfs(fake);
        fake.put("tracefs/current_tracer", "mmiotrace");
    });
    assert!(message.contains("only one tracer can hide pages"), "{message}");
    assert!(refusal(&Options { source: Source::Text, ..ours() }, with_debugfs).contains("--source text"));
    assert!(refusal(&Options { ranges: vec![(0, 1)], ..theirs() }, |_| {}).contains("--range"));
    assert!(refusal(&Options { module: Some("x".into()), ..theirs() }, |_| {}).contains("--module"));
}

fn with_debugfs(fake: &Fake) {
    fake.put("sys/kernel/debug/mmiotap/targets", "device 0000:00:02.0\n");
}

#[test]
fn a_module_that_does_not_answer_is_left_as_it_was() {
    let fake = Fake::new();
    with_debugfs(&fake);
    fake.put("sys/module/mmiotap/parameters/pc", "N\n");
    std::fs::create_dir(fake.path("tracefs/instances")).unwrap();
    let wanted = Wanted {
        device: "0000:00:02.0".parse().ok(),
        ranges: vec![(16, 31)],
        keep_pc: true,
        ..Wanted::default()
    };
    let plan = Plan { tracer: Tracer::Mmiotap, wanted, ..plan() };
    // A plain folder is not an instance, so that nothing can be set there.
    let error = begin(&fake.roots(), &plan).err().unwrap();
    assert!(error.to_string().contains("instances/mmio-capture/tracing_on: cannot open"), "{error}");
    assert!(!fake.path("tracefs/instances/mmio-capture").exists());
    assert_eq!(fake.get("sys/module/mmiotap/parameters/pc"), "N");
    assert_eq!(fake.get("sys/kernel/debug/mmiotap/targets"), "device 0000:00:02.0");
    assert!(!fake.has_state());
}

#[test]
fn cpus_and_memory_of_the_machine() {
    let fake = Fake::new();
    assert_eq!(Tracer::Mmiotrace.cpus_that_go(&fake.roots()), [0u32; 0]);
    fake.put("sys/devices/system/cpu/online", "0-3");
    assert_eq!(Tracer::Mmiotrace.cpus_that_go(&fake.roots()), [1, 2, 3]);
    assert_eq!(Tracer::Mmiotap.cpus_that_go(&fake.roots()), [0u32; 0]);
    let buffer = |tracer| default_buffer_kb(&fake.roots(), tracer);
    assert_eq!([buffer(Tracer::Mmiotrace), buffer(Tracer::Mmiotap)], [100_000, 25_000]);
    fake.put("proc/meminfo", "MemAvailable: 99999999 kB\n");
    assert_eq!(buffer(Tracer::Mmiotrace), 512 << 10);
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
    let message = super::mark(&fake.roots(), "x").unwrap_err().to_string();
    assert_eq!(message, "nothing is being recorded");
    let _session = begin(&fake.roots(), &plan()).unwrap();
    super::mark(&fake.roots(), "X is up").unwrap();
    assert_eq!(fake.get("tracefs/trace_marker"), "X is up");
}

/// An observer that keeps what it is shown.
#[derive(Default)]
struct Watch {
    shown: Mutex<Vec<String>>,
}

impl Watch {
    fn note(&self, what: String) {
        self.shown.lock().unwrap().push(what);
    }
}

impl Observer for Watch {
    fn progress(&self, progress: &Progress<'_>) {
        let (lost, fill) = (progress.lost(), progress.buffer_fill());
        assert!(progress.records() < 1000 && progress.bytes() < 1 << 20);
        self.note(format!("{lost} lost, buffer {fill:.2}"));
    }

    fn ending(&self) {
        self.note("ending".into());
    }

    fn notice(&self, sentence: &str) {
        self.note(sentence.into());
    }
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

#[test]
fn what_a_panic_could_not_put_back_is_a_notice() {
    let fake = Fake::new();
    let (roots, watch) = (fake.roots(), Arc::new(Watch::default()));
    let observer = watch.clone();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _session = Session::begin(&roots, &plan(), false, observer).unwrap();
        std::fs::remove_file(fake.path("tracefs/buffer_size_kb")).unwrap();
        panic!("deliberate");
    }));
    assert!(result.is_err());
    let shown = watch.shown.lock().unwrap().clone();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(shown[0].starts_with("could not put back the size of the buffer: "), "{shown:?}");
    assert!(
        shown[0].ends_with("buffer_size_kb: cannot open: No such file or directory (os error 2)"),
        "{shown:?}"
    );
}

#[test]
fn a_state_that_lacks_settings_is_put_back_as_far_as_it_goes() {
    let fake = Fake::new();
    let roots = fake.roots();
    let rebind = Some((slot(), DRIVER.to_owned()));
    std::mem::forget(begin(&roots, &Plan { rebind, ..plan() }).unwrap());
    fake.unbind();
    let mut state = State::load(&roots).unwrap().unwrap();
    state.settings.take("online");
    let problems = restore(&roots, &state);
    assert_eq!(
        problems,
        ["could not put back the tracer: the state of the recording has no usable `online`"]
    );
    assert_eq!(fake.get(&format!("sys/bus/pci/drivers/{DRIVER}/bind")), SLOT);
    assert!(fake.has_state());
}
