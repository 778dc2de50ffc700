//! The page of `mmio-plot report`, as far as it can be tested without a browser; `report-in-browser` opens it
//! in one.

use mmio_testkit::{run, sample, stderr, stdout};
use std::fmt::Write;

const PLOT: &str = env!("CARGO_BIN_EXE_mmio-plot");
/// Most bytes of a page, as the documentation promises, whatever the trace holds.
const MOST_BYTES: usize = 5_000_000;

fn page(args: &[&str], stdin: &[u8]) -> String {
    String::from_utf8(stdout(PLOT, &[&["report", "-o", "-"], args].concat(), stdin)).unwrap()
}

fn of_sample(name: &str) -> String {
    page(&[sample(name).to_str().unwrap()], b"")
}

/// The JSON in the page, by id.
fn json(page: &str) -> Vec<(String, serde_json::Value)> {
    let scripts = page.split("<script type=\"application/json\" id=\"").skip(1);
    let parse = |script: &str| {
        let (id, rest) = script.split_once("\">").unwrap();
        let (text, _) = rest.split_once("</script>").unwrap();
        (id.to_owned(), serde_json::from_str(text).unwrap())
    };
    scripts.map(parse).collect()
}

/// The names of all elements, in order.
fn elements(page: &str) -> Vec<&str> {
    let markup = page.split('<').skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    markup.map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap()).collect()
}

#[test]
fn nothing_is_loaded_and_all_data_can_be_read() {
    for name in ["e1000e.txt", "edu_lost.txt", "edu_odd.txt", "nvme.mmio.zst", "labelled/xhci.txt.zst"] {
        let page = of_sample(name);
        assert!(page.len() < MOST_BYTES, "{name}: {}", page.len());
        for loads in [
            "http:",
            "https:",
            "src=",
            "url(",
            "@import",
            "import(",
            "fetch(",
            "XMLHttpRequest",
            "<link",
            "href=\"//",
        ] {
            assert!(!page.contains(loads), "{name}: {loads}");
        }
        assert!(page.split("href=\"").skip(1).all(|rest| rest.starts_with('#')), "{name}");
        let data = json(&page);
        let schemas: Vec<&str> = data.iter().filter_map(|(_, d)| d["schema"].as_str()).collect();
        assert_eq!(schemas, ["mmio-analyze.regs", "mmio-analyze.patterns", "mmio-analyze.pairs"], "{name}");
        let plots = data.iter().filter(|(id, _)| id.starts_with("plot-")).count();
        assert_eq!((plots, page.matches("<figure").count()), (plots, plots), "{name}");
        assert!(plots >= 5, "{name}: {plots}");
    }
}

#[test]
fn lists_are_those_of_the_analyses() {
    let path = sample("e1000e.txt");
    let options = mmio_analyze::regs::Options::default();
    let mut trace = mmio_format::trace::Trace::open(&path).unwrap();
    let regs = mmio_analyze::regs::regs(&mut trace, &options).unwrap();
    let data = json(&of_sample("e1000e.txt"));
    let (_, found) = data.iter().find(|(id, _)| id == "regs").unwrap();
    let speller = mmio_report::Speller::new(trace.devices());
    let rows = regs.registers.iter().map(|entry| mmio_report::regs::row(entry, speller));
    assert_eq!(found["registers"], serde_json::to_value(rows.collect::<Vec<_>>()).unwrap());
    assert_eq!(found["left_out"], 0);
}

#[test]
fn losses_and_unparsed_lines_stand_at_the_top() {
    let page = of_sample("edu_lost.txt");
    let top = page.split("<section").next().unwrap();
    assert!(
        top.contains("3 events lost") || top.contains("event lost") || top.contains("events lost"),
        "{top}"
    );
    assert!(top.contains("<p class=\"lost\">"), "{top}");
    let page =
        self::page(&["-"], b"VERSION 20070824\nnonsense\nR 4 1.0 1 0xfe000000 0x1 0x0 0\nmore nonsense\n");
    let top = page.split("<section").next().unwrap();
    assert!(top.contains("0 events lost, 2 unparsed lines"), "{top}");
}

