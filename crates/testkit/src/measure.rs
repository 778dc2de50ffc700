//! Whole programs against each other: wall time in turns, and the most memory one of them used.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A program with its arguments, and a name for the table.
pub struct Contestant {
    /// Name in the table.
    pub name: &'static str,
    /// The program and its arguments.
    pub command: Vec<String>,
}

/// What was measured of one contestant.
pub struct Measure {
    /// Name of the contestant.
    pub name: &'static str,
    /// Median wall time.
    pub seconds: f64,
    /// Most resident memory in bytes.
    pub peak: u64,
    /// Bytes on standard output.
    pub output: u64,
}

/// Runs all contestants in turns, `rounds` times with their output thrown away, after one run that counts the output.
pub fn measure(contestants: &[Contestant], rounds: usize) -> Vec<Measure> {
    let mut seconds = vec![Vec::new(); contestants.len()];
    let mut results: Vec<(u64, u64)> = vec![(0, 0); contestants.len()];
    for round in 0..=rounds {
        for (i, contestant) in contestants.iter().enumerate() {
            if round == 0 {
                results[i].1 = output_of(&contestant.command);
                continue;
            }
            let (time, peak) = run(&contestant.command);
            seconds[i].push(time);
            results[i].0 = results[i].0.max(peak);
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

fn start(command: &[String], output: Stdio) -> Child {
    let program = Command::new(&command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(Stdio::null())
        .spawn();
    program.unwrap_or_else(|e| panic!("{} can be started: {e}", command[0]))
}

/// How many bytes a command writes to standard output.
fn output_of(command: &[String]) -> u64 {
    let mut child = start(command, Stdio::piped());
    let bytes = std::io::copy(child.stdout.as_mut().expect("a pipe was asked for"), &mut std::io::sink());
    assert!(child.wait().expect("a child can be waited for").success(), "{command:?} failed");
    bytes.expect("a pipe can be read")
}

/// Wall seconds and peak memory of a command.
fn run(command: &[String]) -> (f64, u64) {
    let begin = Instant::now();
    let mut child = start(command, Stdio::null());
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    // The kernel keeps the highest mark itself, so a look now and then misses only the very end.
    let exit = loop {
        peak = peak.max(high_mark(&status));
        match child.try_wait().expect("a child can be waited for") {
            Some(exit) => break exit,
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    assert!(exit.success(), "{command:?} failed");
    (begin.elapsed().as_secs_f64(), peak)
}

fn high_mark(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// Prints the measures; the first one is what the others are compared with.
pub fn print(title: &str, measures: &[Measure]) {
    println!("{title}\n{:36}{:>10}{:>10}{:>10}{:>11}", "", "seconds", "x first", "peak MB", "output MB");
    let first = measures[0].seconds;
    for m in measures {
        let (peak, output) = (m.peak as f64 / 1e6, m.output as f64 / 1e6);
        println!("{:36}{:10.3}{:10.2}{peak:10.1}{output:11.1}", m.name, m.seconds, first / m.seconds);
    }
}
