//! mmio-plot as a user runs it, and what its pictures hold.

use std::fs;

use super::pixels::pixels;
use mmio_format::Filter;
use mmio_format::Scope;
use mmio_format::Trace;
use mmio_plot::canvas::{Area, Canvas};
use mmio_plot::{Picture, graph, heatmap, latency, map, timeline, values};
use mmio_testkit::{assert_snapshot, run, sample, snapshot, stderr, stdout};

const PLOT: &str = env!("CARGO_BIN_EXE_mmio-plot");
const SAMPLES: [&str; 9] = [
    "e1000e.txt",
    "edu_lost.txt",
    "edu_odd.txt",
    "i6300esb.txt",
    "megasas.txt.zst",
    "nvme.mmio.zst",
    "labelled/xhci.txt.zst",
    "labelled/sdhci_pio.txt.zst",
    "labelled/rocker.txt.zst",
];

type Plot = fn(&mut Trace, &Scope, &Picture) -> mmio_format::Result<Canvas>;
const PLOTS: [(&str, Plot); 6] = [
    ("timeline", timeline::timeline),
    ("heatmap", heatmap::heatmap),
    ("values", values::values),
    ("latency", latency::latency),
    ("map", map::map),
    ("graph", |trace, scope, picture| graph::graph(trace, scope, picture, graph::TOP)),
];

fn svg(args: &[&str], stdin: &[u8]) -> String {
    String::from_utf8(stdout(PLOT, &[args, &["-o", "-"]].concat(), stdin)).unwrap()
}

#[test]
fn pictures_of_samples_are_what_they_were() {
    for (file, stem) in [("i6300esb.txt", "i6300esb"), ("edu_lost.txt", "edu_lost")] {
        for (plot, _) in PLOTS {
            let path = sample(file);
            let svg = svg(&[plot, path.to_str().unwrap(), "--size", "800x500"], b"");
            assert!(svg.ends_with("</svg>\n"));
            assert_snapshot(&format!("{stem}.{plot}.svg"), &svg);
        }
    }
}

/// Every plot, sample and width.
fn each_picture(mut see: impl FnMut(&str, &Canvas)) {
    for file in SAMPLES {
        for (plot, draw) in PLOTS {
            for size in [(800, Some(500)), (1200, None), (400, Some(400)), (3000, Some(1600)), (1800, None)] {
                let mut trace = Trace::open(sample(file)).unwrap();
                let picture = Picture { width: size.0, height: size.1, source: file.into() };
                let canvas = draw(&mut trace, &Scope::of(&Filter::default()), &picture).unwrap();
                see(&format!("{plot} of {file} at {size:?}"), &canvas);
            }
        }
    }
}

#[test]
fn no_text_overlaps_another_or_leaves_the_picture() {
    each_picture(|name, canvas| {
        let whole = Area::new(0, 0, canvas.width, canvas.height);
        let texts: Vec<_> = canvas.texts().collect();
        for (i, text) in texts.iter().enumerate() {
            assert!(whole.holds(&text.area()), "{name}: {text:?} leaves the picture");
            for other in &texts[..i] {
                let apart = !text.area().overlaps(&other.area());
                assert!(apart, "{name}: {:?} lies over {:?}", text, other);
            }
        }
    });
}

#[test]
fn without_a_size_everything_fits() {
    for (file, (plot, draw)) in SAMPLES.iter().flat_map(|file| PLOTS.map(|plot| (file, plot))) {
        for width in [720, 1200, 3000] {
            let mut trace = Trace::open(sample(file)).unwrap();
            let picture = Picture { width, height: None, source: (*file).into() };
            let canvas = draw(&mut trace, &Scope::of(&Filter::default()), &picture).unwrap();
            assert!(!says(&canvas, "not fit"), "{plot} of {file} at {width}");
        }
    }
}

#[test]
fn losses_and_unparsed_lines_are_in_every_picture() {
    each_picture(|name, canvas| {
        let says = |words: &str| canvas.texts().any(|t| t.text.contains(words));
        assert!(says("lost event") && says("unparsed line"), "{name}");
    });
}

