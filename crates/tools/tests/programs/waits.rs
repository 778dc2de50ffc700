//! Waits that never end are not counted as ended, in any output.

use std::fmt::Write;

use serde_json::Value;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");
const PLOT: &str = env!("CARGO_BIN_EXE_mmio-plot");

/// A log that is written access by access.
struct Log {
    text: String,
    micros: u64,
}

impl Log {
    fn new() -> Log {
        let map = "VERSION 20070824\nMAP 1.000000 1 0xfe000000 0xffffc90000000000 0x10000 0x0 0\n";
        Log { text: map.into(), micros: 1_000_000 }
    }

    fn access(&mut self, op: char, offset: u64, value: u64, after: u64) {
        self.micros += after;
        let (seconds, micros) = (self.micros / 1_000_000, self.micros % 1_000_000);
        let address = 0xfe00_0000 + offset;
        writeln!(self.text, "{op} 4 {seconds}.{micros:06} 1 {address:#x} {value:#x} 0x0 0").unwrap();
    }

    fn write(&mut self, offset: u64, value: u64) {
        self.access('W', offset, value, 10);
    }

    fn command(&mut self, value: u64) {
        self.write(0x100, value);
        self.write(0x104, 1);
    }

    fn read(&mut self, offset: u64, value: u64, times: u64) {
        (0..times).for_each(|_| self.access('R', offset, value, 10));
    }

    /// A command, and a wait of some reads that `end` ends.
    fn wait(&mut self, round: u64, end: u64) {
        self.command(round);
        self.read(0x10, 0, 3 + round % 4);
        self.read(0x10, end, 1);
        self.read(0x30, round * 7, 1);
    }
}

fn stdout(command: &str, args: &[&str], log: &Log) -> String {
    let args = [&[command, "-"], args].concat();
    String::from_utf8(mmio_testkit::stdout(ANALYZE, &args, log.text.as_bytes())).unwrap()
}

fn found(command: &str, list: &str, log: &Log) -> Vec<Value> {
    let json: Value = serde_json::from_str(&stdout(command, &["--format", "json"], log)).unwrap();
    json[list].as_array().unwrap().clone()
}

/// `mask value: ended in vain, cut, unknown` of the polls at an offset.
fn polls(log: &Log, offset: &str) -> Vec<String> {
    let polls = found("patterns", "patterns", log).into_iter();
    let polls = polls.filter(|p| p["kind"] == "poll" && p["offset"] == offset);
    let words = |p: Value| {
        let text = |name: &str| p[name].as_str().unwrap_or("-").to_owned();
        let (mask, value) = (text("mask"), text("value"));
        format!("{mask} {value}: {} {} {} {}", p["ended"], p["in_vain"], p["cut"], p["unknown"])
    };
    polls.map(words).collect()
}

fn sample(name: &str) -> Log {
    let path = format!("{}/../../samples/cases/{name}", env!("CARGO_MANIFEST_DIR"));
    Log { text: std::fs::read_to_string(path).unwrap(), micros: 0 }
}

#[test]
fn the_wait_of_a_driver_that_hangs_is_in_vain_everywhere() {
    let log = sample("poll_in_vain.txt");
    let text = stdout("patterns", &[], &log);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("bit 3")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    for line in lines {
        assert!(line.contains("2 of 3") && !line.contains("3 of 3"), "{line}");
        assert!(line.contains("1 in vain: 500 reads, 1.996000 s, last 0x0, at 1.108060 s"), "{line}");
    }
    let dump = stdout("dump", &[], &log);
    assert!(dump.contains("×13, 1 change, 0.048000 s, until bit 3 set"), "{dump}");
    assert!(dump.contains("×500, 0 changes, 1.996000 s, never bit 3 set"), "{dump}");
    let waves =
        mmio_testkit::stdout(ANALYZE, &["export", "-", "--format", "vcd", "-o", "-"], log.text.as_bytes());
    assert!(String::from_utf8(waves).unwrap().contains("0x409800_unmet $end"));
    let picture = mmio_testkit::stdout(PLOT, &["timeline", "-", "-o", "-"], log.text.as_bytes());
    assert!(String::from_utf8(picture).unwrap().contains("a wait in vain, cut or of unknown end"));
    let page = mmio_testkit::stdout(PLOT, &["report", "-", "-o", "-"], log.text.as_bytes());
    let page = String::from_utf8(page).unwrap();
    let list = page.find("Waits that were not met").unwrap();
    assert!(list < page.find("<svg").unwrap(), "the list is near the top");
    assert!(page[list..].contains("<td>in vain</td>"));
}

