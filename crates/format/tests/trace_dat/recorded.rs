//! Recordings of trace-cmd, and what `trace-cmd report` prints of them.

use mmio_format::ring::trace_dat::{Event, Item, TraceDat};
use mmio_testkit::sample_log;

use super::read;

fn number(event: &Event<'_>, name: &str) -> u64 {
    event.format.field(name).and_then(|field| field.number(event.data)).expect("a number")
}

fn text<'a>(event: &Event<'a>, name: &str) -> &'a str {
    let text = event.format.field(name).and_then(|field| field.text(event.data)).expect("a text");
    std::str::from_utf8(text).unwrap()
}

/// What the kernel's description of the event prints.
fn content(event: &Event<'_>) -> String {
    let n = |name| number(event, name);
    match event.format.name.as_str() {
        "mmiotrace_rw" => format!(
            "{:x} {:x} {:x} {} {:x} {:x}",
            n("phys"),
            n("value"),
            n("pc"),
            n("map_id"),
            n("opcode"),
            n("width")
        ),
        "mmiotrace_map" => {
            let fields = (n("phys"), n("virt"), n("len"), n("map_id"), n("opcode"));
            format!("{:x} {:x} {:x} {} {:x}", fields.0, fields.1, fields.2, fields.3, fields.4)
        }
        "regmap_reg_read" | "regmap_reg_read_cache" | "regmap_reg_write" => {
            format!("{} reg={:x} val={:x}", text(event, "name"), n("reg"), n("val"))
        }
        "regmap_cache_only" => format!("{} flag={}", text(event, "name"), n("flag")),
        "regcache_sync" => {
            format!("{} type={} status={}", text(event, "name"), text(event, "type"), text(event, "status"))
        }
        "hda_send_cmd" => format!("[{}:{}] val=0x{:08x}", text(event, "name"), n("cmd") >> 28, n("cmd")),
        "hda_get_response" => format!("[{}:{}] val=0x{:08x}", text(event, "name"), n("addr"), n("res")),
        other => panic!("an event {other}"),
    }
}

/// A line of the report, with one space in the place of several.
fn line(trace: &TraceDat, event: &Event<'_>) -> String {
    // The report rounds to microseconds.
    let time = (event.time + 500) / 1000;
    let comm = trace.comm(event.pid).unwrap_or("<...>");
    let (seconds, rest) = (time / 1_000_000, time % 1_000_000);
    let name = &event.format.name;
    format!("{comm}-{} [{:03}] {seconds}.{rest:06}: {name}: {}", event.pid, event.cpu, content(event))
}

#[track_caller]
fn assert_is_reported(trace: &TraceDat, report: &str, events: usize) {
    let report = String::from_utf8(sample_log(report)).unwrap();
    let reported = report.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let (mut lines, mut items) = (Vec::new(), trace.items());
    while let Some(item) = items.next() {
        let Item::Event(event) = item else { panic!("a loss: {item:?}") };
        lines.push(line(trace, &event));
    }
    assert_eq!(lines, reported.collect::<Vec<_>>());
    assert_eq!((items.tally().events, items.tally().unknown), (events as u64, 0));
    assert_eq!((lines.len(), items.damage()), (events, None));
}

#[test]
fn version_7_gives_what_trace_cmd_reports() {
    let trace = read(&sample_log("tracers/mmiotrace.trace.dat")).unwrap();
    assert_is_reported(&trace, "tracers/mmiotrace.trace-cmd-report.txt.zst", 1169);
    let facts = trace.facts();
    assert_eq!(facts.clock.as_deref(), Some("local"));
    assert_eq!(facts.uname.as_deref(), Some("Linux (none) 6.1.0-57-amd64 x86_64"));
    assert_eq!(facts.version.as_deref(), Some("3.1.6 not-a-git-repo"));
    let stats: Vec<_> = facts.cpu_stats.iter().map(|s| (s.cpu, s.overrun, s.dropped)).collect();
    assert_eq!((stats, facts.latency_texts), (vec![(0, 0, 0)], 0));
    let [buffer] = trace.buffers() else { panic!("{:?}", trace.buffers()) };
    assert_eq!((buffer.name.as_str(), buffer.clock.as_deref()), ("", Some("local")));
    assert_eq!((buffer.page_size, buffer.cpus.len()), (4096, 1));
    assert_eq!((trace.comm(126), trace.comm(0), trace.comm(1)), (Some("bash"), Some("<idle>"), None));
    assert_eq!(trace.format("ftrace", "mmiotrace_map").unwrap().id(), Ok(8));
    assert_eq!(trace.formats().count(), 18 + 17);
}

#[test]
fn version_6_gives_what_trace_cmd_reports() {
    let trace = read(&sample_log("tracers/regmap-hda.v6.trace.dat.zst")).unwrap();
    assert_is_reported(&trace, "tracers/regmap-hda.trace-cmd-report.txt.zst", 347);
    assert_eq!(trace.facts().clock.as_deref(), Some("local"));
    assert_eq!(trace.facts().uname.as_deref(), Some("Linux (none) 6.1.0-57-amd64 x86_64"));
    assert_eq!(trace.comm(48), Some("kworker/0:2"));
    let [buffer] = trace.buffers() else { panic!("{:?}", trace.buffers()) };
    assert_eq!((buffer.page_size, buffer.cpus[0].offset, buffer.cpus[0].size), (4096, 24576, 16384));
}
