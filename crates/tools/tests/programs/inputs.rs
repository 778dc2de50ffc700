//! What the programs are given: traces in every packing, and what is not a trace.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use mmio_testkit::{sample, sample_log, stderr};
use tempfile::TempDir;

mod devices;
mod facts;
mod foreign;
mod words;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");
const CAPTURE: &str = env!("CARGO_BIN_EXE_mmio-capture");
const CONVERT: &str = env!("CARGO_BIN_EXE_mmio-convert");
const PLOT: &str = env!("CARGO_BIN_EXE_mmio-plot");

fn info(file: &Path) -> Output {
    mmio_testkit::run(ANALYZE, &["info", file.to_str().unwrap()], b"")
}

/// What a program writes to standard output when it gets `input`.
fn through(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child =
        Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{program}");
    output.stdout
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lzma(bytes: &[u8]) -> Vec<u8> {
    let options = liblzma::stream::LzmaOptions::new_preset(1).unwrap();
    let stream = liblzma::stream::Stream::new_lzma_encoder(&options).unwrap();
    let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_log_is_read_whatever_compresses_it() {
    let log = sample_log("i6300esb.txt");
    let plain = mmio_testkit::stdout(ANALYZE, &["info", "-"], &log);
    for (name, packed) in [("bzip2", bzip2(&log)), ("lzma", lzma(&log))] {
        assert_eq!(mmio_testkit::stdout(ANALYZE, &["info", "-"], &packed), plain, "{name}");
        assert_eq!(mmio_testkit::stdout(CONVERT, &["-q", "-"], &packed), log, "{name}");
    }
    let two = [bzip2(&log[..500]), bzip2(&log[500..])].concat();
    assert_eq!(mmio_testkit::stdout(CONVERT, &["-q", "-"], &two), log, "two streams");
}

#[test]
fn a_cut_archive_gives_what_is_whole_and_says_so() {
    let log = sample_log("e1000e.txt");
    for (name, packed) in [("bzip2", bzip2(&log)), ("lzma", lzma(&log))] {
        let output = mmio_testkit::run(CONVERT, &["-q", "-"], &packed[..packed.len() * 3 / 4]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(stderr(&output).contains("truncated"), "{name}: {}", stderr(&output));
        assert!(output.stdout.len() > 10_000 && log.starts_with(&output.stdout), "{name}");
    }
}

#[test]
fn what_this_suite_exports_is_read_again() {
    for name in ["e1000e.txt", "i6300esb.txt", "cases/map_ids.txt"] {
        let log = sample_log(name);
        for to in ["csv", "jsonl"] {
            let export = |log: &[u8]| mmio_testkit::stdout(CONVERT, &["-q", "-", "--to", to], log);
            let exported = export(&log);
            let again = String::from_utf8(export(&exported)).unwrap();
            let exported = String::from_utf8(exported).unwrap();
            // What lies on no BAR has its name by a mapping, which CSV does not have.
            let lines = exported
                .lines()
                .zip(again.lines())
                .filter(|(line, _)| to == "jsonl" || !line.contains(",mem:"));
            lines.for_each(|(line, again)| assert_eq!(again, line, "{name}"));
            assert_eq!(again.lines().count(), exported.lines().count(), "{name}");
        }
    }
}