/// A log whose every text wants to be markup.
fn hostile() -> String {
    let bad = "</script></title><img src=x onerror=alert(1)>{{script}}\"'><!--&lt;";
    let mut log = String::from("VERSION 20070824\n");
    let _ = writeln!(log, "PCIDEV 0010 808610d3 b fe000000 0 0 0 0 0 0 20000 0 0 0 0 0 0 {bad}");
    let _ = writeln!(log, "MAP 0.5 1 0xfe000000 0xffff000000000000 0x20000 0x0 0");
    for i in 0..500_u64 {
        let _ = writeln!(log, "MARK 1.{i:06} {bad}");
        let _ = writeln!(log, "W 4 1.{i:06} 1 0x{:x} 0x{i:x} 0x0 0", 0xfe00_0000 + i % 5 * 4);
        let _ = writeln!(log, "R 4 1.{i:06} 1 0xfe000010 0x{:x} 0x0 0", i % 7);
        let _ = writeln!(log, "{bad}");
    }
    log
}

#[test]
fn hostile_texts_stay_texts() {
    let hostile = page(&["-"], hostile().as_bytes());
    assert!(hostile.contains("&lt;img src=x"), "the text is there");
    let plain = hostile_without_markup();
    let count = |page: &str, name: &str| elements(page).iter().filter(|e| **e == name).count();
    assert_eq!(count(&hostile, "img"), 0);
    for name in ["script", "title", "svg", "style", "section", "figure"] {
        assert_eq!(count(&hostile, name), count(&plain, name), "{name}");
    }
    assert_eq!(hostile.matches("</script").count(), hostile.matches("<script").count());
    assert!(!json(&hostile).is_empty());
}

/// The page of the same log with harmless texts.
fn hostile_without_markup() -> String {
    let log = hostile().replace(['<', '>', '{', '}', '&', '"', '\''], "x");
    page(&["-"], log.as_bytes())
}

#[test]
fn a_page_has_a_limited_size_and_says_what_it_leaves_out() {
    let mut log = String::from("VERSION 20070824\n");
    let mut state = 1_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let text = "&".repeat(4000);
    for i in 0..400_u64 {
        let start = 0xfe00_0000 + i * 0x10_0000;
        let _ =
            writeln!(log, "PCIDEV {:04x} 808610d3 b {start:x} 0 0 0 0 0 0 100000 0 0 0 0 0 0 {text}", 8 * i);
        let _ = writeln!(log, "MAP 0.5 {i} 0x{start:x} 0xffff000000000000 0x100000 0x0 0");
    }
    for i in 0..120_000_u64 {
        let device = if i % 2 == 0 { 0 } else { random() % 400 };
        let address = 0xfe00_0000 + device * 0x10_0000 + random() % 0x8000 * 4;
        let op = if random() % 2 == 0 { 'R' } else { 'W' };
        let _ = writeln!(
            log,
            "{op} 4 {}.{:06} 1 0x{address:x} 0x{:x} 0x0 0",
            1 + i / 1000,
            i % 1000 * 1000,
            random()
        );
        if i % 100 == 0 {
            let _ = writeln!(log, "MARK {}.{:06} {text}", 1 + i / 1000, i % 1000 * 1000);
        }
    }
    let page = page(&["-", "-q"], log.as_bytes());
    assert!(page.len() < MOST_BYTES, "{}", page.len());
    let left_out =
        |id: &str| json(&page).into_iter().find(|(i, _)| i == id).unwrap().1["left_out"].as_u64().unwrap();
    assert!(left_out("regs") > 0);
    for words in [
        "registers are left out",
        "markers are left out",
        "more BARs are left out",
        "maps of 397 more devices",
        "heatmaps of 398 more BARs",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn filters_choose_what_the_page_is_about_and_are_named() {
    let path = sample("e1000e.txt");
    let page = page(&[path.to_str().unwrap(), "--bar", "3", "--op", "W"], b"");
    assert!(page.contains(
        "Of 4,808 accesses the 50 that pass the filters are looked at: <code>--bar 3 --op W</code>"
    ));
}

#[test]
fn a_name_that_will_not_do_is_reported() {
    let path = sample("i6300esb.txt");
    let output = run(PLOT, &["report", path.to_str().unwrap(), "-o", "x.svg"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("ends in .html"), "{}", stderr(&output));
}
