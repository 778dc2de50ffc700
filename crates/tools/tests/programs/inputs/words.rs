//! Closing lines: one thing is one, and a share is one of something larger.

use super::*;

fn said(program: &str, args: &[&str], stdin: &[u8]) -> String {
    stderr(&mmio_testkit::run(program, args, stdin))
}

#[test]
fn one_thing_is_one() {
    let log = b"R 4 1.000000 1 0x10 0x2 0x0 0\nwhat?\n";
    let line = said(CONVERT, &["-", "--to", "mmio"], log);
    assert!(line.starts_with("-: 2 records, 1 access, 0 lost, 1 unparsed; "), "{line}");
    let note = said(ANALYZE, &["dump", "-"], log);
    assert_eq!(note, "mmio-analyze: the trace has 1 unparsed line\n");
    let lost = b"R 4 1.000000 1 0x10 0x2 0x0 0\nCPU:0 [LOST 1 EVENTS]\n";
    assert_eq!(said(ANALYZE, &["dump", "-"], lost), "mmio-analyze: the trace has 1 lost event in 1 place\n");
    let info = mmio_testkit::stdout(ANALYZE, &["info", "-"], log);
    assert!(info.starts_with(b"1 access, 0 lost, 1 unparsed line\n"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.mmio.zst");
    fs::write(&file, mmio_testkit::stdout(CONVERT, &["-q", "-", "--to", "mmio"], &log[..30])).unwrap();
    let check = mmio_testkit::stdout(CONVERT, &["--check", file.to_str().unwrap()], b"");
    let check = String::from_utf8(check).unwrap();
    assert!(check.ends_with(": good, 1 block, 1 record, 1 access, 0 lost events\n"), "{check}");
    let saved = said(CAPTURE, &["--from", "-", "-o", "-"], &log[..30]);
    assert!(saved.starts_with("-: 1 record, 1 access, 0 lost\n"), "{saved}");
}

#[test]
fn only_a_container_is_said_to_be_smaller() {
    let log = sample_log("e1000e.txt");
    let packed = mmio_testkit::run(CONVERT, &["-", "--to", "mmio"], &log);
    assert!(stderr(&packed).trim_end().ends_with(" %)"), "{}", stderr(&packed));
    let unpacked = said(CONVERT, &["-", "--to", "text"], &packed.stdout);
    assert!(!unpacked.contains('%') && unpacked.contains(" to 183,"), "{unpacked}");
}

#[test]
fn a_repair_that_keeps_nothing_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let packed = fs::read(sample("i6300esb.mmio.zst")).unwrap();
    fs::write(at("cut"), &packed[..packed.len() / 4]).unwrap();
    let output = mmio_testkit::run(CONVERT, &["--repair", &at("cut"), "-o", &at("fixed.mmio.zst")], b"");
    assert_eq!(output.status.code(), Some(2));
    let words = stderr(&output);
    assert!(words.contains("truncated") && words.contains("nothing can be kept of it"), "{words}");
    assert_eq!(words.lines().count(), 1, "{words}");
    assert!(!Path::new(&at("fixed.mmio.zst")).exists());
}
