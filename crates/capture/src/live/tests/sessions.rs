//! Setting a tracer up and putting everything back.

use std::sync::Arc;

use super::fake::{self, DRIVER, Fake, SLOT};
use super::{Watch, begin, plan, slot, with_debugfs};
use crate::live::session::{Plan, Session, restore};
use crate::live::state::State;
use crate::live::{Source, checks};
use crate::tracers::{Tracer, Wanted};

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
