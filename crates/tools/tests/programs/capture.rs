//! mmio-capture as a user runs it, on what was recorded elsewhere.

use std::fs;
use std::path::Path;
use std::process::Output;

use mmio_format::Kind;
use mmio_testkit::{contents, lines, sample, stderr};

const CAPTURE: &str = env!("CARGO_BIN_EXE_mmio-capture");

fn capture(args: &[&str], stdin: &[u8]) -> Output {
    mmio_testkit::run(CAPTURE, args, stdin)
}

fn path(name: &str) -> String {
    sample(name).to_str().unwrap().to_owned()
}

/// Writes a container, which must succeed with this exit code.
fn container(code: i32, args: &[&str], stdin: &[u8]) -> Vec<u8> {
    let output = capture(args, stdin);
    assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
    output.stdout
}

#[test]
fn raw_pages_become_a_trace_with_devices_and_nanoseconds() {
    let (raw, pci) = (path("edu_raw.bin.zst"), path("edu_raw.pci"));
    let (block, data) = contents(&container(0, &["--from", &raw, "--pci", &pci, "-o", "-", "-q"], b""));
    let log = lines(&block);
    let start = "VERSION 20070824\nPCIDEV 0000 808629c0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 \n\
        PCIDEV 0008 1af41001 15 c301 febbe000 0 0 fe00000c 0 0 80 1000 0 0 4000 0 0 virtio-pci\n";
    assert!(log.starts_with(start), "{log}");
    let mark = block.kind.iter().position(|&kind| kind == Kind::MARKER).unwrap();
    assert_eq!(block.time[mark], 5_378_345_897);
    assert_eq!((mark, block.pid.get(mark)), (19, 89));
    assert!(
        log.contains("MARK 5.378346 raw mark\nMAP 5.389198 1 0xfea00000 0xff5f227600700000 0x100000 0x0 0\n")
    );
    assert_eq!(block.kind.iter().filter(|kind| kind.is_access()).count(), 367);

    let value = |key| String::from_utf8(data.get(key).unwrap().to_vec()).unwrap();
    assert_eq!((value("tracer"), value("fields")), ("mmiotrace".into(), "pid".into()));
    assert!(value("tool").starts_with("mmio-capture "));
    let devices: Vec<_> = data.entries.iter().filter(|entry| entry.0 == "pci_device").collect();
    let list = fs::read_to_string(sample("edu_raw.pci")).unwrap();
    assert_eq!(devices.len(), list.lines().count());
    assert_eq!(devices[0].1, format!("0000 00000000 {}", list.lines().next().unwrap()).as_bytes());
}

/// The text of one run and the pages of another run of the same program.
#[test]
fn raw_and_text_recordings_have_the_same_accesses_and_losses() {
    let text = lines(&contents(&container(3, &["--from", &path("edu_lost.txt"), "-o", "-"], b"")).0);
    assert_eq!(text, fs::read_to_string(sample("edu_lost.txt")).unwrap());
    let (raw, pci) = (path("edu_lost_raw.bin.zst"), path("edu_raw.pci"));
    let raw = lines(&contents(&container(3, &["--from", &raw, "--pci", &pci, "-o", "-"], b"")).0);
    // Times, map ids and interrupt numbers differ from run to run, and the kernel's text reports a loss a second time.
    let same = |log: &str| {
        let fields = |line: &str| -> Vec<String> {
            let skipped = if line.starts_with("W ") { vec![2, 3] } else { vec![] };
            line.split(' ').enumerate().filter(|f| !skipped.contains(&f.0)).map(|f| f.1.into()).collect()
        };
        let lines = log.lines().filter(|l| !l.starts_with("MARK 0.000000 Lost") && !l.starts_with("PCIDEV"));
        lines.take(181).map(fields).collect::<Vec<_>>()
    };
    assert_eq!(same(&raw), same(&text));
    assert!(raw.contains("CPU:0 [LOST 76268 EVENTS]\nW "));
}

#[test]
fn a_loss_is_exit_code_3_unless_it_is_allowed() {
    let raw = path("edu_lost_raw.bin.zst");
    let output = capture(&["--from", &raw, "-o", "-"], b"");
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("76,268 events were lost at 1 place"), "{}", stderr(&output));
    container(0, &["--from", &raw, "-o", "-", "--allow-loss"], b"");
    container(0, &["--from", &path("edu_raw.bin.zst"), "-o", "-"], b"");
}

