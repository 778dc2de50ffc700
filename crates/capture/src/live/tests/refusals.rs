//! What is checked and chosen before anything is changed.

use super::fake::{DRIVER, Fake};
use super::{slot, with_debugfs};
use crate::kernel::tracefs::Tracefs;
use crate::live::options::{Options, default_buffer_kb};
use crate::live::{Source, check};
use crate::pci::PciAddress;
use crate::tracers::Tracer;

/// The refusal of [`check`] and of the check of the kernel, on a tree that was changed.
fn refusal(options: &Options, change: impl FnOnce(&Fake)) -> String {
    let fake = Fake::new();
    change(&fake);
    let before = fake.settings();
    let roots = fake.roots();
    let tracefs = Tracefs::new(&roots.tracefs);
    let checked = check(options, &roots).and_then(|found| {
        let wanted = options.wanted(&roots, found.tracer);
        found.tracer.control().check_kernel(&roots, &tracefs, &wanted)
    });
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
    check(options, &fake.roots()).unwrap().tracer
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