#[test]
fn a_read_of_the_next_commands_0_is_not_the_end_of_a_wait_for_1() {
    let log = sample("two_read_poll.txt");
    assert_eq!(polls(&log, "0x104"), ["0x1 0x1: 40 0 0 0"]);
    let met = found("seqs", "sequences", &log);
    assert_eq!(
        met[0]["steps"][1]["exit"],
        serde_json::json!({"mask": "0x1", "value": "0x1", "ended": 40, "never": 0})
    );
}

#[test]
fn rounds_in_vain_are_counted_and_are_no_answers() {
    let mut log = Log::new();
    for i in 0..33 {
        log.command(i);
        log.read(0x10, 0, if i % 11 == 4 { 200 } else { 3 + i % 9 });
        if i % 11 != 4 {
            log.read(0x10, 8, 1);
        }
        log.write(0x20, i);
    }
    assert_eq!(polls(&log, "0x10"), ["0x8 0x8: 30 3 0 0"]);
    let text = stdout("seqs", &[], &log);
    assert!(text.contains("until &0x8 = 0x8, 3 of 33 never"), "{text}");
    let pairs = found("pairs", "pairs", &log);
    let pair = pairs.iter().find(|p| p["write"] == "0x104" && p["read"] == "0x10").unwrap();
    assert_eq!((&pair["count"], &pair["never"], &pair["writes"]), (&30.into(), &3.into(), &33.into()));
    assert!(pair["latency_us"]["p99"].as_f64().unwrap() < 200.0, "{pair}");
    assert!(stdout("pairs", &[], &log).contains("30, 3 never"));
    let picture = mmio_testkit::stdout(PLOT, &["latency", "-", "-o", "-"], log.text.as_bytes());
    assert!(String::from_utf8(picture).unwrap().contains("3 never"));
}

#[test]
fn a_wait_that_is_tried_again_and_met_was_in_vain_once() {
    let mut log = Log::new();
    for i in 0..8 {
        if i == 4 {
            log.command(i);
            log.read(0x10, 0, 100);
        }
        log.wait(i, 1);
    }
    assert_eq!(polls(&log, "0x10"), ["0x1 0x1: 8 1 0 0"]);
}

#[test]
fn a_loop_counter_without_an_end_is_of_unknown_end() {
    let mut log = Log::new();
    for i in 0..5 {
        log.command(i);
        log.read(0x10, 0, 100);
        log.write(0x20, i);
    }
    assert_eq!(polls(&log, "0x10"), ["- -: 0 0 0 5"]);
}

#[test]
fn a_wait_for_a_value_and_one_for_clear_bits_may_be_in_vain_too() {
    let mut value = Log::new();
    for i in 0..9 {
        value.command(i);
        value.read(0x10, 1, 1 + i % 3);
        value.read(0x10, 2, if i == 8 { 60 } else { 1 + i % 2 });
        value.read(0x10, 3, u64::from(i != 8));
        value.write(0x20, i);
    }
    assert_eq!(polls(&value, "0x10"), ["0x3 0x3: 8 1 0 0"]);
    let mut clear = Log::new();
    for i in 0..9 {
        clear.command(i);
        clear.read(0x10, 0x8003, if i == 8 { 40 } else { 2 + i % 3 });
        clear.read(0x10, if i == 8 { 0x8002 } else { 0x8000 }, if i == 8 { 40 } else { 1 });
        clear.write(0x20, i);
    }
    assert_eq!(polls(&clear, "0x10"), ["0x3 0x0: 8 1 0 0"]);
}

