//! Whole programs against each other: wall time in turns, and the most memory one of them used.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A program with its arguments, and a name for the table.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) command: Vec<String>,
}

/// What was measured of one contestant.
pub(crate) struct Measure {
    pub(crate) name: &'static str,
    /// Median wall time.
    pub(crate) seconds: f64,
    /// Most resident memory in bytes.
    pub(crate) peak: u64,
    /// Bytes on standard output.
    pub(crate) output: u64,
}

/// Runs all contestants in turns, `rounds` times after one that does not count.
pub(crate) fn measure(contestants: &[Contestant], rounds: usize) -> Vec<Measure> {
    let mut seconds = vec![Vec::new(); contestants.len()];
    let mut results: Vec<(u64, u64)> = vec![(0, 0); contestants.len()];
    for round in 0..=rounds {
        for (i, contestant) in contestants.iter().enumerate() {
            let (time, peak, output) = run(&contestant.command);
            if round > 0 {
                seconds[i].push(time);
            }
            results[i] = (results[i].0.max(peak), output);
        }
    }
    let median = |mut s: Vec<f64>| {
        s.sort_by(f64::total_cmp);
        s[s.len() / 2]
    };
    let names = contestants.iter().map(|c| c.name);
    let measures = names.zip(seconds).zip(results);
    measures.map(|((name, s), (peak, output))| Measure { name, seconds: median(s), peak, output }).collect()
}

/// Wall seconds, peak memory, bytes on standard output.
fn run(command: &[String]) -> (f64, u64, u64) {
    let start = Instant::now();
    let mut child = Command::new(&command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("{} can be started: {e}", command[0]));
    let mut pipe = child.stdout.take().expect("a pipe was asked for");
    let reader = std::thread::spawn(move || {
        let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0);
        while let Ok(n @ 1..) = pipe.read(&mut buffer) {
            bytes += n as u64;
        }
        bytes
    });
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    // The kernel keeps the highest mark itself, so a look now and then misses only the very end.
    let exit = loop {
        peak = peak.max(high_mark(&status));
        match child.try_wait().expect("a child can be waited for") {
            Some(exit) => break exit,
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    assert!(exit.success(), "{command:?} failed");
    let time = start.elapsed().as_secs_f64();
    (time, peak, reader.join().expect("the reader does not panic"))
}

fn high_mark(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// Prints the measures; the first one is what the others are compared with.
pub(crate) fn print(title: &str, measures: &[Measure]) {
    println!("{title}\n{:36}{:>10}{:>10}{:>10}{:>11}", "", "seconds", "x first", "peak MB", "output MB");
    let first = measures[0].seconds;
    for m in measures {
        let (peak, output) = (m.peak as f64 / 1e6, m.output as f64 / 1e6);
        println!("{:36}{:10.3}{:10.2}{peak:10.1}{output:11.1}", m.name, m.seconds, first / m.seconds);
    }
}