/// The picture of a sample.
fn drawn(plot: &str, file: &str) -> Canvas {
    let mut trace = Trace::open(sample(file)).unwrap();
    let picture = Picture { width: 800, height: Some(500), source: file.into() };
    let (_, draw) = PLOTS.iter().find(|(name, _)| *name == plot).unwrap();
    draw(&mut trace, &Scope::of(&Filter::default()), &picture).unwrap()
}

fn says(canvas: &Canvas, words: &str) -> bool {
    canvas.texts().any(|text| text.text.contains(words))
}

#[test]
fn values_are_those_of_a_bar_whose_accesses_were_decoded() {
    // The busiest mapping of this trace has 16,384 accesses, none of them decoded.
    let values = drawn("values", "labelled/tpm_tis.txt.zst");
    assert!(says(&values, "Register values: mem:fed40000") && says(&values, "+0x18 w1"));
    assert!(says(&drawn("heatmap", "labelled/tpm_tis.txt.zst"), "not decoded"));
}

#[test]
fn the_rows_of_latencies_differ_and_the_longest_of_few_is_called_so() {
    let latency = drawn("latency", "labelled/tpm_tis.txt.zst");
    assert!(says(&latency, "W1 +0x0 → R1 +0x0") && says(&latency, "W1 +0x18 → R +0x18"));
    assert!(says(&latency, "How long answers take: mem:fed40000") && says(&latency, "max 18 ms"));
    assert!(!says(&drawn("latency", "labelled/tulip.txt.zst"), "max 58 µs"), "of 9,092");
}

#[test]
fn registers_behind_a_port_have_a_place_each_on_the_map() {
    let map = drawn("map", "labelled/pcnet_mod.txt.zst");
    for (i, hover) in map.hovers.iter().enumerate() {
        assert!(!map.hovers[..i].iter().any(|other| other.area.overlaps(&hover.area)), "{}", hover.text);
    }
}

#[test]
fn parts_of_a_graph_without_arrows_between_them_leave_no_hole() {
    assert!(says(&drawn("graph", "labelled/rocker.txt.zst"), "13 of 92 registers"));
}

#[test]
fn one_is_not_spoken_of_as_many() {
    assert!(says(&drawn("map", "edu_lost.txt"), "1 register,"));
    assert!(says(&drawn("heatmap", "edu_lost.txt"), "to 1 register in"));
}

#[test]
fn every_lane_shows_all_of_its_accesses() {
    let mut log = String::from("VERSION 20070824\n");
    for lane in 0..8_u32 {
        log +=
            &format!("MAP 0.5 {lane} 0x{:x} 0xffff000000000000 0x1000 0x0 0\n", 0xfe00_0000 + (lane << 16));
        for i in 0..3000 + lane {
            let op = if i < 1000 { 'R' } else { 'W' };
            log += &format!("{op} 4 1.{i:06} {lane} 0x{:x} 0x0 0x0 0\n", 0xfe00_0000 + (lane << 16));
        }
    }
    for (size, counts) in [("800x500", "1,000 R 2,003 W"), ("1200x1400", "2,003 W")] {
        let svg = svg(&["timeline", "-", "--size", size], log.as_bytes());
        assert!(svg.contains(counts), "{size}: {svg}");
    }
}

#[test]
fn a_device_that_was_not_decoded_is_not_mapped_while_another_was() {
    for plot in ["map", "graph"] {
        let canvas = drawn(plot, "labelled/tpm_tis.txt.zst");
        assert!(says(&canvas, "mem:fed40000") && !says(&canvas, "16,384 registers"), "{plot}");
    }
}

#[test]
fn what_has_a_kind_lies_over_what_was_not_decoded() {
    let mut log = String::from("VERSION 20070824\nMAP 0.5 1 0xfe000000 0xffff000000000000 0x1000 0x0 0\n");
    for i in 0..256_u32 {
        log += &format!("W 4 1.{i:06} 1 0x{:x} 0x{i:x} 0x0 0\n", 0xfe00_0000 + i % 64 * 4);
        log += &format!("UNKNOWN 2.{i:06} 1 0x{:x} f3,a5,8b 0x0 0\n", 0xfe00_0000 + i % 8 * 4);
    }
    let canvas = drawn_log(map::map, &log);
    let told: Vec<&str> = canvas.hovers.iter().map(|hover| hover.text.as_str()).collect();
    assert!(told.iter().any(|words| words.contains("unknown")), "{told:?}");
    assert!(!told.last().unwrap().contains("unknown"), "{told:?}");
}