#[test]
fn cpus_are_known_by_the_names_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let pages = zstd::decode_all(&fs::read(sample("edu_raw.bin.zst")).unwrap()[..]).unwrap();
    let mut files = Vec::new();
    for (cpu, page) in pages.chunks(4096).enumerate().rev() {
        let name = folder.path().join(format!("per_cpu/cpu{}", cpu + 10));
        fs::create_dir_all(&name).unwrap();
        let name = name.join("trace_pipe_raw");
        fs::write(&name, page).unwrap();
        files.push(name.to_str().unwrap().to_owned());
    }
    let mut args = vec!["-o", "-", "--from"];
    args.extend(files.iter().map(String::as_str));
    let (merged, data) = contents(&container(0, &args, b""));
    assert_eq!(data.get("fields"), Some(&b"cpu pid"[..]));
    // The pages are consecutive, so that their order by time is that of the one CPU.
    let (whole, _) = contents(&mmio_testkit::stdout(CAPTURE, &["--from", "-", "-o", "-"], &pages));
    assert_eq!((&merged.time, &merged.value), (&whole.time, &whole.value));
    let last = merged.len() - 1;
    assert_eq!((merged.cpu.get(1), merged.cpu.get(last), whole.cpu.get(last)), (10, 13, 0));
}

#[test]
fn a_cut_input_keeps_what_is_whole_and_says_so() {
    let pages = zstd::decode_all(&fs::read(sample("edu_raw.bin.zst")).unwrap()[..]).unwrap();
    let output = capture(&["--from", "-", "-o", "-"], &pages[..10_000]);
    assert_eq!(output.status.code(), Some(2));
    let message = stderr(&output);
    assert!(message.contains("truncated at byte 99") && message.contains("an event is cut"), "{message}");
    let (block, _) = contents(&output.stdout);
    let (whole, _) = contents(&mmio_testkit::stdout(CAPTURE, &["--from", "-", "-o", "-"], &pages));
    assert!(block.len() > 200);
    assert_eq!(block.value, whole.value[..block.len()]);

    let packed = fs::read(sample("edu_raw.bin.zst")).unwrap();
    let output = capture(&["--from", "-", "-o", "-"], &packed[..700]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output).matches("truncated").count(), 1, "{}", stderr(&output));
}

#[test]
fn wrong_inputs_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let name = folder.path().join(name);
        fs::write(&name, content).unwrap();
        name.to_str().unwrap().to_owned()
    };
    let (raw, text) = (path("edu_raw.bin.zst"), path("i6300esb.txt"));
    let formats = file("formats", "name: mmiotrace_rw\nID: x\n");
    let pci = file("pci", "0000\tnonsense\n");
    let trace = folder.path().join("t.mmio.zst");
    fs::write(&trace, container(0, &["--from", &raw, "-o", "-"], b"")).unwrap();
    let trace = trace.to_str().unwrap();
    let good = mmio_testkit::at_top("crates/capture/src/formats/x86_64.txt");
    let good = good.to_str().unwrap();
    let cases: [(&[&str], &str); 7] = [
        (&["--from", &raw, "--formats", &formats], "formats: line 2: `ID: x` is no number up to"),
        (&["--from", &raw, "--pci", &pci], "pci: line 1: this is no device of /proc/bus/pci/devices"),
        (&["--from", &raw, &text], "text logs cannot be merged"),
        (&["--from", &text, "--formats", good], "this is text, which needs no description"),
        (&["--from", &raw, "--formats", &text], "there is no field `data` in `header_page`"),
        (&["--from", trace], "this is a trace already; mmio-convert"),
        (&["--from", "/does/not/exist"], "/does/not/exist: cannot open"),
    ];
    for (args, expected) in cases {
        let output = capture(&[args, &["-o", "-"]].concat(), b"");
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(expected), "{message}");
        assert!(output.stdout.is_empty(), "{expected}");
    }
}

#[test]
fn a_device_without_an_address_is_refused_at_once() {
    for device in ["", "nvme0", "../drivers", "1000:e1:00.8"] {
        let output = capture(&["--device", device, "-o", "/does/not/exist"], b"");
        assert_eq!(output.status.code(), Some(2), "{device}");
        let expected = format!("mmio-capture: there is no PCI device {device}; lspci -D lists them\n");
        assert_eq!(stderr(&output), expected);
    }
}

#[test]
fn an_output_that_is_there_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("t.mmio.zst");
    fs::write(&out, "old").unwrap();
    let (raw, out_name) = (path("edu_raw.bin.zst"), out.to_str().unwrap());
    let output = capture(&["--from", &raw, "-o", out_name], b"");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read(&out).unwrap(), b"old");
    container(0, &["--from", &raw, "-o", out_name, "--force"], b"");
    assert!(fs::read(Path::new(&out)).unwrap().len() > 1000);
}
