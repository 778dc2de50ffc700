//! docs/json.md has every field that the programs print for the samples, and what it says of their types holds.

mod schema;

use std::path::PathBuf;

use mmio_testkit::{at_top, sample, stdout};
use schema::Schema;
use serde_json::Value;

const ANALYZE: &str = env!("CARGO_BIN_EXE_mmio-analyze");
const CONVERT: &str = env!("CARGO_BIN_EXE_mmio-convert");
const PLOT: &str = env!("CARGO_BIN_EXE_mmio-plot");

fn page() -> String {
    std::fs::read_to_string(at_top("docs/json.md")).unwrap()
}

/// All traces of `samples/`.
fn traces() -> Vec<PathBuf> {
    let folders = ["samples", "samples/cases", "samples/labelled"]
        .map(|folder| std::fs::read_dir(at_top(folder)).unwrap());
    let files = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    let is_trace = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        [".txt", ".txt.zst", ".mmio.zst"].iter().any(|end| name.ends_with(end))
    };
    let mut traces: Vec<PathBuf> = files.filter(is_trace).collect();
    traces.sort();
    assert!(traces.len() > 20, "{traces:?}");
    traces
}

/// Holds what `commands` print for all samples against the page; `unseen` are the fields that no sample has.
fn check(schema: &str, commands: &[&[&str]], unseen: &[&str]) {
    let mut fields = Schema::of(&page(), &["Every document", &format!("`{schema}`")]);
    for trace in traces() {
        for command in commands {
            let args = [command, &["-q", "--format", "json", trace.to_str().unwrap()][..]].concat();
            let report: Value = serde_json::from_slice(&stdout(ANALYZE, &args, b"")).unwrap();
            assert_eq!(report["schema"], schema);
            fields.object("", &report);
        }
    }
    let path = sample("e1000e.txt");
    let args = [commands[0], &["-q", "--format", "json", "--op", "R", path.to_str().unwrap()][..]].concat();
    fields.object("", &serde_json::from_slice(&stdout(ANALYZE, &args, b"")).unwrap());
    settle(&fields, schema, unseen);
}

fn settle(fields: &Schema, what: &str, unseen: &[&str]) {
    let faults: Vec<&str> = fields.faults.iter().map(String::as_str).collect();
    assert!(faults.is_empty(), "{what} and docs/json.md:\n{}", faults.join("\n"));
    assert_eq!(fields.unseen(), unseen, "{what}: fields of docs/json.md that no sample has");
}

#[test]
fn info_is_as_its_schema_says() {
    check("mmio-analyze.info", &[&["info"], &["info", "--full"]], &[]);
}

#[test]
fn a_check_is_as_its_schema_says() {
    let schema = "mmio-analyze.check";
    let mut fields = Schema::of(&page(), &["Every document", &format!("`{schema}`")]);
    for trace in traces() {
        let args = ["check", "-q", "--format", "json", trace.to_str().unwrap()];
        let output = mmio_testkit::run(ANALYZE, &args, b"");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["schema"], schema);
        let found = report["findings"].as_array().unwrap();
        assert_eq!(output.status.code(), Some(i32::from(!found.is_empty())), "{trace:?}");
        fields.object("", &report);
    }
    let log = sample("e1000e.txt");
    let args = ["check", "-q", "--format", "json", "--bar", "0", log.to_str().unwrap()];
    fields.object("", &serde_json::from_slice(&mmio_testkit::run(ANALYZE, &args, b"").stdout).unwrap());
    // No sample has a line that is not a record.
    let unseen = ["findings[].first_lines", "findings[].lines", "incomplete"];
    settle(&fields, schema, &unseen);
}

#[test]
fn seqs_are_as_their_schema_says() {
    let commands: [&[&str]; 2] = [&["seqs", "--occurrences"], &["seqs", "--interleaved", "--by-mark"]];
    check("mmio-analyze.seqs", &commands, &[]);
}

#[test]
fn pairs_are_as_their_schema_says() {
    check(
        "mmio-analyze.pairs",
        &[&["pairs"], &["pairs", "--by-mark"]],
        &["pairs[].never", "pairs[].read_bar"],
    );
}

#[test]
fn registers_are_as_their_schema_says() {
    check("mmio-analyze.regs", &[&["regs"], &["regs", "--by-mark"]], &[]);
}

#[test]
fn patterns_are_as_their_schema_says() {
    let limits = ["incomplete", "left_out", "patterns[].frames[].bytes"];
    check("mmio-analyze.patterns", &[&["patterns"], &["patterns", "--by-mark"]], &limits);
}

#[test]
fn records_are_as_their_lines_say() {
    let mut fields = Schema::of(&page(), &["`mmio-convert --to jsonl`"]);
    for trace in traces() {
        let lines = stdout(CONVERT, &["-q", trace.to_str().unwrap(), "--to", "jsonl"], b"");
        for line in String::from_utf8(lines).unwrap().lines() {
            fields.object("", &serde_json::from_str(line).unwrap());
        }
    }
    let unseen = ["bytes", "caller", "cpu", "flags", "pc", "repeat", "sequence"];
    settle(&fields, "mmio-convert --to jsonl", &unseen);
}

#[test]
fn the_data_of_a_page_is_named() {
    let args = ["report", "-q", sample("e1000e.txt").to_str().unwrap(), "-o", "-"].map(str::to_owned);
    let html = stdout(PLOT, &args.each_ref().map(String::as_str), b"");
    let html = String::from_utf8(html).unwrap();
    let ids: Vec<&str> = html
        .split("<script type=\"application/json\" id=\"")
        .skip(1)
        .map(|script| script.split('"').next().unwrap())
        .collect();
    assert!(ids.len() > 4, "{ids:?}");
    let page = page();
    let (_, section) = page.split_once("\n## In the page of").unwrap();
    for id in ids.into_iter().filter(|id| !id.starts_with("plot-")) {
        assert!(section.contains(&format!("`{id}`")), "{id} is not in docs/json.md");
    }
    assert!(section.contains("`plot-0`"));
}

#[cfg(feature = "sql")]
#[test]
fn rows_are_as_their_schema_says() {
    for (schema, command) in [
        ("mmio-analyze.query", &["query", "--op", "R"][..]),
        ("mmio-analyze.export", &["export", "--op", "R", "--table", "marks", "-o", "-"]),
    ] {
        let mut fields = Schema::of(&page(), &["Every document", schema]);
        let path = sample("e1000e.txt");
        let mut args = [command, &["--format", "json", path.to_str().unwrap()]].concat();
        args.extend((schema == "mmio-analyze.query").then_some("SELECT COUNT(*) AS n FROM accesses"));
        let mut report: Value = serde_json::from_slice(&stdout(ANALYZE, &args, b"")).unwrap();
        assert_eq!(report["schema"], schema);
        // Rows have the columns of docs/queries.md.
        report["rows"] = Value::Array(Vec::new());
        fields.object("", &report);
        settle(&fields, schema, &["trace.wide"]);
    }
}