#[test]
fn times_keep_away_from_the_totals_of_a_heatmap() {
    each_picture(|name, canvas| {
        let Some(totals) = canvas.texts().find(|t| t.text.starts_with("1 to ") && !t.text.contains("access"))
        else {
            return;
        };
        let (left, apart) = (totals.area().x, totals.advance);
        for text in canvas.texts().filter(|t| t.y == totals.y && t.x < totals.x) {
            assert!(text.area().right() + apart <= left, "{name}: {text:?} runs into {totals:?}");
        }
    });
}

#[test]
fn latencies_name_the_driver() {
    let mut log = String::from(
        "VERSION 20070824\nPCIDEV 0010 808610d3 b fe000000 0 0 0 0 0 0 20000 0 0 0 0 0 0 mydriver\n\
         MAP 0.5 1 0xfe000000 0xffff000000000000 0x1000 0x0 0\n",
    );
    for i in 0..90 {
        log += &format!("W 4 1.{i:03}000 1 0xfe000000 0x{i:x} 0x0 0\n");
        (1..4).for_each(|n| log += &format!("R 4 1.{i:03}{n}00 1 0xfe000004 0x{n:x} 0x0 0\n"));
    }
    assert!(svg(&["latency", "-"], log.as_bytes()).contains("How long answers take: mydriver 00:02.0"));
}

/// The number of accesses in the subtitle of a timeline: `log · 1,234 accesses in 3.4 s`.
fn accesses_told(svg: &str) -> u64 {
    let words = svg.split(" accesses in ").next().unwrap();
    let number = words.rsplit(' ').next().unwrap().replace(',', "");
    number.parse().unwrap_or_else(|_| panic!("{number}"))
}

#[test]
fn by_mark_each_phase_has_a_picture_of_its_own_accesses() {
    let (folder, path) = (tempfile::tempdir().unwrap(), sample("labelled/xhci.txt.zst"));
    let (log, out) = (path.to_str().unwrap(), folder.path().join("p.svg"));
    let args = |plot| vec![plot, log, "--by-mark", "-o", out.to_str().unwrap()];
    stdout(PLOT, &args("timeline"), b"");
    // Nothing follows the sixth marker.
    let phases = ["load", "read", "write", "unplug", "unload"];
    let names: Vec<String> = (1..).zip(phases).map(|(n, text)| format!("p.{n}-{text}.svg")).collect();
    let mut found: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, names);
    let mut sum = 0;
    for ((n, text), name) in (1..).zip(phases).zip(&names) {
        let picture = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(picture.contains(&format!("phase {n} of 6: {text}")), "{name}");
        let mut others = phases.iter().filter(|other| **other != text);
        assert!(others.all(|other| !picture.contains(&format!(">{other}<"))), "{name}");
        // `unload` has `load` in it.
        if n > 1 {
            let alone = svg(&["timeline", log, "--mark", text], b"");
            assert_eq!(accesses_told(&picture), accesses_told(&alone));
        }
        sum += accesses_told(&picture);
    }
    assert_eq!(sum, accesses_told(&svg(&["timeline", log], b"")));
    for (plot, _) in PLOTS {
        assert_eq!(run(PLOT, &args(plot), b"").status.code(), Some(2), "files are there");
        stdout(PLOT, &[args(plot), vec!["--force"]].concat(), b"");
    }
}

