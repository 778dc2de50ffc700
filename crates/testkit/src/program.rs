//! Runs a program of ours as a user does.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// Runs `program` with `stdin` and waits for its end.
pub fn run(program: &str, args: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let bytes = stdin.to_vec();
    // A program may end before it has read everything.
    let feed = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap();
    output
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs `program`, which must succeed, and returns its standard output.
pub fn stdout(program: &str, args: &[&str], stdin: &[u8]) -> Vec<u8> {
    let output = run(program, args, stdin);
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    output.stdout
}
