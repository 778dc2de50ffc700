//! `mmio-analyze check`: what it prints, its exit codes and its filters.

use std::process::Output;

use mmio_testkit::{assert_snapshot, run, sample, sample_log, stderr};

fn check(args: &[&str], stdin: &[u8]) -> Output {
    run(env!("CARGO_BIN_EXE_mmio-analyze"), &[&["check", "-q"], args].concat(), stdin)
}

/// Exit code and standard output.
fn of(args: &[&str], stdin: &[u8]) -> (Option<i32>, String) {
    let output = check(args, stdin);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn of_case(name: &str, args: &[&str]) -> (Option<i32>, String) {
    let path = sample("cases").join(name);
    of(&[args, &[path.to_str().unwrap()]].concat(), b"")
}

/// Kinds and numbers of accesses, from the CSV.
fn kinds(csv: &str) -> Vec<(String, String)> {
    let mut lines = csv.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let at = header.iter().position(|name| name == "index").unwrap();
    lines.map(|cells| (cells[0].clone(), cells[at].clone())).collect()
}

#[test]
fn cases_are_as_they_were() {
    for name in ["poll_in_vain", "device_gone", "command_fails", "no_access"] {
        let (code, text) = of_case(&format!("{name}.txt"), &[]);
        assert_eq!(code, Some(1), "{name}");
        assert_snapshot(&format!("{name}.check"), &text);
        let (code, text) = of_case(&format!("{name}.txt"), &["--format", "json"]);
        assert_eq!(code, Some(1), "{name}");
        assert_snapshot(&format!("{name}.check.json"), &text);
    }
}

#[test]
fn exit_codes_tell_nothing_something_and_an_error() {
    let healthy = sample("e1000e.txt");
    let (code, text) = of(&[healthy.to_str().unwrap()], b"");
    assert!(code == Some(0) && text.contains("nothing went wrong"), "{text}");
    let container = std::fs::read(sample("e1000e.mmio.zst")).unwrap();
    let cut = check(&["-"], &container[..container.len() / 2]);
    assert_eq!(cut.status.code(), Some(2));
    assert!(stderr(&cut).contains("truncated") || stderr(&cut).contains("no record"), "{}", stderr(&cut));
    assert_eq!(check(&["no such file"], b"").status.code(), Some(2));
}

#[test]
fn a_text_log_that_is_cut_in_its_packing_is_checked_as_far_as_it_goes() {
    let packed = zstd::encode_all(&sample_log("e1000e.txt")[..], 1).unwrap();
    let output = check(&["-", "--format", "csv"], &packed[..packed.len() - 4]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(kinds(&text).iter().any(|(kind, _)| kind == "damaged"), "{text}");
}

#[test]
fn filters_choose_what_is_looked_at_and_shown() {
    let csv = |more: &[&str]| kinds(&of_case("command_fails.txt", &[&["--format", "csv"], more].concat()).1);
    let all = [("divergence".to_owned(), "70".to_owned())];
    assert_eq!(csv(&[]), all);
    assert_eq!(csv(&["--reg", "+0x18", "--device", "gives_up"]), all);
    assert_eq!(csv(&["--reg", "+0x1c"]), []);
    // What is wrong with a device or with the trace is shown whatever the register.
    let (code, gone) = of_case("device_gone.txt", &["--format", "csv", "--reg", "+0x18"]);
    assert_eq!((code, kinds(&gone)), (Some(1), vec![("dead".to_owned(), "109".to_owned())]));
}

#[test]
fn the_page_begins_with_what_went_wrong() {
    let page = |name: &str| {
        let args = ["report", "-q", name, "-o", "-"];
        String::from_utf8(mmio_testkit::stdout(env!("CARGO_BIN_EXE_mmio-plot"), &args, b"")).unwrap()
    };
    let gone = page(sample("cases/device_gone.txt").to_str().unwrap());
    let (_, main) = gone.split_once("<main>").unwrap();
    let (wrong, _) = main.split_once("</section>").unwrap();
    assert!(wrong.contains("reads all ones") && wrong.contains("access 109"), "{wrong}");
    let healthy = page(sample("e1000e.txt").to_str().unwrap());
    let (_, main) = healthy.split_once("<main>").unwrap();
    assert!(main.split_once("</section>").unwrap().0.contains("nothing went wrong"));
}
