//! The documentation has the numbers of the rules as they are in the code.

use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// File, name and value of each number in the files of `folder`, as the documentation spells them.
fn numbers(folder: &Path, within: &str, found: &mut Vec<[String; 3]>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let name = format!("{within}{stem}");
        if path.is_dir() {
            let within = if stem == "detectors" { within.to_owned() } else { format!("{name}/") };
            numbers(&path, &within, found);
            continue;
        }
        let file = name.trim_end_matches("/mod");
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            let public = line.trim_start_matches("pub(super) ").trim_start_matches("pub(crate) ");
            let constant = public.trim_start_matches("pub ").strip_prefix("const ");
            let Some((name, rest)) = constant.and_then(|rest| rest.split_once(": ")) else { continue };
            let Some((_, value)) = rest.trim_end_matches(';').split_once(" = ") else { continue };
            found.extend(spelled(value).map(|value| [file.to_owned(), name.to_owned(), value]));
        }
    }
}

/// A number, some, or a share; nothing of anything else.
fn spelled(value: &str) -> Option<String> {
    if let Some((number, by)) = value.split_once(" << ") {
        return Some((number.parse::<u64>().ok()? << by.parse::<u64>().ok()?).to_string());
    }
    let share = value.strip_prefix("share").map(|value| value.replace(", ", "/"));
    let value = share.unwrap_or(value.to_owned());
    let value = value.trim_matches(['(', ')']);
    value.starts_with(|c: char| c.is_ascii_digit()).then(|| value.to_owned())
}

/// Fails unless the table of thresholds on `page` has the numbers in `folders`, those of all but the first under the
/// folder's name. There are `least` or more.
fn compare(page: &str, folders: &[&str], least: usize) {
    let text = std::fs::read_to_string(format!("{ROOT}/docs/{page}")).unwrap();
    let (_, table) = text.split_once("## Thresholds").unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells.get(2)?.strip_prefix('`')?.strip_suffix('`')?;
        Some([cells[1].to_owned(), name.to_owned(), cells[3].to_owned()])
    };
    let mut rows: Vec<[String; 3]> = table.lines().filter_map(row).collect();
    rows.sort();
    let mut found = Vec::new();
    for (place, folder) in folders.iter().enumerate() {
        let within = if place == 0 { String::new() } else { format!("{folder}/") };
        numbers(Path::new(&format!("{ROOT}/crates/analyze/src/{folder}")), &within, &mut found);
    }
    found.sort();
    assert!(found.len() >= least);
    assert_eq!(rows, found);
}

#[test]
fn the_rules_of_registers_have_the_thresholds_of_their_page() {
    compare("registers.md", &["kinds"], 50);
}

#[test]
fn the_rules_of_patterns_have_the_thresholds_of_their_page() {
    compare("patterns.md", &["patterns", "waits"], 50);
}

#[test]
fn a_check_has_the_thresholds_of_its_page() {
    compare("check.md", &["check"], 15);
}

#[test]
fn every_idiom_has_its_paragraph() {
    let page = std::fs::read_to_string(format!("{ROOT}/docs/patterns.md")).unwrap();
    for idiom in mmio_analyze::patterns::Idiom::ALL {
        assert!(page.contains(&format!("**{}**", idiom.name())), "{idiom:?}");
    }
}
