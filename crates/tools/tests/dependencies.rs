//! The crates depend on each other one way: data below, words above. docs/architecture.md draws it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What each crate may use of the others.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("mmio_format", &[]),
    ("mmio_analyze", &["mmio_format"]),
    ("mmio_capture", &["mmio_format"]),
    ("mmio_report", &["mmio_format", "mmio_analyze"]),
    ("mmio_views", &["mmio_format", "mmio_analyze", "mmio_report"]),
    ("mmio_plot", &["mmio_format", "mmio_analyze", "mmio_report"]),
    ("mmio_sql", &["mmio_format", "mmio_analyze", "mmio_report"]),
    ("mmio_cli", &["mmio_format"]),
    (
        "mmioscope",
        &[
            "mmio_format",
            "mmio_analyze",
            "mmio_capture",
            "mmio_report",
            "mmio_views",
            "mmio_plot",
            "mmio_sql",
            "mmio_cli",
        ],
    ),
    ("mmio_testkit", &["mmio_format"]),
    ("mmioscope-fuzz", &["mmio_format", "mmio_capture"]),
];

/// Crates of a command line and of a terminal, and who may use them.
const OF_PROGRAMS: [(&str, &[&str]); 4] = [
    ("clap", &["mmio_cli", "mmioscope"]),
    ("anyhow", &["mmio_cli", "mmioscope"]),
    ("indicatif", &["mmio_cli"]),
    ("polars", &["mmio_sql"]),
];

/// The names of what each package depends on, tests and benchmarks aside.
fn dependencies(manifest: &str) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(mmio_testkit::at_top(manifest))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", mmio_testkit::stderr(&output));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        let names = all.filter(|d| d["kind"] != "dev").map(|d| text(&d["name"])).collect();
        (text(&package["name"]), names)
    };
    metadata["packages"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn every_crate_uses_only_those_below_it() {
    let mut packages = dependencies("Cargo.toml");
    packages.extend(dependencies("fuzz/Cargo.toml"));
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    let known: Vec<&str> = packages.keys().map(String::as_str).collect();
    assert_eq!(known, allowed.keys().copied().collect::<Vec<_>>(), "a crate that this list does not know");
    for (package, uses) in &packages {
        for used in uses.iter().filter(|used| packages.contains_key(*used)) {
            assert!(allowed[package.as_str()].contains(&used.as_str()), "{package} uses {used}");
        }
    }
}

#[test]
fn only_programs_know_a_command_line() {
    let packages = dependencies("Cargo.toml");
    for (library, users) in OF_PROGRAMS {
        let found: Vec<&str> = packages
            .iter()
            .filter(|(_, uses)| uses.contains(library))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(found, users, "{library}");
    }
}
