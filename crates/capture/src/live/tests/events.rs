//! Recordings of events that a user names.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use mmio_format::Kind;
use mmio_testkit::contents;

use super::fake::Fake;
use super::{begin, plan};
use crate::live::session::{Plan, restore};
use crate::live::state::State;
use crate::live::{Options, Outcome, Source, check, record};
use crate::tracers::{Tracer, Wanted};

/// The folder of the tracing instance.
const INSTANCE: &str = "tracefs/instances/mmio-capture";
const READ: &str = "regmap/regmap_reg_read";
const WRITE: &str = "regmap/regmap_reg_write";

/// A description of an event of regmap with a register and a value.
fn format(name: &str, id: u16) -> String {
    format!(
        "name: {name}\nID: {id}\nformat:\n\
        \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\
        \tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n\
        \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n\
        \tfield:__data_loc char[] name;\toffset:8;\tsize:4;\tsigned:0;\n\
        \tfield:unsigned int reg;\toffset:12;\tsize:4;\tsigned:0;\n\
        \tfield:unsigned int val;\toffset:16;\tsize:4;\tsigned:0;\n\n\
        print fmt: \"%s\", __get_str(name)\n"
    )
}

/// A kernel with two events of regmap; the recorder's instance is there, as a plain folder cannot become one.
fn kernel() -> Fake {
    let fake = Fake::new();
    for (event, id) in [(READ, 478), (WRITE, 477)] {
        let name = event.split('/').next_back().unwrap();
        fake.put(&format!("tracefs/events/{event}/format"), format(name, id));
        fake.put(&format!("tracefs/events/{event}/enable"), "0");
        fake.put(&format!("{INSTANCE}/events/{event}/enable"), "0");
    }
    for (name, content) in [
        ("tracing_on", "1"),
        ("options/overwrite", "0"),
        ("trace_clock", "[local] global"),
        ("buffer_size_kb", "1408"),
        ("trace", "old"),
    ] {
        fake.put(&format!("{INSTANCE}/{name}"), content);
    }
    for cpu in 0..2 {
        let folder = format!("{INSTANCE}/per_cpu/cpu{cpu}");
        fake.put(&format!("{folder}/buffer_size_kb"), "1408");
        fake.put(&format!("{folder}/stats"), "overrun: 0\nnow ts:     5.000000\ndropped events: 0\n");
        fake.put(&format!("{folder}/trace_pipe_raw"), "");
    }
    fake
}

/// An event of regmap: type, process, register and value, of a device with a name of 8 bytes.
fn event(kind: u16, pid: u32, reg: u32, val: u32) -> Vec<u8> {
    let mut data = kind.to_le_bytes().to_vec();
    data.extend([0, 0]);
    for number in [pid, 8 << 16 | 20, reg, val] {
        data.extend(number.to_le_bytes());
    }
    data.extend(b"lm75-48\0");
    data
}

/// A page that begins at `time` with events, each so many nanoseconds after the one before.
fn page(time: u64, events: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut data = Vec::new();
    for (delta, event) in events {
        data.extend(((event.len() as u32 / 4) | (delta << 5)).to_le_bytes());
        data.extend(event);
    }
    let mut page = time.to_le_bytes().to_vec();
    page.extend((data.len() as u64).to_le_bytes());
    page.extend(data);
    page.resize(4096, 0);
    page
}

fn named(events: &[&str]) -> Vec<String> {
    events.iter().map(|&event| event.to_owned()).collect()
}

fn events_plan(events: &[&str]) -> Plan {
    let wanted = Wanted { events: named(events), ..plan().wanted };
    Plan { tracer: Tracer::Events, wanted, ..plan() }
}

/// Records all events of regmap.
fn run(fake: &Fake) -> Outcome {
    let options = Options {
        output: fake.path("out.mmio.zst"),
        level: 3,
        buffer_kb: Some(4096),
        command: vec!["true".into()],
        events: named(&["regmap"]),
        ..Options::default()
    };
    let checked = check(&options, &fake.roots()).unwrap();
    assert_eq!(checked.tracer, Tracer::Events);
    let outcome = record(&options, &fake.roots(), checked, &AtomicUsize::new(0), Arc::new(())).unwrap();
    assert_eq!(outcome.problems, [""; 0]);
    outcome
}

