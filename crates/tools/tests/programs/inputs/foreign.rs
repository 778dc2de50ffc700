//! What is not a trace: every program says what it is, writes nothing, and exits with 2.

use super::*;

/// A kind: the name of a file, its bytes, words of the sentence.
type Case = (&'static str, Vec<u8>, &'static str);

fn log() -> Vec<u8> {
    sample_log("i6300esb.txt")
}

/// The log with something before each line.
fn prefixed(prefix: impl Fn(usize) -> String) -> Vec<u8> {
    let log = String::from_utf8(log()).unwrap();
    let lines = log.lines().enumerate().map(|(i, line)| format!("{}{line}\n", prefix(i)));
    lines.collect::<String>().into_bytes()
}

/// A tar archive of one file: its header, and the content in blocks of 512 bytes.
fn tar(content: &[u8]) -> Vec<u8> {
    let mut header = [0; 512];
    header[..8].copy_from_slice(b"logs.txt");
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut archive = [&header[..], content].concat();
    archive.resize(archive.len().next_multiple_of(512) + 1024, 0);
    archive
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn utf16(mark: bool) -> Vec<u8> {
    let log = String::from_utf8(log()).unwrap();
    let mark = if mark { "\u{feff}" } else { "" };
    format!("{mark}{log}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn archives() -> Vec<Case> {
    let tar = tar(&log());
    vec![
        ("log.zip", [b"PK\x03\x04\x14\0\0\0\x08\0", &log()[..]].concat(), "this is a zip archive"),
        ("log.tar.gz", gzip(&tar), "this is a tar archive"),
        ("log.tar.bz2", bzip2(&tar), "this is a tar archive"),
        ("log.tar.xz", xz(&tar), "this is a tar archive"),
        ("log.tar", tar, "this is a tar archive"),
        ("log.txt.Z", [b"\x1f\x9d\x90", &log()[..]].concat(), "compressed by compress"),
        ("powershell.txt", utf16(true), "UTF-16"),
        ("unmarked.txt", utf16(false), "UTF-16"),
        (
            "cpu0.bin",
            zstd::decode_all(&fs::read(sample("edu_raw.bin.zst")).unwrap()[..]).unwrap(),
            "raw pages",
        ),
        ("perf.data", [&b"PERFILE2\x68\0\0\0\0\0\0\0"[..], &[0x11; 200]].concat(), "perf script"),
        ("empty", Vec::new(), "nothing else either"),
        (
            "noise",
            (0..9_999_u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect(),
            "not known",
        ),
    ]
}

fn logs() -> Vec<Case> {
    let stamp = |i: usize| format!("<6>[{:>5}.{:06}] ", i / 7, i);
    vec![
        ("dmesg.txt", prefixed(stamp), "something stands before each record"),
        ("journal.txt", prefixed(|_| "Nov 30 12:00:00 host kernel: ".into()), "something stands before"),
        ("numbered.txt", prefixed(|i| format!("{}:", i + 1)), "something stands before each record"),
        ("pasted.txt", prefixed(|_| "        ".into()), "something stands before each record"),
        ("mail.txt", prefixed(|i| if i % 2 == 0 { "> ".into() } else { ">> ".into() }), "quoted in a mail"),
        (
            "pci.qemu",
            b"4711@1893553445.100400:pci_cfg_read e1000e 00:03.0 @0x0 -> 0x10d38086\n".repeat(3),
            "no access in it",
        ),
        (
            "own.json",
            mmio_testkit::stdout(ANALYZE, &["info", "-", "--format", "json"], &log()),
            "--format json",
        ),
        (
            "list.pci",
            b"0010\t80861234\tb\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\tdrv\n".repeat(3),
            "list of PCI",
        ),
        (
            "kernel.txt",
            b"[    0.000000] Linux version 6.1\n[    0.100000] mmiotrace: disabled\n".to_vec(),
            "the kernel's log",
        ),
        (
            "headers.txt",
            b"# tracer: mmiotrace\n#\n# entries-in-buffer/entries-written: 0/0   #P:1\n".to_vec(),
            "nothing was mapped",
        ),
        ("other.txt", b"# tracer: function\n#\n".to_vec(), "the tracer was another one"),
        ("page.html", b"<!DOCTYPE html>\n<pre>\nR 4 and so on\n</pre>\n".to_vec(), "web page"),
        (
            "README.md",
            b"# Words\n\nVERSION 2 of the manual\nLSPCI is said of lspci\n# more\n".repeat(9),
            "no record of a trace",
        ),
    ]
}

/// Files of these cases in a folder of their own.
fn written(cases: &[Case]) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |(name, bytes, _): &Case| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let paths = cases.iter().map(write).collect();
    (folder, paths)
}

/// What a refusal says; it must be the only thing that is said, once, and nothing is written.
fn refusal(output: &Output, file: &Path) -> String {
    let (said, name) = (stderr(output), file.display().to_string());
    assert_eq!(output.status.code(), Some(2), "{name}: {said}");
    assert_eq!((said.lines().count(), said.matches(&name).count()), (1, 1), "{said}");
    said
}

#[test]
fn each_kind_has_its_sentence() {
    for cases in [archives(), logs()] {
        let (_folder, paths) = written(&cases);
        for ((name, bytes, words), path) in cases.iter().zip(&paths) {
            let said = refusal(&info(path), path);
            assert!(said.contains(words), "{name}: {said}");
            let piped = mmio_testkit::run(ANALYZE, &["info", "-"], bytes);
            assert_eq!(
                stderr(&piped).replace("-: ", ": "),
                said.replace(&format!("{}: ", path.display()), ": ")
            );
        }
    }
}

#[test]
fn every_program_refuses_and_writes_nothing() {
    let cases: Vec<Case> = archives().into_iter().chain(logs()).collect();
    let (folder, paths) = written(&cases);
    let out = folder.path().join("out");
    for ((name, _, words), path) in cases.iter().zip(&paths) {
        let (file, out) = (path.to_str().unwrap(), |ending: &str| format!("{}{ending}", out.display()));
        for command in ["dump", "seqs", "pairs", "regs", "patterns"] {
            let said = refusal(&mmio_testkit::run(ANALYZE, &[command, file], b""), path);
            assert!(said.contains(words), "{command} {name}: {said}");
        }
        for (program, args) in [
            (ANALYZE, vec!["export", file, "-o", &out(".vcd")]),
            (PLOT, vec!["timeline", file, "-o", &out(".svg")]),
            (PLOT, vec!["report", file, "-o", &out(".html")]),
            (CONVERT, vec![file, "-o", &out(".mmio.zst")]),
            (CONVERT, vec![file, "-o", &out(".txt")]),
            (CONVERT, vec![file, "-o", &out(".csv")]),
        ] {
            let said = refusal(&mmio_testkit::run(program, &args, b""), path);
            assert!(said.contains(words), "{program} {args:?}: {said}");
        }
        if *name != "cpu0.bin" {
            let args = ["--from", file, "-o", &out(".mmio.zst")];
            let said = refusal(&mmio_testkit::run(CAPTURE, &args, b""), path);
            assert!(said.contains(words), "--from {name}: {said}");
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), cases.len(), "no file was written");
}

#[test]
fn a_line_that_happens_to_be_a_record_makes_no_trace() {
    let record = b"R 4 1.000000 1 0xfea00008 0x1 0x0 0\nMARK 1.000000 up\n";
    let cases = logs();
    for (name, bytes, words) in
        cases.iter().filter(|(name, ..)| !name.ends_with("txt") || name.starts_with("dmesg"))
    {
        if matches!(*name, "list.pci" | "page.html" | "README.md") {
            continue; // A log may follow them.
        }
        let output = mmio_testkit::run(ANALYZE, &["info", "-"], &[bytes, &record[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(stderr(&output).contains(words), "{name}: {}", stderr(&output));
    }
    let text = [&b"Some words of a manual.\n".repeat(99)[..], record].concat();
    let output = mmio_testkit::run(ANALYZE, &["info", "-"], &text);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("hardly a line"), "{}", stderr(&output));
}

#[test]
fn what_stands_before_a_log_hides_nothing_of_it() {
    let report = b"[    0.000000] Linux version 6.1\n00:00.0 Host bridge\n# tracer: nop\n".repeat(20);
    let mixed = [&report[..], &sample_log("e1000e.txt")].concat();
    let said = String::from_utf8(mmio_testkit::stdout(ANALYZE, &["info", "-"], &mixed)).unwrap();
    assert!(said.starts_with("4,808 accesses, 0 lost, 40 unparsed lines"), "{said}");
}

#[test]
fn a_header_alone_is_a_trace() {
    let header = b"VERSION 20070824\nPCIDEV 0010 80861234 b fe000004 0 0 0 0 0 0 1000 0 0 0 0 0 0 drv\n";
    for part in [&header[..], &header[..17], &header[17..]] {
        assert!(mmio_testkit::run(ANALYZE, &["info", "-"], part).status.success());
    }
}

/// The command between backticks that begins with a program's name.
fn command<'a>(sentence: &'a str, program: &str) -> &'a str {
    sentence.split('`').find(|part| part.starts_with(program)).unwrap()
}

#[test]
fn what_the_sentences_advise_helps() {
    let cases = logs();
    let expected = mmio_testkit::stdout(ANALYZE, &["info", "-"], &log());
    let wanted = ["dmesg.txt", "journal.txt", "numbered.txt", "pasted.txt", "mail.txt"];
    for (name, bytes, _) in cases.iter().filter(|(name, ..)| wanted.contains(name)) {
        let said = stderr(&mmio_testkit::run(ANALYZE, &["info", "-"], bytes));
        let fixed = through("sh", &["-c", command(&said, "sed")], bytes);
        assert_eq!(fixed, log(), "{name}: {said}");
        assert_eq!(mmio_testkit::stdout(ANALYZE, &["info", "-"], &fixed), expected, "{name}");
    }
    let text = [&b"Some words of a manual.\n".repeat(2_000)[..], &log()].concat();
    let said = stderr(&mmio_testkit::run(ANALYZE, &["info", "-"], &text));
    let fixed = through("sh", &["-c", command(&said, "grep")], &text);
    assert_eq!(mmio_testkit::stdout(ANALYZE, &["info", "-"], &fixed), expected, "{said}");
}