#[test]
fn by_mark_needs_markers_and_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let (log, out) = (sample("i6300esb.mmio.zst"), folder.path().join("p.svg"));
    for (file, out, why) in [(&log, out.to_str().unwrap(), "no marker"), (&log, "-", "give -o a name")] {
        let output = run(PLOT, &["map", file.to_str().unwrap(), "--by-mark", "-o", out], b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn without_any_access_a_picture_says_so() {
    let log = b"VERSION 20070824\nMARK 1.5 hello\n";
    for (plot, _) in PLOTS {
        let empty = svg(&[plot, "-"], log);
        assert!(empty.contains("the trace has no access"), "{plot}: {empty}");
    }
}

#[test]
fn titles_name_what_is_shown() {
    for (plot, log, title) in [
        ("timeline", "ahci", "Accesses over time: 2 devices"),
        ("timeline", "rocker", "Accesses over time: 00:03.0"),
        ("latency", "ahci", "How long answers take: 00:03.0 bar 5"),
        ("latency", "virtio_net", "How long answers take: 00:03.0"),
        ("latency", "i6300esb", "How long answers take: 00:03.0 bar 0"),
        ("graph", "ahci", "What follows what: 00:03.0 bar 5"),
        ("graph", "virtio_net", "What follows what: 00:03.0"),
    ] {
        let canvas = drawn(plot, &format!("labelled/{log}.txt.zst"));
        assert!(canvas.texts().any(|text| text.text == title), "{plot} {log}");
    }
    assert!(says(&drawn("latency", "labelled/i6300esb.txt.zst"), "nothing was awaited five times or more"));
    assert!(!says(&drawn("latency", "labelled/tpm_tis.txt.zst"), "bar 0"), "a mapping has no BARs");
    assert!(says(&drawn("graph", "labelled/virtio_net.txt.zst"), "4:+0x14 is +0x14 of bar 4"));
    // 10,331 of them.
    assert!(says(&drawn("graph", "labelled/ehci_mod.txt.zst"), "arrows: 99.9 % of 10,332 steps"));
}

#[test]
fn counts_of_a_table_are_not_written_as_those_of_one_register() {
    let path = sample("labelled/ahci.txt.zst");
    let large = svg(&["map", path.to_str().unwrap()], b"");
    assert!(large.contains(">config ×5<") && !large.contains("conf×5"));
    let small = svg(&["map", path.to_str().unwrap(), "--size", "800x600"], b"");
    assert!(small.contains("conf×5") && small.contains("stat×4"));
    // Each of its elements has its kind: the first says how many there are.
    let status = |svg: &str| svg.matches(">status<").count();
    assert_eq!(status(&small), 2 + 3, "two registers, and three of the four of a table");
}

#[test]
fn a_wide_timeline_has_columns_that_can_be_seen() {
    // There are more pixels than accesses.
    let mut log = String::from("VERSION 20070824\n");
    for i in 0..1500 {
        log += &format!("W 4 1.{i:06} 1 0xfe000000 0x0 0x0 0\n");
    }
    let wide = svg(&["timeline", "-", "--size", "3000x1600"], log.as_bytes());
    assert!(wide.contains("height: 1 to 2 accesses in a column"));
}

#[test]
fn an_access_among_a_hundred_thousand_is_drawn() {
    let mut log = String::from("VERSION 20070824\nMAP 0.5 1 0xfe000000 0xffff000000000000 0x1000 0x0 0\n");
    for i in 0..100_000 {
        let op = if i == 50_000 { "W 4 1" } else { "R 4 1" };
        log += &format!(
            "{op}.{i:06} 1 0x{:x} 0x0 0x0 0\n",
            0xfe00_0000_u32 + if i == 50_000 { 0x40 } else { 0 }
        );
    }
    let write = "#d55e00";
    for plot in ["timeline", "heatmap"] {
        let svg = svg(&[plot, "-", "--size", "400x400"], log.as_bytes());
        // Once in the legend, once among the data.
        let paths = svg.lines().filter(|line| line.starts_with("<path") && line.contains(write));
        assert!(paths.map(|path| path.matches(['h', 'V']).count()).sum::<usize>() > 1, "{plot}");
    }
}

/// The picture of a log.
fn drawn_log(draw: Plot, log: &str) -> Canvas {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.txt");
    fs::write(&path, log).unwrap();
    let mut trace = Trace::open(&path).unwrap();
    let picture = Picture { width: 800, height: None, source: "log".into() };
    draw(&mut trace, &Scope::of(&Filter::default()), &picture).unwrap()
}

/// The texts of the graph of a log.
fn graph_of(log: &str) -> Vec<String> {
    let canvas = drawn_log(|trace, scope, picture| graph::graph(trace, scope, picture, graph::TOP), log);
    canvas.texts().map(|t| t.text.clone()).collect()
}

#[test]
fn a_graph_counts_what_follows_what_and_nothing_across_a_loss() {
    let mut log = String::from("VERSION 20070824\nMAP 0.5 1 0xfe000000 0xffff000000000000 0x1000 0x0 0\n");
    for i in 0..20 {
        for (place, op) in [(0, 'W'), (4, 'R'), (4, 'R'), (4, 'R'), (8, 'R')] {
            log += &format!("{op} 4 1.{i:06} 1 0x{:x} 0x{i:x} 0x0 0\n", 0xfe00_0000_u32 + place);
        }
        if i == 6 {
            log += "CPU:0 [LOST 9 EVENTS]\n";
        }
    }
    let texts = graph_of(&log);
    let has = |words: &str| texts.iter().any(|t| t == words);
    assert!(has("W +0x0") && has("R +0x4") && has("R +0x8"), "{texts:?}");
    // Twice 20 and 40 within the rounds, 19 from a round to the next but for the one with the loss.
    assert!(has("40") && texts.iter().filter(|t| *t == "20").count() == 2 && has("18"), "{texts:?}");
    assert!(texts.iter().any(|t| t.contains("arrows: 100 % of 98 steps")), "{texts:?}");
}

#[test]
fn a_graph_says_what_it_leaves_out() {
    let mut log = String::from("VERSION 20070824\n");
    for i in 0..400_u32 {
        log += &format!("W 4 1.{i:06} 1 0x{:x} 0x0 0x0 0\n", 0xfe00_0000 + i % 40 * 4);
    }
    let texts = graph_of(&log);
    let has = |words: &str| texts.iter().any(|t| t.contains(words));
    assert!(has("14 of 40 registers read or written"), "{texts:?}");
    assert!(has("% of 399 steps from an access to the next") && !has("100 %"), "{texts:?}");
}

#[test]
fn a_png_is_as_it_was_but_for_rounding() {
    let path = sample("edu_lost.txt");
    let file = snapshot("edu_lost.timeline.png");
    let args = ["timeline", path.to_str().unwrap(), "--size", "800x500", "--theme", "dark", "--force", "-o"];
    if std::env::var_os("MMIO_BLESS").is_some() {
        stdout(PLOT, &[&args[..], &[file.to_str().unwrap()]].concat(), b"");
    }
    let folder = tempfile::tempdir().unwrap();
    let now = folder.path().join("now.png");
    stdout(PLOT, &[&args[..], &[now.to_str().unwrap()]].concat(), b"");
    let (expected, found) = (pixels(&file), pixels(&now));
    assert_eq!(expected.len(), found.len());
    let far = expected.iter().zip(&found).filter(|(a, b)| a.abs_diff(**b) > 16).count();
    assert!(far <= expected.len() / 1000, "{far} of {} values differ", expected.len());
}

#[test]
fn names_and_sizes_that_will_not_do_are_reported() {
    let path = sample("i6300esb.txt");
    let path = path.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("there.svg");
    fs::write(&there, "mine").unwrap();
    for (args, words) in [
        (vec!["timeline", path, "-o", "x.jpeg"], "ends in .svg or .png"),
        (vec!["timeline", path, "-o", "-", "--size", "10x99999"], "from 400 to 8000"),
        (vec!["map", path, "-o", there.to_str().unwrap()], "--force"),
        (vec!["heatmap", "../../LICENSE-MIT", "-o", "-"], "no record of a trace"),
    ] {
        let output = run(PLOT, &args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(words), "{args:?}: {}", stderr(&output));
    }
    assert_eq!(fs::read(&there).unwrap(), b"mine");
}