#[test]
fn events_of_several_cpus_become_one_trace() {
    let fake = kernel();
    let pages = [
        page(1000, &[(0, event(477, 5, 1, 0x60)), (500, event(478, 5, 0, 0x1900)), (1, event(9, 5, 0, 0))]),
        page(1200, &[(0, event(477, 6, 2, 0x4b00))]),
    ];
    for (cpu, page) in pages.iter().enumerate() {
        fake.put(&format!("{INSTANCE}/per_cpu/cpu{cpu}/trace_pipe_raw"), page);
    }
    fake.put(
        &format!("{INSTANCE}/per_cpu/cpu1/stats"),
        "overrun: 2\nnow ts:     5.000000\ndropped events: 0\n",
    );
    let outcome = run(&fake);
    assert_eq!((outcome.recorded.others, outcome.recorded.lost, outcome.recorded.faults), (1, 2, None));
    assert_eq!(outcome.recorded.totals.accesses, 3);
    assert!(!fake.has_state());

    let (block, data) = contents(&std::fs::read(fake.path("out.mmio.zst")).unwrap());
    let accesses = (0..block.len()).filter(|&row| block.kind[row].is_access());
    let found: Vec<_> = accesses
        .map(|row| {
            (block.time[row], block.kind[row], block.value[row], block.cpu.get(row), block.pid.get(row))
        })
        .collect();
    let expected = [
        (1000, Kind::WRITE, 0x60, 0, 5),
        (1200, Kind::WRITE, 0x4b00, 1, 6),
        (1500, Kind::READ, 0x1900, 0, 5),
    ];
    assert_eq!(found, expected);
    let values = |key: &str| {
        let entries = data.entries.iter().filter(|entry| entry.0 == key);
        entries.map(|entry| String::from_utf8_lossy(&entry.1).into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values("tracer"), ["events"]);
    assert_eq!(values("source"), ["ftrace regmap"]);
    assert_eq!((values("fields"), values("clock")), (named(&["cpu pid"]), named(&["local"])));
}

#[test]
fn more_events_than_a_block_holds_are_all_there() {
    const PAGES: u32 = 600;
    const EVENTS: u32 = 120;
    let fake = kernel();
    let events: Vec<_> = (0..EVENTS).map(|i| (i % 2, event(477, 5, i % 4, i))).collect();
    let pages: Vec<u8> = (0..PAGES).flat_map(|i| page(1000 + 100 * u64::from(i), &events)).collect();
    fake.put(&format!("{INSTANCE}/per_cpu/cpu0/trace_pipe_raw"), pages);
    let outcome = run(&fake);
    assert_eq!(outcome.recorded.totals.accesses, u64::from(PAGES * EVENTS));
    assert_eq!((outcome.recorded.others, outcome.recorded.losses), (0, 0));
    let (block, _) = contents(&std::fs::read(fake.path("out.mmio.zst")).unwrap());
    let values = (0..block.len()).filter(|&row| block.kind[row].is_access()).map(|row| block.value[row]);
    assert!(values.eq((0..PAGES).flat_map(|_| (0..EVENTS).map(u64::from))));
}

#[test]
fn events_are_switched_on_and_off_in_an_instance() {
    let fake = kernel();
    let (roots, on) = (fake.roots(), |event| fake.get(&format!("{INSTANCE}/events/{event}/enable")));
    let session = begin(&roots, &events_plan(&["regmap:regmap_reg_write"])).unwrap();
    assert_eq!((on(READ), on(WRITE)), ("0".into(), "1".into()));
    assert_eq!(fake.get(&format!("{INSTANCE}/trace")), "", "what was in the buffer is gone");
    assert_eq!(fake.get(&format!("tracefs/events/{WRITE}/enable")), "0", "others' tracing is as it was");
    assert_eq!(session.stop(Source::Raw).unwrap(), 0);
    assert_eq!(session.end(), [""; 0]);
    assert_eq!(on(WRITE), "0");
    assert_eq!(fake.settings(), ["nop", "1", "1", "7 (expanded: 1408)"]);

    std::mem::forget(begin(&roots, &events_plan(&["regmap:*", "regmap:regmap_reg_read"])).unwrap());
    assert_eq!((on(READ), on(WRITE)), ("1".into(), "1".into()));
    let state = State::load(&roots).unwrap().unwrap();
    assert_eq!(state.settings.get("events"), Some("regmap/regmap_reg_read,regmap/regmap_reg_write"));
    // Its module was unloaded meanwhile.
    std::fs::remove_file(fake.path(&format!("{INSTANCE}/events/{READ}/enable"))).unwrap();
    assert_eq!(restore(&roots, &state), [""; 0]);
    assert_eq!(on(WRITE), "0");
    assert!(!fake.has_state());
}

#[test]
fn an_instance_that_cannot_be_set_up_is_taken_away() {
    let fake = kernel();
    std::fs::remove_dir_all(fake.path(INSTANCE)).unwrap();
    let error = begin(&fake.roots(), &events_plan(&["regmap"])).err().unwrap();
    assert!(error.to_string().contains("instances/mmio-capture/tracing_on: cannot open"), "{error}");
    assert!(!fake.path(INSTANCE).exists() && !fake.has_state());
}

#[test]
fn a_state_that_was_changed_reaches_no_other_file() {
    let fake = kernel();
    let roots = fake.roots();
    std::mem::forget(begin(&roots, &events_plan(&["regmap"])).unwrap());
    let mut state = State::load(&roots).unwrap().unwrap();
    fake.put("tracefs/instances/x/enable", "1");
    state.settings.put("events", "../../x,/,regmap,..");
    assert_eq!(restore(&roots, &state), [""; 0]);
    assert_eq!(fake.get("tracefs/instances/x/enable"), "1");
    state.settings.take("events");
    let problems = restore(&roots, &state);
    assert!(problems[0].contains("has no usable `events`"), "{problems:?}");
}

#[test]
fn what_the_kernel_does_not_have_is_said() {
    let fake = kernel();
    fake.put("tracefs/events/ftrace/mmiotrace_rw/format", "");
    let refusal = |event: &str| begin(&fake.roots(), &events_plan(&[event])).err().unwrap().to_string();
    let cases = [
        (
            "regmap:regmap_write",
            "has no event `regmap_write` of `regmap`; it has regmap_reg_read, regmap_reg_write",
        ),
        ("i915", "no events of `i915`; those of a module are there once it is loaded"),
        ("rwmmio:*", "CONFIG_TRACE_MMIO_ACCESS"),
        ("ftrace:mmiotrace_rw", "no events of `ftrace`"),
        ("../events", "SYSTEM:EVENT or SYSTEM is expected"),
        ("regmap:", "SYSTEM:EVENT or SYSTEM is expected"),
        ("", "SYSTEM:EVENT or SYSTEM is expected"),
    ];
    for (event, expected) in cases {
        let message = refusal(event);
        assert!(message.starts_with("--events") && message.contains(expected), "{message}");
        assert!(!fake.has_state());
    }
}

#[test]
fn options_of_other_tracers_are_refused_with_events() {
    let fake = kernel();
    let refusal = |options: Options| check(&options, &fake.roots()).unwrap_err().to_string();
    let events = || Options { events: named(&["regmap"]), ..Options::default() };
    assert!(refusal(Options { ranges: vec![(0, 1)], ..events() }).contains("--range"));
    assert!(refusal(Options { module: Some("x".into()), ..events() }).contains("--module"));
    assert!(refusal(Options { keep_pc: true, ..events() }).contains("--pc"));
    assert!(refusal(Options { source: Source::Text, ..events() }).contains("--source text"));
    let mmiotrace = Options { tracer: Some(Tracer::Mmiotrace), ..events() };
    assert!(refusal(mmiotrace).contains("leave out --tracer mmiotrace"));
    let none = Options { tracer: Some(Tracer::Events), ..Options::default() };
    assert!(refusal(none).contains("--events names them"));
}