#[test]
fn delays_between_reads_do_not_hide_a_wait_in_vain() {
    let mut log = Log::new();
    for i in 0..9 {
        log.command(i);
        (0..if i == 8 { 10 } else { 1 + i % 2 }).for_each(|_| log.access('R', 0x10, 0, 10_000));
        if i != 8 {
            log.access('R', 0x10, 4, 10_000);
        }
        log.write(0x20, i);
    }
    assert_eq!(polls(&log, "0x10"), ["0x4 0x4: 8 1 0 0"]);
}

#[test]
fn of_two_registers_read_in_turns_one_is_waited_for() {
    let turns = |vain: Option<u64>| {
        let mut log = Log::new();
        for i in 0..10 {
            log.command(i);
            for _ in 0..if vain == Some(i) { 80 } else { 4 + i % 3 } {
                log.read(0x10, 0, 1);
                log.read(0x14, 0x80, 1);
            }
            if vain != Some(i) {
                log.read(0x10, 1, 1);
            }
            log.write(0x20, i);
        }
        log
    };
    assert_eq!(polls(&turns(None), "0x10"), ["0x1 0x1: 10 0 0 0"]);
    assert!(polls(&turns(None), "0x14").is_empty());
    assert_eq!(polls(&turns(Some(6)), "0x10"), ["0x1 0x1: 9 1 0 0"]);
    assert!(polls(&turns(Some(6)), "0x14").is_empty());
}

#[test]
fn a_wait_that_the_trace_or_a_loss_cuts_says_so() {
    let mut end = Log::new();
    (0..8).for_each(|i| end.wait(i, 1));
    end.command(9);
    end.read(0x10, 0, 500);
    assert_eq!(polls(&end, "0x10"), ["0x1 0x1: 8 0 1 0"]);
    assert!(stdout("patterns", &[], &end).contains("1 cut by the end of the trace: 500 reads"));
    assert!(stdout("dump", &[], &end).contains("×500, 0 changes, 0.004990 s, cut by the end of the trace"));
    let mut lost = Log::new();
    for i in 0..8 {
        if i == 5 {
            lost.command(i);
            lost.read(0x10, 0, 300);
            lost.text += "CPU:0 [LOST 5 EVENTS]\n";
        }
        lost.wait(i, 1);
    }
    assert_eq!(polls(&lost, "0x10"), ["0x1 0x1: 8 0 1 0"]);
    assert!(stdout("dump", &[], &lost).contains(", cut by a loss"));
}

#[test]
fn counters_streams_and_interrupts_are_not_waited_for_in_vain() {
    let mut counter = Log::new();
    let mut now = 5;
    for i in 0..8 {
        counter.command(i);
        for k in 0..20 + 10 * i {
            now += 3 + (i * k) % 5;
            counter.read(0x10, now, 1);
        }
        counter.write(0x20, i);
    }
    assert!(polls(&counter, "0x10").is_empty());
    let mut stream = Log::new();
    for i in 0..10 {
        stream.write(0x20, i);
        (0..128).for_each(|k| {
            stream.read(0x50, if i % 3 > 0 { (i * 7919 + k * 104_729) & 0xffff } else { 0 }, 1)
        });
    }
    assert!(polls(&stream, "0x50").is_empty());
    let mut interrupt = Log::new();
    (0..8).for_each(|i| interrupt.wait(i, 1));
    interrupt.command(9);
    interrupt.read(0x10, 0, 50);
    interrupt.read(0x40, 4, 1);
    interrupt.write(0x44, 4);
    interrupt.read(0x10, 0, 50);
    interrupt.read(0x10, 1, 1);
    assert_eq!(polls(&interrupt, "0x10"), ["0x1 0x1: 9 0 0 0"]);
}
