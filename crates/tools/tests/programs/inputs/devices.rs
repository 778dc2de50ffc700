//! `mmio-capture --from LOG --pci LIST`.

use super::*;

fn path(name: &str) -> String {
    sample(&format!("cases/{name}")).to_str().unwrap().to_owned()
}

/// The container of a text log with a list of devices.
fn with_list(log: &str, list: &str) -> Vec<u8> {
    mmio_testkit::stdout(CAPTURE, &["-q", "--from", log, "--pci", list, "-o", "-"], b"")
}

/// Lines of accesses: device, BAR, offset, operation with width, value.
fn accesses(trace: &[u8]) -> Vec<String> {
    let csv = String::from_utf8(mmio_testkit::stdout(CONVERT, &["-q", "-", "--to", "csv"], trace)).unwrap();
    let fields = |line: &str| line.split(',').skip(2).take(6).collect::<Vec<_>>().join(" ");
    csv.lines().skip(1).map(fields).collect()
}

#[test]
fn a_log_without_devices_has_those_of_the_list() {
    let (log, list) = (path("no_pcidev.txt"), path("no_pcidev.pci"));
    let packed = with_list(&log, &list);
    assert_eq!(
        accesses(&packed),
        ["03:00.0 2 0x4 R 4 0x1", "03:00.0 2 0x2004 R 4 0x2", "03:00.0 4 0x37 W 1 0x10"]
    );
    let info = mmio_testkit::stdout(ANALYZE, &["info", "-", "--format", "json"], &packed);
    let info: serde_json::Value = serde_json::from_slice(&info).unwrap();
    let device = &info["devices"][0];
    assert_eq!((&device["driver"], &device["id"]), (&"r8169".into(), &"10ec:8168".into()));
    assert_eq!(
        (&device["bars"][0]["start"], &device["bars"][0]["length"]),
        (&"0xf7800000".into(), &"0x8000".into())
    );
    assert_eq!(
        (&device["bars"][1]["start"], &device["bars"][1]["length"]),
        (&"0xf7808000".into(), &"0x1000".into())
    );
    assert!(mmio_testkit::run(ANALYZE, &["dump", "-", "--device", "r8169"], &packed).status.success());
    assert_eq!(mmio_testkit::stdout(CONVERT, &["-q", "-", "--to", "text"], &packed), fs::read(log).unwrap());
    // A copy, with a filter and without one, keeps them.
    for filter in [&[][..], &["--op", "R"]] {
        let copy = mmio_testkit::stdout(CONVERT, &[&["-q", "-", "--to", "mmio"], filter].concat(), &packed);
        assert_eq!(accesses(&copy)[1], "03:00.0 2 0x2004 R 4 0x2");
    }
}

#[test]
fn a_logs_own_devices_hold() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let text = "VERSION 20070824\nPCIDEV 0010 80861234 b fe000000 0 0 0 0 0 0 1000 0 0 0 0 0 0 \n\
        MAP 1.000000 1 0xfe000000 0xffffc90000000000 0x1000 0x0 0\nR 4 1.000100 1 0xfe000004 0x1 0x0 0\n";
    let list = "0010 80861234 b fe000000 0 0 0 0 0 0 1000 0 0 0 0 0 0 later\n\
        0020 80865678 b fe000000 0 0 0 0 0 0 2000 0 0 0 0 0 0 other\n"
        .replace(' ', "\t");
    let packed = with_list(&write("log", text), &write("list", &list));
    assert_eq!(accesses(&packed), ["00:02.0 0 0x4 R 4 0x1"]);
    let dump = mmio_testkit::run(ANALYZE, &["dump", "-", "--device", "later"], &packed);
    assert!(dump.status.success(), "the driver that the log lacks is the list's: {}", stderr(&dump));
    assert_eq!(
        mmio_testkit::run(ANALYZE, &["dump", "-", "--device", "other"], &packed).status.code(),
        Some(2)
    );
    assert_eq!(mmio_testkit::stdout(CONVERT, &["-q", "-", "--to", "text"], &packed), text.as_bytes());
}

#[test]
fn a_list_is_one_for_all_recordings_of_a_log() {
    let log = fs::read_to_string(path("no_pcidev.txt")).unwrap();
    let twice = format!("VERSION 20070824\n{log}VERSION 20070824\n{log}");
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), &twice).unwrap();
    let packed = with_list(file.path().to_str().unwrap(), &path("no_pcidev.pci"));
    let found = accesses(&packed);
    assert_eq!((found.len(), &found[..3]), (6, &found[3..]));
    assert_eq!(found[4], "03:00.0 2 0x2004 R 4 0x2");
}
